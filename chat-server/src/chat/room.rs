//! A room: its members and its messages.

use std::sync::Arc;
use std::time::Duration;

use hashlink::LinkedHashSet;

use super::address::Address;
use super::history::History;
use super::identity::{Caller, Kind};
use super::message::Message;
use super::moment::Moment;
use super::names::Username;
use super::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Room {
    /// The address that created it.
    pub(super) from: Option<Address>,
    /// In order of joining. Each of these users has the room among its own.
    pub(super) members: LinkedHashSet<Username>,
    pub(super) history: History,
    /// The latest timestamp that a client in the room may have: that of the newest message, even when that
    /// is no longer kept, or one that a guest brought along.
    pub(super) last_timestamp: Option<Timestamp>,
    /// When the room was created, or a user last joined, left or sent, since the chat began.
    pub(super) last_use: Duration,
}

impl Room {
    /// A room without members and messages.
    pub(super) fn unused_since(last_use: Duration, from: Option<Address>) -> Room {
        Room {
            from,
            members: LinkedHashSet::new(),
            history: History::default(),
            last_timestamp: None,
            last_use,
        }
    }

    /// Adds a user as the last in order.
    ///
    /// The originals treat a member that joins again in two ways: a guest leaves its room first, even
    /// this one, and is last; an account keeps its place.
    ///
    /// A guest may use the original's client, which keeps only messages that are later than its last
    /// timestamp. That may be this whole second, if the client begins with each room, or `latest`, which
    /// it has from before. What is sent from now on is later than both. The clients of accounts do not
    /// compare timestamps.
    pub(super) fn add_member(&mut self, caller: &Caller, latest: Timestamp, at: Moment) {
        if caller.kind == Kind::Guest {
            self.members.remove(&caller.name);
            let started = Timestamp::second_of(at.local());
            self.last_timestamp = self.last_timestamp.max(Some(latest.max(started)));
        }
        if !self.members.contains(&caller.name) {
            self.members.insert(caller.name.clone());
        }
        self.mark_used(at);
    }

    pub(super) fn remove_member(&mut self, user: &Username, at: Moment) {
        self.members.remove(user);
        self.mark_used(at);
    }

    /// The timestamp of a message sent now.
    pub(super) fn next_timestamp(&self, at: Moment) -> Timestamp {
        Timestamp::following(self.last_timestamp, at.local())
    }

    /// Keeps a message. Returns whether it is the only one of its sender.
    pub(super) fn push(&mut self, message: Arc<Message>, at: Moment) -> bool {
        self.last_timestamp = Some(message.timestamp);
        self.mark_used(at);
        self.history.push(message)
    }

    /// How long the room has not been used, `elapsed` after the chat began.
    pub(super) fn idle(&self, elapsed: Duration) -> Duration {
        elapsed.saturating_sub(self.last_use)
    }

    fn mark_used(&mut self, at: Moment) {
        self.last_use = at.elapsed;
    }
}
