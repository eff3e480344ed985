//! The other rooms of an account, which may be in several: what arrives there is counted.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use crate::network::{Feed, Message};

/// Beyond this many the one that was left first is not listened to any more. Each takes a connection.
const MOST: usize = 8;

/// How long a room is quiet about further messages after a line about it.
const QUIET: Duration = Duration::from_secs(30);

/// The rooms that are listened to beside the one that is shown.
#[derive(Debug, Default)]
pub(super) struct OtherRooms {
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) room: String,
    pub(super) count: usize,
    pub(super) is_for_user: bool,
}

impl OtherRooms {
    pub(super) fn listen(&mut self, name: &str, feed: Feed) {
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

    pub(super) fn forget(&mut self, name: &str) {
        self.rooms.retain(|room| room.name != name);
    }

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

    pub(super) fn count(&mut self, name: &str, is_for_user: bool) {
        if let Some(room) = self.rooms.iter_mut().find(|room| room.name == name) {
            room.new += 1;
            room.is_for_user |= is_for_user;
        }
    }

    pub(super) fn news(&mut self, now: Instant) -> Vec<News> {
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
