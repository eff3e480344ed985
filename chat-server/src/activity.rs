//! Which users called since it was last recorded in the log.

use std::collections::HashMap;
use std::time::Duration;

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

/// What is collected between two entries of the log.
#[derive(Debug, Default)]
pub(crate) struct Activities {
    callers: HashMap<PersonId, Noted>,
    /// Who called since the last entry, each once: there may be far more with an open connection.
    called: Vec<PersonId>,
    /// The chat's time when open connections were recorded last.
    connected_at: Option<Duration>,
}

/// What is known of one person.
#[derive(Debug)]
struct Noted {
    /// The most telling one since the last entry.
    activity: Activity,
    /// That of the latest call. It keeps the name from being taken over as long as it is open.
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
        let noted = self.callers.entry(person).or_insert(Noted {
            activity: Activity::None,
            connection: None,
        });
        if noted.activity == Activity::None {
            self.called.push(person);
        }
        noted.activity = activity.max(noted.activity);
        if let Some(connection) = connection {
            let is_known = |known: &Connection| known.is_same(connection);
            if !noted.connection.as_ref().is_some_and(is_known) {
                noted.connection = Some(connection.clone());
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.callers.len()
    }

    /// The entry that records what was collected. Persons with an open connection are kept as long as they
    /// are registered: over one connection any number may come and go.
    ///
    /// Open connections are recorded at most once within `fresh`. Each registration needs an entry, and one
    /// peer may have tens of thousands of guests on one connection.
    pub(crate) fn take(
        &mut self,
        now: Duration,
        fresh: Duration,
        is_registered: impl Fn(PersonId) -> bool,
    ) -> RecordActivity {
        let mut entry = RecordActivity::default();
        let is_due = |at: Duration| now.saturating_sub(at) >= fresh;
        if self.connected_at.is_none_or(is_due) {
            self.connected_at = Some(now);
            self.callers.retain(|person, noted| {
                if noted.activity != Activity::None {
                    return true;
                }
                let is_open = noted.connection.as_ref().is_some_and(Connection::is_open);
                let stays = is_open && is_registered(*person);
                if stays {
                    entry.connected.push(*person);
                }
                stays
            });
        }
        for person in std::mem::take(&mut self.called) {
            if !is_registered(person) {
                self.callers.remove(&person);
            } else if let Some(noted) = self.callers.get_mut(&person) {
                match std::mem::replace(&mut noted.activity, Activity::None) {
                    Activity::Poll => entry.polled.push(person),
                    Activity::Call => entry.called.push(person),
                    Activity::None => {}
                }
            }
        }
        // The order of a map differs from run to run; that of an entry decides the order of removal.
        for persons in [&mut entry.polled, &mut entry.called, &mut entry.connected] {
            persons.sort_unstable();
        }
        entry
    }

    /// The log did not take the entry: the next one is to record the calls in it. Open connections are found
    /// again.
    pub(crate) fn put_back(&mut self, entry: RecordActivity) {
        self.connected_at = None;
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
