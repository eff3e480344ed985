//! What a client does when something goes wrong.

use std::collections::HashSet;
use std::time::Duration;

use super::receiving::arriving;
use super::script::SEND_ONCE;
use super::session::{END, Session, USER, first_is};
use crate::chat::REGISTRATIONS;
use crate::peer::RecordedCall;
use crate::requirement::{Outcome, Shortfall};
use crate::words::{Words, words};

/// Long enough for a poll of every client, which is where many end when the server is gone.
const POLL: Duration = Duration::from_secs(3);

pub(super) fn goes_on_after_a_refusal(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["join", "nenhuma-sala"]);
    let asked = session.expect_call("join_room", |_| true, Words::same("join_room"));
    // A client that looks into list_rooms first, and does not call, is right as well.
    let _ = asked;
    goes_on(session)
}

pub(super) fn goes_on_after_an_unknown_command(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["dance"]);
    goes_on(session)
}

/// Whether the next command is carried out.
pub(super) fn goes_on(session: &mut Session) -> Outcome {
    session.program.type_lines(&["create", "depois-disso"]);
    session.expect_call(
        "create_room",
        |parameters| first_is(parameters, "depois-disso"),
        Words::new(
            "the next command is carried out",
            "o próximo comando é executado",
        ),
    )
}

pub(super) fn ends_with_its_input(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.end_input();
    match session.program.wait_for_end(END) {
        Some(_) if !session.program.printed().contains("Traceback") => Ok(()),
        _ => Err(session.failed(Words::new(
            "the client ends without a traceback",
            "o cliente termina sem traceback",
        ))),
    }
}

pub(super) fn survives_the_server(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.script.end_chat();
    session.program.type_lines(&["send", "alguém aí?", ""]);
    let crashed = session.program.wait_for_end(POLL).is_some();
    session.program.type_lines(&["exit"]);
    session.program.end_input();
    let ends = session.program.wait_for_end(END).is_some();
    let has_traceback = session.program.printed().contains("Traceback");
    // A client that says what is wrong and ends is right; one that shows a traceback has crashed.
    if ends && !has_traceback {
        return Ok(());
    }
    let expected = if crashed || has_traceback {
        Words::new("no crash", "o cliente não quebra")
    } else {
        Words::new(
            "the client still ends with exit",
            "o cliente ainda termina com exit",
        )
    };
    Err(session.failed(expected).provoked_by(Words::new(
        "the chat server's port was closed while the client was in a room; then send, and exit",
        "a porta do servidor foi fechada com o cliente em uma sala; depois send, e exit",
    )))
}

pub(super) fn says_that_there_is_no_server(session: &mut Session) -> Outcome {
    session.script.forget_chat();
    session.program.type_lines(&[USER, "senha", "exit"]);
    session.program.end_input();
    let mut ends = session
        .program
        .wait_for_end(session.pace.reaction)
        .is_some();
    let mut goes_on = false;
    if !ends && says_something(&session.program.printed()) {
        // One that asks again finds the server when there is one.
        session.script.register_chat();
        goes_on = session
            .wait(END, |session| {
                let state = session.script.state.lock();
                let mut calls = state.calls.iter();
                calls
                    .any(|call| REGISTRATIONS.contains(&call.method.as_str()))
                    .then_some(())
            })
            .is_some();
        ends = !session.program.is_running();
    } else if !ends {
        ends = session.program.wait_for_end(END).is_some();
    }
    if (ends || goes_on) && !session.program.printed().contains("Traceback") {
        return Ok(());
    }
    Err(session
        .failed(Words::new(
            "a sentence, and no traceback; then an end, or another look-up that finds a server",
            "uma frase, e nenhum traceback; depois um fim, ou outra busca que acha um servidor",
        ))
        .provoked_by(Words::new(
            "the binder answered nil to every look-up, until the client had said so",
            "o binder respondeu nil a toda busca, até o cliente avisar",
        )))
}

/// Whether a program has printed more than a prompt of a word or two.
fn says_something(printed: &str) -> bool {
    printed
        .lines()
        .any(|line| line.split_whitespace().count() > 2)
}

/// How many answers are lost: Python's client repeats a call by itself once.
const LOST: usize = 3;

pub(super) fn goes_on_after_a_lost_answer(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.script.state.lock().lost = Some(("send_message", usize::MAX));
    session.program.type_lines(&["send", "sem resposta", ""]);
    let is_send = |call: &RecordedCall| call.method.contains("send_message");
    if session.call(is_send).is_none() {
        let sent = Err(session.failed(Words::same("send_message")));
        return session.prepare(sent);
    }
    goes_on(session)?;
    if session.program.printed().contains("Traceback") {
        return Err(session.failed(Words::new("no traceback", "nenhum traceback")));
    }
    Ok(())
}

pub(super) fn polls_again(session: &mut Session) -> Outcome {
    session.in_room()?;
    let first = arriving("antes", "2999-01-02 10:30:00");
    session.script.state.lock().arriving.push(first);
    let shown = session.expect_printed("antes", session.pace.real_time);
    session.prepare(shown)?;
    let late = arriving("mesmo assim", "2999-01-02 10:30:05");
    {
        let mut state = session.script.state.lock();
        state.lost = Some(("receive", LOST));
        state.arriving.push(late);
    }
    // Some wait longer after each failure.
    session.expect_printed("mesmo assim", session.pace.real_time * 2)
}

pub(super) fn repeats_once(session: &mut Session) -> Outcome {
    session.script.state.lock().offers_sending_once = true;
    session.in_room()?;
    session.script.state.lock().lost = Some((SEND_ONCE, LOST));
    session.program.type_lines(&["send", "uma vez só", ""]);
    let is_send = |call: &RecordedCall| call.method.starts_with("send_message");
    match session.call(is_send) {
        Some(call) if call.method == SEND_ONCE => {}
        Some(_) => {
            return Err(Shortfall::NotOffered(Words::new(
                "the client sends with send_message, which may store a repeated message twice",
                "o cliente envia com send_message, que pode guardar duas vezes uma mensagem repetida",
            )));
        }
        None => {
            let sent = Err(session.failed(Words::same("send_message")));
            return session.prepare(sent);
        }
    }
    // Whatever it repeats, it does before the next command.
    goes_on(session)?;
    let calls = session.calls();
    let sent: Vec<_> = calls
        .iter()
        .filter(|call| call.method == SEND_ONCE)
        .collect();
    let identifiers: HashSet<String> = sent
        .iter()
        .filter_map(|call| Some(call.parameters.get(4)?.to_string()))
        .collect();
    let (times, different) = (sent.len(), identifiers.len());
    if different == 1 {
        return Ok(());
    }
    Err(Shortfall::failed(
        Words::new(
            "one message_id in every repeat",
            "um só message_id em toda repetição",
        ),
        words!(
            "{times} calls with {different} identifiers",
            "{times} chamadas com {different} identificadores"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::session::{Pace, of_the_shelf};
    use super::*;

    #[test]
    fn a_client_that_waits_for_a_server_and_says_so_is_right() {
        let pace = Pace {
            reaction: Duration::from_secs(2),
            ..Pace::UNKNOWN
        };
        let mut session = of_the_shelf(["--reading", "waits"], pace);
        assert_eq!(says_that_there_is_no_server(&mut session), Ok(()));
    }
}
