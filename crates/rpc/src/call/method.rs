//! What is called, and whether the call may be repeated.

use protocol::procedure::Procedure;

/// A method to call.
///
/// A call by a [`Procedure`] that changes nothing is repeated once when the connection breaks before the
/// answer. A call by name alone is not: nothing is known of what it does.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    pub(super) name: &'a str,
    pub(super) changes_nothing: bool,
}

impl<'a> From<&'a str> for Method<'a> {
    fn from(name: &'a str) -> Self {
        Self {
            name,
            changes_nothing: false,
        }
    }
}

impl From<&Procedure> for Method<'static> {
    fn from(procedure: &Procedure) -> Self {
        Self {
            name: procedure.name,
            changes_nothing: procedure.changes_nothing,
        }
    }
}
