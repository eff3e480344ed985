//! What a request is answered with, by this server or by the one that it is forwarded to.

use axum::body::Body as PageBody;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use thiserror::Error;

/// The complete answer to a call, or a page, which may be a stream.
pub(super) type Body = Either<Full<Bytes>, PageBody>;

/// The call gets no answer, and the connection is closed: the lab dropped it, or the server that it was forwarded to
/// did the same.
#[derive(Clone, Copy, Debug, Error)]
#[error("the call gets no answer")]
pub(super) struct Dropped;

/// The answer to a call.
pub(super) fn xml(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(body)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// A plain text.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
