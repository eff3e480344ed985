//! Transactions: several operations that are done together, or not.

use serde::{Deserialize, Serialize};

use crate::client::{Client, Repeat};
use crate::error::Error;
use crate::keys::{Bounds, Keys};
use crate::kv::{DeleteBody, Range, RangeBody, RangeRequest};
use crate::lease::LeaseId;
use crate::pair::KeyValue;
use crate::wire::{Answer, Bytes, Int};

/// What must hold for a transaction to succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The key does not exist.
    Absent(String),
    /// The key was last changed in this revision.
    ModRevision(String, i64),
    /// The key has this value.
    Value(String, Vec<u8>),
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sets a key.
    Put {
        /// The key.
        key: String,
        /// Its value.
        value: Vec<u8>,
        /// With which it ends.
        lease: Option<LeaseId>,
    },
    /// Reads keys.
    Get(Keys),
    /// Deletes keys.
    Delete(Keys),
}

impl Operation {
    /// Sets a key without a lease.
    pub fn put(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self::Put {
            key: key.into(),
            value: value.into(),
            lease: None,
        }
    }
}

/// Operations that are done together, some if all comparisons hold, others if not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txn {
    /// What must hold.
    pub compare: Vec<Compare>,
    /// What is done if all conditions hold.
    pub success: Vec<Operation>,
    /// What is done if not.
    pub failure: Vec<Operation>,
}

impl Txn {
    /// With this condition, too.
    pub fn when(mut self, compare: Compare) -> Self {
        self.compare.push(compare);
        self
    }

    /// Does this, too, if the conditions hold.
    pub fn then(mut self, operation: Operation) -> Self {
        self.success.push(operation);
        self
    }

    /// Does this, too, if they do not.
    pub fn or_else(mut self, operation: Operation) -> Self {
        self.failure.push(operation);
        self
    }
}

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnOutcome {
    /// The revision of the store after it: that of its changes, if it changed anything.
    pub revision: i64,
    /// Whether the conditions held.
    pub succeeded: bool,
    /// What came of each operation.
    pub responses: Vec<Response>,
}

/// What came of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The key is set.
    Put,
    /// What was read.
    Got(Vec<KeyValue>),
    /// How many were deleted.
    Deleted(u64),
}

#[derive(Serialize)]
struct PutRequest {
    key: Bytes,
    value: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<Int>,
}

#[derive(Serialize)]
struct CompareRequest {
    key: Bytes,
    result: &'static str,
    target: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    create_revision: Option<Int>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mod_revision: Option<Int>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Bytes>,
}

#[derive(Serialize)]
enum OperationRequest {
    #[serde(rename = "request_put")]
    Put(PutRequest),
    #[serde(rename = "request_range")]
    Range(RangeRequest),
    #[serde(rename = "request_delete_range")]
    Delete(Bounds),
}

#[derive(Serialize)]
struct TxnRequest {
    compare: Vec<CompareRequest>,
    success: Vec<OperationRequest>,
    failure: Vec<OperationRequest>,
}

#[derive(Default, Deserialize)]
struct TxnBody {
    #[serde(default)]
    succeeded: bool,
    #[serde(default)]
    responses: Vec<OperationResponse>,
}

#[derive(Deserialize)]
enum OperationResponse {
    #[serde(rename = "response_put")]
    Put {},
    #[serde(rename = "response_range")]
    Range(RangeBody),
    #[serde(rename = "response_delete_range")]
    Delete(DeleteBody),
}

impl From<Compare> for CompareRequest {
    fn from(compare: Compare) -> Self {
        let request = |key: String, target| Self {
            key: Bytes(key.into()),
            result: "EQUAL",
            target,
            create_revision: None,
            mod_revision: None,
            value: None,
        };
        match compare {
            Compare::Absent(key) => Self {
                create_revision: Some(Int(0)),
                ..request(key, "CREATE")
            },
            Compare::ModRevision(key, revision) => Self {
                mod_revision: Some(Int(revision)),
                ..request(key, "MOD")
            },
            Compare::Value(key, value) => Self {
                value: Some(Bytes(value)),
                ..request(key, "VALUE")
            },
        }
    }
}

impl From<Operation> for OperationRequest {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Put { key, value, lease } => Self::Put(PutRequest {
                key: Bytes(key.into()),
                value: Bytes(value),
                lease: lease.map(|LeaseId(id)| Int(id)),
            }),
            Operation::Get(keys) => Self::Range(RangeRequest::new(&Range::of(keys))),
            Operation::Delete(keys) => Self::Delete(Bounds::from(&keys)),
        }
    }
}

impl From<OperationResponse> for Response {
    fn from(response: OperationResponse) -> Self {
        match response {
            OperationResponse::Put {} => Self::Put,
            OperationResponse::Range(body) => {
                Self::Got(body.kvs.into_iter().map(KeyValue::from).collect())
            }
            OperationResponse::Delete(body) => Self::Deleted(body.count()),
        }
    }
}

impl Client {
    /// Carries out a transaction. It is not repeated: after [`Error::Unknown`] it may have been carried
    /// out, or may still be.
    pub async fn txn(&self, txn: Txn) -> Result<TxnOutcome, Error> {
        let request = TxnRequest {
            compare: txn.compare.into_iter().map(Into::into).collect(),
            success: txn.success.into_iter().map(Into::into).collect(),
            failure: txn.failure.into_iter().map(Into::into).collect(),
        };
        let Answer { header, body } = self
            .ask::<Answer<TxnBody>>("kv/txn", &request, Repeat::IfNothingWasDone)
            .await?;
        Ok(TxnOutcome {
            revision: header.revision.0,
            succeeded: body.succeeded,
            responses: body.responses.into_iter().map(Into::into).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Reply, Scripted};

    #[tokio::test]
    async fn a_transaction_is_written_and_its_outcome_read() {
        let server = Scripted::start(vec![Reply::ok(
            r#"{"header":{"revision":"8"},"responses":[{"response_range":{"header":{"revision":"8"},
                "kvs":[{"key":"YQ==","mod_revision":"3","value":"Yg=="}],"count":"1"}}]}"#,
        )])
        .await;
        let txn = Txn::default()
            .when(Compare::Absent("a".to_owned()))
            .then(Operation::put("a", "b"))
            .or_else(Operation::Get(Keys::One("a".to_owned())));
        let outcome = server.client().txn(txn).await.unwrap();
        assert_eq!((outcome.revision, outcome.succeeded), (8, false));
        let [Response::Got(found)] = outcome.responses.as_slice() else {
            panic!("{outcome:?}");
        };
        assert_eq!(found[0].mod_revision, 3);
        let expected = r#"{"compare":[{"key":"YQ==","result":"EQUAL","target":"CREATE","create_revision":"0"}],"success":[{"request_put":{"key":"YQ==","value":"Yg=="}}],"failure":[{"request_range":{"key":"YQ=="}}]}"#;
        assert_eq!(server.requests()[0].1, expected);
    }
}
