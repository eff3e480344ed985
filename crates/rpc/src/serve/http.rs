//! One request: routed by its path and method.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use dxr::Fault;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::Instant;

use super::body::{Collected, Refused};
use super::call;
use super::call_headers::CallHeaders;
use super::connection::Connection;
use super::forward::{self, Forwarded, Forwarding, Watched};
use super::link::Link;
use super::measurement::Measurement;
use super::meter::Ended;
use super::response::{Body, Dropped, plain, xml};
use super::service::Shared;
use super::{Answer, Service, body, budget, call_headers, lane, pages, reading};
use crate::observe::{HttpFacts, Peer};
use crate::xml::write;

/// Python's client posts to `/RPC2`, others to `/`, and Python's server accepts both.
pub(super) const RPC_PATHS: [&str; 2] = ["/RPC2", "/"];

enum Route {
    Call(CallRequest),
    /// A call from a script in a browser.
    CallFromWebPage,
    /// Boxed, because it is rare, and each connection reserves space for the largest variant.
    Page(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

/// A request with a call; its body is not read yet.
struct CallRequest {
    arrived: Instant,
    /// For observers, if there are any.
    facts: Option<HttpFacts>,
    accepts_gzip: bool,
    is_gzip: Result<bool, Fault>,
    agent: Option<Arc<str>>,
    /// Whether the client waits for the permission to send the body.
    expects_permission: bool,
    /// The header, if the call is forwarded.
    head: Option<Box<Parts>>,
    body: Incoming,
}

/// Answers one request. Every error becomes a response.
///
/// The header is read before the future is created, so that a long poll does not keep it, and the buffer in
/// which it arrived, in memory.
pub(super) fn answer(
    shared: Arc<Shared>,
    link: Arc<Link>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Dropped>> {
    let is_ahead = link.phase.request_began();
    let has_body = !request.body().is_end_stream();
    let route = route(&shared, &link, request);
    async move {
        if is_ahead {
            link.wait_for_turn().await;
        }
        let phase = &link.phase;
        let (response, is_stream) = match route {
            Route::Call(request) => (rpc(&shared, &link, request).await?, false),
            Route::CallFromWebPage => (refuse_web_page(), false),
            Route::Page(response) => {
                let response = response.await;
                let is_stream = is_stream(&response);
                (response, is_stream)
            }
        };
        // The body of a rejected request was not read.
        if has_body && response.status().is_client_error() {
            phase.body_refused();
        }
        // A stream stays open; every other response is complete.
        if is_stream {
            phase.stream_began();
        } else {
            phase.answer_ready();
        }
        Ok(response)
    }
}

/// Whether a page is a stream of events.
fn is_stream(page: &Response<Body>) -> bool {
    let content = page.headers().get(CONTENT_TYPE);
    content.map(HeaderValue::as_bytes) == Some(b"text/event-stream")
}

fn route(shared: &Arc<Shared>, link: &Link, mut request: Request<Incoming>) -> Route {
    if !RPC_PATHS.contains(&request.uri().path()) || request.method() != Method::POST {
        // For pages that have places for each address.
        request
            .extensions_mut()
            .insert(Peer::Caller(link.ends.peer));
        let peer = link.ends.peer.ip();
        return Route::Page(Box::pin(pages::serve(Arc::clone(shared), peer, request)));
    }
    let service = &shared.service;
    let headers = CallHeaders::read(request.headers(), service.limits.compress);
    if headers.are_from_web_page {
        return Route::CallFromWebPage;
    }
    let facts = service
        .observers
        .are_watching()
        .then(|| call_headers::http_facts(&request));
    if service.forwarding.is_some() {
        return Route::Call(to_be_forwarded(facts, request));
    }
    let agent = match service.methods.need_agent() {
        true => call_headers::agent(&request).map(Arc::from),
        false => None,
    };
    Route::Call(CallRequest {
        arrived: Instant::now(),
        facts,
        accepts_gzip: headers.accept_gzip,
        is_gzip: match headers.have_encoding {
            true => body::is_gzip(request.headers()),
            false => Ok(false),
        },
        agent,
        expects_permission: headers.expect_permission,
        head: None,
        body: request.into_body(),
    })
}

/// Of a call that is forwarded, the server reads the header.
fn to_be_forwarded(facts: Option<HttpFacts>, request: Request<Incoming>) -> CallRequest {
    let (head, body) = request.into_parts();
    CallRequest {
        arrived: Instant::now(),
        facts,
        accepts_gzip: false,
        // Of another encoding nothing is read here.
        is_gzip: Ok(body::is_gzip(&head.headers) == Ok(true)),
        agent: None,
        expects_permission: false,
        head: Some(Box::new(head)),
        body,
    }
}

fn refuse_web_page() -> Response<Body> {
    plain(StatusCode::FORBIDDEN, "Calls from web pages are refused.\n")
}

async fn rpc(
    shared: &Shared,
    link: &Link,
    request: CallRequest,
) -> Result<Response<Body>, Dropped> {
    let service = &*shared.service;
    let (peer, phase) = (link.ends.peer, &link.phase);
    let CallRequest {
        arrived,
        facts,
        accepts_gzip,
        is_gzip,
        agent,
        expects_permission,
        head,
        body,
    } = request;
    // Reading the beginning of a body would be the permission to send it.
    let peek = !expects_permission && service.methods.needs_beginning();
    let body = match is_gzip {
        Ok(is_gzip) => {
            let limits = (service.limits.body, service.limits.request);
            let reservation = shared.requests.reservation(peer.ip());
            body::collect(limits, reservation, is_gzip, peek, body).await
        }
        Err(refusal) => Err(Refused::Other(refusal)),
    };
    let connection = Connection::new(link.ends, agent, phase.liveness());
    if let (Some(forwarding), Some(head)) = (&service.forwarding, head) {
        let call = (arrived, facts, head, body);
        // Boxed, because it is larger than everything else together, and most servers do not forward.
        return Box::pin(forward_call(shared, forwarding, link, &connection, call)).await;
    }
    let request = match body {
        Ok(body) => reading::read(&service.limits, &connection, body, facts.is_some()).await,
        Err(refusal) => Err(refusal),
    };
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            measure_unreadable(shared, arrived);
            return Ok(refuse(shared, link, refusal));
        }
    };
    let answer = call::answer(shared, &connection, arrived, facts, request).await?;
    let gzipped = if !accepts_gzip || answer.len() < body::MIN_GZIP_BYTES {
        None
    } else if answer.len() < lane::COMPRESSED_AT_ONCE {
        body::gzip(&answer)
    } else {
        let answer = answer.clone();
        let gzip = Box::pin(lane::run(peer.ip(), move || body::gzip(&answer)));
        gzip.await.flatten()
    };
    let is_gzip = gzipped.is_some();
    let answer = gzipped.unwrap_or(answer);
    // Bounds the memory for answers that peers do not read.
    let Ok(answer) = shared.answers.charge(peer.ip(), answer) else {
        return Ok(xml(write::fault(&budget::no_budget_for_answer())));
    };
    let mut response = xml(answer);
    if is_gzip {
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Has the server behind this one answer a call.
async fn forward_call(
    shared: &Shared,
    forwarding: &Forwarding,
    link: &Link,
    connection: &Connection,
    (arrived, facts, head, body): (
        Instant,
        Option<HttpFacts>,
        Box<Parts>,
        Result<Collected, Refused>,
    ),
) -> Result<Response<Body>, Dropped> {
    let call = match body {
        Ok(body) => read_for_forwarding(shared, connection, (arrived, facts), body).await,
        Err(refusal) => Err(refusal),
    };
    match call {
        Ok((body, watched)) => {
            let call = Forwarded {
                arrived,
                head,
                body,
                watched,
            };
            forward::answer(shared, forwarding, link, connection, call).await
        }
        Err(refusal) => {
            measure_unreadable(shared, arrived);
            Ok(refuse(shared, link, refusal))
        }
    }
}

/// Measures a call that was refused before it could be read.
fn measure_unreadable(shared: &Shared, arrived: Instant) {
    if let Some(mut measurement) = Measurement::begin(shared, arrived, None) {
        measurement.ended = Ended::Fault;
    }
}

/// The response to a call whose body was refused.
fn refuse(shared: &Shared, link: &Link, refusal: Refused) -> Response<Body> {
    let mut response = xml(refused(&shared.service, refusal));
    // The rest of the body is unread, so the connection cannot be used again.
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    link.phase.body_refused();
    response
}

/// The answer to a call after its body was refused.
fn refused(service: &Service, refusal: Refused) -> Bytes {
    let answer = match &refusal {
        Refused::TooLarge { beginning, .. } => service.methods.answer_too_large(beginning),
        Refused::Other(_) => None,
    };
    let answer = answer.unwrap_or_else(|| Err(refusal.into_fault()));
    match answer.and_then(Answer::encode) {
        Ok(body) => body.finish(),
        Err(fault) => write::fault(&fault),
    }
}

/// The body of a call to forward, and what observers and the lab need.
async fn read_for_forwarding(
    shared: &Shared,
    connection: &Connection,
    (arrived, facts): (Instant, Option<HttpFacts>),
    collected: Collected,
) -> Result<(Collected, Option<Box<Watched>>), Refused> {
    let service = &*shared.service;
    if facts.is_none() && service.lab.is_none() {
        return Ok((collected, None));
    }
    let mut reservation = shared.requests.reservation(connection.peer());
    reservation
        .resize(collected.bytes.len())
        .map_err(|budget::Exhausted| body::exhausted())?;
    let forwarded = Collected {
        bytes: collected.bytes.clone(),
        is_gzip: collected.is_gzip,
        reservation,
    };
    let watched = Watched::read(&service.limits, connection, collected, arrived, facts).await;
    Ok((forwarded, Some(Box::new(watched))))
}
