//! That both languages say what has to be typed.

use protocol::binder::UpstreamFailure;
use protocol::classic::procedures::{JOIN_ROOM, LIST_ROOMS, LIST_USERS};
use protocol::procedure::Procedure;
use rpc::CallError;

use super::*;
use crate::interactive::Text;
use crate::interactive::commands::{Argument, commands};
use crate::invocation::{Program, command};
use crate::network::{Dialect, DiscoveryError, Failure};

#[test]
fn usage_begins_with_the_word_and_names_what_follows_it() {
    for language in [Language::Portuguese, Language::English] {
        for command in commands() {
            let usage = language.say(&Text::Usage(command));
            let typed = command.words().next().unwrap();
            let (_, usage) = usage.split_once(": ").unwrap();
            assert!(usage.starts_with(&typed), "{usage}");
            assert_eq!(
                command.argument() == Argument::None,
                usage == typed,
                "{usage}"
            );
        }
    }
}

#[test]
fn days_are_written_as_people_write_them() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
    assert_eq!(
        Language::Portuguese.say(&Text::Day(day)),
        "1 de março de 2026"
    );
    assert_eq!(Language::English.say(&Text::Day(day)), "1 March 2026");
}

/// A call to the chat server that brought no answer.
fn unanswered(
    procedure: &'static Procedure,
    error: CallError,
    found: Option<DiscoveryError>,
) -> Failure {
    Failure::Unanswered {
        procedure,
        error,
        search: found.map(Box::new),
    }
}

fn said(failure: &Failure) -> [String; 2] {
    [Language::Portuguese, Language::English].map(|language| language.say(&Text::Failed(failure)))
}

#[test]
fn a_failure_names_the_hop_once_and_says_what_to_start() {
    let refused = || CallError::Unreachable {
        server: "localhost:9000".into(),
        reason: "Connection refused".into(),
    };
    let found = DiscoveryError::ChatServerSilent {
        binder: "localhost:5000".parse().unwrap(),
        chat_server: "localhost:9000".parse().unwrap(),
        reason: refused(),
    };
    let start = command(Program::ChatServer, "--binder localhost:5000");
    let expected = [
        format!(
            "«list_rooms» falhou. O servidor de chat em localhost:9000, indicado pelo binder em \
             localhost:5000, não aceita conexões (Connection refused). Inicie «{start}» de novo."
        ),
        format!(
            "\"list_rooms\" failed. The chat server at localhost:9000, named by the binder at \
             localhost:5000, takes no connection (Connection refused). Start \"{start}\" again."
        ),
    ];
    assert_eq!(
        said(&unanswered(&LIST_ROOMS, refused(), Some(found))),
        expected
    );
    // A binder that passes calls on is there, and the server may be any program.
    let behind_a_proxy = || CallError::Status {
        server: "localhost:5001".into(),
        status: 503,
    };
    let found = DiscoveryError::ChatServerSilent {
        binder: "localhost:5000".parse().unwrap(),
        chat_server: "localhost:5001".parse().unwrap(),
        reason: behind_a_proxy(),
    };
    for text in said(&unanswered(&LIST_ROOMS, behind_a_proxy(), Some(found))) {
        for part in ["503", "list --binder localhost:5000"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("chat-server"), "{text}");
    }
    // Two hops that failed are two things to say.
    let found = DiscoveryError::NoChatServer {
        binder: "localhost:5000".parse().unwrap(),
        dialect: Dialect::Classic,
    };
    for text in said(&unanswered(&LIST_ROOMS, refused(), Some(found))) {
        assert!(
            text.contains("localhost:9000") && text.contains("localhost:5000"),
            "{text}"
        );
    }
}

#[test]
fn a_binder_whose_upstream_is_of_no_help_answers_itself_and_what_to_do_is_said_of_the_other() {
    let ended = |failure| {
        let failure = crate::failure::Failure::Discovery(DiscoveryError::Upstream {
            binder: "localhost:5000".parse().unwrap(),
            failure,
        });
        [Language::Portuguese, Language::English]
            .map(|language| language.say(&Text::Ended(&failure)).to_string())
    };
    let [portuguese, english] = ended(UpstreamFailure::Silent);
    for (text, parts) in [
        (
            &portuguese,
            ["localhost:5000 responde", "não responde. Inicie esse outro"],
        ),
        (
            &english,
            ["localhost:5000 answers", "does not answer. Start that one"],
        ),
    ] {
        for part in parts {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("chat-server"), "{text}");
    }
    let [portuguese, english] = ended(UpstreamFailure::Circle);
    assert!(portuguese.contains("consultam a ele"), "{portuguese}");
    assert!(english.contains("ask it in turn"), "{english}");
}

#[test]
fn only_what_changes_something_leaves_doubt() {
    let silence = || CallError::TimedOut {
        server: "localhost:9000".into(),
        after: std::time::Duration::from_secs(10),
    };
    let texts = said(&unanswered(&LIST_USERS, silence(), None));
    assert!(
        texts[0].ends_with("não respondeu em 10 s. Tente de novo."),
        "{texts:?}"
    );
    assert!(
        texts[1].ends_with("did not answer within 10 s. Try again."),
        "{texts:?}"
    );
    let texts = said(&unanswered(&JOIN_ROOM, silence(), None));
    assert!(
        texts[0].ends_with("Pode ter sido feito ou não."),
        "{texts:?}"
    );
    assert!(
        texts[1].ends_with("It may have been done or not."),
        "{texts:?}"
    );
}

#[test]
fn an_account_that_left_with_another_client_is_not_said_to_be_forgotten() {
    let restored = crate::network::Restored {
        server: "localhost:8000".into(),
        moved: false,
        registered: false,
        created: Vec::new(),
        joined: vec!["geral".into()],
    };
    let said = |language: Language| language.say(&Text::Restored(&restored)).to_string();
    assert_eq!(
        said(Language::English),
        "You were no longer in geral, perhaps because you left it with another client, and have \
         joined again."
    );
    assert_eq!(
        said(Language::Portuguese),
        "Você não estava mais em geral, talvez por ter saído com outro cliente, e entrou de novo."
    );
    assert_eq!(
        crate::plain::texts::restored(&restored),
        "Voce entrou de novo na sala 'geral'."
    );
}

#[test]
fn a_name_is_refused_with_the_character_that_it_must_not_have() {
    use protocol::refusal::Refusal;
    let said = |why: &Refusal| {
        [Language::Portuguese, Language::English]
            .map(|language| language.say(&Text::Refused { why, words: "" }))
    };
    let reason = "contém o caractere U+200B".to_owned();
    for why in [
        Refusal::InvalidUsername {
            reason: reason.clone(),
        },
        Refusal::InvalidRoomName { reason },
    ] {
        assert_eq!(
            said(&why),
            [
                "Esse nome não serve: ele contém o caractere invisível U+200B.",
                "That name cannot be used: it has the invisible character U+200B."
            ]
        );
    }
    for other in ["está vazio", "contém U+", "contém U+200B e mais"] {
        let why = Refusal::InvalidUsername {
            reason: other.to_owned(),
        };
        assert!(said(&why)[1].contains("1 to 64 characters"), "{other}");
    }
}
