//! Registering a name.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::user::User;
use crate::chat::{Chat, Credential, Moment, PersonId, Username};

/// Registers a new user under a name. The name of a guest who has been silent is taken over: the former
/// holder leaves its rooms, and its private messages are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterUser {
    /// The name.
    pub name: Username,
    /// What makes the user a guest or an account.
    pub credential: Credential,
}

/// What came of [`RegisterUser`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterUserOutcome {
    /// The name belongs to this new person.
    Registered {
        /// The new person.
        person: PersonId,
        /// The silent guest who held the name before.
        taken_from: Option<PersonId>,
    },
    /// Another user holds it, of whichever kind.
    NameTaken,
    /// The chat has as many users as it allows.
    TooManyUsers,
}

impl Command for RegisterUser {
    type Outcome = RegisterUserOutcome;

    const KIND: &'static str = "RegisterUser";

    const DEPENDS_ON_ACTIVITY: bool = true;

    fn apply(self, chat: &mut Chat, at: Moment) -> RegisterUserOutcome {
        let now = chat.clock.now();
        let holder = chat.named(self.name.as_str());
        if holder.is_some_and(|holder| !chat.policy.timeouts.can_take_over(holder, now)) {
            return RegisterUserOutcome::NameTaken;
        }
        let taken_from = holder.map(|holder| holder.person);
        // There may be too many even without the former holder, if a restart has lowered the bound. Then it
        // stays: a refusal changes nothing.
        let others = chat.users.len() - usize::from(taken_from.is_some());
        if others >= chat.policy.users {
            return RegisterUserOutcome::TooManyUsers;
        }
        chat.remove_user(&self.name, at);
        chat.last_person += 1;
        let person = PersonId(chat.last_person);
        chat.insert_user(User::new(person, self.name, self.credential, at, now));
        RegisterUserOutcome::Registered { person, taken_from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::UnregisterUser;
    use crate::chat::fixtures::{at, guest, user};
    use crate::chat::{Caller, Kind, Policy};

    fn register(name: &str, kind: Kind) -> RegisterUser {
        let name = user(name);
        crate::chat::fixtures::register(&Caller { name, kind })
    }

    #[test]
    fn a_name_belongs_to_one_person_of_whichever_kind() {
        let mut chat = Chat::new(Policy::default());
        for kind in [Kind::Guest, Kind::Account] {
            let name = format!("{kind:?}");
            let registered = chat.apply(at(0), register(&name, kind));
            assert!(matches!(registered, RegisterUserOutcome::Registered { .. }));
            assert_eq!(chat.holder(&name), Some(kind));
            for other in [Kind::Guest, Kind::Account] {
                let again = chat.apply(at(0), register(&name, other));
                assert_eq!(again, RegisterUserOutcome::NameTaken);
            }
        }
    }

    #[test]
    fn a_freed_name_makes_another_person() {
        let mut chat = Chat::new(Policy::default());
        let first = chat.apply(at(0), register("ana", Kind::Guest));
        let caller = guest("ana");
        chat.apply(at(0), UnregisterUser { caller });
        let second = chat.apply(at(0), register("ana", Kind::Guest));
        assert_ne!(first, second);
    }

    #[test]
    fn a_chat_that_takes_no_user_any_more_takes_no_name_from_a_silent_guest_either() {
        let mut chat = Chat::new(Policy::default());
        for name in ["ana", "bia"] {
            chat.apply(at(0), register(name, Kind::Guest));
        }
        // Lowered at a restart.
        chat.policy.users = 1;
        let refused = chat.apply(at(600), register("ana", Kind::Guest));
        assert_eq!(refused, RegisterUserOutcome::TooManyUsers);
        assert_eq!(chat.holder("ana"), Some(Kind::Guest));
    }

    #[test]
    fn a_full_chat_refuses_and_goes_on() {
        let mut chat = Chat::new(Policy {
            users: 1,
            ..Policy::default()
        });
        chat.apply(at(0), register("ana", Kind::Guest));
        let full = chat.apply(at(0), register("bia", Kind::Guest));
        assert_eq!(full, RegisterUserOutcome::TooManyUsers);
        let taken = chat.apply(at(0), register("ana", Kind::Guest));
        assert_eq!(taken, RegisterUserOutcome::NameTaken);
        let caller = guest("ana");
        chat.apply(at(0), UnregisterUser { caller });
        let room_again = chat.apply(at(0), register("bia", Kind::Guest));
        assert!(matches!(room_again, RegisterUserOutcome::Registered { .. }));
    }
}
