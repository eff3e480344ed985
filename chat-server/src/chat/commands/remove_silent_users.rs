//! Removing users who are not there any more.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::clock::LogTime;
use crate::chat::{Caller, Chat, Kind, Moment, Notice, PersonId, RoomName, Username};

/// Removes users who have been silent for longer than the policy's timeouts: a guest is unregistered, an
/// account leaves its rooms and keeps its name. Its outcome is the users removed, the longest silent first.
///
/// Nothing is removed in the first minute after a start: the clients are about to come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveSilentUsers {
    /// How many users are removed at most, so that other calls do not wait for thousands. If there are so
    /// many, the command is to be given again.
    pub at_most: usize,
}

/// A user who was removed for its silence.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    pub caller: Caller,
    /// The rooms it was in.
    pub left: Vec<RoomName>,
}

impl Command for RemoveSilentUsers {
    type Outcome = Vec<Removed>;

    const KIND: &'static str = "RemoveSilentUsers";

    const DEPENDS_ON_ACTIVITY: bool = true;

    fn apply(self, chat: &mut Chat, at: Moment) -> Vec<Removed> {
        let mut removed = Vec::new();
        if chat.clock.is_in_grace() {
            return removed;
        }
        while removed.len() < self.at_most
            && let Some(person) = chat.next_silent(chat.clock.now())
        {
            let Some(user) = chat.users.get(&person) else {
                break;
            };
            let caller = Caller {
                name: user.name.clone(),
                kind: user.kind(),
            };
            let left = match caller.kind {
                Kind::Guest => chat.remove_user(&caller.name, at),
                Kind::Account => chat.remove_from_rooms(person, &caller.name, at),
            };
            removed.push(Removed { caller, left });
        }
        removed
    }
}

impl Chat {
    pub(in crate::chat) fn next_silent(&self, now: LogTime) -> Option<PersonId> {
        self.silence.fronts().find(|person| {
            let user = self.users.get(person);
            user.is_some_and(|user| self.policy.timeouts.is_silent(user, now))
        })
    }

    /// Takes an account out of its rooms, once for each silence: it waits for the next timeout only after
    /// it has called again.
    fn remove_from_rooms(
        &mut self,
        person: PersonId,
        name: &Username,
        at: Moment,
    ) -> Vec<RoomName> {
        let Some(user) = self.users.get_mut(&person).map(Arc::make_mut) else {
            return Vec::new();
        };
        self.silence.remove(user);
        (user.has_polled, user.has_timeout) = (false, false);
        let left: Vec<RoomName> = std::mem::take(&mut user.rooms).into_iter().collect();
        for room in &left {
            self.remove_member(room, name, at);
        }
        self.notices.push(Notice::Person(person));
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{RecordActivity, RegisterUser, RegisterUserOutcome, StartServer};
    use crate::chat::fixtures::{account, at, chat, guest, join, register, room, user};
    use crate::chat::{ChatId, Policy};

    const MINUTE: u64 = 60;

    fn polled(chat: &mut Chat, seconds: u64, caller: &Caller) {
        let polled = chat.person(caller).unwrap();
        chat.apply(at(seconds), RecordActivity::polled(polled));
    }

    fn called(chat: &mut Chat, seconds: u64, caller: &Caller) {
        let entry = RecordActivity {
            called: vec![chat.person(caller).unwrap()],
            ..RecordActivity::default()
        };
        chat.apply(at(seconds), entry);
    }

    fn sweep(chat: &mut Chat, seconds: u64) -> Vec<Caller> {
        let removed = chat.apply(at(seconds), RemoveSilentUsers { at_most: 100 });
        removed.into_iter().map(|removed| removed.caller).collect()
    }

    fn start(chat: &mut Chat, seconds: u64) {
        let start = StartServer {
            rules: 1,
            id: ChatId("a".into()),
            policy: Policy::default(),
        };
        chat.apply(at(seconds), start);
    }

    #[test]
    fn a_user_who_polled_goes_after_a_quarter_of_an_hour_and_another_after_a_day() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        polled(&mut chat, 0, &ana);
        called(&mut chat, 0, &bia);
        assert_eq!(sweep(&mut chat, 14 * MINUTE), []);
        // One call, of whatever kind, and the time begins again.
        called(&mut chat, 14 * MINUTE, &ana);
        assert_eq!(sweep(&mut chat, 28 * MINUTE), []);
        assert_eq!(sweep(&mut chat, 29 * MINUTE), [ana]);
        assert!(chat.users("geral").unwrap().eq([&bia.name]));
        assert_eq!(sweep(&mut chat, 23 * 60 * MINUTE), []);
        assert_eq!(sweep(&mut chat, 24 * 60 * MINUTE), [bia]);
    }

