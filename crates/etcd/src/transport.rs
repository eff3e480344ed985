//! One request to one endpoint, with a token where etcd wants one.

use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::config::{Config, Credentials};
use crate::error::{Error, Refusal};

/// The largest answer: etcd's limit for a response of its gateway is lower by far.
const LARGEST_ANSWER: usize = 64 << 20;

/// Whether an answer has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It has, and must come in time.
    InTime,
    /// It is a stream.
    Never,
}

/// Connections to all endpoints, and the token that one of them gave.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    credentials: Option<Credentials>,
    timeout: Duration,
    token: Mutex<Option<HeaderValue>>,
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

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            // etcd is on this network, whatever the environment says of proxies.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(config.connect_timeout)
            .build()
            .map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Self {
            http,
            credentials: config.credentials.clone(),
            timeout: config.timeout,
            token: Mutex::new(None),
        })
    }

    /// Sends a request, and once more with a new token when the present one is refused: tokens expire.
    pub(crate) async fn send(
        &self,
        endpoint: &str,
        path: &str,
        body: &[u8],
        ends: Ends,
    ) -> Result<reqwest::Response, Error> {
        let has_user = self.credentials.is_some();
        if has_user && self.token.lock().is_none() {
            self.authenticate(endpoint).await?;
        }
        match self.post(endpoint, path, body, ends).await {
            Err(Failure::Token(_)) if has_user => {
                self.authenticate(endpoint).await?;
                let again = self.post(endpoint, path, body, ends).await;
                again.map_err(Failure::into_error)
            }
            answered => answered.map_err(Failure::into_error),
        }
    }

    async fn authenticate(&self, endpoint: &str) -> Result<(), Error> {
        let Some(Credentials { user, password }) = &self.credentials else {
            return Ok(());
        };
        let body = encode(&Authenticate {
            name: user,
            password,
        })?;
        *self.token.lock() = None;
        let response = self
            .post(endpoint, "auth/authenticate", &body, Ends::InTime)
            .await
            .map_err(Failure::into_error)?;
        let answer = read(endpoint, response).await?;
        let unexpected = |reason: String| Error::Unexpected(format!("{endpoint}: {reason}"));
        let Authenticated { token } =
            serde_json::from_slice(&answer).map_err(|error| unexpected(error.to_string()))?;
        let mut token =
            HeaderValue::from_str(&token).map_err(|error| unexpected(error.to_string()))?;
        token.set_sensitive(true);
        *self.token.lock() = Some(token);
        Ok(())
    }

    async fn post(
        &self,
        endpoint: &str,
        path: &str,
        body: &[u8],
        ends: Ends,
    ) -> Result<reqwest::Response, Failure> {
        let mut post = self
            .http
            .post(format!("http://{endpoint}/v3/{path}"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.to_vec());
        if ends == Ends::InTime {
            post = post.timeout(self.timeout);
        }
        if let Some(token) = &*self.token.lock() {
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

pub(crate) fn encode(body: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| Error::Unexpected(error.to_string()))
}

pub(crate) async fn read(
    endpoint: &str,
    mut response: reqwest::Response,
) -> Result<Vec<u8>, Error> {
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
    use crate::scripted::{Reply, Scripted};
    use crate::{Client, LeaseId};

    fn client(server: &Scripted) -> Client {
        let credentials = Credentials {
            user: "ana".to_owned(),
            password: "segredo".to_owned(),
        };
        let config = Config {
            credentials: Some(credentials),
            ..Config::new(vec![server.address()])
        };
        Client::new(config).unwrap()
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
        let client = client(&server);
        assert_eq!(client.grant(Duration::from_secs(9)).await, Ok(LeaseId(5)));
        client.revoke(LeaseId(5)).await.unwrap();
        let tokens: Vec<_> = server.tokens().into_iter().flatten().collect();
        assert_eq!(tokens, ["one", "one", "two"]);
    }

    #[tokio::test]
    async fn a_wrong_password_is_said() {
        let message = "etcdserver: authentication failed, invalid user ID or password";
        let server = Scripted::start(vec![Reply::refused(400, 3, message)]).await;
        let error = client(&server).get("a").await.unwrap_err();
        assert_eq!(error, Error::Authentication(message.to_owned()));
    }
}
