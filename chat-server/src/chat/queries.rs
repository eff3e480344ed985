//! Reading the chat. Nothing here changes it.

use std::sync::Arc;
use std::time::Duration;

use super::clock::LogTime;
use super::cursor::{ChatId, Cursor};
use super::identity::{Caller, Credential, Kind, PasswordHash, PersonId};
use super::message::Message;
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::state::{Chat, Policy};
use super::timestamp::Timestamp;

/// Messages, and where to read on.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Arc<Message>>,
    /// The place after the last of them, or the newest place if there are none.
    pub cursor: Cursor,
}

/// What there is to say about a room at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomStatus {
    /// How many users are in it.
    pub users: usize,
    /// How many messages it keeps, private ones included.
    pub kept_messages: usize,
    /// The time since it was created or a user last joined, left or sent.
    pub idle: Duration,
}

impl Chat {
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Approximate memory of the messages of all rooms.
    pub fn history_bytes(&self) -> usize {
        self.usage.bytes()
    }

    /// The rooms, in order of creation.
    pub fn rooms(&self) -> impl ExactSizeIterator<Item = &RoomName> {
        self.rooms.keys()
    }

    pub fn has_rooms(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// The users of a room, in order of joining; `None` if there is no such room.
    pub fn users<'chat>(
        &'chat self,
        room: &str,
    ) -> Option<impl ExactSizeIterator<Item = &'chat Username> + use<'chat>> {
        Some(self.rooms.get(room)?.members.iter())
    }

    /// How full and how idle a room is, `elapsed` after the chat began; `None` if there is no such
    /// room.
    pub fn room_status(&self, room: &str, elapsed: Duration) -> Option<RoomStatus> {
        let room = self.rooms.get(room)?;
        Some(RoomStatus {
            users: room.members.len(),
            kept_messages: room.history.len(),
            idle: room.idle(elapsed),
        })
    }

    /// The person who calls; `None` if no user of this name and kind is registered.
    pub fn person(&self, caller: &Caller) -> Option<PersonId> {
        self.person_named(caller.name.as_str(), caller.kind)
    }

    /// The person who holds this name as a user of this kind; `None` if there is none.
    ///
    /// Like [`person`](Self::person) for names that were not parsed: what cannot be a name has no holder,
    /// and a poll need not find out why.
    pub fn person_named(&self, name: &str, kind: Kind) -> Option<PersonId> {
        let holder = self.names.get(name)?;
        (holder.kind == kind).then_some(holder.person)
    }

    /// Whether this person is still registered, under whichever name.
    pub fn is_registered(&self, person: PersonId) -> bool {
        self.users.contains_key(&person)
    }

    /// Which chat this is; `None` before its first command.
    pub fn id(&self) -> Option<&ChatId> {
        self.id.as_ref()
    }

    /// The moment of the last command; `None` before the first.
    pub fn last_moment(&self) -> Option<Moment> {
        self.clock.last()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The hash of an account's password; `None` if there is no account of this name.
    pub fn password_hash(&self, name: &Username) -> Option<&PasswordHash> {
        match &self.named(name.as_str())?.credential {
            Credential::Nothing => None,
            Credential::Password(hash) => Some(hash),
        }
    }

    /// Whether the name could be registered `elapsed` after the chat began, as far as is known then.
    pub fn is_available(&self, name: &Username, elapsed: Duration) -> bool {
        let now = LogTime {
            elapsed,
            ..self.clock.now()
        };
        let holder = self.named(name.as_str());
        holder.is_none_or(|holder| self.policy.timeouts.can_take_over(holder, now))
    }

    /// Whether there are rooms to remove `elapsed` after the chat began.
    pub fn has_idle_rooms(&self, elapsed: Duration) -> bool {
        let longest = self
            .empty_rooms
            .front()
            .and_then(|name| self.rooms.get(name));
        !self.clock.is_in_grace_at(elapsed)
            && longest.is_some_and(|room| room.idle(elapsed) > self.policy.room_ttl)
    }

    /// Whether there are users to remove `elapsed` after the chat began, as far as is known then.
    pub fn has_silent_users(&self, elapsed: Duration) -> bool {
        let now = LogTime {
            elapsed,
            ..self.clock.now()
        };
        !self.clock.is_in_grace_at(elapsed) && self.next_silent(now).is_some()
    }

    /// What kind of user holds a name; `None` if it is free.
    pub fn holder(&self, name: &str) -> Option<Kind> {
        Some(self.names.get(name)?.kind)
    }

    /// The rooms the caller is in, in order of joining; none for a caller who is not registered.
    pub fn rooms_of<'chat>(
        &'chat self,
        caller: &Caller,
    ) -> impl Iterator<Item = &'chat RoomName> + use<'chat> {
        self.user(caller)
            .into_iter()
            .flat_map(|user| user.rooms.iter())
    }

