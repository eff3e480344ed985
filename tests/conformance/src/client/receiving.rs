//! What a client shows of the messages that arrive.

use super::script::Message;
use super::session::{Session, USER};
use crate::requirement::Outcome;
use crate::words::Words;

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
    let last = arriving("quarta", "2999-01-02 10:30:05");
    session.script.state.lock().arriving.push(last);
    session.expect_printed("quarta", session.pace.real_time)?;
    let printed = session.program.printed();
    let Some((_, later)) = printed.split_once("terceira") else {
        return Ok(());
    };
    if shows_again(later, prompt) {
        return Err(session.failed(Words::new(
            "each message once, until the room is drawn again as a whole",
            "cada mensagem uma vez, até a sala ser redesenhada por inteiro",
        )));
    }
    Ok(())
}

/// Whether messages are shown again in a text that begins behind the third one. Who draws the whole room again, on an
/// empty screen or below a heading, as the original of dialect accounts, shows them in their place.
fn shows_again(later: &str, prompt: &str) -> bool {
    let shown = ["primeira", "segunda", "terceira"];
    let is_shown = |line: &str| shown.iter().any(|text| line.contains(text));
    let clears = |character| matches!(character, '\u{1b}' | '\u{c}');
    let is_heading = |line: &str| {
        let line = line.trim();
        // A prompt that is printed again is none.
        !(is_shown(line) || line.contains("quarta") || line.chars().count() < 3 || line == prompt)
    };
    // The rest of the line of the third message comes first.
    let mut lines = later.lines().skip(1);
    is_shown(later) && !later.contains(clears) && !lines.any(is_heading)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::session::{Pace, of_the_shelf};
    use super::*;
    use crate::requirement::Shortfall;
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
    fn messages_are_shown_again_without_a_heading() {
        let again = "[1] a: primeira\n[1] a: segunda\n[1] a: terceira\n";
        for (later, expected) in [
            ("\n[2] a: quarta\n".to_owned(), false),
            (format!("\n{again}[2] a: quarta\n"), true),
            (format!("']\n> {again}\n> [2] a: quarta"), true),
            (format!("\nComando: \n{again}[2] a: quarta"), true),
            (format!("\n--- Sala ---\n{again}[2] a: quarta"), false),
            (format!("\n\u{1b}[2J{again}[2] a: quarta"), false),
        ] {
            assert_eq!(shows_again(&later, "Comando:"), expected, "{later:?}");
        }
    }
}
