//! Which users called since it was last recorded in the log.

use std::collections::HashMap;

use rpc::Connection;

use crate::chat::PersonId;
use crate::chat::commands::RecordActivity;

/// What a call says about its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// It asks for the name itself, or tries a password: the caller is not its holder, or not yet.
    None,
    /// It does something else.
    Call,
    /// It asks for messages, as a client does regularly as long as it runs.
    Poll,
}

/// The activity of each person, collected between two entries of the log.
#[derive(Debug, Default)]
pub(crate) struct Activities(HashMap<PersonId, Recent>);

#[derive(Debug)]
struct Recent {
    /// The most telling activity since the last entry.
    activity: Activity,
    /// The connection of the latest call. It keeps the name from being taken over as long as it is open.
    connection: Option<Connection>,
}

impl Activities {
    /// The person called, over this connection if there is one.
    pub(crate) fn note(
        &mut self,
        person: PersonId,
        activity: Activity,
        connection: Option<&Connection>,
    ) {
        if activity == Activity::None {
            return;
        }
        let recent = self.0.entry(person).or_insert(Recent {
            activity,
            connection: None,
        });
        recent.activity = recent.activity.max(activity);
        if let Some(connection) = connection {
            recent.connection = Some(connection.clone());
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The entry that records what was collected. Persons with an open connection are kept as long as they
    /// are registered: over one connection any number may come and go.
    pub(crate) fn take(&mut self, is_registered: impl Fn(PersonId) -> bool) -> RecordActivity {
        let mut entry = RecordActivity::default();
        self.0.retain(|person, recent| {
            if !is_registered(*person) {
                return false;
            }
            let is_open = recent.connection.as_ref().is_some_and(Connection::is_open);
            match std::mem::replace(&mut recent.activity, Activity::None) {
                Activity::Poll => entry.polled.push(*person),
                Activity::Call => entry.called.push(*person),
                Activity::None if is_open => entry.connected.push(*person),
                Activity::None => {}
            }
            is_open
        });
        // The order of a map differs from run to run; that of an entry decides the order of removal.
        for persons in [&mut entry.polled, &mut entry.called, &mut entry.connected] {
            persons.sort_unstable();
        }
        entry
    }

    /// The log did not take the entry: the next one is to record the calls in it. Open connections are found
    /// again.
    pub(crate) fn put_back(&mut self, entry: RecordActivity) {
        for (persons, activity) in [
            (entry.polled, Activity::Poll),
            (entry.called, Activity::Call),
        ] {
            for person in persons {
                self.note(person, activity, None);
            }
        }
    }
}
