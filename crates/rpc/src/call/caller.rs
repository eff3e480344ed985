//! A server to call.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dxr::Value;
use protocol::binder::Endpoint;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tokio::time::Instant;

use super::CallError;
use crate::Observer;
use crate::observe::{Exchange, Peer};
use crate::xml::{read, write};

/// The largest answer that is read. An original server's whole history can be large, an endless
/// answer must not fill the memory.
const LARGEST_ANSWER: usize = 64 << 20;

/// A server to call. Cloning it shares the connections.
///
/// dxr's own client is not used for the exchange itself: it has no time limit, hides the cause of its
/// errors, and shows nobody what went over the wire.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    url: String,
    server: Arc<str>,
    timeout: Duration,
    observer: Option<Arc<dyn Observer>>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("server", &self.server)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// A caller of the server at `endpoint` that waits at most `timeout` for each answer and shows
    /// each exchange to `observer`.
    ///
    /// # Errors
    /// When the system cannot give what an HTTP client needs.
    pub fn new(
        endpoint: &Endpoint,
        timeout: Duration,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, CallError> {
        let server = endpoint.to_string();
        let http = reqwest::Client::builder()
            // A chat on this machine or in this class room is not reached through a proxy, whatever
            // the environment says; Python's client does not ask it either.
            .no_proxy()
            // A redirected POST would become a GET.
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(|error| CallError::Unexpected {
                server: server.clone(),
                reason: deepest_cause(&error),
            })?;
        Ok(Self {
            http,
            url: format!("http://{server}/RPC2"),
            server: server.into(),
            timeout,
            observer,
        })
    }

    /// The server's address, as it was looked up.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Calls `method` and waits for its answer.
    ///
    /// # Errors
    /// The server's fault, or why there is no answer.
    pub async fn call(&self, method: &str, parameters: Vec<Value>) -> Result<Value, CallError> {
        let request = Bytes::from(write::call(method, parameters).map_err(CallError::Unsendable)?);
        let sent = Instant::now();
        let outcome = self.exchange(request.clone()).await;
        if let Some(observer) = &self.observer {
            observer.exchanged(Exchange {
                peer: Peer::Server(Arc::clone(&self.server)),
                method: Some(method.to_owned()),
                request,
                answer: outcome.as_ref().map(Bytes::clone).unwrap_or_default(),
                duration: sent.elapsed(),
            });
        }
        match read::answer(&outcome?) {
            Ok(answer) => answer.map_err(CallError::Fault),
            Err(error) => Err(self.unexpected(error.to_string())),
        }
    }

    async fn exchange(&self, request: Bytes) -> Result<Bytes, CallError> {
        let mut response = self
            .http
            .post(&self.url)
            .header(CONTENT_TYPE, HeaderValue::from_static("text/xml"))
            .timeout(self.timeout)
            .body(request)
            .send()
            .await
            .map_err(|error| self.failed(&error))?;
        if !response.status().is_success() {
            return Err(self.unexpected(format!("HTTP status {}", response.status())));
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if body.len() + piece.len() > LARGEST_ANSWER {
                return Err(self.unexpected(format!("more than {LARGEST_ANSWER} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    fn failed(&self, error: &reqwest::Error) -> CallError {
        let server = self.server.to_string();
        if error.is_connect() {
            CallError::Unreachable {
                server,
                reason: deepest_cause(error),
            }
        } else if error.is_timeout() {
            CallError::TimedOut {
                server,
                after: self.timeout,
            }
        } else {
            CallError::Interrupted {
                server,
                reason: deepest_cause(error),
            }
        }
    }

    fn unexpected(&self, reason: String) -> CallError {
        CallError::Unexpected {
            server: self.server.to_string(),
            reason,
        }
    }
}

/// reqwest's own message says only that a request failed; why stands at the end of its causes.
fn deepest_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // The system adds its number, which tells a reader nothing.
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
