//! What became of what was done.

use super::expecting::Expecting;
use super::work::{Done, Outgoing, Task};
use super::{Conversation, Room};
use crate::language::Text;
use crate::network::{Failure, Joined, Message};

impl Conversation {
    /// Shows what became of something, and does what is next.
    pub(super) fn finish(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::LookedAround { room, outcome }) => self.looked_around(&room, outcome),
            Ok(Done::KnownRooms(outcome)) => {
                if let Ok(rooms) = outcome {
                    self.known.learn_rooms(rooms);
                }
            }
            Ok(Done::Said { message, outcome }) => {
                self.said(&message, outcome);
                self.message_is_done();
            }
            Ok(done) => {
                self.show_outcome(done);
                self.task_is_done();
            }
            // Only at the end are tasks ended before they are done.
            Err(error) => tracing::debug!(%error, "a task did not end by itself"),
        }
    }

    fn show_outcome(&mut self, done: Done) {
        match done {
            Done::SignedIn { user, outcome } => self.signed_in(&user, outcome),
            Done::Created { room, outcome } => match outcome {
                Ok(()) => self.answer(&Text::RoomCreated { room: &room }),
                Err(failure) => self.failed(&failure),
            },
            Done::Entered { room, outcome } => match outcome {
                Ok(joined) => self.entered(&room, joined),
                Err(failure) => self.failed(&failure),
            },
            Done::Left { room, outcome } => match outcome {
                Ok(()) => {
                    self.is_out();
                    self.answer(&Text::Left { room: &room });
                }
                Err(failure) => self.failed(&failure),
            },
            Done::Listed(Ok(rooms)) => {
                let current = self.room.as_ref().map(|room| room.name.as_str());
                let rooms = &rooms;
                self.answer(&Text::Rooms { rooms, current });
                self.known.learn_rooms(rooms.clone());
            }
            Done::Users {
                room,
                outcome: Ok(users),
            } => {
                let (room, users) = (&room, &users);
                self.answer(&Text::Users { room, users });
            }
            Done::History {
                room,
                count,
                outcome: Ok(messages),
            } => self.show_history(&room, count, &messages),
            Done::Listed(Err(failure))
            | Done::Users {
                outcome: Err(failure),
                ..
            }
            | Done::History {
                outcome: Err(failure),
                ..
            } => self.failed(&failure),
            // Finished elsewhere: they are not of the queue.
            Done::Said { .. } | Done::LookedAround { .. } | Done::KnownRooms(_) => {}
        }
    }

    fn signed_in(&mut self, user: &str, outcome: Result<Vec<String>, Failure>) {
        match outcome {
            Ok(rooms) => {
                self.rendering.belongs_to(user);
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
                // What was typed on meanwhile was meant for somebody who is in.
                self.queue.truncate(1);
                self.expecting = Expecting::Name;
            }
        }
    }

    fn entered(&mut self, name: &str, joined: Joined) {
        self.is_out();
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

    /// In no room any more, as the user sees it.
    pub(super) fn is_out(&mut self) {
        self.room = None;
        self.known.learn_users(Vec::new());
        self.arrivals.stop_listening();
    }

    /// Shows messages of the past, with a marker behind the one that was `seen` last.
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
            // An original server hands out everybody's.
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

    fn said(&mut self, message: &Outgoing, outcome: Result<(), Failure>) {
        let Err(failure) = outcome else { return };
        self.own_messages.give_up(&message.text);
        let reason = self.rendering.plain(&Text::Reason(&failure));
        let what = if failure.may_have_been_done() {
            Text::PerhapsSent {
                message: &message.text,
            }
        } else {
            Text::NotSent {
                message: &message.text,
            }
        };
        let line = format!("{} {reason}", self.rendering.plain(&what));
        self.show(&self.rendering.paint_trouble(&line));
    }

    fn looked_around(&mut self, name: &str, outcome: Result<Vec<String>, Failure>) {
        self.is_looking_around = false;
        let users = match outcome {
            Ok(users) => users,
            Err(failure) => {
                // Any other failure shows elsewhere, and the user asked for nothing.
                if failure.is_silence() {
                    self.is_server_silent = true;
                    self.chat.tell_lost(failure);
                }
                return;
            }
        };
        if std::mem::take(&mut self.is_server_silent) {
            self.chat.tell_back();
        }
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
