//! Who a user is: its person, its kind, and what proves it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::names::Username;

/// One registration of a name, never reused: a private message belongs to the person who held the
/// name when it was sent, and not to a later holder of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub(super) u64);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of user holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A name without a password. In at most one room: joining one leaves the other.
    Guest,
    /// A name with a password. In any number of rooms.
    Account,
}

/// A user who gives a command or reads.
///
/// It is a registered user only if name **and** kind are the user's: a call that proved no password can
/// never act as an account, nor an account as a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    pub name: Username,
    /// The kind of user that this way of calling is for.
    pub kind: Kind,
}

/// The hash of an account's password. The chat keeps it and does not look into it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub Arc<str>);

/// A hash is a secret: it does not belong into logs and panics.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What makes a user a guest or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// Nothing: a guest.
    Nothing,
    /// A password: an account.
    Password(PasswordHash),
}

impl Credential {
    /// The kind of user that has such a credential.
    pub fn kind(&self) -> Kind {
        match self {
            Credential::Nothing => Kind::Guest,
            Credential::Password(_) => Kind::Account,
        }
    }
}
