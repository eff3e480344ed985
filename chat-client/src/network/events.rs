//! Everything that happens without being asked for, in one place to wait at.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::failure::{Failure, Refused};
use super::model::Message;

#[derive(Debug)]
pub enum Event {
    /// A message of the room that is listened to, one's own among them.
    Message(Message),
    /// The server has not answered for a while. It is asked again and again, and this is said once.
    Lost { failure: Failure },
    /// The server answers again, and nothing had changed. What was missed follows.
    Back,
    /// The server answers again and had forgotten the user, or another server has taken its place.
    /// Everything is as it was; what was missed follows.
    Restored(Restored),
    /// The name cannot be had back: somebody else has it by now, or the password is another. Nobody is
    /// signed in, and nothing more arrives before somebody signs in again.
    NameGone(Refused),
    /// The room that was listened to cannot be entered again. Nothing more arrives from it.
    RoomGone { room: String, refused: Refused },
}

/// What had to be done to be back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the server is, `host:port`.
    pub server: String,
    /// Whether that is another place than before.
    pub moved: bool,
    /// Whether the name had to be taken again, because the server did not know it any more.
    pub registered: bool,
    /// The rooms that had to be created again.
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

    /// Listens to this room from now on, and no longer to the one before.
    pub fn listen(&mut self, feed: Feed) {
        self.feed = Some(feed);
    }

    /// Listens to no room from now on, and gives what was listened to.
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
            // Nobody is in the room any more.
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
