//! Lines as people type them, and unexpected ones.

use proptest::prelude::*;

use super::*;

fn users() -> Vec<String> {
    ["bia", "ana maria", "ana", "Ana"]
        .map(str::to_owned)
        .to_vec()
}

fn read(line: &str) -> Typed {
    parse_with(line, &users())
}

fn parse_with(line: &str, users: &[String]) -> Typed {
    let rooms = ["geral".to_owned(), "sala de aula".to_owned()];
    let names = Names {
        users,
        rooms: &rooms,
    };
    parse(line, names)
}

fn whisper(typed: &str) -> Typed {
    Typed::Request(Request::Whisper(Addressed::new(typed)))
}

fn addressed(line: &str) -> (String, String) {
    let users = users();
    match read(line) {
        Typed::Request(Request::Whisper(addressed)) => {
            let (to, text) = addressed.split(&users);
            (to.to_owned(), text.to_owned())
        }
        other => panic!("{other:?}"),
    }
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
        ("/j geral", Request::Join("geral".into())),
        ("/join uma sala nova", Request::Join("uma sala nova".into())),
        ("/send me the file", Request::Say("me the file".into())),
        ("/who", Request::Users),
        ("/names", Request::Users),
        ("/leave", Request::Leave),
        ("/part", Request::Leave),
        ("/clear", Request::Clear),
        ("/history", Request::History(USUAL_HISTORY)),
        ("/history 3", Request::History(3)),
        ("/help", Request::Help),
        ("/quit", Request::Exit),
        // They mean nothing else when they are alone.
        ("help", Request::Help),
        ("Quit ", Request::Exit),
    ] {
        assert_eq!(read(line), Typed::Request(request), "{line}");
    }
}

#[test]
fn bare_words_are_asked_about_as_in_the_original() {
    for (line, missing) in [
        ("create", Missing::RoomToCreate),
        ("Join ", Missing::RoomToEnter),
        ("/send", Missing::Message),
    ] {
        assert_eq!(read(line), Typed::Unfinished(missing), "{line}");
    }
}

#[test]
fn a_name_behind_an_at_sign_makes_it_private_whatever_is_in_the_name() {
    for (line, to, text) in [
        ("@bia segredo", "bia", "segredo"),
        ("send @bia segredo", "bia", "segredo"),
        ("send @bia um segredo", "bia", "um segredo"),
        ("/msg bia segredo", "bia", "segredo"),
        ("/MSG @bia segredo", "bia", "segredo"),
        ("@bia: segredo", "bia", "segredo"),
        ("@ana maria oi", "ana maria", "oi"),
        ("/msg ana maria oi", "ana maria", "oi"),
        ("@ana mario", "ana", "mario"),
        // Not a known user, but perhaps one who has just joined.
        ("@rui oi", "rui", "oi"),
        // With other capitals, where there is no exact match.
        ("@Bia segredo", "bia", "segredo"),
        ("@Ana oi", "Ana", "oi"),
        // The longest name, even where a shorter one has the same capitals.
        ("@Ana maria oi", "ana maria", "oi"),
    ] {
        let expected = (to.to_owned(), text.to_owned());
        assert_eq!(addressed(line), expected, "{line}");
    }
    assert_eq!(read("@bia"), Typed::NoText { to: "bia".into() });
    assert_eq!(read("/msg bia"), Typed::NoText { to: "bia".into() });
    assert_eq!(read("/msg"), Typed::WrongArgument(Command::Message));
}

#[test]
fn where_a_name_ends_depends_on_who_is_there_by_then() {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.to_owned()).collect() };
    let addressed = Addressed::new("joana lima segredo");
    let before = names(&["joana"]);
    assert_eq!(addressed.split(&before), ("joana", "lima segredo"));
    let after = names(&["joana", "joana lima"]);
    assert_eq!(addressed.split(&after), ("joana lima", "segredo"));
    let all = names(&["joana lima segredo", "joana"]);
    assert_eq!(addressed.split(&all), ("joana lima segredo", ""));
    // A colon ends the name, however many there are.
    let addressed = Addressed::new("joana: lima segredo");
    assert_eq!(addressed.split(&after), ("joana", "lima segredo"));
}

