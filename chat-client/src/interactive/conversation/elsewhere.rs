//! The other rooms of an account, which may be in several: what arrives there is counted.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use crate::language::Text;
use crate::network::{Dialect, Feed, Message};

use super::Conversation;

/// Beyond this many the one that was left first is not listened to any more. Each takes a connection.
const MOST: usize = 8;

/// How long a room is quiet about further messages after a line about it.
const QUIET: Duration = Duration::from_secs(30);

/// The rooms that are listened to beside the one that is shown.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    rooms: Vec<OtherRoom>,
}

#[derive(Debug)]
struct OtherRoom {
    name: String,
    feed: Feed,
    /// Messages since the user was there.
    new: usize,
    /// How many of them were said, and when.
    said: usize,
    said_at: Option<Instant>,
    /// Whether one that was not said is meant for the user.
    is_for_user: bool,
}

/// Messages in another room.
#[derive(Clone, Debug, PartialEq, Eq)]
struct News {
    room: String,
    count: usize,
    is_for_user: bool,
}

impl Elsewhere {
    fn listen(&mut self, name: &str, feed: Feed) {
        self.forget(name);
        if self.rooms.len() == MOST {
            self.rooms.remove(0);
        }
        self.rooms.push(OtherRoom {
            name: name.to_owned(),
            feed,
            new: 0,
            said: 0,
            said_at: None,
            is_for_user: false,
        });
    }

    /// Listens to this room no longer.
    pub(super) fn forget(&mut self, name: &str) {
        self.rooms.retain(|room| room.name != name);
    }

    /// Listens to no room any more.
    pub(super) fn forget_all(&mut self) {
        self.rooms.clear();
    }

    /// The next message, and the room it is in. May be cancelled without losing one.
    pub(super) async fn next(&mut self) -> (String, Message) {
        poll_fn(|context| {
            for room in &mut self.rooms {
                if let Poll::Ready(message) = pin!(room.feed.next()).poll(context) {
                    return Poll::Ready((room.name.clone(), message));
                }
            }
            Poll::Pending
        })
        .await
    }

    fn count(&mut self, name: &str, is_for_user: bool) {
        if let Some(room) = self.rooms.iter_mut().find(|room| room.name == name) {
            room.new += 1;
            room.is_for_user |= is_for_user;
        }
    }

    /// What there is to say by now.
    fn news(&mut self, now: Instant) -> Vec<News> {
        let mut news = Vec::new();
        for room in &mut self.rooms {
            let is_quiet = room.said_at.is_some_and(|said| now < said + QUIET);
            if room.new == room.said || (is_quiet && !room.is_for_user) {
                continue;
            }
            room.said = room.new;
            room.said_at = Some(now);
            news.push(News {
                room: room.name.clone(),
                count: room.new,
                is_for_user: std::mem::take(&mut room.is_for_user),
            });
        }
        news
    }
}

impl Conversation {
    /// Goes on listening to the room that is shown, when another is entered and this one is not left by
    /// it.
    pub(super) fn keep_listening(&mut self, entered: &str) {
        self.elsewhere.forget(entered);
        if let (Dialect::Accounts, Some(room), Some(feed)) = (
            self.chat.dialect(),
            self.room.as_ref().filter(|room| room.name != entered),
            self.arrivals.take_feed(),
        ) {
            self.elsewhere.listen(&room.name, feed);
        }
    }

    /// Counts a message in another room. One that is meant for the user is said at once.
    pub(super) fn count_elsewhere(&mut self, room: &str, message: &Message) {
        let user = self.rendering.user();
        if message.origin == user || !message.is_for(user) {
            return;
        }
        let is_for_user = self.rendering.is_for_user(message);
        self.elsewhere.count(room, is_for_user);
        if is_for_user {
            self.show_news();
        }
    }

    /// Says how much is new in other rooms.
    pub(super) fn show_news(&mut self) {
        for News {
            room,
            count,
            is_for_user,
        } in self.elsewhere.news(Instant::now())
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
