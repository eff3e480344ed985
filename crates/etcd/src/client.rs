//! Requests to one of several endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::debug;

use crate::error::{Error, Refusal};

/// The largest answer: etcd's limit for a response of its gateway is lower by far.
const LARGEST_ANSWER: usize = 64 << 20;

/// Where etcd is, and how it is asked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The members, as `HOST:PORT`. The first is asked first.
    pub endpoints: Vec<String>,
    /// For an etcd with authentication.
    pub credentials: Option<Credentials>,
    /// How long an answer may take before the next endpoint is asked.
    pub timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

impl Config {
    /// These endpoints, without authentication, and with timeouts for a local network: an answer takes
    /// milliseconds, and electing a leader takes 1 to 2 s.
    #[must_use]
    pub fn new(endpoints: Vec<String>) -> Self {
        Self {
            endpoints,
            credentials: None,
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(500),
        }
    }
}

/// A user of etcd.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Without the password.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A client of an etcd cluster. Cloning it shares connections, token and preferred endpoint.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    config: Config,
    /// The endpoint that answered last.
    preferred: AtomicUsize,
    token: Mutex<Option<HeaderValue>>,
}

/// Whether a request may be sent again when it is not known whether it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is the same as once.
    Idempotent,
    /// Twice is not the same as once.
    IfNothingWasDone,
}

#[derive(Serialize)]
struct Authenticate<'a> {
    name: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct Authenticated {
    token: String,
}

/// A refusal that a new token may turn.
enum Failure {
    Token(Error),
    Other(Error),
}

