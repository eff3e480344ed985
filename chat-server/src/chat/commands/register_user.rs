//! Registering a name.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::user::User;
use crate::chat::{Address, Chat, Credential, Moment, PersonId, Username};

/// How many guests without a connection are looked at for one that gives its name up, the longest unseen first.
const LOOKED_AT: usize = 1_000;

/// Registers a new user under a name. The name of a guest who has been silent is taken over: the former
/// holder leaves its rooms, and its private messages are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterUser {
    pub name: Username,
    /// What makes the user a guest or an account.
    pub credential: Credential,
    /// The address that registers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterUserOutcome {
    Registered {
        person: PersonId,
        /// The silent guest who held the name before.
        taken_from: Option<PersonId>,
    },
    /// Another user holds it, of whichever kind.
    NameTaken,
    /// The chat has as many users as it allows.
    TooManyUsers,
    /// The address has as many users as the chat allows to one.
    TooManyFromAddress,
}

impl RegisterUser {
    /// Registers a guest from no address in particular.
    pub fn guest(name: Username) -> Self {
        Self {
            name,
            credential: Credential::Nothing,
            from: None,
        }
    }
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
        match chat.place(&self.name, self.from) {
            Place::Free => {}
            Place::Of(unseen) => drop(chat.remove_user(&unseen, at)),
            Place::Refused(full) => return full,
        }
        chat.remove_user(&self.name, at);
        chat.last_person += 1;
        let person = PersonId(chat.last_person);
        let user = User::new(person, self.name, self.credential, self.from, at, now);
        chat.insert_user(user);
        RegisterUserOutcome::Registered { person, taken_from }
    }
}

/// Where a new user has its place.
enum Place {
    Free,
    /// This guest's, who gives its name up.
    Of(Username),
    Refused(RegisterUserOutcome),
}

impl Chat {
    /// The place for a user who registers under this name, which is free or taken over.
    ///
    /// When all places are taken, a guest gives its name up who never asked for messages and has no open
    /// connection: at the same address, when it is that address which has too many. A command of an old log
    /// has no address, and takes no such place.
    fn place(&self, name: &Username, from: Option<Address>) -> Place {
        let former = self.named(name.as_str());
        let all = self.users.len() - usize::from(former.is_some());
        let own = from.map_or(0, |from| self.users_from.of(from))
            - usize::from(former.is_some_and(|former| from.is_some() && former.from == from));
        let (most, share) = (self.policy.users, self.policy.share_of(self.policy.users));
        let is_own_full = from.is_some() && own >= share;
        if all < most && !is_own_full {
            return Place::Free;
        }
        // There may be more than one too many, if a restart has lowered the bound. A refusal changes nothing.
        let one_is_enough = all <= most && (!is_own_full || own == share);
        let now = self.clock.now();
        let unseen = self.silence.unseen().take(LOOKED_AT);
        let mut unseen = unseen.filter_map(|person| {
            let user = self.users.get(&person)?;
            let can_take_over = self.policy.timeouts.can_take_over(user, now);
            let is_elsewhere = is_own_full && user.from != from;
            let gives_up = user.name != *name && can_take_over && !is_elsewhere;
            gives_up.then(|| user.name.clone())
        });
        match unseen.next() {
            Some(unseen) if one_is_enough && from.is_some() => Place::Of(unseen),
            _ if all >= most => Place::Refused(RegisterUserOutcome::TooManyUsers),
            _ => Place::Refused(RegisterUserOutcome::TooManyFromAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::chat::commands::{RecordActivity, UnregisterUser};
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

    fn from(last: u8) -> Option<Address> {
        Some(IpAddr::from([192, 0, 2, last]).into())
    }

    fn by_addresses(users: usize) -> Chat {
        Chat::new(Policy {
            users,
            per_address: true,
            ..Policy::default()
        })
    }

    /// Registers a guest from an address.
    fn come(chat: &mut Chat, seconds: u64, name: &str, from: Option<Address>) -> &'static str {
        let command = RegisterUser {
            from,
            ..register(name, Kind::Guest)
        };
        match chat.apply(at(seconds), command) {
            RegisterUserOutcome::Registered { .. } => "registered",
            RegisterUserOutcome::NameTaken => "taken",
            RegisterUserOutcome::TooManyUsers => "full",
            RegisterUserOutcome::TooManyFromAddress => "full for the address",
        }
    }

    #[test]
    fn half_of_the_places_are_for_others() {
        let mut chat = by_addresses(4);
        let mut try_from = |name, last| come(&mut chat, 0, name, from(last));
        assert_eq!([try_from("a", 1), try_from("b", 1)], ["registered"; 2]);
        assert_eq!(try_from("c", 1), "full for the address");
        assert_eq!([try_from("c", 2), try_from("d", 3)], ["registered"; 2]);
        assert_eq!(try_from("e", 4), "full");
        // A place that is given back counts for its address.
        let caller = guest("a");
        chat.apply(at(0), UnregisterUser { caller });
        assert_eq!(come(&mut chat, 0, "a", from(1)), "registered");
    }

    #[test]
    fn a_guest_who_never_polled_and_is_gone_gives_way_at_its_own_address() {
        let mut chat = by_addresses(4);
        for (seconds, name) in [(0, "a"), (1, "b")] {
            come(&mut chat, seconds, name, from(1));
            come(&mut chat, 2, &name.repeat(2), from(2));
        }
        // Too early, as for a takeover.
        assert_eq!(come(&mut chat, 59, "c", from(1)), "full");
        let polled = chat.person(&guest("a")).unwrap();
        chat.apply(at(60), RecordActivity::polled(polled));
        assert_eq!(come(&mut chat, 70, "c", from(1)), "registered");
        let names = ["a", "b", "c", "aa", "bb"].map(|name| chat.holder(name).is_some());
        assert_eq!(names, [true, false, true, true, true]);
        // From elsewhere it is the longest unseen of all.
        assert_eq!(come(&mut chat, 71, "d", from(3)), "registered");
        let names = ["aa", "bb"].map(|name| chat.holder(name).is_some());
        assert_eq!(names, [false, true]);
    }

    #[test]
    fn a_guest_with_an_open_connection_and_an_account_do_not_give_way() {
        let mut chat = by_addresses(2);
        come(&mut chat, 0, "a", from(1));
        chat.apply(at(0), register("b", Kind::Account));
        let connected = vec![chat.person(&guest("a")).unwrap()];
        let seen = RecordActivity {
            connected,
            ..RecordActivity::default()
        };
        chat.apply(at(600), seen);
        assert_eq!(come(&mut chat, 659, "c", from(2)), "full");
        assert_eq!(come(&mut chat, 660, "c", from(2)), "registered");
    }

    #[test]
    fn a_command_of_an_old_log_has_no_address_and_does_as_it_did() {
        let mut chat = by_addresses(2);
        assert_eq!(
            [come(&mut chat, 0, "a", None), come(&mut chat, 0, "b", None)],
            ["registered"; 2]
        );
        assert_eq!(come(&mut chat, 600, "c", None), "full");
        let old = r#"{"name":"ana","credential":"Nothing"}"#;
        assert_eq!(
            serde_json::from_str::<RegisterUser>(old).unwrap().from,
            None
        );
    }
}
