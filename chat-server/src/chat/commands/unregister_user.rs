//! Giving a name back.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Caller, Chat, Moment, RoomName};

/// Takes a user out of the chat: out of its rooms, its name free, its private messages gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnregisterUser {
    pub caller: Caller,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UnregisterUserOutcome {
    Unregistered {
        /// The rooms it was in, in order of joining.
        left: Vec<RoomName>,
    },
    /// No user of this name and kind is registered.
    NotRegistered,
}

impl Command for UnregisterUser {
    type Outcome = UnregisterUserOutcome;

    const KIND: &'static str = "UnregisterUser";

    fn apply(self, chat: &mut Chat, at: Moment) -> UnregisterUserOutcome {
        if chat.user(&self.caller).is_none() {
            return UnregisterUserOutcome::NotRegistered;
        }
        let left = chat.remove_user(&self.caller.name, at);
        UnregisterUserOutcome::Unregistered { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::fixtures::{
        account, at, chat, guest, join, register, room, send, sent, texts,
    };

    fn unregister(caller: &Caller) -> UnregisterUser {
        let caller = caller.clone();
        UnregisterUser { caller }
    }

    #[test]
    fn its_rooms_are_left_and_its_name_is_free() {
        let (ana, bia) = (account("ana"), guest("bia"));
        let mut chat = chat(&["geral", "rust"], &[&ana, &bia]);
        chat.apply(at(1), join(&ana, "rust"));
        assert_eq!(
            chat.apply(at(2), unregister(&ana)),
            UnregisterUserOutcome::Unregistered {
                left: vec![room("geral"), room("rust")]
            }
        );
        assert_eq!(chat.holder("ana"), None);
        assert_eq!(chat.users("geral").unwrap().len(), 1);
        assert_eq!(chat.users("rust").unwrap().len(), 0);
    }

    #[test]
    fn only_a_caller_of_its_kind_can() {
        let mut chat = chat(&["geral"], &[&guest("ana")]);
        for stranger in [account("ana"), guest("bia")] {
            let outcome = chat.apply(at(1), unregister(&stranger));
            assert_eq!(outcome, UnregisterUserOutcome::NotRegistered);
        }
        assert!(chat.is_in_room(&guest("ana"), "geral"));
    }

    #[test]
    fn its_private_messages_go_with_it_also_from_rooms_left_before() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral", "rust"], &[&ana, &bia]);
        sent(chat.apply(at(1), send(&bia, "geral", "segredo", "ana")));
        sent(chat.apply(at(1), send(&bia, "geral", "oi", "")));
        let former = chat.person(&ana);
        chat.apply(at(2), join(&ana, "rust"));
        chat.apply(at(3), unregister(&ana));
        chat.apply(at(4), register(&ana));
        for reader in [chat.person(&ana), former] {
            let seen = chat.newest_messages("geral", reader, 9).unwrap();
            assert_eq!(texts(&seen), ["oi"]);
        }
        assert_eq!(
            chat.room_status("geral", at(4).elapsed)
                .unwrap()
                .kept_messages,
            1
        );
    }
}
