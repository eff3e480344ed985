//! The answer of a handler.

use std::fmt;
use std::sync::Arc;

use dxr::{Fault, Value};
use protocol::fault;

use super::{Connection, lane};
use crate::xml::write::{self, AnswerBody};

/// The tags around an array's values.
pub(super) const ARRAY_START: &[u8] = b"<value><array><data>";
pub(super) const ARRAY_END: &[u8] = b"</data></array></value>";

/// The answer of a handler that does not return a fault.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A value that dxr has yet to encode.
    Value(Value),
    /// A value that is already encoded.
    Encoded(AnswerBody),
    /// A value that is encoded when the handler and its locks are done.
    Later(Later),
}

/// How an answer is encoded later.
#[derive(Clone)]
pub struct Later {
    is_costly: bool,
    encode: Arc<dyn Fn() -> Result<Answer, Fault> + Send + Sync>,
}

impl fmt::Debug for Later {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Later")
    }
}

impl Answer {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }

    /// An array of strings.
    pub fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Value(Value::Array(
            texts
                .into_iter()
                .map(|text| Value::String(text.to_string()))
                .collect(),
        ))
    }

    /// An array of values that are already encoded.
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

    /// An answer that `encode` makes when the handler is done. What is costly, which means longer than about a
    /// millisecond, waits for its turn and is done beside the ordinary calls.
    pub fn later(
        is_costly: bool,
        encode: impl Fn() -> Result<Self, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::Later(Later {
            is_costly,
            encode: Arc::new(encode),
        })
    }

    fn is_costly(&self) -> bool {
        match self {
            Self::Value(Value::Array(values)) => values.len() > lane::ENCODED_AT_ONCE,
            Self::Value(_) | Self::Encoded(_) => false,
            Self::Later(later) => later.is_costly,
        }
    }

    /// A struct of other answers. The names are not escaped: they are constants.
    pub fn members<const N: usize>(members: [(&'static str, Self); N]) -> Result<Self, Fault> {
        if members.iter().any(|(_, answer)| answer.is_costly()) {
            return Ok(Self::later(true, move || {
                Self::encoded_members(members.clone())
            }));
        }
        Self::encoded_members(members)
    }

    fn encoded_members<const N: usize>(members: [(&'static str, Self); N]) -> Result<Self, Fault> {
        let mut encoded = Vec::with_capacity(N);
        for (name, answer) in members {
            encoded.push((name, answer.encode()?));
        }
        // Names and tags around each value take some fifty bytes.
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

    /// The answer encoded for the client at the other end of this connection: at once, or in the lane for
    /// costly work.
    pub(super) async fn encode_for(self, connection: &Connection) -> Result<AnswerBody, Fault> {
        if !self.is_costly() {
            return self.encode();
        }
        // Boxed, because it is rare, and each connection reserves space for the largest future.
        let encoded = Box::pin(lane::run(connection.peer(), move || self.encode())).await;
        encoded.unwrap_or_else(|| Err(not_written()))
    }

    /// The answer encoded; a fault when dxr cannot encode the value.
    pub(super) fn encode(self) -> Result<AnswerBody, Fault> {
        match self {
            Self::Later(later) => (later.encode)()?.encode(),
            Self::Encoded(body) => Ok(body),
            Self::Value(value) => match write::value(&value) {
                Ok(xml) => {
                    let mut body = AnswerBody::with_capacity(xml.len());
                    body.push(xml.as_bytes());
                    Ok(body)
                }
                Err(error) => {
                    tracing::error!(%error, "an answer could not be written");
                    Err(not_written())
                }
            },
        }
    }
}

fn not_written() -> Fault {
    Fault::new(fault::INTERNAL, "the answer could not be written".into())
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}