    #[test]
    fn a_silent_account_leaves_its_rooms_once_and_keeps_its_name() {
        let ana = account("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        polled(&mut chat, 0, &ana);
        let removed = chat.apply(at(15 * MINUTE), RemoveSilentUsers { at_most: 100 });
        assert_eq!(removed[0].left, [room("geral")]);
        assert_eq!(chat.users("geral").unwrap().len(), 0);
        assert_eq!(chat.holder("ana"), Some(Kind::Account));
        assert_eq!(sweep(&mut chat, 48 * 60 * MINUTE), []);
        polled(&mut chat, 48 * 60 * MINUTE, &ana);
        chat.apply(at(48 * 60 * MINUTE), join(&ana, "geral"));
        assert_eq!(sweep(&mut chat, 49 * 60 * MINUTE), [ana]);
    }

    #[test]
    fn many_are_removed_in_portions() {
        let everyone: Vec<Caller> = (0..5)
            .map(|number| guest(&format!("ana{number}")))
            .collect();
        let mut chat = chat(&["geral"], &everyone.iter().collect::<Vec<_>>());
        for caller in &everyone {
            polled(&mut chat, 0, caller);
        }
        let mut portions = Vec::new();
        loop {
            let removed = chat.apply(at(60 * MINUTE), RemoveSilentUsers { at_most: 2 });
            portions.push(removed.len());
            if removed.len() < 2 {
                break;
            }
        }
        assert_eq!(portions, [2, 2, 1]);
    }

    #[test]
    fn downtime_counts_but_not_in_the_first_minute_after_a_start() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        start(&mut chat, 0);
        polled(&mut chat, 0, &ana);
        start(&mut chat, 60 * MINUTE);
        // A command that removes no user is not worth an entry in the log.
        let has_silent = |chat: &Chat, seconds| chat.has_silent_users(at(seconds).elapsed);
        assert!(!has_silent(&chat, 60 * MINUTE + 59));
        assert!(has_silent(&chat, 61 * MINUTE));
        assert_eq!(sweep(&mut chat, 60 * MINUTE + 59), []);
        assert_eq!(sweep(&mut chat, 61 * MINUTE), [ana]);
    }

    fn take(chat: &mut Chat, seconds: u64) -> bool {
        let command = RegisterUser::guest(user("ana"));
        let outcome = chat.apply(at(seconds), command);
        matches!(outcome, RegisterUserOutcome::Registered { .. })
    }

    #[test]
    fn a_name_can_be_taken_after_a_minute_of_silence_unless_its_connection_is_open() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        let first = chat.person(&ana).unwrap();
        assert!(!take(&mut chat, 59));
        let entry = RecordActivity {
            connected: vec![first],
            ..RecordActivity::default()
        };
        chat.apply(at(59), entry);
        assert!(!take(&mut chat, 2 * MINUTE - 2));
        assert!(take(&mut chat, 2 * MINUTE - 1));
        assert_ne!(
            chat.person(&ana),
            Some(first),
            "the new holder is another person"
        );
        assert_eq!(chat.users("geral").unwrap().len(), 0);
        // An account's name stays its own, however long it is silent.
        let mut chat = crate::chat::fixtures::chat(&[], &[&account("ana")]);
        assert!(!take(&mut chat, 600 * MINUTE));
        chat.apply(at(600 * MINUTE), register(&guest("bia")));
    }

    #[test]
    fn a_restart_takes_no_name_from_a_client_that_is_about_to_come_back() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        start(&mut chat, 0);
        polled(&mut chat, 30, &ana);
        // Ten minutes without a server.
        start(&mut chat, 10 * MINUTE + 30);
        assert!(!take(&mut chat, 11 * MINUTE + 29));
        assert!(take(&mut chat, 11 * MINUTE + 30));
    }

    #[test]
    fn yesterdays_name_can_be_had_at_once_after_a_start() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        start(&mut chat, 0);
        polled(&mut chat, 30, &ana);
        start(&mut chat, 15 * MINUTE + 30);
        assert!(take(&mut chat, 15 * MINUTE + 30));
    }
}
