//! Keys and values: ranges, transactions, deleting and compacting.

use serde::{Deserialize, Serialize};

use crate::client::{Client, Repeat};
use crate::error::Error;
use crate::lease::LeaseId;
use crate::wire::{Answer, Bytes, Int, KeyValue, Pair};

/// Which keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// One key.
    One(String),
    /// From the first on, and before the second.
    Between(String, String),
}

impl Keys {
    /// All keys that begin with this text.
    #[must_use]
    pub fn prefix(text: &str) -> Self {
        Self::Between(text.to_owned(), after_prefix(text))
    }

    fn first(&self) -> Bytes {
        let (Self::One(first) | Self::Between(first, _)) = self;
        Bytes::from(first.as_str())
    }

    fn end(&self) -> Option<Bytes> {
        match self {
            Self::One(_) => None,
            Self::Between(_, end) => Some(Bytes::from(end.as_str())),
        }
    }

    pub(crate) fn bounds(&self) -> (Bytes, Option<Bytes>) {
        (self.first(), self.end())
    }
}

/// The first key after all keys that begin with this text. Only the last character of an ASCII text can be
/// followed within UTF-8, and `\0` stands for "to the end" in etcd.
fn after_prefix(text: &str) -> String {
    let mut end = text.to_owned();
    match end.pop() {
        Some(last) if last < '\u{7f}' => {
            let next = char::from_u32(u32::from(last) + 1).unwrap_or('\u{7f}');
            end.push(next);
            end
        }
        // Every key of this crate is UTF-8, in which U+10FFFF comes last.
        Some(last) => format!("{end}{last}\u{10ffff}"),
        None => "\0".to_owned(),
    }
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Which keys.
    pub keys: Keys,
    /// How many at most; 0 is no limit.
    pub limit: u32,
    /// As of this revision; `None` is now.
    pub revision: Option<i64>,
    /// Whether the values are left out.
    pub keys_only: bool,
}

impl Range {
    /// These keys as they are now.
    #[must_use]
    pub fn of(keys: Keys) -> Self {
        Self {
            keys,
            limit: 0,
            revision: None,
            keys_only: false,
        }
    }
}

/// What was read, in the order of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The revision of the whole store at which it was read.
    pub revision: i64,
    /// The pairs.
    pub pairs: Vec<KeyValue>,
    /// Whether there are more.
    pub more: bool,
}

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
    /// Sets a key, for good.
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
    /// What is done if all of it holds.
    pub success: Vec<Operation>,
    /// What is done if not.
    pub failure: Vec<Operation>,
}

impl Txn {
    /// With this condition, too.
    #[must_use]
    pub fn when(mut self, compare: Compare) -> Self {
        self.compare.push(compare);
        self
    }

    /// Does this, too, if the conditions hold.
    #[must_use]
    pub fn then(mut self, operation: Operation) -> Self {
        self.success.push(operation);
        self
    }

    /// Does this, too, if they do not.
    #[must_use]
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
pub(crate) struct RangeRequest {
    key: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    range_end: Option<Bytes>,
    #[serde(skip_serializing_if = "is_zero")]
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<Int>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keys_only: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl RangeRequest {
    pub(crate) fn new(range: &Range) -> Self {
        let (key, range_end) = range.keys.bounds();
        Self {
            key,
            range_end,
            limit: range.limit,
            revision: range.revision.map(Int),
            keys_only: range.keys_only,
        }
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct RangeBody {
    #[serde(default)]
    pub(crate) kvs: Vec<Pair>,
    #[serde(default)]
    more: bool,
}

#[derive(Serialize)]
struct DeleteRequest {
    key: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    range_end: Option<Bytes>,
}

#[derive(Default, Deserialize)]
struct DeleteBody {
    #[serde(default)]
    deleted: Int,
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
    Delete(DeleteRequest),
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

#[derive(Serialize)]
struct CompactRequest {
    revision: Int,
    /// Whether to wait until the space can be used again.
    physical: bool,
}

#[derive(Default, Deserialize)]
struct Nothing {}

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
            Operation::Delete(keys) => {
                let (key, range_end) = keys.bounds();
                Self::Delete(DeleteRequest { key, range_end })
            }
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
            OperationResponse::Delete(body) => Self::Deleted(count(body.deleted)),
        }
    }
}

fn count(Int(number): Int) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

impl Client {
    /// Reads a range. It is linearizable: it sees everything that was acknowledged before.
    ///
    /// # Errors
    /// When no endpoint answers, or the revision is no longer kept.
    pub async fn range(&self, range: &Range) -> Result<Page, Error> {
        let request = RangeRequest::new(range);
        let answer: Answer<RangeBody> = self.ask("kv/range", &request, Repeat::Idempotent).await?;
        Ok(page(answer))
    }

    /// Reads a whole range as it is at one revision, `at_once` pairs with each request: an answer should
    /// stay below the few megabytes that the gateway takes.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub async fn range_all(&self, keys: Keys, at_once: u32) -> Result<Page, Error> {
        let mut range = Range {
            limit: at_once,
            ..Range::of(keys)
        };
        let mut all = self.range(&range).await?;
        range.revision = Some(all.revision);
        let mut more = all.more;
        while more && let (Some(last), Keys::Between(_, end)) = (all.pairs.last(), &range.keys) {
            // The next key after the last one in the order of bytes.
            range.keys = Keys::Between(format!("{}\0", last.key), end.clone());
            let next = self.range(&range).await?;
            more = next.more;
            all.pairs.extend(next.pairs);
        }
        all.more = false;
        Ok(all)
    }

