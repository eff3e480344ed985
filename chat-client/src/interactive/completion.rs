//! What Tab completes: commands, rooms, and the users of the room.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use protocol::characters::is_deceptive;
use tokio::sync::Notify;

use super::commands::{Argument, Bare, WORDS, Word};
use crate::terminal::Answer;

/// How long Tab waits for the rooms that there are by now. A server answers within a few
/// milliseconds; when it does not, the rooms that are known have to do.
const TAB_TIMEOUT: Duration = Duration::from_millis(200);

/// The names to complete from. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    learned: Condvar,
    wanted: Notify,
}

#[derive(Debug, Default)]
struct State {
    rooms: Vec<String>,
    users: Vec<String>,
    /// Whether Tab is waiting for the rooms.
    asking: bool,
}

impl Known {
    pub(super) fn learn_rooms(&self, rooms: Vec<String>) {
        let mut state = self.shared.state.lock();
        state.rooms = rooms;
        state.asking = false;
        self.shared.learned.notify_all();
    }

    pub(super) fn learn_users(&self, users: Vec<String>) {
        self.shared.state.lock().users = users;
    }

    pub(super) fn learn_room(&self, room: &str) {
        let mut state = self.shared.state.lock();
        if !state.rooms.iter().any(|other| other == room) {
            state.rooms.push(room.to_owned());
        }
    }

    /// The rooms that were there when they were last looked up.
    pub(super) fn known_rooms(&self) -> Vec<String> {
        self.shared.state.lock().rooms.clone()
    }

    pub(super) fn users(&self) -> Vec<String> {
        self.shared.state.lock().users.clone()
    }

    /// Ends when Tab needs an up-to-date list of rooms.
    pub(super) async fn rooms_wanted(&self) {
        self.shared.wanted.notified().await;
    }

    /// The rooms, after an update.
    fn rooms(&self) -> Vec<String> {
        let mut state = self.shared.state.lock();
        state.asking = true;
        self.shared.wanted.notify_one();
        self.shared
            .learned
            .wait_while_for(&mut state, |state| state.asking, TAB_TIMEOUT);
        state.rooms.clone()
    }
}

/// Completes an answer of this kind, typed up to the cursor: where the completed part begins, and its
/// candidates.
pub(super) fn complete_answer(answer: Answer, typed: &str, known: &Known) -> (usize, Vec<String>) {
    match answer {
        Answer::Command | Answer::YesOrNo => complete(typed, known),
        Answer::Room => room(typed, 0, known),
        Answer::User => recipient(typed, known),
        Answer::Word | Answer::Secret => (typed.len(), Vec::new()),
    }
}

/// Completes what was typed up to the cursor: where the part to complete begins, and what it may
/// become.
fn complete(typed: &str, known: &Known) -> (usize, Vec<String>) {
    let slashes = usize::from(typed.starts_with('/'));
    let word = typed.get(slashes..).unwrap_or_default();
    match word.split_once(' ') {
        Some((command, rest)) => {
            let start = typed.len() - rest.len();
            let command = command.to_lowercase();
            let found = WORDS
                .iter()
                .find(|word| word.word == command && (slashes == 1 || word.bare == Bare::Command));
            match found.map(|word| word.command.argument()) {
                Some(Argument::Private) => addressee(typed, start, known),
                Some(Argument::Room) => room(typed, start, known),
                Some(Argument::Message) => name(typed, start, known),
                Some(Argument::None | Argument::Count) | None => name(typed, 0, known),
            }
        }
        None if typed.starts_with('@') => name(typed, 0, known),
        // An empty line would be answered with all the commands, as a reminder.
        None => (slashes, words_beginning_with(word, slashes == 1)),
    }
}

/// The words of the table that begin so, ready for what follows them.
fn words_beginning_with(beginning: &str, after_slash: bool) -> Vec<String> {
    let beginning = beginning.to_lowercase();
    WORDS
        .iter()
        .filter(|word| {
            word.word.starts_with(&beginning) && (after_slash || word.bare != Bare::Word)
        })
        .map(|word| format!("{}{}", word.word, space_after(word)))
        .collect()
}

const fn space_after(word: &Word) -> &'static str {
    match word.command.argument() {
        Argument::Room | Argument::Message | Argument::Private => " ",
        Argument::None | Argument::Count => "",
    }
}

/// The name of a room, from `start` on.
fn room(typed: &str, start: usize, known: &Known) -> (usize, Vec<String>) {
    let beginning = typed.get(start..).unwrap_or_default();
    (start, beginning_with(beginning, &known.rooms(), ""))
}

/// The name of a user and nothing else, perhaps with an at sign before it.
fn recipient(typed: &str, known: &Known) -> (usize, Vec<String>) {
    let start = usize::from(typed.starts_with('@'));
    let beginning = typed.get(start..).unwrap_or_default();
    (start, beginning_with(beginning, &known.users(), ""))
}

