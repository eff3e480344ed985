//! What a client shows of the messages that arrive.

use std::thread;

use super::program::LAST_WORDS;
use super::script::Message;
use super::session::{Session, USER};
use crate::chat::Profile;
use crate::diagnosis;
use crate::requirement::{Outcome, Shortfall};
use crate::value::short_text;
use crate::words::{Words, words};

/// A message that comes now, later than any history.
pub(super) fn arriving(text: &str, timestamp: &'static str) -> Message {
    Message {
        from: "vizinha",
        to: None,
        text: text.to_owned(),
        timestamp,
    }
}

/// The same for the user of the client alone.
fn arriving_privately(text: &str, timestamp: &'static str) -> Message {
    Message {
        to: Some(USER.to_owned()),
        ..arriving(text, timestamp)
    }
}

pub(super) fn receives(session: &mut Session) -> Outcome {
    session.in_room()?;
    let public = arriving("chegou agora", "2999-01-02 10:30:00");
    session.script.state.lock().arriving.push(public);
    session.expect_printed("chegou agora", session.pace.real_time)?;
    let private = arriving_privately("chegou em segredo", "2999-01-02 10:30:05");
    session.script.state.lock().arriving.push(private);
    session.expect_shown(
        |printed| printed.contains("chegou em segredo"),
        Words::new(
            "the private message \"chegou em segredo\" on the screen, as the public one before it",
            "a mensagem privada \"chegou em segredo\" na tela, como a pública antes dela",
        ),
        session.pace.real_time,
    )
}

pub(super) fn receives_all(session: &mut Session) -> Outcome {
    session.in_room()?;
    let before = session.program.printed();
    let prompt = before.rsplit('\n').next().unwrap_or_default().trim();
    session
        .script
        .state
        .lock()
        .arriving
        .push(arriving("primeira", "2999-01-02 10:30:00"));
    let first = session.expect_printed("primeira", session.pace.real_time);
    session.prepare(first)?;
    session.script.state.lock().arriving.extend([
        arriving("segunda", "2999-01-02 10:30:00.000001"),
        arriving("terceira", "2999-01-02 10:30:00.000002"),
    ]);
    session.expect_printed("segunda", session.pace.real_time)?;
    session.expect_printed("terceira", session.pace.real_time)?;
    let printed_before = printed_until_next_poll(session);
    let last = arriving("quarta", "2999-01-02 10:30:05");
    {
        let mut state = session.script.state.lock();
        state.arriving.push(last);
        // For a poll that did not come so far as well.
        state.held = None;
        state.is_holding = false;
    }
    session.expect_printed("quarta", session.pace.real_time)?;
    let printed = session.program.printed();
    let later = printed.get(printed_before..).unwrap_or_default();
    let Some(line) = shown_again(later, prompt) else {
        return Ok(());
    };
    let (line, typed) = (short_text(line), session.program.typed());
    let calls = session.calls();
    let fetches_all = session.profile == Profile::Classic
        && calls.iter().any(|call| call.method == "receive_messages");
    Err(Shortfall::failed(
        Words::new(
            "each message once, until the room is drawn again as a whole",
            "cada mensagem uma vez, até a sala ser redesenhada por inteiro",
        ),
        words!("it printed again: {line}", "imprimiu de novo: {line}"),
    )
    .provoked_by(words!("typed: {typed}", "digitado: {typed}"))
    .because(fetches_all.then(diagnosis::fetches_all)))
}

/// How much the client has printed when its next poll comes, whose answer is held back from then on: some announce a
/// message and then show it.
fn printed_until_next_poll(session: &mut Session) -> usize {
    session.script.state.lock().held = Some("receive");
    let _ = session.wait(session.pace.real_time, |session| {
        session.script.state.lock().is_holding.then_some(())
    });
    // The client printed this before its poll, but another thread reads it from a pipe, and no condition shows when that
    // has read everything: only a pause is left.
    thread::sleep(LAST_WORDS);
    session.program.printed().len()
}

