//! One client process with its scripted servers, and what it is expected to do.

use std::io;
use std::thread;
use std::time::Duration;

use serde_json::Value as Json;

use super::binder_port::{binder_port, port_taken};
use super::program::{Command, LAST_WORDS, Program, wait};
use super::script::Script;
use crate::chat::{Profile, REGISTRATIONS};
use crate::diagnosis;
use crate::peer::RecordedCall;
use crate::requirement::{Outcome, Shortfall};
use crate::value::short_text;
use crate::words::{Words, words};

/// How long a client may take to start and to look the server up.
const START: Duration = Duration::from_secs(30);

/// How long things may take on this machine, which may be slow or busy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long a client may take to do what was typed.
    pub(super) reaction: Duration,
    /// How long a message may take to the screen: "in real time", for clients that poll every few seconds.
    pub(super) real_time: Duration,
}

impl Pace {
    /// As long as it is not known how long a client takes to start.
    pub(super) const UNKNOWN: Self = Self {
        reaction: START,
        real_time: START,
    };

    /// For clients that took this long to start.
    pub(super) fn of_start(start: Duration) -> Self {
        let scaled = |least| (start * 10).clamp(Duration::from_secs(least), START);
        Self {
            reaction: scaled(8),
            real_time: scaled(8),
        }
    }
}

/// How long a client may take to end. One that keeps what was typed for a server that may come back is right,
/// as long as it ends.
pub(super) const END: Duration = Duration::from_secs(45);

pub(super) const ROOM: &str = "sala-de-prova";
pub(super) const USER: &str = "prova";

/// A client with its servers.
pub(super) struct Session {
    pub(super) script: Script,
    pub(super) program: Program,
    pub(super) profile: Profile,
    pub(super) pace: Pace,
}

impl Session {
    pub(super) fn start(command: &Command, profile: Profile, pace: Pace) -> io::Result<Self> {
        let port = binder_port(command);
        let script = Script::start(port, profile).map_err(|error| port_taken(&error, port))?;
        let program = Program::start(command, &script.binder, 0)?;
        Ok(Self {
            script,
            program,
            profile,
            pace,
        })
    }

    pub(super) fn calls(&self) -> Vec<RecordedCall> {
        self.script.state.lock().calls.clone()
    }

