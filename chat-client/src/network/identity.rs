//! Who the user is towards a server.

use std::fmt;

/// A user's name, with the password that proves it in dialect accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The password; none in dialect classic. It is kept as long as the user is signed in, because a
    /// server that was restarted asks for it again.
    pub password: Option<String>,
}

impl Identity {
    /// Somebody of dialect classic.
    #[must_use]
    pub fn guest(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: None,
        }
    }

    /// Somebody of dialect accounts.
    #[must_use]
    pub fn account(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: Some(password.to_owned()),
        }
    }
}

impl fmt::Debug for Identity {
    /// Without the password, which must not reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
