//! The results of tasks.

use protocol::refusal::Refusal;

use super::conversation::Conversation;
use super::prompt::{Offer, Prompt};
use super::rendering::beginning;
use super::room::Room;
use super::tasks::{Content, Done, PendingMessage, Task, TaskDone};
use super::texts::Text;
use crate::network::{Failure, Joined, Message};

impl Conversation {
    pub(super) fn finish(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::Task(done)) => {
                if let Err(failure) = self.show_outcome(done) {
                    self.failed(&failure);
                }
                self.task_is_done();
            }
            Ok(Done::Said(text, outcome)) => {
                self.said(&text, outcome);
                self.message_is_done();
            }
            Ok(Done::FoundRecipients(room, outcome)) => {
                self.found_recipients(&room, outcome);
                self.ask();
            }
            Ok(Done::UsersChecked(room, outcome)) => self.users_checked(&room, outcome),
            Ok(Done::KnownRooms(Ok(rooms))) => self.known.learn_rooms(rooms),
            Ok(Done::KnownRooms(Err(_))) => {}
            // Tasks are aborted only at the end.
            Err(error) => tracing::debug!(%error, "a task did not end by itself"),
        }
    }

    fn show_outcome(&mut self, done: TaskDone) -> Result<(), Failure> {
        match done {
            TaskDone::AccountLookedUp(user, account) => self.account_looked_up(&user, account),
            TaskDone::SignedIn(user, rooms) => self.signed_in(&user, rooms),
            TaskDone::Created(room, created) => {
                created?;
                self.created(&room);
            }
            TaskDone::Entered(room, Err(failure))
                if failure.refusal() == Some(&Refusal::NoSuchRoom) =>
            {
                if !self.offer(Offer::Create(room)) {
                    return Err(failure);
                }
            }
            TaskDone::Entered(room, joined) => self.entered(&room, joined?),
            TaskDone::NeededRoom { is_message, rooms } => self.needed_room(is_message, rooms),
            TaskDone::Left(room, left) => {
                left?;
                self.leave_current_room();
                self.answer(&Text::Left { room: &room });
            }
            TaskDone::Listed(rooms) => {
                let rooms = &rooms?;
                let current = self.room.as_ref().map(|room| room.name.as_str());
                self.answer(&Text::Rooms { rooms, current });
                self.known.learn_rooms(rooms.clone());
            }
            TaskDone::Users(room, users) => {
                let (room, users) = (&room, &users?);
                self.answer(&Text::Users { room, users });
            }
            TaskDone::History {
                room,
                count,
                messages,
            } => self.show_history(&room, count, &messages?),
        }
        Ok(())
    }

    fn signed_in(&mut self, user: &str, outcome: Result<Vec<String>, Failure>) {
        match outcome {
            Ok(rooms) => {
                self.rendering.set_user(user);
                self.other_rooms.forget_all();
                if let Some(room) = self.first_room.take() {
                    self.answer(&Text::WelcomeToRoom { user });
                    self.queue.push_back(Task::Enter { room, create: true });
                } else {
                    let rooms = &rooms;
                    self.answer(&Text::Welcome { user, rooms });
                }
                self.known.learn_rooms(rooms);
            }
            Err(failure) => {
                self.failed(&failure);
                let is_taken = failure.refusal() == Some(&Refusal::NameTaken);
                // An original server keeps a name until its holder gives it back.
                if is_taken && self.chat.offers().waiting {
                    self.answer(&Text::NameComesFree);
                }
                // What was typed meanwhile was meant for a signed-in user.
                let typed = self.queue.drain(1..);
                let (messages, rest): (Vec<_>, Vec<_>) =
                    typed.partition(|task| matches!(task, Task::Say(_)));
                for task in messages {
                    if let Task::Say(content) = task {
                        let message = &beginning(&content.words());
                        self.trouble(&Text::NotSent { message });
                    }
                }
                if !rest.is_empty() {
                    self.aside(&Text::PutAsideMeanwhile);
                }
                self.expect_after_failure(user, failure.refusal());
            }
        }
    }

    fn entered(&mut self, name: &str, joined: Joined) {
        self.keep_listening(name);
        self.leave_current_room();
        let user = self.chat.user().unwrap_or_default();
        let room = Room::new(name, &user, joined.users);
        self.answer(&Text::Entered {
            room: name,
            others: room.others(),
        });
        self.known.learn_users(room.others().to_vec());
        self.room = Some(room);
        let seen = self.last_seen.remove(name);
        self.show_past(&joined.history, seen.as_ref());
        if let Some(last) = joined.history.last() {
            self.last_seen.insert(name.to_owned(), last.clone());
        }
        self.arrivals.listen(joined.feed);
    }

    fn created(&mut self, room: &str) {
        self.known.learn_room(room);
        if self.room.is_none() && self.offer(Offer::Enter(room.to_owned())) {
            self.answer(&Text::RoomThere { room });
        } else {
            self.answer(&Text::RoomCreated { room });
        }
    }

    /// Asks whether to do this, unless something else was typed meanwhile. Returns whether it is asked.
    fn offer(&mut self, offer: Offer) -> bool {
        if self.queue.len() > 1 || self.prompt != Prompt::Command {
            return false;
        }
        if self.screen.display().is_reading() {
            // That prompt cannot be changed any more, but what is typed at it may be an answer.
            self.aside(&offer.text());
        }
        self.prompt = Prompt::Offer(offer);
        true
    }

    fn needed_room(&mut self, is_message: bool, outcome: Result<Vec<String>, Failure>) {
        let is_known = outcome.map(|rooms| self.known.learn_rooms(rooms));
        if let Err(failure) = is_known {
            tracing::debug!(%failure, "the hint is about the rooms that were there before");
        }
        let rooms = !self.known.known_rooms().is_empty();
        self.trouble(&if is_message {
            Text::NowhereToSayIt { rooms }
        } else {
            Text::NotInARoom { rooms }
        });
    }

    pub(super) fn leave_current_room(&mut self) {
        self.room = None;
        self.known.learn_users(Vec::new());
        self.arrivals.stop_listening();
    }

    /// Shows past messages, with a marker after the last one `seen`.
    fn show_past(&mut self, messages: &[Message], seen: Option<&Message>) {
        let user = self.chat.user().unwrap_or_default();
        let place = seen.map(|seen| {
            let place = messages.iter().rposition(|message| message == seen);
            place.map_or(0, |place| place + 1)
        });
        for (position, message) in messages.iter().enumerate() {
            if place == Some(position) {
                self.show(&self.rendering.marker(&Text::Missed));
            }
            // An original server also sends private messages between others.
            if message.is_for(&user) || message.origin == user {
                let lines = self.rendering.past(message);
                self.show(&lines);
            }
        }
    }

    fn show_history(&mut self, room: &str, count: usize, messages: &[Message]) {
        if messages.is_empty() {
            self.answer(&Text::NoHistory { room });
        }
        let start = messages.len().saturating_sub(count);
        self.show_past(messages.get(start..).unwrap_or_default(), None);
    }

    fn said(&mut self, text: &str, outcome: Result<(), Failure>) {
        let Err(failure) = outcome else { return };
        self.own_messages.give_up(text);
        self.not_sent(text, &failure);
    }

    fn not_sent(&self, message: &str, failure: &Failure) {
        let message = &beginning(message);
        let reason = self.rendering.plain(&Text::Reason(failure));
        let what = if failure.may_have_been_done() {
            Text::PerhapsSent { message }
        } else {
            Text::NotSent { message }
        };
        let line = format!("{} {reason}", self.rendering.plain(&what));
        self.show(&self.rendering.paint_trouble(&line));
    }

    /// Resolves the recipient of the first message in flight and sends it.
    fn found_recipients(&mut self, name: &str, outcome: Result<Vec<String>, Failure>) {
        let Some(PendingMessage {
            content: Content::Addressed(addressed),
            names,
            ..
        }) = self.outgoing.front().cloned()
        else {
            return;
        };
        let users = match outcome {
            Ok(users) => users,
            Err(failure) => {
                self.not_sent(&addressed.line(), &failure);
                self.message_is_done();
                return;
            }
        };
        let names = [names, users.clone()].concat();
        self.show_changes(name, users);
        let (to, text) = addressed.split(&names);
        if text.is_empty() {
            self.trouble(&Text::NoText { to });
            self.message_is_done();
            return;
        }
        let content = Content::Private {
            to: to.to_owned(),
            text: text.to_owned(),
        };
        if let Some(own) = self.own_line(&content) {
            self.show(&own);
        }
        self.send_first(content);
    }

    fn users_checked(&mut self, name: &str, outcome: Result<Vec<String>, Failure>) {
        self.is_checking_users = false;
        let users = match outcome {
            Ok(users) => users,
            Err(failure) => {
                // Any other failure shows elsewhere, and the user asked for nothing. Nothing is said
                // about a room that was left meanwhile.
                let is_here = self.room.as_ref().is_some_and(|room| room.name == name);
                if failure.is_timeout() && is_here {
                    self.is_server_silent = true;
                    self.chat.notify_lost(failure);
                }
                return;
            }
        };
        if std::mem::take(&mut self.is_server_silent) {
            self.chat.notify_back();
        }
        self.show_changes(name, users);
    }

    /// Shows who joined and left the room, unless the user is in another one by now.
    fn show_changes(&mut self, name: &str, users: Vec<String>) {
        let user = self.chat.user().unwrap_or_default();
        let Some(room) = &mut self.room else { return };
        if room.name != name {
            return;
        }
        let changes = room.update(&user, users);
        self.known.learn_users(room.others().to_vec());
        if !changes.came.is_empty() {
            let users = &changes.came;
            self.aside(&Text::CameIn { users });
        }
        if !changes.went.is_empty() {
            let users = &changes.went;
            self.aside(&Text::WentOut { users });
        }
    }

    pub(super) fn failed(&self, failure: &Failure) {
        self.trouble(&Text::Failed(failure));
    }
}