    /// Whether the caller is registered and in the room.
    pub fn is_in_room(&self, caller: &Caller, room: &str) -> bool {
        self.user(caller)
            .is_some_and(|user| user.rooms.contains(room))
    }

    /// The newest `at_most` kept messages of a room that `reader` may see, oldest first; `None` if
    /// there is no such room.
    ///
    /// A reader sees the room's broadcasts and what was sent to it privately, not what it sent to
    /// others. Without a reader (`None`) there are the broadcasts.
    pub fn newest_messages(
        &self,
        room: &str,
        reader: Option<PersonId>,
        at_most: usize,
    ) -> Option<Vec<Arc<Message>>> {
        Some(self.rooms.get(room)?.history.newest(reader, at_most))
    }

    /// The newest `at_most` kept messages of a room, private ones included, oldest first: for looking at the
    /// past, and for no user.
    pub fn latest_messages(&self, room: &str, at_most: usize) -> Vec<Arc<Message>> {
        let history = self.rooms.get(room).map(|room| &room.history);
        let skipped = history.map_or(0, |history| history.len().saturating_sub(at_most));
        let messages = history.into_iter().flat_map(|history| history.messages());
        messages.skip(skipped).cloned().collect()
    }

    /// The oldest `at_most` kept messages of a room after a timestamp that `reader` may see, oldest
    /// first; `None` if there is no such room.
    ///
    /// The oldest, so that a client that asks again from the last one seen gets the rest. Where not
    /// all of them fit, those sent under the name `own`, the caller's, are left out first: the
    /// original's client asks again from the last message *of others* that it has seen.
    pub fn messages_after(
        &self,
        room: &str,
        reader: Option<PersonId>,
        own: &str,
        last: Timestamp,
        at_most: usize,
    ) -> Option<Vec<Arc<Message>>> {
        Some(
            self.rooms
                .get(room)?
                .history
                .after_timestamp(reader, own, last, at_most),
        )
    }

    /// The oldest `at_most` kept messages of a room after a cursor that `reader` may see; `None` if
    /// there is no such room.
    ///
    /// A cursor from the future comes from another server that is ahead of this one. Nothing is after it
    /// until this one has caught up.
    pub fn messages_since(
        &self,
        room: &str,
        reader: Option<PersonId>,
        Cursor(seen): Cursor,
        at_most: usize,
    ) -> Option<Page> {
        let history = &self.rooms.get(room)?.history;
        let messages = history.after_sequence(reader, seen, at_most);
        let last = messages.last().map(|message| message.sequence);
        Some(Page {
            messages,
            cursor: Cursor(last.unwrap_or(self.last_sequence.max(seen))),
        })
    }

