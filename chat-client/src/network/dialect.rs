//! The two languages in which chat servers can be talked to.

use protocol::{accounts, classic};

/// A dialect of the chat's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A user is a name, and is in one room at a time.
    Classic,
    /// Users have passwords, and may be in several rooms.
    Accounts,
}

impl Dialect {
    /// The name under which the binder knows where a server of this dialect is.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Classic => classic::procedures::CREATE_ROOM.name,
            Self::Accounts => accounts::SERVICE,
        }
    }
}