    /// Waits for something that the client does, as long as it runs.
    pub(super) fn wait<T>(
        &mut self,
        within: Duration,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<T> {
        wait(within, || {
            let has_ended = !self.program.is_running();
            // What it did before its end still arrives, at threads that do not say when they have read all of it.
            if has_ended {
                thread::sleep(LAST_WORDS);
            }
            match look(self) {
                Some(found) => Some(Some(found)),
                None => has_ended.then_some(None),
            }
        })
        .flatten()
    }

    /// Waits for a call.
    pub(super) fn call(&mut self, wanted: impl Fn(&RecordedCall) -> bool) -> Option<RecordedCall> {
        self.wait(self.pace.reaction, |session| {
            let state = session.script.state.lock();
            state.calls.iter().find(|call| wanted(call)).cloned()
        })
    }

    /// Expects a call of a method.
    pub(super) fn expect_call(
        &mut self,
        method: &str,
        wanted: impl Fn(&[Json]) -> bool,
        expected: Words,
    ) -> Outcome {
        let is_wanted = |call: &RecordedCall| call.method == method && wanted(&call.parameters);
        if self.call(is_wanted).is_some() {
            return Ok(());
        }
        Err(self.failed(expected))
    }

    /// Types the name, and the password where there are passwords.
    pub(super) fn type_name(&mut self, user: &str) {
        let mut lines = vec![user];
        if self.profile == Profile::Accounts {
            lines.push("senha");
        }
        self.program.type_lines(&lines);
    }

    /// Expects that the name that is typed is registered.
    pub(super) fn register_as(&mut self, user: &str) -> Outcome {
        self.type_name(user);
        let is_registered = |call: &RecordedCall| {
            REGISTRATIONS.contains(&call.method.as_str()) && first_is(&call.parameters, user)
        };
        if self.call(is_registered).is_some() {
            return Ok(());
        }
        Err(self.failed(words!(
            "a registration of {user:?}",
            "o registro de {user:?}"
        )))
    }

    /// What the other checks rest on.
    pub(super) fn prepare(&mut self, prepared: Outcome) -> Outcome {
        prepared.map_err(|_| {
            let printed = last_lines(&self.program.printed());
            Shortfall::Blocked(words!(
                "not checked: the client did not come so far; it printed: {printed}",
                "não verificado: o cliente não chegou até aqui; ele imprimiu: {printed}"
            ))
        })
    }

    pub(super) fn registered(&mut self) -> Outcome {
        let outcome = self.register_as(USER);
        self.prepare(outcome)
    }

    pub(super) fn in_room(&mut self) -> Outcome {
        self.registered()?;
        self.script.state.lock().rooms.push(ROOM.to_owned());
        self.program.type_lines(&["join", ROOM]);
        let joined = self.expect_call("join_room", |_| true, Words::same("join_room"));
        self.prepare(joined)
    }

    pub(super) fn printed_within(
        &mut self,
        is_shown: impl Fn(&str) -> bool,
        within: Duration,
    ) -> bool {
        self.wait(within, |session| {
            is_shown(&session.program.printed()).then_some(())
        })
        .is_some()
    }

    pub(super) fn expect_printed(&mut self, text: &str, within: Duration) -> Outcome {
        let expected = words!("{text:?} on the screen", "{text:?} na tela");
        self.expect_shown(|printed| printed.contains(text), expected, within)
    }

    /// The same of the name of a user, in whatever case.
    pub(super) fn expect_user(&mut self, user: &str) -> Outcome {
        let expected = words!("{user:?} on the screen", "{user:?} na tela");
        self.expect_shown(names(user), expected, self.pace.reaction)
    }

    /// Expects something on the screen.
    pub(super) fn expect_shown(
        &mut self,
        is_shown: impl Fn(&str) -> bool,
        expected: Words,
        within: Duration,
    ) -> Outcome {
        if self.printed_within(is_shown, within) {
            return Ok(());
        }
        let shortfall = self.failed(expected);
        let holds_output = self.program.is_silent() && self.prints_at_its_end();
        Err(shortfall.because(holds_output.then(diagnosis::unflushed)))
    }

    /// Whether it prints something when it ends, as a program does that holds its output back.
    fn prints_at_its_end(&mut self) -> bool {
        self.program.type_lines(&["exit"]);
        self.program.end_input();
        let _ = self.program.wait_for_end(self.pace.reaction);
        !self.program.is_silent()
    }

    /// A finding with what the client printed.
    pub(super) fn failed(&mut self, expected: Words) -> Shortfall {
        let printed = self.program.printed();
        let shown = last_lines(&printed);
        let came = if self.program.is_running() {
            words!("it printed: {shown}", "imprimiu: {shown}")
        } else {
            words!(
                "it ended; it had printed: {shown}",
                "terminou; tinha imprimido: {shown}"
            )
        };
        let typed = self.program.typed();
        Shortfall::failed(expected, came)
            .provoked_by(words!("typed: {typed}", "digitado: {typed}"))
            .because(diagnosis::of_printed(&printed))
    }
}

pub(super) fn first_is(parameters: &[Json], text: &str) -> bool {
    parameters.first().and_then(Json::as_str) == Some(text)
}

/// Whether a text has the name of a user. Some begin it with a capital letter.
pub(super) fn names(user: &str) -> impl Fn(&str) -> bool {
    move |printed| printed.to_lowercase().contains(user)
}

/// The last lines of an output, where the reason usually is.
pub(crate) fn last_lines(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        // Python marks the place in a line of a traceback with a line of these.
        .filter(|line| line.contains(|character| !matches!(character, ' ' | '^' | '~')))
        .collect();
    let last = lines.get(lines.len().saturating_sub(3)..);
    let shown: Vec<String> = last
        .unwrap_or_default()
        .iter()
        .map(|line| short_text(line))
        .collect();
    shown.join(" / ")
}

/// A session with the shelf's client.
#[cfg(test)]
pub(super) fn of_the_shelf(flags: [&str; 2], pace: Pace) -> Session {
    let [flag, value] = flags;
    let words = [
        "python3",
        "-S",
        concat!(env!("CARGO_MANIFEST_DIR"), "/programs/client.py"),
        "--binder",
        "{binder}",
        flag,
        value,
    ];
    let command = Command::new(&words.map(str::to_owned));
    Session::start(&command, Profile::Classic, pace).unwrap()
}

#[cfg(test)]
mod tests {
    use super::super::receiving::receives;
    use super::*;
    use crate::words::Language;

    #[test]
    fn of_a_client_that_holds_its_output_back_the_cause_is_named() {
        // What does not come is not worth a long wait.
        let pace = Pace {
            real_time: Duration::from_secs(1),
            ..Pace::UNKNOWN
        };
        let mut session = of_the_shelf(["--mistake", "held-output"], pace);
        let Err(Shortfall::Failed(finding)) = receives(&mut session) else {
            panic!("it shows the message");
        };
        let cause = finding.diagnosis.unwrap().cause;
        let cause = cause.of(Language::En);
        assert!(cause.contains("printed nothing until it ended"), "{cause}");
    }
}
