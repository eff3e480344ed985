//! A key with its value.

use serde::Deserialize;

use crate::lease::LeaseId;
use crate::wire::{Bytes, Int};

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
    pub lease: Option<LeaseId>,
}

impl From<Pair> for KeyValue {
    fn from(pair: Pair) -> Self {
        Self {
            key: String::from_utf8(pair.key.0)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            value: pair.value.0,
            mod_revision: pair.mod_revision.0,
            create_revision: pair.create_revision.0,
            lease: (pair.lease.0 != 0).then_some(LeaseId(pair.lease.0)),
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
            lease: Some(LeaseId(7)),
        };
        assert_eq!(KeyValue::from(pair), expected);
    }
}
