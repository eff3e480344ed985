//! Reading ranges of keys, deleting them, and compacting their history.

use serde::{Deserialize, Serialize};

use crate::client::{Client, Repeat};
use crate::error::Error;
use crate::keys::{Bounds, Keys};
use crate::pair::{KeyValue, Pair};
use crate::transport::encode;
use crate::wire::{Answer, Int, Nothing};

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

#[derive(Serialize)]
pub(crate) struct RangeRequest {
    #[serde(flatten)]
    keys: Bounds,
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
        Self {
            keys: Bounds::from(&range.keys),
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

#[derive(Default, Deserialize)]
pub(crate) struct DeleteBody {
    #[serde(default)]
    deleted: Int,
}

impl DeleteBody {
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.deleted.0).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct CompactRequest {
    revision: Int,
    /// Whether to wait until the space can be used again.
    physical: bool,
}

impl Client {
    /// Reads a range. It is linearizable: it sees everything that was acknowledged before.
    /// [`Error::Compacted`] says that the revision is no longer kept.
    pub async fn range(&self, range: &Range) -> Result<Page, Error> {
        let request = RangeRequest::new(range);
        let answer: Answer<RangeBody> = self.ask("kv/range", &request, Repeat::Idempotent).await?;
        Ok(page(answer))
    }

    /// Reads a whole range as it is at one revision, `at_once` pairs with each request: an answer should
    /// stay below the few megabytes that the gateway takes.
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
    pub async fn get(&self, key: &str) -> Result<Option<KeyValue>, Error> {
        let page = self.range(&Range::of(Keys::One(key.to_owned()))).await?;
        Ok(page.pairs.into_iter().next())
    }

    /// Deletes keys, and returns how many there were; fewer, if the request had to be repeated.
    pub async fn delete(&self, keys: &Keys) -> Result<u64, Error> {
        let request = Bounds::from(keys);
        let answer: Answer<DeleteBody> = self
            .ask("kv/deleterange", &request, Repeat::Idempotent)
            .await?;
        Ok(answer.body.count())
    }

    /// Forgets the history before a revision. Watches from before it fail. That it was forgotten before is not an
    /// error.
    pub async fn compact(&self, revision: i64) -> Result<(), Error> {
        let request = CompactRequest {
            revision: Int(revision),
            physical: false,
        };
        match self
            .ask::<Answer<Nothing>>("kv/compaction", &request, Repeat::Idempotent)
            .await
        {
            Ok(_) | Err(Error::Compacted) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks one endpoint for one key: its last change, and the revision of the store.
    pub(crate) async fn probe(&self, endpoint: usize, key: &str) -> Result<Page, Error> {
        let range = Range {
            keys_only: true,
            ..Range::of(Keys::One(key.to_owned()))
        };
        let request = encode(&RangeRequest::new(&range))?;
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
    use crate::scripted::{Reply, Scripted};

    #[tokio::test]
    async fn a_long_range_is_read_in_pages_of_one_revision() {
        let page = |key: &str, more| {
            Reply::ok(&format!(
                r#"{{"header":{{"revision":"9"}},"kvs":[{{"key":"{key}"}}],"more":{more}}}"#
            ))
        };
        let server = Scripted::start(vec![page("YS8x", true), page("YS8y", false)]).await;
        let all = server
            .client()
            .range_all(Keys::prefix("a/"), 1)
            .await
            .unwrap();
        let keys: Vec<_> = all.pairs.iter().map(|pair| pair.key.as_str()).collect();
        assert_eq!(keys, ["a/1", "a/2"]);
        let second = &server.requests()[1].1;
        let expected = r#"{"key":"YS8xAA==","range_end":"YTA=","limit":1,"revision":"9"}"#;
        assert_eq!(second, expected);
    }

    #[tokio::test]
    async fn compacting_twice_is_no_error() {
        let message = "etcdserver: mvcc: required revision has been compacted";
        let server = Scripted::start(vec![Reply::refused(400, 11, message)]).await;
        assert_eq!(server.client().compact(7).await, Ok(()));
    }
}
