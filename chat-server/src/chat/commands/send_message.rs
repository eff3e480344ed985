//! Sending a message.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
pub use crate::chat::message::SendMessageOutcome;
use crate::chat::rules::FIRST_RULES;
use crate::chat::{
    Caller, Chat, Kind, Message, MessageId, MessageText, Moment, Notice, Receipt, Recipient,
    Rendered, RoomName, Username,
};

/// Sends a message to everyone in a room, or to one of its members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendMessage {
    pub caller: Caller,
    /// The room, which the caller has to be in.
    pub room: RoomName,
    pub text: MessageText,
    /// Everyone or one member.
    pub recipient: Recipient,
    /// The identifier of a send that may be repeated and is to be stored once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<MessageId>,
}

impl Command for SendMessage {
    type Outcome = SendMessageOutcome;

    const KIND: &'static str = "SendMessage";

    fn repeats(&self, chat: &Chat) -> bool {
        self.first_outcome(chat).is_some()
    }

    fn apply(self, chat: &mut Chat, at: Moment) -> SendMessageOutcome {
        let Some(id) = self.once.clone() else {
            return self.send(chat, at);
        };
        if let Some(outcome) = self.first_outcome(chat) {
            return outcome.clone();
        }
        let caller = self.caller.clone();
        let outcome = self.send(chat, at);
        if is_worth_remembering(chat.rules, &outcome)
            && let Some(user) = chat.user_mut(&caller)
        {
            user.recent_sends.remember(id, outcome.clone());
        }
        outcome
    }
}

impl SendMessage {
    /// The outcome of the same send before.
    fn first_outcome<'chat>(&self, chat: &'chat Chat) -> Option<&'chat SendMessageOutcome> {
        let user = chat.user(&self.caller)?;
        user.recent_sends.outcome(self.once.as_ref()?)
    }

    fn send(self, chat: &mut Chat, at: Moment) -> SendMessageOutcome {
        let sender = chat.user(&self.caller);
        let is_registered = sender.is_some();
        let from = sender.and_then(|user| user.address().filter(|_| chat.policy.per_address));
        let Some(room) = chat.rooms.get(&self.room) else {
            return SendMessageOutcome::NoSuchRoom;
        };
        if !is_registered {
            return SendMessageOutcome::NotRegistered;
        }
        if !room.members.contains(&self.caller.name) {
            return SendMessageOutcome::NotInRoom;
        }
        if self.caller.kind == Kind::Guest && room.members.len() == 1 {
            return SendMessageOutcome::AloneInRoom;
        }
        let to = match &self.recipient {
            Recipient::Absent | Recipient::Empty => None,
            Recipient::Named(name) => {
                let is_member = room.members.contains(name.as_str());
                let holder = chat.names.get(name.as_str()).filter(|_| is_member);
                let Some(holder) = holder else {
                    return SendMessageOutcome::RecipientNotInRoom { name: name.clone() };
                };
                Some(holder.person)
            }
        };

        chat.last_sequence += 1;
        let receipt = Receipt {
            sequence: chat.last_sequence,
            timestamp: room.next_timestamp(at),
            to,
        };
        let message = Message {
            sequence: receipt.sequence,
            timestamp: receipt.timestamp,
            origin: self.caller.name,
            from,
            recipient: self.recipient,
            to,
            text: self.text,
            rendered: Rendered::default(),
        };
        chat.keep(&self.room, Arc::new(message), at);
        chat.notices.push(match to {
            None => Notice::Room(self.room),
            Some(person) => Notice::Person(person),
        });
        SendMessageOutcome::Sent(receipt)
    }
}

/// A refusal stored nothing, so a repeat does no harm; and refusals cost a client nothing, so to remember them
/// would let it fill the memory. The first rules did, except a recipient as long as a request.
fn is_worth_remembering(rules: u32, outcome: &SendMessageOutcome) -> bool {
    match outcome {
        SendMessageOutcome::Sent(_) => true,
        SendMessageOutcome::RecipientNotInRoom { name } => {
            rules == FIRST_RULES && Username::parse(name).is_ok()
        }
        _ => rules == FIRST_RULES,
    }
}

#[cfg(test)]
mod tests {
    use super::SendMessageOutcome::{AloneInRoom, NoSuchRoom, NotInRoom, NotRegistered};
    use super::*;
    use crate::chat::commands::{Leave, UnregisterUser};
    use crate::chat::fixtures::{
        account, at, chat, guest, join, register, room, send, sent, texts,
    };

