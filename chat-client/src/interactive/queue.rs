//! The queue of tasks, run one at a time.
//!
//! Messages have a queue of their own: one may be kept for half a minute while there is no server, and
//! `list` must not wait for it.

use super::conversation::Conversation;
use super::room::Room;
use super::tasks::{Content, Done, PendingMessage, Task, find_recipients};

impl Conversation {
    /// Runs the task after those before it. A message is sent at once, unless the room is being changed.
    pub(super) fn enqueue(&mut self, task: Task) {
        self.queue.push_back(task);
        self.start_next();
    }

    /// Whether a queued task may change the current room.
    pub(super) fn is_changing_room(&self) -> bool {
        self.queue.iter().any(Task::changes_room)
    }

    pub(super) fn is_checking_password(&self) -> bool {
        self.queue
            .iter()
            .any(|task| matches!(task, Task::SignIn(identity) if identity.password.is_some()))
    }

    /// Whether the next question depends on a pending outcome.
    pub(super) fn awaits_outcome(&self) -> bool {
        self.is_changing_room() || (self.room.is_none() && self.queue.iter().any(Task::may_ask))
    }

    /// Sends it after the messages before it.
    pub(super) fn send(&mut self, message: PendingMessage) {
        self.outgoing.push_back(message);
        self.send_next();
    }

    /// The first message in flight has arrived, or failed.
    pub(super) fn message_is_done(&mut self) {
        self.outgoing.pop_front();
        self.is_sending = false;
        self.send_next();
    }

    pub(super) fn task_is_done(&mut self) {
        let may_ask = self.queue.pop_front().is_some_and(|task| task.may_ask());
        self.is_busy = false;
        self.start_next();
        if may_ask && !self.is_changing_room() {
            self.ask();
        } else if may_ask {
            self.screen.release(self.question());
        }
    }

    fn send_next(&mut self) {
        if let Some(message) = self.outgoing.front().filter(|_| !self.is_sending) {
            self.is_sending = true;
            let (chat, PendingMessage { room, content, .. }) = (self.chat.clone(), message.clone());
            let (text, to) = match content {
                Content::Public(text) => (text, None),
                Content::Private { to, text } => (text, Some(to)),
                Content::Addressed(_) => {
                    self.work.spawn(find_recipients(chat, room));
                    return;
                }
            };
            self.work.spawn(async move {
                let outcome = chat.send(&room, &text, to.as_deref()).await;
                Done::Said(text, outcome)
            });
        }
    }

    /// Replaces the first message in flight by this one, with its resolved recipient.
    pub(super) fn send_first(&mut self, content: Content) {
        if let Some(message) = self.outgoing.front_mut() {
            message.content = content;
        }
        self.is_sending = false;
        self.send_next();
    }

    fn start_next(&mut self) {
        while !self.is_busy
            && let Some(task) = self.queue.front().cloned()
        {
            self.is_busy = self.start(task);
            if !self.is_busy {
                self.queue.pop_front();
            }
        }
    }

    /// Starts the task. Returns whether it is running.
    fn start(&mut self, task: Task) -> bool {
        let room = self.room.as_ref().map(|room| room.name.clone());
        match (task, room) {
            (Task::Say(content), Some(room)) => {
                if let Some(own) = self.say(room, content) {
                    self.show(&own);
                }
                return false;
            }
            (Task::NeedRoom, Some(_)) => return false,
            (task, room) => self.work.spawn(task.run(self.chat.clone(), room)),
        };
        true
    }

    /// Sends a message and returns the line to show, unless its recipient is not resolved yet.
    pub(super) fn say(&mut self, room: String, content: Content) -> Option<String> {
        let own = self.own_line(&content);
        let names = self
            .room
            .as_ref()
            .map(Room::addressable)
            .unwrap_or_default();
        self.send(PendingMessage {
            room,
            content,
            names,
        });
        own
    }

    pub(super) fn own_line(&mut self, content: &Content) -> Option<String> {
        let (text, to) = match content {
            Content::Public(text) => (text, None),
            Content::Private { to, text } => (text, Some(to.as_str())),
            Content::Addressed(_) => return None,
        };
        // A private message does not come back to its sender, unless it is a note to oneself.
        if to.is_none_or(|to| to == self.rendering.user()) {
            self.own_messages.expect(text);
        }
        Some(self.rendering.own(text, to))
    }

    pub(super) fn check_users(&mut self) {
        if let Some(room) = self.room.as_ref().filter(|_| !self.is_checking_users) {
            self.is_checking_users = true;
            let (chat, room) = (self.chat.clone(), room.name.clone());
            self.work.spawn(async move {
                let outcome = chat.users(&room).await;
                Done::UsersChecked(room, outcome)
            });
        }
    }

    /// Updates the list of rooms, for Tab.
    pub(super) fn refresh_rooms(&mut self) {
        let chat = self.chat.clone();
        self.work
            .spawn(async move { Done::KnownRooms(chat.rooms().await) });
    }
}