impl Client {
    /// A client. It connects with its first request.
    ///
    /// # Errors
    /// When there is no endpoint, or no HTTP client can be built.
    pub fn new(config: Config) -> Result<Self, Error> {
        if config.endpoints.is_empty() {
            return Err(Error::Unexpected("no endpoint".to_owned()));
        }
        let http = reqwest::Client::builder()
            // etcd is on this network, whatever the environment says of proxies.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(config.connect_timeout)
            .build()
            .map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Self(Arc::new(Shared {
            http,
            config,
            preferred: AtomicUsize::new(0),
            token: Mutex::new(None),
        })))
    }

    /// How many endpoints there are.
    pub(crate) fn endpoints(&self) -> usize {
        self.0.config.endpoints.len()
    }

    /// The index of the endpoint that answered last.
    pub(crate) fn preferred(&self) -> usize {
        self.0.preferred.load(Ordering::Relaxed)
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.config.timeout
    }

    /// The address of an endpoint; indexes go round.
    pub(crate) fn endpoint(&self, index: usize) -> &str {
        let endpoints = &self.0.config.endpoints;
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
        let response = self.send(index, path, body, true).await?;
        let endpoint = self.endpoint(index);
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
        let opening = self.send(index, path, &body, false);
        match tokio::time::timeout(self.timeout(), opening).await {
            Ok(opened) => opened,
            Err(_) => {
                let endpoint = self.endpoint(index);
                Err(Error::Unknown(format!("{endpoint}: no answer in time")))
            }
        }
    }

    fn prefer(&self, index: usize) {
        let index = index % self.endpoints();
        self.0.preferred.store(index, Ordering::Relaxed);
    }

    /// Sends a request, and once more with a new token when the present one is refused: tokens expire.
    async fn send(
        &self,
        index: usize,
        path: &str,
        body: &[u8],
        ends: bool,
    ) -> Result<reqwest::Response, Error> {
        let endpoint = self.endpoint(index);
        let has_user = self.0.config.credentials.is_some();
        if has_user && self.0.token.lock().is_none() {
            self.authenticate(index).await?;
        }
        match self.post(endpoint, path, body, ends).await {
            Err(Failure::Token(_)) if has_user => {
                self.authenticate(index).await?;
                let again = self.post(endpoint, path, body, ends).await;
                again.map_err(Failure::into_error)
            }
            answered => answered.map_err(Failure::into_error),
        }
    }

    async fn authenticate(&self, index: usize) -> Result<(), Error> {
        let Some(Credentials { user, password }) = &self.0.config.credentials else {
            return Ok(());
        };
        let endpoint = self.endpoint(index);
        let body = encode(&Authenticate {
            name: user,
            password,
        })?;
        *self.0.token.lock() = None;
        let response = self
            .post(endpoint, "auth/authenticate", &body, true)
            .await
            .map_err(Failure::into_error)?;
        let answer = read(endpoint, response).await?;
        let unexpected = |reason: String| Error::Unexpected(format!("{endpoint}: {reason}"));
        let Authenticated { token } =
            serde_json::from_slice(&answer).map_err(|error| unexpected(error.to_string()))?;
        let mut token =
            HeaderValue::from_str(&token).map_err(|error| unexpected(error.to_string()))?;
        token.set_sensitive(true);
        *self.0.token.lock() = Some(token);
        Ok(())
    }

    async fn post(
        &self,
        endpoint: &str,
        path: &str,
        body: &[u8],
        ends: bool,
    ) -> Result<reqwest::Response, Failure> {
        let mut post = self
            .0
            .http
            .post(format!("http://{endpoint}/v3/{path}"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.to_vec());
        if ends {
            post = post.timeout(self.timeout());
        }
        if let Some(token) = &*self.0.token.lock() {
            post = post.header(AUTHORIZATION, token.clone());
        }
        let response = post
            .send()
            .await
            .map_err(|error| Failure::Other(Error::of_http(endpoint, &error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = read(endpoint, response).await.map_err(Failure::Other)?;
        let Ok(refusal) = serde_json::from_slice::<Refusal>(&text) else {
            let error = Error::Unexpected(format!("{endpoint}: HTTP status {}", status.as_u16()));
            return Err(Failure::Other(error));
        };
        if refusal.needs_token() {
            return Err(Failure::Token(refusal.into_error(endpoint)));
        }
        Err(Failure::Other(refusal.into_error(endpoint)))
    }
}

impl Failure {
    fn into_error(self) -> Error {
        match self {
            Self::Token(Error::Authentication(reason)) => Error::Authentication(reason),
            Self::Token(error) => Error::Authentication(error.to_string()),
            Self::Other(error) => error,
        }
    }
}

fn encode(body: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| Error::Unexpected(error.to_string()))
}

async fn read(endpoint: &str, mut response: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    while let Some(piece) = response
        .chunk()
        .await
        .map_err(|error| Error::of_http(endpoint, &error))?
    {
        if text.len() + piece.len() > LARGEST_ANSWER {
            let reason = format!("{endpoint}: more than {LARGEST_ANSWER} bytes");
            return Err(Error::Unexpected(reason));
        }
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Reply, Scripted, closed_port};
    use crate::{Keys, LeaseId, Operation, Txn};

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
    async fn a_change_that_may_have_been_made_is_not_sent_to_another_endpoint() {
        for reply in [
            Reply::Silence,
            Reply::Close,
            Reply::refused(503, 14, "etcdserver: no leader"),
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
    async fn refusals_are_told_apart_by_their_text() {
        let cases = [
            (
                8,
                "etcdserver: mvcc: database space exceeded",
                Error::NoSpace,
            ),
            (
                11,
                "etcdserver: mvcc: required revision has been compacted",
                Error::Compacted { oldest: None },
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

    #[tokio::test]
    async fn a_token_is_fetched_first_and_renewed_when_it_is_refused() {
        let server = Scripted::start(vec![
            Reply::ok(r#"{"token":"one"}"#),
            Reply::ok(r#"{"ID":"5","TTL":"9"}"#),
            Reply::refused(401, 16, "etcdserver: invalid auth token"),
            Reply::ok(r#"{"token":"two"}"#),
            Reply::ok("{}"),
        ])
        .await;
        let client = Client::new(Config {
            credentials: Some(Credentials {
                user: "ana".to_owned(),
                password: "segredo".to_owned(),
            }),
            ..Config::new(vec![server.address()])
        })
        .unwrap();
        assert_eq!(client.grant(Duration::from_secs(9)).await, Ok(LeaseId(5)));
        client.revoke(LeaseId(5)).await.unwrap();
        let tokens: Vec<_> = server.tokens().into_iter().flatten().collect();
        assert_eq!(tokens, ["one", "one", "two"]);
    }

    #[tokio::test]
    async fn a_wrong_password_is_said() {
        let message = "etcdserver: authentication failed, invalid user ID or password";
        let server = Scripted::start(vec![Reply::refused(400, 3, message)]).await;
        let client = Client::new(Config {
            credentials: Some(Credentials {
                user: "ana".to_owned(),
                password: "errado".to_owned(),
            }),
            ..Config::new(vec![server.address()])
        })
        .unwrap();
        let error = client.get("a").await.unwrap_err();
        assert_eq!(error, Error::Authentication(message.to_owned()));
    }
}
