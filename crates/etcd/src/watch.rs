//! Following keys from a revision on.
//!
//! A watch at a member that is cut off or stopped is silent, and so is one without changes. etcd answers
//! requests for progress only within the request's own stream, which HTTP/1.1 through Go's server does not
//! allow once the answer has begun; and up to 3.4.24 such an answer may run ahead of changes. So beside the
//! watch a key is read from the same member, linearizably: a member that answers that is in touch with the
//! majority and has the changes up to then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tracing::debug;

use crate::client::Client;
use crate::error::{Error, Refusal};
use crate::keys::Keys;
use crate::probe::Prober;
use crate::watch_stream::{Line, Lines, WatchRequest};
use crate::watched::{Event, Watched};

/// How soon the next endpoint is tried after one that failed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// The same after one that refuses the user. All members do, and a password costs them much.
const RETRY_REFUSED_AFTER: Duration = Duration::from_secs(1);

/// How many batches of changes wait for a slow consumer.
const AHEAD: usize = 16;

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

/// A watch. It ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    watched: mpsc::Receiver<Watched>,
    task: tokio::task::JoinHandle<()>,
}

impl Client {
    /// Follows keys. It must be called within a runtime.
    pub fn watch(&self, options: WatchOptions) -> Watch {
        let (sender, watched) = mpsc::channel(AHEAD);
        let follower = Follower {
            client: self.clone(),
            next: options.from,
            options,
            watched: sender,
            is_open: Arc::default(),
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

struct Follower {
    client: Client,
    options: WatchOptions,
    next: i64,
    watched: mpsc::Sender<Watched>,
    /// Whether the watch was opened at the present endpoint.
    is_open: Arc<AtomicBool>,
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
            debug!(%error, "the watch is opened again");
            let pause = match &error {
                Error::Authentication(reason) => {
                    self.client.access().refused(reason, &self.options.probe);
                    RETRY_REFUSED_AFTER
                }
                _ => {
                    // Requests need not find out for themselves that it fails.
                    self.client.leave(endpoint);
                    RETRY_AFTER
                }
            };
            if self.say(Watched::Interrupted(error)).await.is_err() {
                return;
            }
            endpoint += 1;
            tokio::time::sleep(pause).await;
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
            is_open: Arc::clone(&self.is_open),
        };
        self.is_open.store(false, Ordering::Relaxed);
        tokio::select! {
            end = self.read(endpoint) => end,
            failure = prober.run() => failure.map_or(End::Over, End::Failed),
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
        let WatchOptions {
            keys, puts_only, ..
        } = &self.options;
        let request = WatchRequest::new(keys, self.next, *puts_only);
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
            let refusal = Refusal::because(response.cancel_reason);
            return Err(refusal.into_error(address).into());
        }
        self.is_open.store(true, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

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
}
