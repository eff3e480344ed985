//! Requests to one of several endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::debug;

use crate::access::Access;
use crate::config::Config;
use crate::error::Error;
use crate::transport::{Ends, Transport, encode, read};

/// A client of an etcd cluster. Cloning it shares connections, token and preferred endpoint.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoints: Vec<String>,
    timeout: Duration,
    /// The endpoint that answered last.
    preferred: AtomicUsize,
    transport: Transport,
    access: Access,
}

/// Whether a request may be sent again when it is not known whether it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is the same as once.
    Idempotent,
    /// Twice is not the same as once.
    IfNothingWasDone,
}

impl Client {
    /// A client. It connects with its first request.
    pub fn new(config: Config) -> Result<Self, Error> {
        if config.endpoints.is_empty() {
            return Err(Error::Unexpected("no endpoint".to_owned()));
        }
        let transport = Transport::new(&config)?;
        let mut endpoints: Vec<String> = Vec::new();
        for endpoint in config.endpoints {
            // The nearest one may be named in front of a list of all. The next one must be another.
            if !endpoints.contains(&endpoint) {
                endpoints.push(endpoint);
            }
        }
        Ok(Self(Arc::new(Shared {
            endpoints,
            timeout: config.timeout,
            preferred: AtomicUsize::new(0),
            transport,
            access: Access::default(),
        })))
    }

    /// How many endpoints there are.
    pub(crate) fn endpoints(&self) -> usize {
        self.0.endpoints.len()
    }

