//! What each command of a client does.

use std::time::Duration;

use serde_json::Value as Json;

use super::receiving::arriving;
use super::script::Message;
use super::session::{END, ROOM, Session, USER, first_is, names};
use crate::chat::Profile;
use crate::diagnosis;
use crate::requirement::{Outcome, Shortfall};
use crate::words::{Words, words};

pub(super) fn looks_up(session: &mut Session) -> Outcome {
    // Some look the server up at the start, some when they have a name.
    session.type_name(USER);
    let expected = Words::new(
        "a call of lookup_procedure",
        "uma chamada de lookup_procedure",
    );
    session
        .expect_call("lookup_procedure", |_| true, expected)
        .map_err(|shortfall| {
            // One that has ended had no time to ask; why, is in what it printed.
            if !session.program.is_running() {
                return shortfall;
            }
            let has_called = !session.calls().is_empty();
            let printed = session.program.printed();
            shortfall.because(Some(diagnosis::asks_nothing(&printed, has_called)))
        })
}

pub(super) fn registers(session: &mut Session) -> Outcome {
    let registered = session.register_as(USER);
    let calls = session.calls();
    if calls.iter().any(|call| call.method == "lookup_procedure") {
        return registered;
    }
    // Without a server there is nothing to register at.
    session.prepare(registered)
}

pub(super) fn asks_again(session: &mut Session) -> Outcome {
    session.script.state.lock().taken = vec!["ocupado"];
    let first = session.register_as("ocupado");
    session.prepare(first)?;
    session
        .register_as("livre")
        .map_err(|_| session.failed(Words::new("a second registration", "um segundo registro")))
}

pub(super) fn creates(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["create", "nova-sala"]);
    session.expect_call(
        "create_room",
        |parameters| first_is(parameters, "nova-sala"),
        Words::same("create_room(\"nova-sala\")"),
    )
}

pub(super) fn joins(session: &mut Session) -> Outcome {
    session.script.state.lock().history = vec![Message {
        from: "vizinha",
        to: None,
        text: "dito antes".to_owned(),
        timestamp: "2026-01-02 10:30:00",
    }];
    session.registered()?;
    session.script.state.lock().rooms.push(ROOM.to_owned());
    session.program.type_lines(&["join", ROOM]);
    session.expect_call(
        "join_room",
        |parameters| parameters.iter().filter_map(Json::as_str).eq([USER, ROOM]),
        words!(
            "join_room({USER:?}, {ROOM:?})",
            "join_room({USER:?}, {ROOM:?})"
        ),
    )?;
    session.expect_printed("dito antes", session.pace.reaction)
}

/// How long the users of a room may take to the screen where they need not come.
const OPTIONAL: Duration = Duration::from_secs(2);

/// Nothing else has shown the user who is in the room.
pub(super) fn shows_users_on_entry(session: &mut Session) -> Outcome {
    session.in_room()?;
    let user = "vizinha";
    if session.profile != Profile::Classic {
        return session.expect_user(user);
    }
    if session.printed_within(names(user), OPTIONAL) {
        return Ok(());
    }
    Err(Shortfall::NotOffered(Words::new(
        "the client shows no users on join, as the original of dialect classic",
        "o cliente não mostra usuários no join, como o original do dialeto classic",
    )))
}

pub(super) fn sends(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["send", "olá, ação!", ""]);
    session.expect_call(
        "send_message",
        |parameters| {
            let texts: Vec<_> = parameters.iter().filter_map(Json::as_str).collect();
            matches!(
                texts.as_slice(),
                [USER, ROOM, "olá, ação!"] | [USER, ROOM, "olá, ação!", ""]
            )
        },
        words!(
            "send_message({USER:?}, {ROOM:?}, \"olá, ação!\")",
            "send_message({USER:?}, {ROOM:?}, \"olá, ação!\")"
        ),
    )
}

pub(super) fn sends_privately(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["send", "segredo", "vizinha"]);
    session.expect_call(
        "send_message",
        |parameters| {
            parameters
                .iter()
                .filter_map(Json::as_str)
                .eq([USER, ROOM, "segredo", "vizinha"])
        },
        words!(
            "send_message({USER:?}, {ROOM:?}, \"segredo\", \"vizinha\")",
            "send_message({USER:?}, {ROOM:?}, \"segredo\", \"vizinha\")"
        ),
    )
}

/// A poll waits for its answer, on a connection that stays open, while the user types a message.
pub(super) fn sends_while_polling(session: &mut Session) -> Outcome {
    session.script.state.lock().keeps_connections = true;
    session.in_room()?;
    session.script.state.lock().held = Some("receive");
    let polls = session
        .wait(session.pace.real_time, |session| {
            session.script.state.lock().is_holding.then_some(())
        })
        .is_some();
    session
        .program
        .type_lines(&["send", "no meio da busca", ""]);
    let outcome = session
        .expect_call(
            "send_message",
            // What it sends is another requirement.
            |_| true,
            Words::new("the message arrives", "a mensagem chega"),
        )
        .and_then(|()| {
            if !polls {
                return Ok(());
            }
            let message = arriving("depois da busca", "2999-01-02 10:30:00");
            session.script.state.lock().arriving.push(message);
            // For one that asks for messages only after a command.
            session.program.type_lines(&["list"]);
            session.expect_printed("depois da busca", session.pace.real_time)
        });
    let typed = session.program.typed();
    outcome.map_err(|shortfall| {
        shortfall.provoked_by(words!(
            "a poll was waiting for its answer, on a connection that stays open (HTTP/1.1), when the message was typed; \
             typed: {typed}",
            "uma busca esperava a resposta, em uma conexão que fica aberta (HTTP/1.1), quando a mensagem foi digitada; \
             digitado: {typed}"
        ))
    })
}

pub(super) fn lists(session: &mut Session) -> Outcome {
    session.registered()?;
    session
        .script
        .state
        .lock()
        .rooms
        .push("sala-listada".to_owned());
    session.program.type_lines(&["list"]);
    session.expect_printed("sala-listada", session.pace.reaction)
}

pub(super) fn users(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["users"]);
    session.expect_user("outro-na-sala")
}

pub(super) fn exits(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["exit"]);
    if session.program.wait_for_end(END).is_none() {
        return Err(session.failed(Words::new("the client ends", "o cliente termina")));
    }
    let has_left = session.calls().iter().any(|call| {
        ["unregister_user", "leave_room", "logout", "logout_user"].contains(&call.method.as_str())
    });
    if has_left {
        return Ok(());
    }
    Err(session.failed(Words::new(
        "unregister_user or leave_room before the end",
        "unregister_user ou leave_room antes do fim",
    )))
}

#[cfg(test)]
mod tests {
    use super::super::session::{Pace, of_the_shelf};
    use super::*;

    #[test]
    fn a_client_that_writes_names_with_capital_letters_is_right() {
        for check in [shows_users_on_entry, users] {
            let pace = Pace {
                reaction: Duration::from_secs(3),
                ..Pace::UNKNOWN
            };
            let mut session = of_the_shelf(["--reading", "capitals"], pace);
            assert_eq!(check(&mut session), Ok(()));
        }
    }
}
