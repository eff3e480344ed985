//! Lines as people type them, and lines that nobody expected.

use proptest::prelude::*;

use super::*;

fn users() -> Vec<String> {
    ["bia", "ana maria", "ana", "Ana"]
        .map(str::to_owned)
        .to_vec()
}

fn read(line: &str) -> Typed {
    parse(line, &users())
}

fn whisper(to: &str, text: &str) -> Typed {
    Typed::Request(Request::Whisper {
        to: to.to_owned(),
        text: text.to_owned(),
    })
}

fn say(text: &str) -> Typed {
    Typed::Request(Request::Say(text.to_owned()))
}

#[test]
fn commands_with_their_arguments_with_and_without_a_slash() {
    let rows = [
        ("create geral", Request::Create("geral".into())),
        ("JOIN  sala de aula ", Request::Join("sala de aula".into())),
        ("send oi", Request::Say("oi".into())),
        ("list", Request::List),
        (" users", Request::Users),
        ("exit", Request::Exit),
    ];
    for (line, request) in rows {
        assert_eq!(read(line), Typed::Request(request.clone()), "{line}");
        let slashed = format!("/{}", line.trim());
        assert_eq!(read(&slashed), Typed::Request(request), "{slashed}");
    }
    for (line, request) in [
        ("/who", Request::Users),
        ("/leave", Request::Leave),
        ("/history", Request::History(USUAL_HISTORY)),
        ("/history 3", Request::History(3)),
        ("/help", Request::Help),
        ("/quit", Request::Exit),
    ] {
        assert_eq!(read(line), Typed::Request(request), "{line}");
    }
}

#[test]
fn bare_words_are_asked_about_as_in_the_original() {
    for (line, command) in [
        ("create", Command::Create),
        ("Join ", Command::Join),
        ("/send", Command::Send),
    ] {
        assert_eq!(read(line), Typed::Unfinished(command), "{line}");
    }
}

#[test]
fn a_name_behind_an_at_sign_makes_it_private_whatever_is_in_the_name() {
    assert_eq!(read("@bia segredo"), whisper("bia", "segredo"));
    assert_eq!(read("send @bia segredo"), whisper("bia", "segredo"));
    assert_eq!(read("@bia: segredo"), whisper("bia", "segredo"));
    assert_eq!(read("@ana maria oi"), whisper("ana maria", "oi"));
    assert_eq!(read("@ana mario"), whisper("ana", "mario"));
    // Not known, and perhaps somebody all the same.
    assert_eq!(read("@rui oi"), whisper("rui", "oi"));
    assert_eq!(read("@bia"), Typed::NoText { to: "bia".into() });
    // With other capitals, where nobody is called so.
    assert_eq!(read("@Bia segredo"), whisper("bia", "segredo"));
    assert_eq!(read("@Ana oi"), whisper("Ana", "oi"));
}

#[test]
fn what_was_meant_for_one_person_is_never_sent_to_everybody() {
    for line in ["@", "@ bia segredo", "send @", "send @ bia segredo"] {
        assert_eq!(read(line), Typed::NoName, "{line}");
    }
    assert_eq!(read("@@todos oi"), Typed::Text("@todos oi".into()));
    assert_eq!(read("send @@todos oi"), say("@todos oi"));
}

#[test]
fn a_recipient_may_be_typed_as_behind_an_at_sign() {
    let users = users();
    for (answer, to) in [
        ("bia", Some("bia")),
        (" @bia ", Some("bia")),
        ("Bia", Some("bia")),
        ("@ana maria", Some("ana maria")),
        ("ana mario", Some("ana mario")),
        ("rui", Some("rui")),
        // Not to everybody: the server refuses it.
        ("@", Some("@")),
        ("@ bia", Some(" bia")),
        ("", None),
        ("  ", None),
    ] {
        assert_eq!(recipient(answer, &users), to, "{answer:?}");
    }
    let users = ["@bia".to_owned()];
    assert_eq!(recipient("@bia", &users), Some("@bia"));
}

#[test]
fn what_is_nearly_a_command_is_asked_about_and_not_sent() {
    for (line, meant) in [
        ("jion geral", "join geral"),
        ("joim geral", "join geral"),
        ("creat geral", "create geral"),
        ("sned oi", "send oi"),
        ("lsit", "list"),
        ("user", "users"),
        ("exti", "exit"),
        ("list de compras", "list"),
        ("help", "/help"),
        ("quit", "/quit"),
    ] {
        let expected = Typed::Nearly {
            line: line.into(),
            meant: meant.into(),
        };
        assert_eq!(read(line), expected, "{line}");
    }
}

#[test]
fn what_people_say_is_not_nearly_a_command() {
    for line in [
        "oi",
        "joia, tudo bem",
        "joia",
        "sendo assim, vamos",
        "who is there?",
        "lost my keys",
        "leave it",
        "help me",
        "e-mail: a@b.c",
    ] {
        assert_eq!(read(line), Typed::Text(line.into()), "{line}");
    }
}

#[test]
fn a_slash_never_begins_a_message_unless_it_is_doubled() {
    assert_eq!(
        read("/jion geral"),
        Typed::NoSuchCommand {
            word: "/jion".into(),
            nearest: Some("join".into())
        }
    );
    assert_eq!(
        read("/dance"),
        Typed::NoSuchCommand {
            word: "/dance".into(),
            nearest: None
        }
    );
    assert_eq!(read("/list x"), Typed::WrongArgument(Command::List));
    for line in ["/history 0", "/history x", "/history 1001"] {
        assert_eq!(read(line), Typed::WrongArgument(Command::History), "{line}");
    }
    assert_eq!(read("//etc"), Typed::Text("/etc".into()));
}

proptest! {
    #[test]
    fn any_line_is_read_as_something(line in ".*", names in prop::collection::vec(".*", 0..4)) {
        let typed = parse(&line, &names);
        prop_assert_eq!(typed == Typed::Nothing, line.trim().is_empty());
    }

    #[test]
    fn a_message_is_sent_as_it_was_typed(line in ".*") {
        if let Typed::Text(text) = parse(&line, &users()) {
            let escaped = line.trim().strip_prefix(['/', '@']);
            prop_assert_eq!(&text, escaped.unwrap_or(&line));
        }
    }

    #[test]
    fn a_slash_makes_no_difference_to_the_words_of_the_original(
        word in prop::sample::select(WORDS.to_vec()),
        rest in "( [a-z@ ]{0,12})?",
    ) {
        let bare = format!("{}{rest}", word.word);
        let with_slash = read(&format!("/{bare}"));
        match read(&bare) {
            Typed::Request(request) => prop_assert_eq!(with_slash, Typed::Request(request)),
            Typed::Unfinished(command) => prop_assert_eq!(with_slash, Typed::Unfinished(command)),
            Typed::NoText { to } => prop_assert_eq!(with_slash, Typed::NoText { to }),
            Typed::NoName => prop_assert_eq!(with_slash, Typed::NoName),
            Typed::Nearly { .. } | Typed::Text(_) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_user_is_addressed_by_the_whole_name(
        name in "[a-zé]{1,6}( [a-zé]{1,6})?",
        text in "[a-zé]{1,6}( [a-zé]{1,6})*",
        others in prop::collection::vec("[a-z]{1,6}", 0..3),
    ) {
        let mut users = others;
        // A name that begins as another one and goes on with what was meant as text is the trap.
        users.retain(|other| !format!("{name} {text}").starts_with(other.as_str()));
        users.push(name.clone());
        let typed = parse(&format!("@{name} {text}"), &users);
        prop_assert_eq!(typed, Typed::Request(Request::Whisper { to: name, text }));
    }
}
