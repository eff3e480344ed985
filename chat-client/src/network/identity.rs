//! Who the user is towards a server.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// A user's name, with the password that proves it in dialect accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name, in NFC: our server keeps names in that form, and the client compares it with the senders of
    /// messages and the users of a room.
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
            name: name.nfc().collect(),
            password: None,
        }
    }

    /// Somebody of dialect accounts.
    #[must_use]
    pub fn account(name: &str, password: &str) -> Self {
        Self {
            name: name.nfc().collect(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_its_accents_were_typed() {
        assert_eq!(Identity::guest("Jose\u{301}").name, "Jos\u{e9}");
        let account = Identity::account("Jose\u{301}", "e\u{301}");
        assert_eq!(account.name, "Jos\u{e9}");
        // A password is compared byte for byte.
        assert_eq!(account.password.as_deref(), Some("e\u{301}"));
    }
}
