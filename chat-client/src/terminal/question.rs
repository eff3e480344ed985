//! What the user is asked.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// How long a prompt waits for an outcome that changes it. Most arrive within milliseconds; the user can
/// type on before a slow one.
const SOON: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A command or a message: completed and remembered.
    Command,
    /// Yes or no, or else a command or a message: completed as these are.
    YesOrNo,
    /// The name of a room: completed.
    Room,
    /// The name of a user of the room: completed.
    User,
    /// Something else that is asked for: neither.
    Word,
    /// Something not to be seen.
    Secret,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The prompt: nothing in it may be a stranger's control character, nor a colour.
    pub(crate) prompt: String,
    pub(crate) answer: Answer,
}

#[derive(Debug)]
pub(crate) enum Input {
    Line {
        line: String,
        /// What was asked for when it was typed: another question may be current by now.
        answers: Answer,
    },
    /// Ctrl-C: the line was discarded.
    Interrupted {
        /// Whether the line was empty.
        was_empty: bool,
    },
    /// A byte that is not UTF-8, for the first time that this one is typed. It is typed on as `\xe1`, and
    /// needs no reply. It is sent before any line that it is in.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "there the terminal gives characters")
    )]
    NotUtf8(u8),
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// What becomes of the prompt and the line that was typed at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    Stays,
    Replaced(String),
    /// They stay, unless another question follows soon: an outcome that says the same is shown above it.
    ReplacedSoon,
    Cleared,
}

/// What the conversation says to a line or an interruption.
#[derive(Debug)]
pub(crate) struct Reply {
    /// What becomes of the prompt and the typed line.
    pub(crate) echo: Echo,
    /// What goes into the history although it was not typed as a command.
    pub(crate) remember: Option<String>,
    pub(crate) next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the current question.
    Ask,
    /// With a question that follows soon, when an outcome is there.
    AskSoon,
    /// With a question that depends on whether a password is taken. None is asked before that: what is
    /// typed may be the next attempt, which must not be seen.
    AskWhenSignedIn,
    Stop,
}

/// Completes what was typed up to the cursor, for an answer of this kind: where the completed part
/// begins, and its candidates.
pub(crate) type Complete = Box<dyn Fn(Answer, &str) -> (usize, Vec<String>) + Send>;

/// The question to ask next, which the conversation changes and the thread that reads looks up.
#[derive(Clone, Debug)]
pub(super) struct Current {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    question: Question,
    /// Whether it was changed since it was looked up.
    is_new: bool,
    /// Whether it must not be asked before it is changed or released.
    is_held: bool,
}

impl Current {
    /// With a first question, which another may follow soon if it is not the one to ask.
    pub(super) fn new(question: Question, is_to_be_asked: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    question,
                    is_new: is_to_be_asked,
                    is_held: false,
                }),
                changed: Condvar::new(),
            }),
        }
    }

    pub(super) fn change(&self, question: Question) {
        let mut state = self.shared.state.lock();
        state.question = question;
        state.is_new = true;
        state.is_held = false;
        self.shared.changed.notify_one();
    }

    /// Makes this the question to ask unless it is replaced soon.
    pub(super) fn prepare(&self, question: Question) {
        self.set_aside(question, false);
    }

    /// Makes this the question to ask once it is released, unless it is replaced before that.
    pub(super) fn hold(&self, question: Question) {
        self.set_aside(question, true);
    }

    /// If a question is held, makes this the question to ask unless it is replaced soon.
    pub(super) fn release(&self, question: Question) {
        if self.shared.state.lock().is_held {
            self.set_aside(question, false);
            self.shared.changed.notify_one();
        }
    }

    fn set_aside(&self, question: Question, is_held: bool) {
        let mut state = self.shared.state.lock();
        state.question = question;
        state.is_new = false;
        state.is_held = is_held;
    }

    pub(super) fn get(&self) -> Question {
        let mut state = self.shared.state.lock();
        state.is_new = false;
        state.question.clone()
    }

    /// The question, after waiting a moment for a new one, and whether there is a new one.
    pub(super) fn get_soon(&self) -> (Question, bool) {
        let mut state = self.shared.state.lock();
        while state.is_held {
            self.shared.changed.wait(&mut state);
        }
        if !state.is_new {
            self.shared.changed.wait_for(&mut state, SOON);
        }
        let is_new = std::mem::take(&mut state.is_new);
        (state.question.clone(), is_new)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::thread;

    use super::*;

    /// Ample on a busy machine.
    const DEADLINE: Duration = Duration::from_secs(10);

    fn question(prompt: &str) -> Question {
        Question {
            prompt: prompt.to_owned(),
            answer: Answer::Word,
        }
    }

    fn asked(current: &Current) -> mpsc::Receiver<Question> {
        let (sender, asked) = mpsc::channel();
        let current = current.clone();
        thread::spawn(move || sender.send(current.get_soon().0));
        asked
    }

    #[test]
    fn a_question_that_is_held_is_not_asked_before_it_is_changed_or_released() {
        let current = Current::new(question("name"), true);
        current.hold(question("command"));
        let held = asked(&current);
        assert_eq!(held.recv_timeout(2 * SOON), Err(RecvTimeoutError::Timeout));
        current.change(question("password"));
        assert_eq!(held.recv_timeout(DEADLINE), Ok(question("password")));

        current.hold(question("command"));
        let held = asked(&current);
        current.release(question("on the way"));
        assert_eq!(held.recv_timeout(DEADLINE), Ok(question("on the way")));
        // Nothing is held any more, so this is not for it.
        current.release(question("late"));
        assert_eq!(current.get(), question("on the way"));
    }
}
