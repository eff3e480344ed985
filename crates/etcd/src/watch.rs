//! Following keys from a revision on.
//!
//! A watch at a member that is cut off or stopped is silent, and so is one without changes. etcd answers
//! requests for progress only within the request's own stream, which HTTP/1.1 through Go's server does not
//! allow once the answer has begun; and up to 3.4.24 such an answer may run ahead of changes. So beside the
//! watch a key is read from the same member, linearizably: a member that answers that is in touch with the
//! majority and has the changes up to then.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::debug;

use crate::client::Client;
use crate::error::{Error, Refusal};
use crate::kv::Keys;
use crate::wire::{Bytes, Int, KeyValue, Pair};

/// How often the member is asked whether it is in touch.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// A member that has not answered for so long is silent: together with the pause before, 2 s.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How soon the next endpoint is tried after one that failed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How many batches of changes wait for a slow consumer.
const AHEAD: usize = 16;

/// The longest line: etcd splits what is longer than its limit of 1.5 MB for a request, and base64 adds a third.
const LONGEST_LINE: usize = 16 << 20;

/// What to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// Which keys.
    pub keys: Keys,
    /// From this revision on, itself included.
    pub from: i64,
    /// Whether deletions are left out.
    pub puts_only: bool,
    /// The key that is read beside the watch.
    pub probe: String,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was set.
    Put(KeyValue),
    /// A key was deleted, or its lease has expired.
    Deleted {
        /// The key.
        key: String,
        /// The revision of the deletion.
        revision: i64,
    },
}

impl Event {
    /// The revision of the change.
    #[must_use]
    pub fn revision(&self) -> i64 {
        match self {
            Self::Put(pair) => pair.mod_revision,
            Self::Deleted { revision, .. } => *revision,
        }
    }
}

/// What a watch says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Changes in the order of their revisions. All changes of a revision come together.
    Events(Vec<Event>),
    /// The member was in touch with the majority after `asked_at`.
    InTouch {
        /// When the member was asked.
        asked_at: Instant,
        /// The revision of the last change of the probed key; `None` if it does not exist.
        probed: Option<i64>,
        /// The revision of the store.
        revision: i64,
    },
    /// The watch failed at an endpoint and is opened at the next one. No changes are lost.
    Interrupted(Error),
    /// The revision to go on from is no longer kept. The watch is over.
    Compacted,
}

/// A watch. It ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    watched: mpsc::Receiver<Watched>,
    task: tokio::task::JoinHandle<()>,
}

impl Client {
    /// Follows keys. It must be called within a runtime.
    #[must_use]
    pub fn watch(&self, options: WatchOptions) -> Watch {
        let (sender, watched) = mpsc::channel(AHEAD);
        let follower = Follower {
            client: self.clone(),
            next: options.from,
            options,
            watched: sender,
        };
        Watch {
            watched,
            task: tokio::spawn(follower.run()),
        }
    }
}

impl Watch {
    /// What comes next. It may be dropped at any time without a loss. After [`Watched::Compacted`] it waits
    /// for ever.
    pub async fn next(&mut self) -> Watched {
        match self.watched.recv().await {
            Some(watched) => watched,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Serialize)]
struct WatchRequest {
    create_request: CreateRequest,
}

#[derive(Serialize)]
struct CreateRequest {
    key: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    range_end: Option<Bytes>,
    start_revision: Int,
    filters: &'static [&'static str],
    /// Without it a long past would come in an answer that is larger than the gateway takes.
    fragment: bool,
}

#[derive(Deserialize)]
struct Line {
    result: Option<WatchResponse>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct WatchResponse {
    #[serde(default)]
    canceled: bool,
    #[serde(default)]
    compact_revision: Int,
    #[serde(default)]
    cancel_reason: String,
    /// Whether the next response goes on with the same revisions.
    #[serde(default)]
    fragment: bool,
    #[serde(default)]
    events: Vec<WireEvent>,
}

#[derive(Deserialize)]
struct WireEvent {
    #[serde(rename = "type", default)]
    kind: Kind,
    kv: Pair,
}

#[derive(Default, Deserialize)]
enum Kind {
    #[default]
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "DELETE")]
    Delete,
}

struct Follower {
    client: Client,
    options: WatchOptions,
    next: i64,
    watched: mpsc::Sender<Watched>,
}