    /// The cursor after everything sent so far; `None` if there is no such room.
    pub fn latest_cursor(&self, room: &str) -> Option<Cursor> {
        self.rooms
            .contains_key(room)
            .then_some(Cursor(self.last_sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{CreateRoom, RemoveIdleRooms};
    use crate::chat::fixtures::{account, at, chat, guest, join, room, send, sent, texts};

    #[test]
    fn a_room_that_is_not_there_is_none_and_never_an_empty_answer() {
        let chat = chat(&["geral"], &[]);
        assert!(chat.users("nada").is_none());
        assert_eq!(chat.newest_messages("nada", None, 9), None);
        let noon = Timestamp::parse("2025-03-09 12:00:00").unwrap();
        assert_eq!(chat.messages_after("nada", None, "ana", noon, 9), None);
        assert_eq!(chat.messages_since("nada", None, Cursor(0), 9), None);
        assert_eq!(chat.latest_cursor("nada"), None);
        assert_eq!(chat.room_status("nada", Duration::ZERO), None);
        assert!(!chat.is_in_room(&guest("ana"), "geral"));
        assert_eq!(chat.rooms_of(&guest("ana")).count(), 0);
    }

    #[test]
    fn a_caller_is_a_user_only_by_name_and_kind() {
        let (ana, eva) = (guest("ana"), account("eva"));
        let chat = chat(&["geral"], &[&ana, &eva]);
        for caller in [&ana, &eva] {
            assert!(chat.person(caller).is_some());
            assert!(chat.is_in_room(caller, "geral"));
        }
        for stranger in [account("ana"), guest("eva"), guest("bia")] {
            assert_eq!(chat.person(&stranger), None);
            assert!(!chat.is_in_room(&stranger, "geral"));
            assert_eq!(chat.rooms_of(&stranger).count(), 0);
        }
    }

    #[test]
    fn asking_again_from_the_last_one_seen_gets_the_rest() {
        let ana = account("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        for number in 0..5 {
            sent(chat.apply(at(1), send(&ana, "geral", &number.to_string(), "")));
        }
        let start = Timestamp::parse("2025-03-09 12:00:00").unwrap();
        let first = chat.messages_after("geral", None, "", start, 3).unwrap();
        assert_eq!(texts(&first), ["0", "1", "2"]);
        let rest = chat.messages_after("geral", None, "", first[2].timestamp, 3);
        assert_eq!(texts(&rest.unwrap()), ["3", "4"]);
        let newest = chat.newest_messages("geral", None, 3).unwrap();
        assert_eq!(texts(&newest), ["2", "3", "4"]);
    }

    #[test]
    fn a_cursor_reads_on_where_it_stopped() {
        let ana = account("ana");
        let mut chat = chat(&["geral", "rust"], &[&ana]);
        let start = chat.latest_cursor("geral").unwrap();
        for number in 0..3 {
            sent(chat.apply(at(1), send(&ana, "geral", &number.to_string(), "")));
        }
        chat.apply(at(1), join(&ana, "rust"));
        sent(chat.apply(at(1), send(&ana, "rust", "outra sala", "")));

        let page = chat.messages_since("geral", None, start, 2).unwrap();
        assert_eq!(texts(&page.messages), ["0", "1"]);
        let page = chat.messages_since("geral", None, page.cursor, 2).unwrap();
        assert_eq!(texts(&page.messages), ["2"]);
        let page = chat.messages_since("geral", None, page.cursor, 2).unwrap();
        assert_eq!(page.messages, []);
        assert_eq!(Some(page.cursor), chat.latest_cursor("geral"));
    }

    #[test]
    fn a_cursor_outlives_its_room() {
        let ana = account("ana");
        let mut chat = chat(&["rust"], &[&ana]);
        let create = CreateRoom::new(room("geral"));
        chat.apply(at(0), create.clone());
        sent(chat.apply(at(0), send(&ana, "rust", "antes", "")));
        let cursor = chat.latest_cursor("geral").unwrap();
        assert_eq!(chat.apply(at(1_000), RemoveIdleRooms), [room("geral")]);
        chat.apply(at(1_000), create);
        chat.apply(at(1_000), join(&ana, "geral"));
        sent(chat.apply(at(1_000), send(&ana, "geral", "depois", "")));
        let page = chat.messages_since("geral", None, cursor, 9).unwrap();
        assert_eq!(texts(&page.messages), ["depois"]);
    }

    #[test]
    fn a_cursor_from_the_future_waits_until_it_is_the_past() {
        let ana = account("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        sent(chat.apply(at(0), send(&ana, "geral", "1", "")));
        let page = chat.messages_since("geral", None, Cursor(2), 9).unwrap();
        assert_eq!((page.messages.len(), page.cursor), (0, Cursor(2)));
        for text in ["2", "3"] {
            sent(chat.apply(at(0), send(&ana, "geral", text, "")));
        }
        let page = chat.messages_since("geral", None, Cursor(2), 9).unwrap();
        assert_eq!(texts(&page.messages), ["3"]);
    }

    #[test]
    fn the_status_of_a_room_counts_users_messages_and_idle_time() {
        let (ana, bia) = (account("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        sent(chat.apply(at(5), send(&ana, "geral", "oi", "")));
        sent(chat.apply(at(5), send(&ana, "geral", "segredo", "bia")));
        assert_eq!(
            chat.room_status("geral", Duration::from_secs(12)),
            Some(RoomStatus {
                users: 2,
                kept_messages: 2,
                idle: Duration::from_secs(7),
            })
        );
    }
}
