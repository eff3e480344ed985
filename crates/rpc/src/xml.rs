//! XML-RPC documents: from bytes to calls and answers, and back.
//!
//! Writing is dxr's, in [`write`]. Reading is not, because dxr's reader differs from Python's where it
//! matters: strings of white space become empty, text after the root and characters that XML cannot carry
//! are accepted, `<value>` with attributes is refused, 41 levels of nesting cost 140 ms, and an error
//! contains the whole body. [`read`] makes dxr's values from the tree of a strict XML parser; most calls
//! are so simple that they need no tree (`fast_path`).

pub mod decode;
pub mod error;
mod fast_path;
mod memory;
mod precheck;
pub mod read;
pub mod tree;
pub mod values;
pub mod write;

pub use error::ReadError;

use dxr::Value;

/// A method call from the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Not empty.
    pub method: String,
    /// In order.
    pub parameters: Vec<Value>,
}
