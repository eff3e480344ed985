//! Registering a name.

use super::Command;
use crate::chat::user::User;
use crate::chat::{Chat, Kind, Moment, PersonId, Username};

/// Makes a name somebody's.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterUser {
    /// The name.
    pub name: Username,
    /// The kind of user that is to hold it.
    pub kind: Kind,
}

/// What came of [`RegisterUser`].
#[derive(Clone, Debug, PartialEq)]
pub enum RegisterUserOutcome {
    /// The name belongs to this new person.
    Registered(PersonId),
    /// Somebody holds it, of whichever kind.
    NameTaken,
    /// The chat has as many users as it allows.
    TooManyUsers,
}

impl Command for RegisterUser {
    type Outcome = RegisterUserOutcome;

    fn apply(self, chat: &mut Chat, at: Moment) -> RegisterUserOutcome {
        if chat.users.contains_key(&self.name) {
            return RegisterUserOutcome::NameTaken;
        }
        if chat.users.len() >= chat.policy.users {
            return RegisterUserOutcome::TooManyUsers;
        }
        chat.last_person += 1;
        let person = PersonId(chat.last_person);
        let user = User::new(person, self.kind, at);
        chat.users.insert(self.name, user);
        RegisterUserOutcome::Registered(person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Policy;
    use crate::chat::commands::UnregisterUser;
    use crate::chat::fixtures::{at, guest, user};

    fn register(name: &str, kind: Kind) -> RegisterUser {
        let name = user(name);
        RegisterUser { name, kind }
    }

    #[test]
    fn a_name_belongs_to_one_person_of_whichever_kind() {
        let mut chat = Chat::new(Policy::default());
        for kind in [Kind::Guest, Kind::Account] {
            let name = format!("{kind:?}");
            let registered = chat.apply(at(0), register(&name, kind));
            assert!(matches!(registered, RegisterUserOutcome::Registered(_)));
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
        assert!(matches!(room_again, RegisterUserOutcome::Registered(_)));
    }
}
