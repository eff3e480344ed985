//! What the user is asked.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// How long a prompt waits for an outcome that changes it. Most are there within milliseconds; who
/// types on before a slow one is not kept waiting.
const SOON: Duration = Duration::from_millis(300);

/// What kind of answer is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interactive) enum Answer {
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

/// What to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::interactive) struct Question {
    /// The prompt: nothing in it may be a stranger's control character, nor a colour.
    pub(in crate::interactive) prompt: String,
    /// What is expected.
    pub(in crate::interactive) answer: Answer,
}

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
}

impl Current {
    /// With a first question, which another may follow soon if it is not the one to ask.
    pub(super) fn new(question: Question, is_to_be_asked: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    question,
                    is_new: is_to_be_asked,
                }),
                changed: Condvar::new(),
            }),
        }
    }

    /// Makes this the question to ask.
    pub(super) fn change(&self, question: Question) {
        let mut state = self.shared.state.lock();
        state.question = question;
        state.is_new = true;
        self.shared.changed.notify_one();
    }

    /// Makes this the question to ask if no other one comes soon.
    pub(super) fn prepare(&self, question: Question) {
        let mut state = self.shared.state.lock();
        state.question = question;
        state.is_new = false;
    }

    pub(super) fn get(&self) -> Question {
        let mut state = self.shared.state.lock();
        state.is_new = false;
        state.question.clone()
    }

    /// The question, after waiting a moment for a new one, and whether there is a new one.
    pub(super) fn get_soon(&self) -> (Question, bool) {
        let mut state = self.shared.state.lock();
        if !state.is_new {
            self.shared.changed.wait_for(&mut state, SOON);
        }
        let is_new = std::mem::take(&mut state.is_new);
        (state.question.clone(), is_new)
    }
}
