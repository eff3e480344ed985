//! Which messages are kept when there are more than the policy allows.

use std::sync::Arc;

use super::message::Message;
use super::moment::Moment;
use super::names::RoomName;
use super::room::Room;
use super::rules::FIRST_RULES;
use super::state::Chat;
use super::usage::Sender;

impl Chat {
    /// Keeps a message in a room that exists, and of all messages as much as the policy allows: of the address that has
    /// most, the sender who has most drops first, where it has most. So filling rooms costs the one who fills them. This
    /// message itself stays: it is acknowledged now.
    pub(super) fn keep(&mut self, name: &RoomName, message: Arc<Message>, at: Moment) {
        let (bound, to, newest) = (self.policy.history, message.to, message.sequence);
        let Some(room) = self.rooms.get_mut(name).map(Arc::make_mut) else {
            return;
        };
        let (sender, bytes) = (Sender::of(&message), message.approximate_bytes());
        let is_first = room.push(message, at);
        // More than one when the bound was lowered at a restart.
        let excess = room.history.len().saturating_sub(bound);
        if is_first {
            self.usage.add_first(&sender, bytes, name, newest);
        } else {
            self.usage.add(&sender, bytes, name);
        }
        if let Some(person) = to
            && let Some(user) = self.person_mut(person)
        {
            user.inboxes.insert(name.clone());
        }
        for _ in 0..excess {
            let room = self.rooms.get(name);
            if let Some(oldest) = room.and_then(|room| room.history.oldest()) {
                self.drop_message(name, oldest);
            }
        }
        while self.usage.bytes() > self.policy.memory
            && let Some((room, sequence)) = self.to_drop(newest)
        {
            self.drop_message(&room, sequence);
        }
    }

    /// The message to drop when there are too many; never the `newest`.
    fn to_drop(&self, newest: u64) -> Option<(RoomName, u64)> {
        if self.rules != FIRST_RULES {
            return self.usage.to_drop(newest);
        }
        // The oldest of the largest room. Only an old log is applied by these rules, so a walk will do.
        let rooms = self.rooms.iter().filter_map(|(name, room)| {
            let oldest = room.history.oldest().filter(|oldest| *oldest != newest)?;
            Some((room.history.approximate_bytes(), name, oldest))
        });
        rooms.max().map(|(_, name, oldest)| (name.clone(), oldest))
    }

    pub(super) fn drop_message(&mut self, name: &RoomName, sequence: u64) {
        let room = self.rooms.get_mut(name).map(Arc::make_mut);
        let Some(dropped) = room.and_then(|room| room.history.drop_message(sequence)) else {
            return;
        };
        let message = dropped.message;
        let (sender, bytes) = (Sender::of(&message), message.approximate_bytes());
        let next = dropped.next_of_sender;
        self.usage.remove(&sender, bytes, name, next);
        if let Some(person) = dropped.emptied_inbox
            && let Some(user) = self.person_mut(person)
        {
            user.inboxes.remove(name);
        }
    }

    /// A room that is new, or restored. Its messages count from now on.
    pub(super) fn add_room(&mut self, name: RoomName, room: Room) {
        self.rooms_from.take(room.from);
        for (sender, bytes, oldest) in room.history.senders() {
            self.usage.add_first(sender, bytes, &name, oldest);
        }
        self.rooms.insert(name, Arc::new(room));
    }

