//! Shapes of the gateway's JSON: bytes are base64, 64-bit integers are strings, and zero is left out.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        BASE64_STANDARD
            .decode(&*text)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// A 64-bit integer as a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) i64);

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Header {
    #[serde(default)]
    pub(crate) revision: Int,
}

/// What every answer has.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer<T> {
    #[serde(default)]
    pub(crate) header: Header,
    #[serde(flatten)]
    pub(crate) body: T,
}

/// A pair as the gateway writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Pair {
    #[serde(default)]
    key: Bytes,
    #[serde(default)]
    value: Bytes,
    #[serde(default)]
    mod_revision: Int,
    #[serde(default)]
    create_revision: Int,
    #[serde(default)]
    lease: Int,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key. Bytes that are not UTF-8 are replaced: a key of this crate is a text.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// The revision of the last change.
    pub mod_revision: i64,
    /// The revision in which the key appeared.
    pub create_revision: i64,
    /// The lease with which the key ends.
    pub lease: Option<crate::LeaseId>,
}

impl From<Pair> for KeyValue {
    fn from(pair: Pair) -> Self {
        Self {
            key: String::from_utf8(pair.key.0)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            value: pair.value.0,
            mod_revision: pair.mod_revision.0,
            create_revision: pair.create_revision.0,
            lease: (pair.lease.0 != 0).then_some(crate::LeaseId(pair.lease.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_the_gateway_is_read() {
        let text = r#"{"key":"YQ==","create_revision":"2","mod_revision":"9007199254740993",
                       "version":"1","value":"AP8=","lease":"7"}"#;
        let pair: Pair = serde_json::from_str(text).unwrap();
        let expected = KeyValue {
            key: "a".to_owned(),
            value: vec![0, 255],
            mod_revision: 9_007_199_254_740_993,
            create_revision: 2,
            lease: Some(crate::LeaseId(7)),
        };
        assert_eq!(KeyValue::from(pair), expected);
    }
}
