//! A private message is read by its recipient alone.

use serde_json::{Value as Json, json};

use support::{Caller, InProcess, Language};

const SECRET: &str = "só para bia";

/// Every way to read a room, as `user`. Joining is the last one, since it changes who is there.
fn everything_read_by(caller: &mut Caller, user: &str) -> Vec<(&'static str, Json)> {
    let since = "1970-01-01 00:00:00";
    vec![
        (
            "receive_messages",
            caller.answer("receive_messages", &[user, "geral"]),
        ),
        (
            "receive_new_messages",
            caller.answer("receive_new_messages", &[user, "geral", since]),
        ),
        (
            "the history of join_room",
            caller.answer("join_room", &[user, "geral"])["messages"].clone(),
        ),
    ]
}

/// Who of these users reads the secret, and how.
fn readers(caller: &mut Caller, users: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for user in users {
        for (how, read) in everything_read_by(caller, user) {
            if read.to_string().contains(SECRET) {
                found.push(format!("{user} by {how}"));
            }
        }
    }
    found
}

/// A server, asked from either language, where ana has sent bia a secret in front of caio, before eva
/// joined.
fn for_each_asker(check: impl Fn(&mut Caller, &str)) {
    for language in Language::ALL {
        let server = InProcess::chat();
        let mut caller = match language {
            Language::Rust => server.caller(),
            Language::Python => Caller::python(&server.address),
        };
        for user in ["ana", "bia", "caio"] {
            caller.enter(user, "geral");
        }
        caller.say("ana", "geral", SECRET, "bia");
        caller.say("ana", "geral", "para todos", "");
        caller.enter("eva", "geral");
        check(&mut caller, &format!("asked from {language}"));
    }
}

#[test]
fn only_the_recipient_reads_a_private_message() {
    for_each_asker(|caller, asked| {
        // Not even the sender, and not an unregistered client.
        assert_eq!(readers(caller, &["ana", "caio", "eva"]), [""; 0], "{asked}");
        let stranger = caller.answer("receive_messages", &["rui", "geral"]);
        assert!(
            !stranger.to_string().contains(SECRET),
            "{asked}: a stranger"
        );
    });
}

#[test]
fn the_recipient_reads_it_in_every_way() {
    for_each_asker(|caller, asked| {
        assert_eq!(readers(caller, &["bia"]).len(), 3, "{asked}");
    });
}

#[test]
fn the_next_user_of_a_freed_name_reads_nothing_of_the_former_one() {
    for_each_asker(|caller, asked| {
        caller.must(
            "unregister_user",
            &["bia"],
            "Usuário desconectado com sucesso.",
        );
        // Between the two the name is free.
        let nobody = caller.answer("receive_messages", &["bia", "geral"]);
        assert!(!nobody.to_string().contains(SECRET), "{asked}: a free name");
        caller.must("register_user", &["bia"], "Usuário registrado com sucesso.");
        assert_eq!(readers(caller, &["bia"]), [""; 0], "{asked}");

        caller.say("ana", "geral", "bem-vinda", "bia");
        let own = caller.answer("receive_messages", &["bia", "geral"]);
        assert_eq!(
            own.as_array().unwrap().last().unwrap()["content"],
            json!("bem-vinda"),
            "{asked}: the new holder's own messages are read"
        );
    });
}

#[test]
fn a_recipient_who_left_the_room_reads_it_still() {
    for_each_asker(|caller, asked| {
        caller.enter("rui", "jogos");
        caller.answer("join_room", &["bia", "jogos"]);
        assert_eq!(readers(caller, &["bia"]).len(), 3, "{asked}");
    });
}