    /// Removes a room that has no members.
    pub(super) fn remove_room(&mut self, name: &RoomName) {
        self.empty_rooms.remove(name);
        let Some(room) = self.rooms.remove(name) else {
            return;
        };
        self.rooms_from.give_back(room.from);
        for (sender, bytes, _) in room.history.senders() {
            self.usage.remove(sender, bytes, name, None);
        }
        for person in room.history.inboxes() {
            if let Some(user) = self.person_mut(person) {
                user.inboxes.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::chat::commands::{CreateRoom, RegisterUser, RemoveIdleRooms, UnregisterUser};
    use crate::chat::fixtures::{account, at, join, register, send, sent, texts};
    use crate::chat::rules::RULES;
    use crate::chat::usage::Usage;
    use crate::chat::{Caller, Policy};

    fn crowded(memory: usize) -> (Chat, Caller) {
        let ana = account("ana");
        let mut chat = Chat::new(Policy {
            memory,
            ..Policy::default()
        });
        chat.apply(at(0), register(&ana));
        for name in ["quiet", "loud"] {
            let room = crate::chat::fixtures::room(name);
            chat.apply(at(0), CreateRoom::new(room));
            chat.apply(at(0), join(&ana, name));
        }
        (chat, ana)
    }

    #[test]
    fn the_sender_with_most_drops_its_oldest_and_the_others_keep_theirs() {
        let one = (2 << 10) + 3 * 2;
        let kept_by = |rules| {
            let (mut chat, ana) = crowded(10 * one);
            chat.rules = rules;
            let mal = account("mal");
            chat.apply(at(0), register(&mal));
            for text in ["q1", "q2", "q3"] {
                sent(chat.apply(at(1), send(&ana, "quiet", text, "")));
            }
            // In a room of many, and in many rooms with one message each.
            for number in 10..60 {
                let name = ["loud", &format!("r{number}")][number % 2].to_owned();
                let (room, from) = (crate::chat::fixtures::room(&name), None);
                chat.apply(at(1), CreateRoom { room, from });
                chat.apply(at(1), join(&mal, &name));
                sent(chat.apply(at(1), send(&mal, &name, &number.to_string(), "")));
            }
            assert_eq!(chat.usage.bytes(), 10 * one);
            let kept = |name| chat.newest_messages(name, None, 99).unwrap();
            [kept("quiet"), kept("loud")]
        };
        let [quiet, loud] = kept_by(RULES);
        assert_eq!(texts(&quiet), ["q1", "q2", "q3"]);
        assert_eq!(texts(&loud), ["58"]);
        // An old log is applied as it was: by rooms.
        let [quiet, _] = kept_by(FIRST_RULES);
        assert_eq!(texts(&quiet), ["q3"]);
    }

    #[test]
    fn an_address_with_many_names_takes_nothing_from_another() {
        let one = (2 << 10) + 3 * 2;
        let (mut chat, _) = crowded(10 * one);
        chat.policy.per_address = true;
        let from = |last| Some(IpAddr::from([192, 0, 2, last]).into());
        for number in 0..60 {
            let (name, from) = match number {
                0..4 => ("bia".to_owned(), from(1)),
                _ => (format!("mal-{number}"), from(2)),
            };
            let caller = account(&name);
            let register = RegisterUser {
                from,
                ..register(&caller)
            };
            chat.apply(at(1), register);
            chat.apply(at(1), join(&caller, "quiet"));
            sent(chat.apply(at(1), send(&caller, "quiet", &number.to_string(), "")));
        }
        let kept = chat.newest_messages("quiet", None, 99).unwrap();
        assert_eq!(kept.len(), 10);
        assert_eq!(texts(&kept[..4]), ["0", "1", "2", "3"]);
    }

    #[test]
    fn the_newest_message_is_kept_whatever_it_weighs_and_no_other() {
        let (mut chat, ana) = crowded(1);
        for [name, other] in [["quiet", "loud"], ["loud", "quiet"], ["loud", "quiet"]] {
            sent(chat.apply(at(1), send(&ana, name, &"x".repeat(9_000), "")));
            let kept = chat.newest_messages(name, None, 9).unwrap();
            assert_eq!(kept.len(), 1);
            assert_eq!(kept[0].sequence, chat.last_sequence);
            assert!(chat.newest_messages(other, None, 9).unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_gone_takes_no_memory() {
        let (mut chat, ana) = crowded(usize::MAX);
        sent(chat.apply(at(1), send(&ana, "quiet", "segredo", "ana")));
        sent(chat.apply(at(1), send(&ana, "loud", "oi", "")));
        chat.apply(at(2), UnregisterUser { caller: ana });
        assert_eq!(chat.usage.bytes(), (2 << 10) + 3 * 2);
        chat.apply(at(9_999), RemoveIdleRooms);
        assert_eq!(chat.usage, Usage::default());
    }
}