#[test]
fn what_was_meant_for_one_person_is_never_sent_to_everybody() {
    for line in [
        "@",
        "@ bia segredo",
        "send @",
        "send @ bia segredo",
        "/msg @",
        "/msg @ bia",
    ] {
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
        ("list of things", "list"),
        ("exit strategy", "exit"),
        ("users first", "users"),
        ("create a room please", "/create a room please"),
        ("join us tomorrow", "/join us tomorrow"),
        ("send me the file", "/send me the file"),
        ("sned me the file", "/send me the file"),
        ("jion sala de aula", "join sala de aula"),
        ("who", "/who"),
        ("names", "/names"),
        ("part", "/part"),
        ("clear", "/clear"),
        ("history 50", "/history 50"),
        ("j geral", "/j geral"),
        ("msg", "/msg"),
        ("msg bia um segredo", "/msg bia um segredo"),
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
        "names of people",
        "part of it",
        "quit it",
        "history of art",
        "clear enough",
        "j tá bom",
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

/// A word that may be a command, with or without a slash, or mistyped.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(WORDS.to_vec()).prop_map(|word| word.word.to_owned());
    prop_oneof![
        4 => known.clone(),
        2 => known.clone().prop_map(|word| format!("/{word}")),
        1 => known.prop_map(|word| word.chars().rev().collect()),
        2 => "[@/]{0,2}[a-zé]{1,5}",
        1 => "[0-9]{1,5}",
    ]
}

fn line() -> impl Strategy<Value = String> {
    (" {0,2}", prop::collection::vec(word(), 0..5), " {0,2}")
        .prop_map(|(before, words, after)| format!("{before}{}{after}", words.join(" ")))
}

fn rest_of(line: &str) -> &str {
    first_word(line).1
}

proptest! {
    #[test]
    fn any_line_is_read_as_something(line in ".*", names in prop::collection::vec(".*", 0..4)) {
        let typed = parse_with(&line, &names);
        prop_assert_eq!(typed == Typed::Nothing, line.trim().is_empty());
    }

    #[test]
    fn a_message_is_sent_as_it_was_typed(line in ".*") {
        if let Typed::Text(text) = read(&line) {
            let escaped = line.trim().strip_prefix(['/', '@']);
            prop_assert_eq!(&text, escaped.unwrap_or(&line));
        }
    }

    /// A line is sent or done with every word that follows a command, it is asked about as it was typed,
    /// or it is refused, and then it is in the history and a text says why.
    #[test]
    fn no_word_that_was_typed_is_lost(line in line(), known in prop::collection::vec(word(), 0..4)) {
        let typed = parse_with(&line, &known);
        let trimmed = line.trim();
        match &typed {
            Typed::Nothing => prop_assert_eq!(trimmed, ""),
            Typed::Text(text) => {
                let escaped = trimmed.strip_prefix(['/', '@']);
                prop_assert_eq!(text, escaped.unwrap_or(&line));
            }
            Typed::Request(request) => {
                let rest = rest_of(trimmed);
                match request {
                    Request::Create(room) | Request::Join(room) => prop_assert_eq!(room, rest),
                    Request::Say(text) => {
                        let doubled = rest.starts_with("@@");
                        prop_assert_eq!(text, &rest[usize::from(doubled)..]);
                    }
                    Request::Whisper(addressed) => {
                        prop_assert!(trimmed.ends_with(&addressed.line()[1..]), "{:?}", addressed);
                        let (to, text) = addressed.split(&known);
                        prop_assert!(!to.is_empty() && !text.is_empty());
                    }
                    Request::History(count) => {
                        prop_assert!(rest.is_empty() || rest.parse() == Ok(*count));
                    }
                    _ => prop_assert_eq!(rest, ""),
                }
            }
            Typed::Nearly { line: asked_about, meant } => {
                prop_assert_eq!(asked_about, &line);
                // With the answer yes something is done, or a text says how. It is not asked again.
                let meant = parse_with(meant, &known);
                prop_assert!(
                    matches!(
                        meant,
                        Typed::Request(_)
                            | Typed::Unfinished(_)
                            | Typed::WrongArgument(_)
                            | Typed::NoText { .. }
                            | Typed::NoName
                    ),
                    "{:?}", meant
                );
            }
            Typed::Unfinished(_) => prop_assert_eq!(rest_of(trimmed), ""),
            // Each of these has a text.
            Typed::NoSuchCommand { .. }
            | Typed::WrongArgument(_)
            | Typed::NoText { .. }
            | Typed::NoName => {
                prop_assert!(trimmed.starts_with(['/', '@']) || rest_of(trimmed).starts_with('@'));
            }
        }
    }

    /// What has a slash or an at sign before it was not meant for everybody.
    #[test]
    fn what_begins_with_a_slash_or_an_at_sign_is_not_sent_to_everybody_as_it_is(line in line()) {
        let trimmed = line.trim();
        if trimmed.starts_with(['/', '@'])
            && let Typed::Text(text) = read(&line)
        {
            prop_assert_eq!(&text, &trimmed[1..]);
            prop_assert!(text.starts_with(['/', '@']));
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
            Typed::Unfinished(missing) => prop_assert_eq!(with_slash, Typed::Unfinished(missing)),
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
        let line = format!("{name} {text}");
        let typed = parse_with(&format!("@{line}"), &users);
        prop_assert_eq!(typed, whisper(&line));
        let addressed = Addressed::new(&line);
        prop_assert_eq!(addressed.split(&users), (name.as_str(), text.as_str()));
    }
}
