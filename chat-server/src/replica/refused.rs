//! Why a command was not carried out.

use thiserror::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The log takes nothing now. Nothing was done.
    #[error("the chat cannot be written at present")]
    NotNow,
    /// The log failed, and it is not known whether it took this.
    #[error("it is not known whether it was written")]
    Unknown,
}
