//! Forwarding: a call is answered by another server, unchanged to the byte.
//!
//! Only what belongs to a hop is this hop's own: the connection, its headers and the framing of the body.
//! A request is read completely before a server is called, and an answer before it is passed on, so the
//! limits are those of any other call. What cannot be passed on becomes an HTTP status of a gateway: 503 if
//! the call certainly did not arrive, 502 and 504 if it may have. A call that may have arrived is not sent
//! again.

mod exchange;
mod headers;
mod observed;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode, http::request::Parts};
use protocol::procedure::Procedure;
use thiserror::Error;
use tokio::net::TcpStream;

use super::Connection;
use super::budget;
use super::call::Dropped;
use super::http::Body;
use super::lab::Action;
use super::link::Link;
use super::service::Shared;
use crate::xml::write;

pub(super) use exchange::Upstream;
use exchange::{Answered, Exchange};
pub(super) use observed::Watched;

/// How long a forwarded call may take, connecting included. The longest poll takes 30 s, and any other call
/// less than the 10 s that our own client waits.
pub const TIMEOUT: Duration = Duration::from_secs(40);

/// A connection to a server.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub stream: TcpStream,
    /// The server as its clients name it, `host:port`.
    pub host: Arc<str>,
}

/// No server takes a connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// The future of [`Connect::connect`].
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connected, Unreachable>> + Send + 'a>>;

/// Connects to a server that calls are forwarded to.
pub trait Connect: Send + Sync {
    /// Connects to a server that can answer the calls.
    fn connect(&self) -> Connecting<'_>;
}

/// To where the calls of a service are forwarded, instead of being answered by its methods.
pub struct Forwarding {
    /// What connects to the servers.
    pub connect: Box<dyn Connect>,
    /// How long a call may take, connecting included.
    pub timeout: Duration,
    /// Declarations of the procedures that the servers probably have. Observers show calls by them.
    pub procedures: &'static [&'static [Procedure]],
}

impl Forwarding {
    pub(super) fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        let mut all = self.procedures.iter().copied().flatten();
        all.find(|procedure| procedure.name == name)
    }
}

/// Why a call has no answer that could be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Failed {
    /// It certainly did not arrive.
    #[error("not delivered: {0}")]
    NotDelivered(String),
    /// The server closed the connection before the first byte of an answer.
    #[error("the server closed the connection before its answer")]
    Closed,
    /// The answer is incomplete.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The memory for answers is used up.
    #[error("too many large answers at the same time")]
    NoBudget,
    /// There was no answer in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The client does not wait any more.
    #[error("the client has gone")]
    Gone,
}

impl Failed {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotDelivered(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Closed | Self::Broken(_) | Self::TooLarge(_) | Self::NoBudget | Self::Gone => {
                StatusCode::BAD_GATEWAY
            }
        }
    }
}

/// The call of a client, complete.
pub(super) struct Forwarded {
    pub(super) head: Box<Parts>,
    pub(super) body: Bytes,
    /// What observers and the lab need to know, if there are any.
    pub(super) watched: Option<Box<Watched>>,
}

/// Forwards a call.
pub(super) async fn answer(
    shared: &Shared,
    forwarding: &Forwarding,
    link: &Link,
    connection: &Connection,
    call: Forwarded,
) -> Result<Response<Body>, Dropped> {
    let Forwarded {
        head,
        body,
        watched,
    } = call;
    let exchange = Exchange {
        shared,
        forwarding,
        link,
        connection,
    };
    let answered = match watched {
        None => exchange.run(*head, body).await,
        // Boxed, so that a connection without observers reserves no space for this future.
        Some(watched) => Box::pin(observed::run(exchange, *head, body, *watched)).await?,
    };
    match answered {
        Ok(Answered { head, body }) => {
            let Ok(body) = shared.answers.charge(link.ends.peer.ip(), body) else {
                return failure(&Failed::NoBudget);
            };
            Ok(Response::from_parts(head, Either::Left(Full::new(body))))
        }
        Err(failed) => failure(&failed),
    }
}

/// The response in place of one that cannot be passed on.
fn failure(failed: &Failed) -> Result<Response<Body>, Dropped> {
    let (status, content, text) = match failed {
        // As the server did: what a client does then, such as calling once more, is its own decision.
        Failed::Closed | Failed::Gone => return Err(Dropped),
        Failed::NoBudget => {
            let fault = write::fault(&budget::no_budget_for_answer());
            (StatusCode::OK, "text/xml", fault)
        }
        other => {
            let text = format!("{other}\n").into();
            (other.status(), "text/plain; charset=utf-8", text)
        }
    };
    let mut response = Response::new(Either::Left(Full::new(text)));
    *response.status_mut() = status;
    let content = HeaderValue::from_static(content);
    response.headers_mut().insert(CONTENT_TYPE, content);
    Ok(response)
}

/// A request for the next hop.
fn request(mut head: Parts, body: Bytes, host: &str) -> Request<Full<Bytes>> {
    head.headers = headers::of_request(head.headers, host, body.len());
    head.version = hyper::Version::HTTP_11;
    Request::from_parts(head, Full::new(body))
}

/// The actions of the lab that keep a call from the server.
const fn is_kept_back(action: Option<Action>) -> bool {
    matches!(action, Some(Action::Fault | Action::DropRequest))
}