/// How many empty lines move what was printed off the screen.
const SCREEN: usize = 10;

/// The first line that shows a message again in a text that begins with the poll after the third one. Who draws the
/// whole room again, on an empty screen or below a heading, as the original of dialect accounts, shows them in their
/// place.
fn shown_again<'text>(later: &'text str, prompt: &str) -> Option<&'text str> {
    let shown = ["primeira", "segunda", "terceira"];
    let is_shown = |line: &str| shown.iter().any(|text| line.contains(text));
    let clears = |character| matches!(character, '\u{1b}' | '\u{c}');
    let is_heading = |line: &&str| {
        let line = line.trim();
        // A prompt that is printed again is none.
        !(is_shown(line) || line.contains("quarta") || line.chars().count() < 3 || line == prompt)
    };
    let lines: Vec<&str> = later.lines().collect();
    let is_cleared = later.contains(clears)
        || lines
            .split(|line| !line.trim().is_empty())
            .any(|empty| empty.len() >= SCREEN);
    if is_cleared || lines.iter().any(is_heading) {
        return None;
    }
    lines.into_iter().find(|line| is_shown(line))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::session::{Pace, of_the_shelf};
    use super::*;
    use crate::words::Language;

    #[test]
    fn of_a_message_that_is_not_shown_it_is_said_that_it_was_the_private_one() {
        for (mistake, expected) in [
            ("client-receives", false),
            ("client-receives:private", true),
        ] {
            let pace = Pace {
                real_time: Duration::from_secs(2),
                ..Pace::UNKNOWN
            };
            let mut session = of_the_shelf(["--mistake", mistake], pace);
            let Err(Shortfall::Failed(finding)) = receives(&mut session) else {
                panic!("{mistake}: it shows the message");
            };
            let words = finding.expected.of(Language::En);
            assert_eq!(words.contains("private message"), expected, "{words}");
        }
    }

    #[test]
    fn a_client_that_draws_the_room_again_or_announces_a_message_is_right() {
        for reading in ["draws-again", "announces"] {
            let mut session = of_the_shelf(["--reading", reading], Pace::UNKNOWN);
            assert_eq!(receives_all(&mut session), Ok(()), "{reading}");
        }
    }

    #[test]
    fn of_a_client_that_shows_all_messages_again_the_line_and_the_cause_are_named() {
        let mistake = ["--mistake", "client-receives-all:again"];
        let mut session = of_the_shelf(mistake, Pace::UNKNOWN);
        let Err(Shortfall::Failed(finding)) = receives_all(&mut session) else {
            panic!("it shows no message again");
        };
        let came = finding.came.of(Language::En);
        assert!(
            came.contains("again: [2999-01-02 10:30:00] vizinha: primeira"),
            "{came}"
        );
        let cause = finding.diagnosis.unwrap().cause;
        let cause = cause.of(Language::En);
        assert!(cause.contains("answers all messages"), "{cause}");
    }

    #[test]
    fn messages_are_shown_again_without_a_heading() {
        let again = "[1] a: primeira\n[1] a: segunda\n[1] a: terceira\n";
        for (later, expected) in [
            ("\n[2] a: quarta\n".to_owned(), false),
            (format!("\n{again}[2] a: quarta\n"), true),
            (format!("']\n> {again}\n> [2] a: quarta"), true),
            (format!("\nComando: \n{again}[2] a: quarta"), true),
            (format!("\n--- Sala ---\n{again}[2] a: quarta"), false),
            (format!("\n\u{1b}[2J{again}[2] a: quarta"), false),
            (format!("\n\n{again}[2] a: quarta"), true),
            (format!("{}{again}[2] a: quarta", "\n".repeat(25)), false),
            (format!("{}{again}[2] a: quarta", "\r\n".repeat(60)), false),
        ] {
            assert_eq!(
                shown_again(&later, "Comando:").is_some(),
                expected,
                "{later:?}"
            );
        }
    }
}
