//! Calls procedures of a server, with a timeout and with errors that say what failed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dxr::Value;
use protocol::endpoint::Endpoint;
use protocol::procedure::Procedure;
use reqwest::header::{CONNECTION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use tokio::time::Instant;
use tracing::debug;

use crate::Observers;
use crate::call_error::CallError;
use crate::cause;
use crate::observe::{Call, CallId, Exchange, HttpFacts, Outcome, Peer, Remarks};
use crate::xml::{read, write};

/// Largest answer. An original server's whole history can be large, but an endless answer must not fill the
/// memory.
const LARGEST_ANSWER: usize = 64 << 20;

/// The default `User-Agent`.
const AGENT: &str = concat!("distributed-chat/", env!("CARGO_PKG_VERSION"));

/// A server to call. Cloning it shares the connections.
///
/// dxr's own client is not used for the exchange itself: it has no timeout, hides the cause of its errors,
/// and has no observers.
#[derive(Clone, Debug)]
pub struct Caller {
    connections: Connections,
    url: String,
    server: Arc<str>,
    agent: Arc<str>,
    timeout: Duration,
    observers: Observers,
}

/// The connections of a caller.
#[derive(Clone, Debug)]
struct Connections {
    /// Reuses connections, unless that is switched off.
    kept: Option<reqwest::Client>,
    /// Opens a connection for each call. A repeated call uses it: when one reused connection turns out to
    /// be closed, the others probably are, too.
    new: reqwest::Client,
}

impl Caller {
    /// A caller of the server at `endpoint`, with a timeout for each answer, that shows each exchange to
    /// `observers`.
    pub fn new(
        endpoint: &Endpoint,
        timeout: Duration,
        observers: Observers,
    ) -> Result<Self, CallError> {
        let server = endpoint.to_string();
        let client = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| CallError::Unexpected {
                server: server.clone(),
                reason: cause::deepest(&error),
            })
        };
        let connections = Connections {
            kept: Some(client(builder())?),
            new: client(builder().pool_max_idle_per_host(0))?,
        };
        Ok(Self {
            connections,
            url: format!("http://{server}/RPC2"),
            server: server.into(),
            agent: AGENT.into(),
            timeout,
            observers,
        })
    }

    /// Sets the `User-Agent`, which identifies the caller in a server's observers. Characters that a header
    /// cannot carry are left out.
    pub fn named(mut self, agent: &str) -> Self {
        let sendable: String = agent
            .chars()
            .filter(|character| matches!(character, ' '..='~'))
            .collect();
        self.agent = sendable.into();
        self
    }

    /// Closes the connection after each call.
    ///
    /// For servers that are called rarely: an idle connection occupies a server with one thread, or few,
    /// until it is closed, and other callers have to wait.
    pub fn without_kept_connections(mut self) -> Self {
        self.connections.kept = None;
        self
    }

    /// The same caller, by the same connections, with another timeout.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// The same caller, by the same connections, shown to other observers.
    pub fn with_observers(&self, observers: Observers) -> Self {
        Self {
            observers,
            ..self.clone()
        }
    }

    /// The server as `host:port`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Calls `method` and waits for its answer.
    ///
    /// A procedure that [changes nothing](protocol::procedure::Procedure::changes_nothing) is called once
    /// more, on a new connection, when the connection breaks before the answer: a server may close an idle
    /// connection at any moment. Each attempt has the whole timeout, and a call that timed out is not
    /// repeated.
    pub async fn call(
        &self,
        method: impl Into<Method<'_>>,
        parameters: Vec<Value>,
    ) -> Result<Value, CallError> {
        self.call_method(method.into(), parameters).await
    }

    async fn call_method(
        &self,
        method: Method<'_>,
        parameters: Vec<Value>,
    ) -> Result<Value, CallError> {
        let Method {
            name: method,
            procedure,
        } = method;
        let changes_nothing = procedure.is_some_and(|procedure| procedure.changes_nothing);
        if !self.observers.are_watching() {
            let request = write::call(method, parameters).map_err(CallError::Unsendable)?;
            return self.read(self.exchange(request.into(), changes_nothing).await?);
        }
        let (id, peer) = (CallId::next(), Peer::Server(Arc::clone(&self.server)));
        let request = Bytes::from(write::call(method, parameters).map_err(CallError::Unsendable)?);
        self.observers.began(&Call {
            id,
            peer: &peer,
            method,
            procedure,
            request: &request,
            agent: Some(&self.agent),
        });
        let sent = Instant::now();
        let answered = self.exchange(request.clone(), changes_nothing).await;
        let answer = answered.as_ref().map(Bytes::clone).unwrap_or_default();
        let duration = sent.elapsed();
        let outcome = answered.and_then(|answer| self.read(answer));
        self.observers.ended(Exchange {
            id,
            peer,
            method: Some(method.to_owned()),
            procedure,
            request,
            answer,
            outcome: match &outcome {
                Ok(_) => Outcome::Answered,
                Err(CallError::Fault(fault)) => Outcome::Fault(fault.clone()),
                Err(_) => Outcome::Nothing,
            },
            http: HttpFacts {
                version: "HTTP/1.1",
                path: "/RPC2".to_owned(),
                agent: Some(self.agent.to_string()),
                keep_alive: self.connections.kept.is_some(),
            },
            effect: None,
            remarks: Remarks::default(),
            duration,
        });
        outcome
    }

    fn read(&self, answer: Bytes) -> Result<Value, CallError> {
        match read::answer(&answer) {
            Ok(answer) => answer.map_err(CallError::Fault),
            Err(error) => Err(self.unexpected(error.to_string())),
        }
    }

    /// Sends the request, and repeats it when the connection breaks and the call `changes_nothing`.
    async fn exchange(&self, request: Bytes, changes_nothing: bool) -> Result<Bytes, CallError> {
        let kept = self.connections.kept.is_some();
        match self.attempt(request.clone(), kept).await {
            Err(error @ CallError::Interrupted { .. }) if changes_nothing => {
                debug!(%error, "the call changes nothing and is repeated");
                self.attempt(request, false).await
            }
            answered => answered,
        }
    }

    async fn attempt(&self, request: Bytes, may_keep: bool) -> Result<Bytes, CallError> {
        let kept = self.connections.kept.as_ref().filter(|_| may_keep);
        let mut post = kept
            .unwrap_or(&self.connections.new)
            .post(&self.url)
            .header(CONTENT_TYPE, HeaderValue::from_static("text/xml"))
            .header(USER_AGENT, &*self.agent)
            .timeout(self.timeout)
            .body(request);
        if kept.is_none() {
            // The server need not wait for another call.
            post = post.header(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut response = post.send().await.map_err(|error| self.failed(&error))?;
        if !response.status().is_success() {
            return Err(CallError::Status {
                server: self.server.to_string(),
                status: response.status().as_u16(),
            });
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
                reason: cause::deepest(error),
            }
        } else if error.is_timeout() {
            CallError::TimedOut {
                server,
                after: self.timeout,
            }
        } else {
            CallError::Interrupted {
                server,
                reason: cause::deepest(error),
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

/// The settings of both kinds of connections.
fn builder() -> reqwest::ClientBuilder {
    // This machine, even where no file says so (RFC 6761). The port is that of the call.
    let localhost = [
        IpAddr::from(Ipv6Addr::LOCALHOST),
        Ipv4Addr::LOCALHOST.into(),
    ];
    reqwest::Client::builder()
        .resolve_to_addrs("localhost", &localhost.map(|ip| SocketAddr::new(ip, 0)))
        // A server on this machine or in this room is not behind a proxy, whatever the environment says;
        // Python's client ignores proxies, too.
        .no_proxy()
        // A redirected POST would become a GET.
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
}

/// A method to call.
///
/// A call by [`Procedure`] that changes nothing is repeated once when the connection breaks before the
/// answer. A call by name alone is not, because its effect is unknown.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    name: &'a str,
    procedure: Option<&'static Procedure>,
}

impl<'a> From<&'a str> for Method<'a> {
    fn from(name: &'a str) -> Self {
        Self {
            name,
            procedure: None,
        }
    }
}

impl From<&'static Procedure> for Method<'static> {
    fn from(procedure: &'static Procedure) -> Self {
        Self {
            name: procedure.name,
            procedure: Some(procedure),
        }
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