/// Why a stream ended.
enum End {
    /// The consumer is gone, or the watch is over.
    Over,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Follower {
    async fn run(mut self) {
        let mut endpoint = self.client.preferred();
        loop {
            let error = match self.follow(endpoint).await {
                End::Over => return,
                End::Failed(error) => error,
            };
            debug!(%error, "the watch is opened anew");
            if self.say(Watched::Interrupted(error)).await.is_err() {
                return;
            }
            endpoint += 1;
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn say(&self, watched: Watched) -> Result<(), End> {
        self.watched.send(watched).await.map_err(|_| End::Over)
    }

    /// Follows at one endpoint until that fails.
    async fn follow(&mut self, endpoint: usize) -> End {
        let prober = Prober {
            client: self.client.clone(),
            endpoint,
            key: self.options.probe.clone(),
            watched: self.watched.clone(),
        };
        tokio::select! {
            end = self.read(endpoint) => end,
            end = prober.run() => end,
        }
    }

    async fn read(&mut self, endpoint: usize) -> End {
        match self.read_changes(endpoint).await {
            Ok(()) => {
                let address = self.client.endpoint(endpoint);
                End::Failed(Error::Unknown(format!("{address}: the watch ended")))
            }
            Err(end) => end,
        }
    }

    async fn read_changes(&mut self, endpoint: usize) -> Result<(), End> {
        let (key, range_end) = self.options.keys.bounds();
        let request = WatchRequest {
            create_request: CreateRequest {
                key,
                range_end,
                start_revision: Int(self.next),
                filters: if self.options.puts_only {
                    &["NODELETE"]
                } else {
                    &[]
                },
                fragment: true,
            },
        };
        let mut stream = self.client.open_at(endpoint, "watch", &request).await?;
        let address = self.client.endpoint(endpoint).to_owned();
        let (mut lines, mut held) = (Lines::default(), Vec::new());
        while let Some(piece) = stream
            .chunk()
            .await
            .map_err(|error| Error::of_http(&address, &error))?
        {
            lines.push(&piece)?;
            while let Some(line) = lines.next() {
                self.take(&address, &line, &mut held).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, address: &str, line: &[u8], held: &mut Vec<Event>) -> Result<(), End> {
        let line: Line = serde_json::from_slice(line)
            .map_err(|error| Error::Unexpected(format!("{address}: {error}")))?;
        if let Some(refusal) = line.error {
            return Err(refusal.into_error(address).into());
        }
        let Some(response) = line.result else {
            return Ok(());
        };
        if response.compact_revision.0 > 0 {
            self.say(Watched::Compacted).await?;
            return Err(End::Over);
        }
        if response.canceled {
            let reason = format!("{address}: {}", response.cancel_reason);
            return Err(Error::Unexpected(reason).into());
        }
        held.extend(response.events.into_iter().map(Event::from));
        let Some(last) = held.last().map(Event::revision) else {
            return Ok(());
        };
        // A fragment may end in the middle of a revision.
        let whole = if response.fragment {
            held.iter()
                .position(|event| event.revision() == last)
                .unwrap_or_default()
        } else {
            held.len()
        };
        let rest = held.split_off(whole);
        let events = std::mem::replace(held, rest);
        if let Some(newest) = events.last().map(Event::revision) {
            // In this order: a probe that fails may drop this between the two lines, and not within one.
            self.say(Watched::Events(events)).await?;
            self.next = newest + 1;
        }
        Ok(())
    }
}

/// Asks the member of a watch whether it is in touch.
struct Prober {
    client: Client,
    endpoint: usize,
    key: String,
    watched: mpsc::Sender<Watched>,
}

impl Prober {
    async fn run(self) -> End {
        let mut ticks = tokio::time::interval(PROBE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let asked_at = Instant::now();
            let probe = self.client.probe(self.endpoint, &self.key);
            let page = match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
                Ok(Ok(page)) => page,
                Ok(Err(error)) => return End::Failed(error),
                Err(_) => {
                    let address = self.client.endpoint(self.endpoint);
                    return End::Failed(Error::Unknown(format!("{address}: silent")));
                }
            };
            let in_touch = Watched::InTouch {
                asked_at,
                probed: page.pairs.first().map(|pair| pair.mod_revision),
                revision: page.revision,
            };
            if self.watched.send(in_touch).await.is_err() {
                return End::Over;
            }
        }
    }
}

impl From<WireEvent> for Event {
    fn from(event: WireEvent) -> Self {
        let pair = KeyValue::from(event.kv);
        match event.kind {
            Kind::Put => Self::Put(pair),
            Kind::Delete => Self::Deleted {
                key: pair.key,
                revision: pair.mod_revision,
            },
        }
    }
}

/// The lines of a stream that arrives in pieces.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Up to where there is certainly no end of a line.
    searched: usize,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.bytes.len() + piece.len() > LONGEST_LINE {
            return Err(Error::Unexpected(
                "a line of a watch is too long".to_owned(),
            ));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let unsearched = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let rest = self.bytes.split_off(self.searched + end + 1);
        self.searched = 0;
        Some(std::mem::replace(&mut self.bytes, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::scripted::{Reply, Scripted};

    const IN_TOUCH: &str =
        r#"{"header":{"revision":"9"},"kvs":[{"key":"cA==","mod_revision":"4"}]}"#;

    fn event(key: &str, revision: i64) -> String {
        format!(r#"{{"kv":{{"key":"{key}","mod_revision":"{revision}"}}}}"#)
    }

    fn line(events: &[String], fragment: bool) -> String {
        let events = events.join(",");
        format!(r#"{{"result":{{"events":[{events}],"fragment":{fragment}}}}}"#)
    }

    fn watch(servers: &[&Scripted]) -> Watch {
        let endpoints = servers.iter().map(|server| server.address()).collect();
        let client = Client::new(Config::new(endpoints)).unwrap();
        client.watch(WatchOptions {
            keys: Keys::prefix("a/"),
            from: 3,
            puts_only: true,
            probe: "p".to_owned(),
        })
    }

    /// The next changes, as their revisions.
    async fn revisions(watch: &mut Watch) -> Vec<i64> {
        loop {
            if let Watched::Events(events) = watch.next().await {
                return events.iter().map(Event::revision).collect();
            }
        }
    }

    #[tokio::test]
    async fn a_revision_comes_whole_even_if_a_fragment_ends_within_it() {
        let server = Scripted::start_with(|path| {
            if path.ends_with("/watch") {
                let first = line(&[event("YQ==", 3), event("YQ==", 4)], true);
                let second = line(&[event("Yg==", 4), event("YQ==", 6)], false);
                return Reply::Stream(vec![first, second]);
            }
            Reply::ok(IN_TOUCH)
        })
        .await;
        let mut watch = watch(&[&server]);
        assert_eq!(revisions(&mut watch).await, [3]);
        assert_eq!(revisions(&mut watch).await, [4, 4, 6]);
        let in_touch = watch.next().await;
        assert!(
            matches!(
                in_touch,
                Watched::InTouch {
                    probed: Some(4),
                    revision: 9,
                    ..
                }
            ),
            "{in_touch:?}"
        );
    }

    #[tokio::test]
    async fn a_silent_member_is_left_within_two_seconds_and_no_change_is_lost() {
        let silent = Scripted::start_with(|path| {
            if path.ends_with("/watch") {
                return Reply::Stream(vec![line(&[event("YQ==", 3)], false)]);
            }
            Reply::Silence
        })
        .await;
        let sound = Scripted::start_with(|path| {
            if path.ends_with("/watch") {
                return Reply::Stream(vec![line(&[event("YQ==", 5)], false)]);
            }
            Reply::ok(IN_TOUCH)
        })
        .await;
        let began = Instant::now();
        let mut watch = watch(&[&silent, &sound]);
        assert_eq!(revisions(&mut watch).await, [3]);
        assert_eq!(revisions(&mut watch).await, [5]);
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{:?}",
            began.elapsed()
        );
        let requests = sound.requests();
        let opened = requests.iter().find(|(path, _)| path.ends_with("/watch"));
        assert!(opened.unwrap().1.contains(r#""start_revision":"4""#));
    }

    #[tokio::test]
    async fn a_watch_from_before_what_is_kept_says_so() {
        let server = Scripted::start_with(|path| {
            if path.ends_with("/watch") {
                let compacted = r#"{"result":{"canceled":true,"compact_revision":"12"}}"#;
                return Reply::Stream(vec![compacted.to_owned()]);
            }
            Reply::ok(IN_TOUCH)
        })
        .await;
        let mut watch = watch(&[&server]);
        while watch.next().await != Watched::Compacted {}
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut lines = Lines::default();
        lines.push(b"one\ntw").unwrap();
        assert_eq!(lines.next().unwrap(), b"one\n");
        assert_eq!(lines.next(), None);
        lines.push(b"o\n").unwrap();
        assert_eq!(lines.next().unwrap(), b"two\n");
        assert_eq!(lines.next(), None);
    }
}
