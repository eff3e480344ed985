//! One request: path, verb, origin, size, and then the call in its body.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use dxr::Fault;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue,
    ORIGIN,
};
use hyper::{Method, Request, Response, StatusCode};
use protocol::fault;
use tokio::time::Instant;

use super::Service;
use super::compression::{self, UnpackError};
use super::connection::Activity;
use crate::observe::{Exchange, Peer};
use crate::xml::{read, write};

/// The paths on which calls are answered: Python's client posts to `/RPC2`, others to `/`, and
/// Python's server takes both.
const RPC_PATHS: [&str; 2] = ["/RPC2", "/"];

/// Answers one request. It never fails: whatever is wrong becomes an answer.
pub(super) async fn answer(
    service: Arc<Service>,
    activity: Arc<Activity>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    activity.request_began();
    let response = match refuse(&request) {
        Some(refusal) => refusal,
        None => call(&service, &activity, peer, request).await,
    };
    activity.answer_ready();
    Ok(response)
}

/// The answer to a request that is no call at all.
fn refuse(request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
    if !RPC_PATHS.contains(&request.uri().path()) {
        return Some(plain(
            StatusCode::NOT_FOUND,
            "Nothing is here. XML-RPC calls are answered at POST /RPC2.\n",
        ));
    }
    if request.method() != Method::POST {
        let mut response = plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "XML-RPC calls are made with POST, at /RPC2.\n",
        );
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return Some(response);
    }
    // Only browsers send an Origin, and no page of ours makes calls: it is a foreign page that tries
    // to use the visitor's machine.
    request.headers().contains_key(ORIGIN).then(|| {
        plain(
            StatusCode::FORBIDDEN,
            "Calls from web pages of another origin are refused.\n",
        )
    })
}

async fn call(
    service: &Service,
    activity: &Activity,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let arrived = Instant::now();
    let packs = service.limits.compress && takes_gzip(request.headers());
    let body = match read_body(service, request).await {
        Ok(body) => body,
        Err(refusal) => {
            let mut response = xml(write::fault(&refusal));
            // The rest of the body is not read, so nothing can follow on this connection.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            activity.body_refused();
            return response;
        }
    };
    let mut method = None;
    let outcome = match read::call(&body) {
        Ok(call) => {
            let outcome = service
                .methods
                .dispatch(&call.method, call.parameters)
                .await;
            method = Some(call.method);
            outcome.and_then(super::Answer::encode)
        }
        Err(error) => Err(error.fault()),
    };
    let answer = match outcome {
        Ok(body) => body.finish(),
        Err(refusal) => write::fault(&refusal),
    };
    if let Some(observer) = &service.observer {
        observer.exchanged(Exchange {
            peer: Peer::Caller(peer),
            method,
            request: body,
            answer: answer.clone(),
            duration: arrived.elapsed(),
        });
    }
    if packs
        && answer.len() >= compression::WORTH_COMPRESSING
        && let Some(packed) = compression::pack(&answer)
    {
        let mut response = xml(packed);
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return response;
    }
    xml(answer)
}

/// The whole body, within the limits of size and time.
async fn read_body(service: &Service, request: Request<Incoming>) -> Result<Bytes, Fault> {
    let limit = service.limits.body;
    let too_large = || transport(format!("the body is larger than {limit} bytes"));
    let packed = match request.headers().get(CONTENT_ENCODING) {
        None => false,
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"gzip") => true,
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => false,
        Some(_) => {
            return Err(transport(
                "of Content-Encoding only gzip is read".to_owned(),
            ));
        }
    };
    let body = request.into_body();
    // A body that says it is too large is not read at all.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let collected = Limited::new(body, limit).collect();
    let body = match tokio::time::timeout(service.limits.request, collected).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(error)) => return Err(transport(format!("the body did not arrive: {error}"))),
        Err(_) => {
            return Err(transport(format!(
                "the body did not arrive within {:?}",
                service.limits.request
            )));
        }
    };
    if !packed {
        return Ok(body);
    }
    compression::unpack(&body, limit).map_err(|error| match error {
        UnpackError::TooLarge => too_large(),
        UnpackError::NotGzip => transport("the body is not the gzip it claims to be".to_owned()),
    })
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|encoding| {
            let mut parts = encoding.split(';');
            let is_gzip = parts
                .next()
                .is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip"));
            // A quality of zero means "not that one".
            is_gzip && !parts.any(|quality| quality.replace(' ', "") == "q=0")
        })
}

fn transport(reason: String) -> Fault {
    Fault::new(fault::TRANSPORT, reason)
}

fn xml(body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