    fn once(id: &str, send: SendMessage) -> SendMessage {
        SendMessage {
            once: Some(MessageId::parse(id).unwrap()),
            ..send
        }
    }

    #[test]
    fn each_refusal_comes_in_its_order_and_stores_nothing() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral", "rust"], &[&ana]);
        let mut refused = |caller: &Caller, name: &str, recipient: &str| {
            chat.apply(at(1), send(caller, name, "oi", recipient))
        };
        assert_eq!(refused(&bia, "nada", "eva"), NoSuchRoom);
        assert_eq!(refused(&bia, "rust", "eva"), NotRegistered);
        assert_eq!(refused(&account("ana"), "geral", "eva"), NotRegistered);
        assert_eq!(refused(&ana, "rust", "eva"), NotInRoom);
        assert_eq!(refused(&ana, "geral", "eva"), AloneInRoom);
        assert_eq!(refused(&ana, "geral", "ana"), AloneInRoom);
        chat.apply(at(1), register(&bia));
        chat.apply(at(1), join(&bia, "geral"));
        for name in ["eva", "Ana", &"x".repeat(1_000)] {
            let refused = chat.apply(at(1), send(&ana, "geral", "oi", name));
            let name = name.to_owned();
            assert_eq!(refused, SendMessageOutcome::RecipientNotInRoom { name });
        }
        assert_eq!(chat.last_sequence, 0);
        assert_eq!(chat.newest_messages("geral", None, 9), Some(Vec::new()));
    }

    #[test]
    fn an_account_alone_is_stored_and_may_name_itself() {
        let ana = account("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        sent(chat.apply(at(1), send(&ana, "geral", "oi", "")));
        sent(chat.apply(at(1), send(&ana, "geral", "lembrete", "ana")));
        let seen = chat.newest_messages("geral", chat.person(&ana), 9).unwrap();
        assert_eq!(texts(&seen), ["oi", "lembrete"]);
    }

    #[test]
    fn a_message_is_kept_as_it_was_sent() {
        let (ana, bia) = (guest("ana"), account("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        let receipt = sent(chat.apply(at(61), send(&ana, "geral", "segredo", "bia")));
        let newest = chat.newest_messages("geral", chat.person(&bia), 1).unwrap();
        let message = &newest[0];
        assert_eq!(message.sequence, 1);
        assert_eq!(receipt.sequence, 1);
        assert_eq!(receipt.timestamp, message.timestamp);
        assert_eq!(receipt.to, message.to);
        assert_eq!(message.timestamp.to_string(), "2025-03-09 12:01:01");
        assert_eq!(message.origin, ana.name);
        assert_eq!(message.recipient, Recipient::Named("bia".to_owned()));
        assert_eq!(message.to, chat.person(&bia));
        let absent = SendMessage {
            recipient: Recipient::Absent,
            ..send(&ana, "geral", "oi", "")
        };
        sent(chat.apply(at(61), absent));
        let newest = chat.newest_messages("geral", None, 1).unwrap();
        let message = &newest[0];
        assert_eq!(message.sequence, 2);
        assert_eq!(message.timestamp.to_string(), "2025-03-09 12:01:01.000001");
        assert_eq!(message.recipient, Recipient::Absent);
        assert_eq!(message.to, None);
    }

    /// The original's client starts with the whole second, and keeps what is strictly later.
    #[test]
    fn the_first_message_of_the_second_in_which_a_guest_joined_has_a_fraction() {
        let (ana, bia, eva) = (guest("ana"), guest("bia"), account("eva"));
        let mut chat = chat(&["geral", "rust"], &[&ana, &bia]);
        chat.apply(at(0), register(&eva));
        let mut shown = |seconds, caller: &Caller, name| {
            let receipt = sent(chat.apply(at(seconds), send(caller, name, "oi", "")));
            let timestamp = receipt.timestamp.to_string();
            chat.apply(at(7), join(&eva, "geral"));
            timestamp
        };
        assert_eq!(shown(0, &ana, "geral"), "2025-03-09 12:00:00.000001");
        assert_eq!(shown(0, &ana, "geral"), "2025-03-09 12:00:00.000002");
        assert_eq!(shown(5, &ana, "geral"), "2025-03-09 12:00:05");
        // The client of an account compares no timestamps.
        assert_eq!(shown(7, &ana, "geral"), "2025-03-09 12:00:07");
    }

    #[test]
    fn what_a_guest_may_have_seen_elsewhere_is_earlier_than_what_is_sent_where_it_joins() {
        let (ana, bia, caio) = (guest("ana"), guest("bia"), guest("caio"));
        let mut chat = chat(&["geral", "rust"], &[&ana, &bia, &caio]);
        let mut last = None;
        for _ in 0..3 {
            last = Some(sent(chat.apply(at(4), send(&ana, "geral", "oi", ""))).timestamp);
        }
        // By way of another room, and while the clock is set back.
        let (caller, left) = (bia.clone(), room("geral"));
        chat.apply(at(4), Leave { caller, room: left });
        for caller in [&bia, &caio] {
            chat.apply(at(1), join(caller, "rust"));
        }
        let first = sent(chat.apply(at(2), send(&caio, "rust", "oi", "")));
        assert!(Some(first.timestamp) > last);
        assert_eq!(first.timestamp.to_string(), "2025-03-09 12:00:04.000003");
    }

    #[test]
    fn a_private_message_is_seen_by_its_recipient_alone() {
        let (ana, bia, eva) = (guest("ana"), guest("bia"), account("eva"));
        let mut chat = chat(&["geral"], &[&ana, &bia, &eva]);
        sent(chat.apply(at(1), send(&ana, "geral", "segredo", "bia")));
        let seen = |caller: &Caller| chat.newest_messages("geral", chat.person(caller), 9);
        assert_eq!(texts(&seen(&bia).unwrap()), ["segredo"]);
        for other in [ana, eva, account("bia")] {
            assert_eq!(seen(&other), Some(Vec::new()), "{other:?}");
        }
    }

    #[test]
    fn a_repeated_send_is_answered_as_the_first_time_and_stored_once() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        let first = chat.apply(at(1), once("1", send(&ana, "geral", "oi", "")));
        let again = chat.apply(at(9), once("1", send(&ana, "geral", "oi", "")));
        assert_eq!(again, first);
        let (caller, room) = (ana.clone(), room("geral"));
        chat.apply(at(9), Leave { caller, room });
        let again = chat.apply(at(9), once("1", send(&ana, "geral", "oi", "")));
        assert_eq!(again, first, "also when it would be refused by now");
        let other = chat.apply(at(9), once("2", send(&ana, "geral", "oi", "")));
        assert_eq!(other, SendMessageOutcome::NotInRoom);
        let own = chat.apply(at(9), once("1", send(&bia, "geral", "eu", "")));
        assert_eq!(
            own,
            SendMessageOutcome::AloneInRoom,
            "identifiers are one's own"
        );
        // What was refused is tried again.
        chat.apply(at(9), join(&ana, "geral"));
        sent(chat.apply(at(9), once("2", send(&ana, "geral", "já", ""))));
        let kept = chat.newest_messages("geral", None, 9).unwrap();
        assert_eq!(texts(&kept), ["oi", "já"]);
    }

    #[test]
    fn a_new_person_of_the_same_name_repeats_nothing() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        sent(chat.apply(at(1), once("1", send(&ana, "geral", "oi", ""))));
        let caller = ana.clone();
        chat.apply(at(2), UnregisterUser { caller });
        let unknown = chat.apply(at(2), once("1", send(&ana, "geral", "oi", "")));
        assert_eq!(unknown, SendMessageOutcome::NotRegistered);
        chat.apply(at(2), register(&ana));
        let new = chat.apply(at(2), once("1", send(&ana, "geral", "oi", "")));
        assert_eq!(new, SendMessageOutcome::NotInRoom);
    }

    #[test]
    fn a_refusal_is_remembered_by_the_first_rules_alone() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        let id = MessageId::parse("1").unwrap();
        // By the first rules not either, if the recipient cannot be a name.
        for (rules, length, is_remembered) in [(2, 64, false), (1, 65, false), (1, 64, true)] {
            chat.rules = rules;
            let name = "x".repeat(length);
            let outcome = chat.apply(at(1), once("1", send(&ana, "geral", "oi", &name)));
            assert_eq!(outcome, SendMessageOutcome::RecipientNotInRoom { name });
            let user = chat.user(&ana).unwrap();
            assert_eq!(user.recent_sends.outcome(&id).is_some(), is_remembered);
        }
    }
}