/// The name of a user at `start`, with or without an at sign, where a private message begins; anywhere
/// else as in a message.
fn addressee(typed: &str, start: usize, known: &Known) -> (usize, Vec<String>) {
    let beginning = typed.get(start..).unwrap_or_default();
    let names = beginning_with(beginning, &known.users(), " ");
    if names.is_empty() {
        name(typed, start, known)
    } else {
        (start, names)
    }
}

/// Names of users: behind an at sign at `start`, where a private message begins, and anywhere as a
/// last word.
fn name(typed: &str, start: usize, known: &Known) -> (usize, Vec<String>) {
    let users = known.users();
    let from = typed.get(start..).unwrap_or_default();
    if let Some(beginning) = from.strip_prefix('@')
        && let names = beginning_with(beginning, &users, " ")
        && !names.is_empty()
    {
        return (start + 1, names);
    }
    let last = typed
        .rfind(char::is_whitespace)
        .map_or(0, |space| space + 1)
        .max(start);
    let beginning = typed.get(last..).unwrap_or_default();
    let at = usize::from(beginning.starts_with('@'));
    let beginning = beginning.get(at..).unwrap_or_default();
    if beginning.is_empty() && at == 0 {
        return (typed.len(), Vec::new());
    }
    (last + at, beginning_with(beginning, &users, ""))
}

/// The names that begin so, upper and lower case alike, with something after each. Names that deceive,
/// which an original server allows, are not completed.
fn beginning_with(beginning: &str, names: &[String], after: &str) -> Vec<String> {
    let beginning = beginning.to_lowercase();
    names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&beginning))
        .filter(|name| !name.contains(is_deceptive))
        .map(|name| format!("{name}{after}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let known = Known::default();
        known.learn_users(
            ["bia", "bruno", "ana maria", "b\u{9b}2J"]
                .map(str::to_owned)
                .to_vec(),
        );
        known.learn_rooms(
            ["geral", "jogos", "sala de aula"]
                .map(str::to_owned)
                .to_vec(),
        );
        known
    }

    fn completed(typed: &str) -> Vec<String> {
        let (start, candidates) = complete(typed, &known());
        candidates
            .into_iter()
            .map(|candidate| format!("{}{candidate}", &typed[..start]))
            .collect()
    }

    #[test]
    fn commands_with_what_follows_them() {
        assert_eq!(completed("j"), ["join "]);
        assert_eq!(completed("EX"), ["exit"]);
        assert_eq!(completed("/h"), ["/history", "/help"]);
        assert_eq!(completed("h"), ["help"]);
        assert_eq!(completed("").len(), 8);
        assert_eq!(completed("/").len(), WORDS.len());
    }

    #[test]
    fn rooms_behind_the_commands_that_take_one() {
        assert_eq!(completed("join g"), ["join geral"]);
        assert_eq!(completed("/join sala d"), ["/join sala de aula"]);
        assert_eq!(completed("join ").len(), 3);
        assert_eq!(completed("list g"), [""; 0]);
    }

    #[test]
    fn users_behind_an_at_sign_and_within_a_message() {
        assert_eq!(completed("@b"), ["@bia ", "@bruno "]);
        assert_eq!(completed("@ana m"), ["@ana maria "]);
        assert_eq!(completed("send @br"), ["send @bruno "]);
        assert_eq!(completed("/msg br"), ["/msg bruno "]);
        assert_eq!(completed("/msg @ana m"), ["/msg @ana maria "]);
        assert_eq!(completed("/msg bia oi, BR"), ["/msg bia oi, bruno"]);
        assert_eq!(completed("oi, BI"), ["oi, bia"]);
        assert_eq!(completed("oi, @bi"), ["oi, @bia"]);
        assert_eq!(completed("oi "), [""; 0]);
    }

    #[test]
    fn answers_to_questions() {
        let known = known();
        assert_eq!(room("sala d", 0, &known), (0, vec!["sala de aula".into()]));
        assert_eq!(recipient("ana m", &known), (0, vec!["ana maria".into()]));
        assert_eq!(recipient("@bi", &known), (1, vec!["bia".into()]));
        assert_eq!(recipient("", &known).1, ["bia", "bruno", "ana maria"]);
    }

    #[test]
    fn tab_asks_which_rooms_there_are_by_now_and_does_not_wait_for_ever() {
        let known = known();
        let answering = std::thread::spawn({
            let known = known.clone();
            move || {
                tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap()
                    .block_on(known.rooms_wanted());
                known.learn_rooms(vec!["nova".to_owned()]);
            }
        });
        // Either the answer or, on a very busy machine, what was known before.
        let (_, rooms) = complete("join ", &known);
        answering.join().unwrap();
        assert!([1, 3].contains(&rooms.len()), "{rooms:?}");
        assert_eq!(complete("join ", &known).1, ["nova"]);
    }
}
