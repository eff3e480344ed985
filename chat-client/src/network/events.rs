//! Events: everything that arrives without being requested.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::failure::{Failure, Refused};
use super::model::Message;

#[derive(Debug)]
pub enum Event {
    /// A message of the room that is listened to, one's own among them.
    Message(Message),
    /// The server has not answered for a while. Reported once, while calls are retried.
    Lost { failure: Failure },
    /// The server answers again, and nothing had changed. What was missed follows.
    Back,
    /// The server answers again and had forgotten the user, or another server has taken its place.
    /// Everything is as it was; what was missed follows.
    Restored(Restored),
    /// The name is lost: another user has it, or the password has changed. Nothing arrives until the user
    /// signs in again.
    NameGone(Refused),
    /// The room that was listened to cannot be entered again. Nothing more arrives from it.
    RoomGone { room: String, refused: Refused },
}

/// What was needed to restore the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub server: String,
    pub moved: bool,
    /// Whether the name had to be taken again, because the server did not know it any more.
    pub registered: bool,
    pub created: Vec<String>,
    /// The rooms that had to be joined again, those among them.
    pub joined: Vec<String>,
}

impl Restored {
    /// Whether the server knew everything but that the user is in its rooms: another client of the
    /// same account may have left them.
    pub const fn is_only_rejoined(&self) -> bool {
        !self.moved && !self.registered && self.created.is_empty() && !self.joined.is_empty()
    }
}

#[derive(Debug)]
pub struct Arrivals {
    notices: mpsc::UnboundedReceiver<Event>,
    feed: Option<Feed>,
}

impl Arrivals {
    pub(super) const fn of(notices: mpsc::UnboundedReceiver<Event>) -> Self {
        Self {
            notices,
            feed: None,
        }
    }

    /// Listens to this room instead of the previous one.
    pub fn listen(&mut self, feed: Feed) {
        self.feed = Some(feed);
    }

    /// Stops listening and returns the feed.
    pub fn take_feed(&mut self) -> Option<Feed> {
        self.feed.take()
    }

    pub fn stop_listening(&mut self) {
        self.feed = None;
    }

    /// The next event. May be cancelled without losing one.
    pub async fn next(&mut self) -> Event {
        tokio::select! {
            // In this order, so that "it is back" comes before what was missed.
            biased;
            Some(notice) = self.notices.recv() => notice,
            message = next_message(&mut self.feed) => Event::Message(message),
        }
    }

    pub fn ready(&mut self) -> Option<Event> {
        let notice = self.notices.try_recv().ok();
        notice.or_else(|| Some(Event::Message(self.feed.as_mut()?.ready()?)))
    }
}

async fn next_message(feed: &mut Option<Feed>) -> Message {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

/// The messages that arrive in one room, one's own among them. Dropping it ends the receiving.
#[derive(Debug)]
pub struct Feed {
    messages: mpsc::Receiver<Message>,
    pub(super) receiving: JoinHandle<()>,
}

impl Feed {
    pub(super) const fn of(messages: mpsc::Receiver<Message>, receiving: JoinHandle<()>) -> Self {
        Self {
            messages,
            receiving,
        }
    }

    /// The next message. May be cancelled without losing one.
    pub async fn next(&mut self) -> Message {
        match self.messages.recv().await {
            Some(message) => message,
            // The user is no longer in the room.
            None => std::future::pending().await,
        }
    }

    pub(super) fn ready(&mut self) -> Option<Message> {
        self.messages.try_recv().ok()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.receiving.abort();
    }
}
