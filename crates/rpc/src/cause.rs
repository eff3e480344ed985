//! What is at the bottom of an error: those of hyper and reqwest say only that something failed.

use std::error::Error;

/// The text of the last of its causes, where the reason stands.
pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // The system adds its number, which tells a reader nothing.
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
