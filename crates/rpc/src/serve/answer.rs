//! What a handler answers.

use dxr::{Fault, Value};
use protocol::fault;

use crate::xml::write::{self, AnswerBody};

/// An array around its values, in wire form.
pub(super) const ARRAY_START: &[u8] = b"<value><array><data>";
pub(super) const ARRAY_END: &[u8] = b"</data></array></value>";

/// What a handler answers when it does not refuse with a fault.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A value, which dxr writes.
    Value(Value),
    /// A value put together from pieces that were written before.
    Encoded(AnswerBody),
}

impl Answer {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }

    /// A list of texts.
    pub fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Value(Value::Array(
            texts
                .into_iter()
                .map(|text| Value::String(text.to_string()))
                .collect(),
        ))
    }

    /// An array of values that are already in their wire form.
    pub fn array_of_encoded<'a>(values: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let length: usize = values.clone().map(<[u8]>::len).sum();
        let mut body = AnswerBody::with_capacity(ARRAY_START.len() + length + ARRAY_END.len());
        body.push(ARRAY_START);
        for value in values {
            body.push(value);
        }
        body.push(ARRAY_END);
        Self::Encoded(body)
    }

    /// A struct of other answers. The names need no escaping: they are the protocol's own.
    pub fn members<const N: usize>(members: [(&'static str, Self); N]) -> Result<Self, Fault> {
        let mut encoded = Vec::with_capacity(N);
        for (name, answer) in members {
            encoded.push((name, answer.encode()?));
        }
        // Around each value stand some fifty bytes of names and tags.
        let length = encoded
            .iter()
            .map(|(_, body)| body.value().len() + 64)
            .sum();
        let mut body = AnswerBody::with_capacity(length);
        body.push(b"<value><struct>");
        for (name, answer) in encoded {
            body.push(b"<member><name>");
            body.push(name.as_bytes());
            body.push(b"</name>");
            body.push(answer.value());
            body.push(b"</member>");
        }
        body.push(b"</struct></value>");
        Ok(Self::Encoded(body))
    }

    /// The answer in its wire form.
    pub(super) fn encode(self) -> Result<AnswerBody, Fault> {
        match self {
            Self::Encoded(body) => Ok(body),
            Self::Value(value) => match write::value(&value) {
                Ok(xml) => {
                    let mut body = AnswerBody::with_capacity(xml.len());
                    body.push(xml.as_bytes());
                    Ok(body)
                }
                Err(error) => {
                    tracing::error!(%error, "an answer could not be written");
                    Err(Fault::new(
                        fault::INTERNAL,
                        "the answer could not be written".into(),
                    ))
                }
            },
        }
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}
