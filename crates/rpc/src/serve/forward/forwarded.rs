//! A call that is forwarded, and the response to it.

use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use tokio::time::Instant;

use super::destination::Forwarding;
use super::exchange::{Answered, Exchange};
use super::failed::Failed;
use super::observed::{self, Watched};
use crate::serve::Connection;
use crate::serve::body::{self, Collected};
use crate::serve::budget;
use crate::serve::link::Link;
use crate::serve::measurement::Measurement;
use crate::serve::meter::Ended;
use crate::serve::response::{Body, Dropped};
use crate::serve::service::Shared;
use crate::xml::write;

/// The call of a client, complete.
pub(in crate::serve) struct Forwarded {
    pub(in crate::serve) arrived: Instant,
    pub(in crate::serve) head: Box<Parts>,
    pub(in crate::serve) body: Collected,
    /// What observers and the lab need to know, if there are any.
    pub(in crate::serve) watched: Option<Box<Watched>>,
}

/// Forwards a call.
pub(in crate::serve) async fn answer(
    shared: &Shared,
    forwarding: &Forwarding,
    link: &Link,
    connection: &Connection,
    call: Forwarded,
) -> Result<Response<Body>, Dropped> {
    let Forwarded {
        arrived,
        head,
        body,
        watched,
    } = call;
    let meter = shared.service.meter.as_ref();
    let method = meter.and_then(|_| body::method_called(&body.bytes, body.is_gzip));
    let mut measurement = Measurement::begin(shared, arrived, method.as_deref());
    let Collected {
        bytes: body,
        reservation: _reservation,
        ..
    } = body;
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
    if let Some(measurement) = &mut measurement {
        measurement.ended = ended(&answered);
    }
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

/// How a call ended, for the meter.
fn ended(answered: &Result<Answered, Failed>) -> Ended {
    match answered {
        Err(Failed::ServerClosed | Failed::ClientGone) => Ended::Nothing,
        Err(_) => Ended::Fault,
        Ok(Answered { head, body }) => {
            let is_gzip = body::is_gzip(&head.headers) == Ok(true);
            match head.status == StatusCode::OK && !body::is_fault(body, is_gzip) {
                true => Ended::Answered,
                false => Ended::Fault,
            }
        }
    }
}

/// The response in place of one that cannot be passed on.
fn failure(failed: &Failed) -> Result<Response<Body>, Dropped> {
    let reason = |status| {
        let text = format!("{failed}\n").into();
        (status, "text/plain; charset=utf-8", text)
    };
    let (status, content, text) = match failed {
        // As the server did: what a client does then, such as calling once more, is its own decision.
        Failed::ServerClosed | Failed::ClientGone => return Err(Dropped),
        Failed::NoBudget => {
            let fault = write::fault(&budget::no_budget_for_answer());
            (StatusCode::OK, "text/xml", fault)
        }
        Failed::NotDelivered(_) => reason(StatusCode::SERVICE_UNAVAILABLE),
        Failed::Broken(_) | Failed::TooLarge(_) => reason(StatusCode::BAD_GATEWAY),
        Failed::TimedOut(_) | Failed::Left => reason(StatusCode::GATEWAY_TIMEOUT),
    };
    let mut response = Response::new(Either::Left(Full::new(text)));
    *response.status_mut() = status;
    let content = HeaderValue::from_static(content);
    response.headers_mut().insert(CONTENT_TYPE, content);
    Ok(response)
}