    /// Reads one key.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub async fn get(&self, key: &str) -> Result<Option<KeyValue>, Error> {
        let page = self.range(&Range::of(Keys::One(key.to_owned()))).await?;
        Ok(page.pairs.into_iter().next())
    }

    /// Carries out a transaction. It is not repeated: after [`Error::Unknown`] it may have been carried
    /// out, or may still be.
    ///
    /// # Errors
    /// When it was not carried out, or it is not known.
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

    /// Deletes keys, and returns how many there were; fewer, if the request had to be repeated.
    ///
    /// # Errors
    /// When no endpoint answers.
    pub async fn delete(&self, keys: &Keys) -> Result<u64, Error> {
        let (key, range_end) = keys.bounds();
        let request = DeleteRequest { key, range_end };
        let answer: Answer<DeleteBody> = self
            .ask("kv/deleterange", &request, Repeat::Idempotent)
            .await?;
        Ok(count(answer.body.deleted))
    }

    /// Forgets the history before a revision. Watches from before it fail.
    ///
    /// # Errors
    /// When no endpoint answers. That it was forgotten before is no error.
    pub async fn compact(&self, revision: i64) -> Result<(), Error> {
        let request = CompactRequest {
            revision: Int(revision),
            physical: false,
        };
        match self
            .ask::<Answer<Nothing>>("kv/compaction", &request, Repeat::Idempotent)
            .await
        {
            Ok(_) | Err(Error::Compacted { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks one endpoint for one key: its last change, and the revision of the store.
    pub(crate) async fn probe(&self, endpoint: usize, key: &str) -> Result<Page, Error> {
        let range = Range {
            keys_only: true,
            ..Range::of(Keys::One(key.to_owned()))
        };
        let request = serde_json::to_vec(&RangeRequest::new(&range))
            .map_err(|error| Error::Unexpected(error.to_string()))?;
        self.ask_at(endpoint, "kv/range", &request).await.map(page)
    }
}

fn page(Answer { header, body }: Answer<RangeBody>) -> Page {
    Page {
        revision: header.revision.0,
        pairs: body.kvs.into_iter().map(KeyValue::from).collect(),
        more: body.more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::scripted::{Reply, Scripted};

    async fn client(replies: Vec<Reply>) -> (Client, Scripted) {
        let server = Scripted::start(replies).await;
        let client = Client::new(Config::new(vec![server.address()])).unwrap();
        (client, server)
    }

    #[tokio::test]
    async fn a_transaction_is_written_and_its_outcome_read() {
        let (client, server) = client(vec![Reply::ok(
            r#"{"header":{"revision":"8"},"responses":[{"response_range":{"header":{"revision":"8"},
                "kvs":[{"key":"YQ==","mod_revision":"3","value":"Yg=="}],"count":"1"}}]}"#,
        )])
        .await;
        let txn = Txn::default()
            .when(Compare::Absent("a".to_owned()))
            .then(Operation::put("a", "b"))
            .or_else(Operation::Get(Keys::One("a".to_owned())));
        let outcome = client.txn(txn).await.unwrap();
        assert_eq!((outcome.revision, outcome.succeeded), (8, false));
        let [Response::Got(found)] = outcome.responses.as_slice() else {
            panic!("{outcome:?}");
        };
        assert_eq!(found[0].mod_revision, 3);
        let expected = r#"{"compare":[{"key":"YQ==","result":"EQUAL","target":"CREATE","create_revision":"0"}],"success":[{"request_put":{"key":"YQ==","value":"Yg=="}}],"failure":[{"request_range":{"key":"YQ=="}}]}"#;
        assert_eq!(server.requests()[0].1, expected);
    }

    #[tokio::test]
    async fn a_long_range_is_read_in_pages_of_one_revision() {
        let page = |key: &str, more| {
            Reply::ok(&format!(
                r#"{{"header":{{"revision":"9"}},"kvs":[{{"key":"{key}"}}],"more":{more}}}"#
            ))
        };
        let (client, server) = client(vec![page("YS8x", true), page("YS8y", false)]).await;
        let all = client.range_all(Keys::prefix("a/"), 1).await.unwrap();
        let keys: Vec<_> = all.pairs.iter().map(|pair| pair.key.as_str()).collect();
        assert_eq!(keys, ["a/1", "a/2"]);
        let second = &server.requests()[1].1;
        let expected = r#"{"key":"YS8xAA==","range_end":"YTA=","limit":1,"revision":"9"}"#;
        assert_eq!(second, expected);
    }

    #[tokio::test]
    async fn compacting_twice_is_no_error() {
        let message = "etcdserver: mvcc: required revision has been compacted";
        let (client, _server) = client(vec![Reply::refused(400, 11, message)]).await;
        assert_eq!(client.compact(7).await, Ok(()));
    }

    #[test]
    fn a_prefix_ends_before_the_next_one() {
        assert_eq!(after_prefix("log/"), "log0");
        assert_eq!(after_prefix(""), "\0");
        assert!(after_prefix("é").as_str() > "é/x");
    }
}
