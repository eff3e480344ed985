//! The root cause of an error: hyper's and reqwest's own texts only say that something failed.

use std::error::Error;

/// The text of the innermost cause.
pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // Without the system's error number.
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
