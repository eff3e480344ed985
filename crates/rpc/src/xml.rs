//! XML-RPC documents: from bytes to calls and answers, and back.
//!
//! Writing is dxr's, in [`write`]. Reading is not, because dxr's reader differs from Python's where it
//! matters: white-space-only strings become empty, text after the root and characters that XML cannot
//! carry are accepted, `<value>` with attributes is refused, 41 levels of nesting cost 140 ms, and an
//! error contains the whole body. [`read`] takes the tree of a strict XML parser instead and makes
//! dxr's values from it; most calls are so plain that they need no tree (`ordinary`).

pub mod decode;
pub mod error;
mod fast_path;
mod precheck;
pub mod read;
pub mod tree;
pub mod values;
pub mod write;

pub use error::ReadError;

use dxr::Value;

/// A method call as it came over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method's name.
    pub method: String,
    /// The parameters in order.
    pub parameters: Vec<Value>,
}
