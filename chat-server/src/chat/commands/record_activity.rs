//! Recording which users are there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::user::User;
use crate::chat::{Chat, Moment, PersonId};

/// Records which users were active since the server's last such command, waiting calls included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordActivity {
    /// Users who asked for messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polled: Vec<PersonId>,
    /// Users who called, and did not ask for messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<PersonId>,
    /// Users who did not call and have an open connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connected: Vec<PersonId>,
}

impl RecordActivity {
    pub fn polled(person: PersonId) -> Self {
        Self {
            polled: vec![person],
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.polled.is_empty() && self.called.is_empty() && self.connected.is_empty()
    }
}

impl Command for RecordActivity {
    type Outcome = ();

    const KIND: &'static str = "RecordActivity";

    fn apply(self, chat: &mut Chat, _: Moment) {
        for person in self.polled {
            chat.record_call(person, true);
        }
        for person in self.called {
            chat.record_call(person, false);
        }
        let now = chat.clock.now();
        for person in self.connected {
            chat.update_seen(person, |user| user.last_seen = now);
        }
    }
}

impl Chat {
    /// A user called just now. One that is gone by now is not looked for under its name: the name may
    /// belong to another person.
    fn record_call(&mut self, person: PersonId, polled: bool) {
        let now = self.clock.now();
        self.update_seen(person, |user| {
            user.last_call = now;
            user.last_seen = now;
            user.has_polled |= polled;
            user.has_timeout = true;
        });
    }

    fn update_seen(&mut self, person: PersonId, update: impl FnOnce(&mut User)) {
        if let Some(user) = self.users.get_mut(&person).map(Arc::make_mut) {
            self.silence.remove(user);
            update(user);
            self.silence.insert(user);
        }
    }
}
