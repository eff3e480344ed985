//! A room: who is in it and what was said.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexSet;

use super::history::History;
use super::message::Message;
use super::moment::Moment;
use super::names::Username;
use super::timestamp::Timestamp;
use super::user::{Caller, Kind};

/// A room of the chat.
#[derive(Debug, PartialEq)]
pub(super) struct Room {
    /// In order of joining. Each of these users has the room among its own.
    pub(super) members: IndexSet<Username>,
    pub(super) history: History,
    /// The latest timestamp that a client in the room may have: that of the newest message, even when that
    /// is no longer kept, or one that a guest brought along.
    pub(super) last_timestamp: Option<Timestamp>,
    /// When it was created, or somebody last joined, left or sent, since the chat began.
    last_interaction: Duration,
}

impl Room {
    pub(super) fn new(at: Moment) -> Room {
        Room {
            members: IndexSet::new(),
            history: History::default(),
            last_timestamp: None,
            last_interaction: at.elapsed,
        }
    }

    /// Takes a user in, as the last in order.
    ///
    /// Who is there already joins again, which the originals take for two things: a guest leaves its
    /// room for it, even this one, and stands last; an account keeps its place.
    ///
    /// A guest may use the original's client, which keeps only messages that are later than its last
    /// timestamp. That may be this whole second, if the client begins with each room, or `latest`, which
    /// it has from before. What is sent from now on is later than both. The clients of accounts do not
    /// compare timestamps.
    pub(super) fn enter(&mut self, caller: &Caller, latest: Timestamp, at: Moment) {
        if caller.kind == Kind::Guest {
            self.members.shift_remove(&caller.name);
            let started = Timestamp::second_of(at.local);
            self.last_timestamp = self.last_timestamp.max(Some(latest.max(started)));
        }
        self.members.insert(caller.name.clone());
        self.touch(at);
    }

    /// Lets a member go.
    pub(super) fn exit(&mut self, user: &Username, at: Moment) {
        self.members.shift_remove(user);
        self.touch(at);
    }

    /// The timestamp that a message sent now is to have.
    pub(super) fn next_timestamp(&self, at: Moment) -> Timestamp {
        Timestamp::following(self.last_timestamp, at.local)
    }

    /// Keeps a message, and of all of them the newest `bound`.
    pub(super) fn keep(&mut self, message: Arc<Message>, bound: usize, at: Moment) {
        self.last_timestamp = Some(message.timestamp);
        self.history.keep(message, bound);
        self.touch(at);
    }

    /// Changes what is kept, and with it what the messages of all rooms weigh. Nothing else changes it, so
    /// that the sum stays the sum.
    pub(super) fn change_history(
        &mut self,
        kept_weight: &mut usize,
        change: impl FnOnce(&mut Self),
    ) {
        let before = self.history.weight();
        change(self);
        *kept_weight = *kept_weight - before + self.history.weight();
    }

    /// How long nothing has happened in it, `elapsed` after the chat began.
    pub(super) fn idle(&self, elapsed: Duration) -> Duration {
        elapsed.saturating_sub(self.last_interaction)
    }

    /// Never back: moments are taken before the chat is reached, and may arrive out of order.
    fn touch(&mut self, at: Moment) {
        self.last_interaction = self.last_interaction.max(at.elapsed);
    }
}
