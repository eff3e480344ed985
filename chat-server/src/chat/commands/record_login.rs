//! Recording where an account logs in from.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Address, Chat, Kind, Moment, PersonId, Username};

/// How many addresses of one account are remembered.
const REMEMBERED: usize = 16;

/// Records that the right password of an account came from an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordLogin {
    pub person: PersonId,
    pub from: Address,
}

impl Command for RecordLogin {
    type Outcome = ();

    const KIND: &'static str = "RecordLogin";

    fn apply(self, chat: &mut Chat, _: Moment) {
        let account = chat.person_mut(self.person);
        let Some(account) = account.filter(|user| user.kind() == Kind::Account) else {
            return;
        };
        if !account.logins.contains(&self.from) {
            account.logins.push(self.from);
        }
        if account.logins.len() > REMEMBERED {
            account.logins.remove(0);
        }
    }
}

impl Chat {
    /// What to record when this account logs in from an address; `None` if it is known.
    pub fn new_login(&self, name: &Username, from: Address) -> Option<RecordLogin> {
        let person = self.named(name.as_str())?.person;
        let is_known = self.may_act_from(name.as_str(), from);
        (!is_known).then_some(RecordLogin { person, from })
    }

    /// Whether a call from this address may act as the account of this name, if it is one.
    pub fn may_act_from(&self, name: &str, from: Address) -> bool {
        let account = self.named(name).filter(|user| user.kind() == Kind::Account);
        account.is_none_or(|account| account.logins.contains(&from))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::chat::fixtures::{account, at, chat, guest};
    use crate::chat::snapshot;

    #[test]
    fn an_account_acts_from_where_it_has_logged_in() {
        let (ana, bia) = (account("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        let from = |last: u8| Address::from(IpAddr::from([192, 0, 2, last]));
        assert!(!chat.may_act_from("ana", from(1)));
        for last in 1..=17 {
            let login = chat.new_login(&ana.name, from(last)).unwrap();
            chat.apply(at(1), login);
            assert_eq!(chat.new_login(&ana.name, from(last)), None);
        }
        assert!(
            !chat.may_act_from("ana", from(1)),
            "the latest are remembered"
        );
        assert!(chat.may_act_from("ana", from(2)) && chat.may_act_from("ana", from(17)));
        assert!(chat.may_act_from("bia", from(1)), "a guest proves nothing");
        assert_eq!(chat.new_login(&bia.name, from(1)), None);
        assert!(
            snapshot::restored(&chat.snapshot()).may_act_from("ana", from(2)),
            "a restart asks nobody again"
        );
    }
}