    /// The index of the endpoint that answered last.
    pub(crate) fn preferred(&self) -> usize {
        self.0.preferred.load(Ordering::Relaxed)
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// The address of an endpoint; indexes wrap around.
    pub(crate) fn endpoint(&self, index: usize) -> &str {
        let endpoints = &self.0.endpoints;
        endpoints
            .get(index % endpoints.len())
            .map_or("", String::as_str)
    }

    /// Asks the preferred endpoint, and then the others in turn.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        repeat: Repeat,
    ) -> Result<T, Error> {
        let body = encode(body)?;
        let first = self.preferred();
        let mut last = Error::Unreachable("no endpoint".to_owned());
        for index in first..first + self.endpoints() {
            match self.ask_at(index, path, &body).await {
                Ok(answer) => {
                    self.prefer(index);
                    return Ok(answer);
                }
                Err(error) if error.is_of_endpoint() => {
                    debug!(%error, "the next endpoint is asked");
                    self.prefer(index + 1);
                    let is_known = matches!(error, Error::Unreachable(_));
                    // "Unknown" outweighs "unreachable" of the endpoint after it.
                    if is_known && last.outcome_unknown() {
                        continue;
                    }
                    last = error;
                    if !is_known && repeat == Repeat::IfNothingWasDone {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Asks one endpoint.
    pub(crate) async fn ask_at<T: DeserializeOwned>(
        &self,
        index: usize,
        path: &str,
        body: &[u8],
    ) -> Result<T, Error> {
        let endpoint = self.endpoint(index);
        let transport = &self.0.transport;
        let response = transport.send(endpoint, path, body, Ends::InTime).await?;
        let answer = read(endpoint, response).await?;
        serde_json::from_slice(&answer)
            .map_err(|error| Error::Unexpected(format!("{endpoint}: {error}")))
    }

    /// Opens a stream at one endpoint. Its answer has no end, and so no timeout but that of its beginning.
    pub(crate) async fn open_at(
        &self,
        index: usize,
        path: &str,
        body: &impl Serialize,
    ) -> Result<reqwest::Response, Error> {
        let body = encode(body)?;
        let endpoint = self.endpoint(index);
        let opening = self.0.transport.send(endpoint, path, &body, Ends::Never);
        match tokio::time::timeout(self.timeout(), opening).await {
            Ok(opened) => opened,
            Err(_) => Err(Error::Unknown(format!("{endpoint}: no answer in time"))),
        }
    }

    /// Asks another endpoint first than this one, which has failed.
    pub(crate) fn leave(&self, index: usize) {
        if self.preferred() == index % self.endpoints() {
            self.prefer(index + 1);
        }
    }

    fn prefer(&self, index: usize) {
        let index = index % self.endpoints();
        self.0.preferred.store(index, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Reply, Scripted, closed_port};
    use crate::{Keys, Operation, Txn};

    fn client(endpoints: Vec<String>) -> Client {
        Client::new(Config {
            timeout: Duration::from_millis(200),
            ..Config::new(endpoints)
        })
        .unwrap()
    }

    const FOUND: &str =
        r#"{"header":{"revision":"7"},"kvs":[{"key":"YQ==","mod_revision":"3","value":"Yg=="}]}"#;

    #[tokio::test]
    async fn the_next_endpoint_is_asked_when_one_is_down_or_silent_and_preferred_from_then_on() {
        let silent = Scripted::start(vec![Reply::Silence]).await;
        let sound = Scripted::start(vec![Reply::ok(FOUND), Reply::ok(FOUND)]).await;
        let client = client(vec![closed_port().await, silent.address(), sound.address()]);
        for _ in 0..2 {
            let found = client.get("a").await.unwrap().unwrap();
            assert_eq!((found.value.as_slice(), found.mod_revision), (&b"b"[..], 3));
        }
        assert_eq!(silent.requests().len(), 1);
        assert_eq!(sound.requests().len(), 2);
        let (path, body) = &sound.requests()[0];
        assert_eq!(path, "/v3/kv/range");
        assert_eq!(body, r#"{"key":"YQ=="}"#);
    }

    #[tokio::test]
    async fn an_endpoint_that_is_named_twice_is_asked_once() {
        let silent = Scripted::start(vec![Reply::Silence, Reply::Silence]).await;
        let sound = Scripted::start(vec![Reply::ok(FOUND)]).await;
        let client = client(vec![silent.address(), silent.address(), sound.address()]);
        client.get("a").await.unwrap().unwrap();
        assert_eq!(silent.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_change_that_may_have_been_made_is_not_sent_to_another_endpoint() {
        for reply in [
            Reply::Silence,
            Reply::Close,
            Reply::refused(503, 14, "etcdserver: no leader"),
            Reply::refused(500, 2, "raft: stopped"),
            Reply::refused(500, 2, "raft proposal dropped"),
            Reply::refused(499, 1, "grpc: the client connection is closing"),
        ] {
            let first = Scripted::start(vec![reply]).await;
            let other = Scripted::start(vec![Reply::ok("{}")]).await;
            let client = client(vec![closed_port().await, first.address(), other.address()]);
            let put = Txn::default().then(Operation::put("a", "b"));
            let error = client.txn(put).await.unwrap_err();
            assert!(matches!(error, Error::Unknown(_)), "{error:?}");
            assert!(other.requests().is_empty());
        }
    }

    #[tokio::test]
    async fn without_an_endpoint_that_accepts_connections_nothing_was_done() {
        let client = client(vec![closed_port().await, closed_port().await]);
        let put = Txn::default().then(Operation::put("a", "b"));
        let error = client.txn(put).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    }

    #[tokio::test]
    async fn refusals_are_distinguished_by_their_text() {
        let cases = [
            (
                8,
                "etcdserver: mvcc: database space exceeded",
                Error::NoSpace,
            ),
            (
                11,
                "etcdserver: mvcc: required revision has been compacted",
                Error::Compacted,
            ),
            (
                5,
                "etcdserver: requested lease not found",
                Error::LeaseNotFound,
            ),
            (
                7,
                "etcdserver: permission denied",
                Error::Authentication("etcdserver: permission denied".to_owned()),
            ),
        ];
        for (code, message, expected) in cases {
            let server = Scripted::start(vec![Reply::refused(400, code, message)]).await;
            let client = client(vec![server.address()]);
            let error = client.delete(&Keys::prefix("a/")).await.unwrap_err();
            assert_eq!(error, expected);
        }
    }
}
