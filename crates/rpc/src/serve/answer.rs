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

    /// An array of values that are already in their wire form.
    #[must_use]
    pub fn array_of_encoded<'a>(values: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        const START: &[u8] = b"<value><array><data>";
        const END: &[u8] = b"</data></array></value>";
        let length: usize = values.clone().map(<[u8]>::len).sum();
        let mut bytes = Vec::with_capacity(START.len() + length + END.len());
        bytes.extend_from_slice(START);
        for value in values {
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(END);
        Self::Encoded(bytes)
    }

    /// A struct of other answers. The names need no escaping: they are the protocol's own.
    ///
    /// # Errors
    /// A fault when one of them cannot be written.
    pub fn members(members: impl IntoIterator<Item = (&'static str, Self)>) -> Result<Self, Fault> {
        let mut bytes = b"<value><struct>".to_vec();
        for (name, answer) in members {
            bytes.extend_from_slice(b"<member><name>");
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b"</name>");
            bytes.append(&mut answer.encode()?);
            bytes.extend_from_slice(b"</member>");
        }
        bytes.extend_from_slice(b"</struct></value>");
        Ok(Self::Encoded(bytes))
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
