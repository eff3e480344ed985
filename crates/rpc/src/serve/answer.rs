//! What a handler answers.

use dxr::{Fault, Value};
use protocol::fault;

use crate::xml::write;

/// What a handler answers when it does not refuse with a fault.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A value, which dxr writes.
    Value(Value),
    /// A whole `<value>` element in its wire form, put together from pieces that were written before.
    Encoded(Vec<u8>),
}

impl Answer {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }

    /// A list of texts.
    #[must_use]
    pub fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Value(Value::Array(
            texts
                .into_iter()
                .map(|text| Value::String(text.to_string()))
                .collect(),
        ))
    }

    /// The `<value>` element in its wire form.
    ///
    /// # Errors
    /// A fault when dxr cannot write the value.
    pub(super) fn encode(self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Encoded(bytes) => Ok(bytes),
            Self::Value(value) => write::value(&value)
                .map(String::into_bytes)
                .map_err(|error| {
                    tracing::error!(%error, "an answer could not be written");
                    Fault::new(fault::INTERNAL, "the answer could not be written".into())
                }),
        }
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}
