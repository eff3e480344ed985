//! Events: what arrives without being requested.

use std::time::Duration;

use tokio::time::Instant;

use super::conversation::Conversation;
use super::other_rooms::News;
use super::texts::Text;
use crate::network::{Dialect, Event, Message, Refused};

/// How long after a reconnection messages count as missed. They follow at once.
const CATCHING_UP: Duration = Duration::from_secs(1);

impl Conversation {
    pub(super) fn show_event(&mut self, event: Event) {
        match event {
            Event::Message(message) => self.show_message(message),
            Event::Lost { failure } => self.trouble(&Text::Lost(&failure)),
            Event::Back => {
                self.answer(&Text::Back);
                self.expect_missed();
            }
            Event::Restored(restored) => {
                self.answer(&Text::Restored(&restored));
                self.expect_missed();
            }
            Event::NameGone(refused) => {
                self.drop_question();
                let user = self.rendering.user().to_owned();
                self.trouble(&Text::NameGone { user: &user });
                self.refused(&refused);
                self.leave_current_room();
                self.other_rooms.forget_all();
                self.expect_after_failure(&user, Some(&refused.why));
                self.ask();
            }
            Event::RoomGone { room, refused } => {
                self.trouble(&Text::RoomGone { room: &room });
                self.refused(&refused);
                self.other_rooms.forget(&room);
                if self.room.as_ref().is_some_and(|here| here.name == room) {
                    self.leave_current_room();
                    self.ask();
                }
            }
        }
    }

    fn refused(&self, Refused { why, text, .. }: &Refused) {
        self.trouble(&Text::Refused { why, words: text });
    }

    fn expect_missed(&mut self) {
        self.missed_until = Some(Instant::now() + CATCHING_UP);
    }

    fn show_message(&mut self, message: Message) {
        let own = self.rendering.user() == message.origin;
        if own && self.own_messages.came_back(&message.text) {
            self.note_seen(message);
            return;
        }
        if !own && !message.is_for(self.rendering.user()) {
            return;
        }
        let is_missed = self
            .missed_until
            .take()
            .is_some_and(|until| Instant::now() < until);
        if is_missed {
            self.show(&self.rendering.marker(&Text::Missed));
        } else if !own {
            self.notice(&message.origin);
        }
        let lines = self.rendering.arriving(&message);
        self.show(&lines);
        self.note_seen(message);
    }

    /// A sender who was not in the list of users has joined since the last poll.
    fn notice(&mut self, name: &str) {
        if let Some(room) = &mut self.room
            && room.notice(name)
        {
            self.known.learn_users(room.others().to_vec());
            let users = &[name.to_owned()];
            self.aside(&Text::CameIn { users });
        }
    }

    fn note_seen(&mut self, message: Message) {
        if let Some(room) = &self.room {
            self.last_seen.insert(room.name.clone(), message);
        }
    }

    /// Goes on listening to the room that is shown, when another is entered without leaving this one.
    pub(super) fn keep_listening(&mut self, entered: &str) {
        self.other_rooms.forget(entered);
        if let (Dialect::Accounts, Some(room), Some(feed)) = (
            self.chat.dialect(),
            self.room.as_ref().filter(|room| room.name != entered),
            self.arrivals.take_feed(),
        ) {
            self.other_rooms.listen(&room.name, feed);
        }
    }

    /// Counts a message in another room. One for the user is shown at once.
    pub(super) fn count_elsewhere(&mut self, room: &str, message: &Message) {
        let user = self.rendering.user();
        if message.origin == user || !message.is_for(user) {
            return;
        }
        let is_for_user = self.rendering.is_for_user(message);
        self.other_rooms.count(room, is_for_user);
        if is_for_user {
            self.show_news();
        }
    }

    /// Shows how many messages are new in other rooms.
    pub(super) fn show_news(&mut self) {
        for News {
            room,
            count,
            is_for_user,
        } in self.other_rooms.news(Instant::now())
        {
            let room = &room;
            let text = Text::NewElsewhere { room, count };
            if is_for_user {
                self.show(&self.rendering.ringing(&text));
            } else {
                self.aside(&text);
            }
        }
    }
}
