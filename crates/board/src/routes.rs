//! The board's paths: `/board/events`, `/board/calls/{id}`, `/board/calls?from=&to=`, `/board/lab`.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::stream;
use rpc::observe::{CallId, Peer};
use rpc::serve::lab::{Rule, When};
use serde::Serialize;
use serde_json::Value;

use crate::board::Board;
use crate::calls;
use crate::events::{self, Failure};
use crate::guard::{Access, Guard};
use crate::stream::EventStream;

/// The largest request that changes the lab.
pub const MAX_LAB_REQUEST: usize = 4 << 10;

/// The routes of a board.
pub fn routes(board: &Arc<Board>) -> Router {
    Router::new()
        .route("/board/events", get(events))
        .route("/board/calls", get(calls))
        .route("/board/calls/{id}", get(call))
        .route("/board/lab", get(rules).post(set_rule))
        .with_state(Arc::clone(board))
}

/// Puts the routes of `router` behind a guard, and adds the headers that restrict browsers.
pub fn guarded(router: Router, guard: Guard) -> Router {
    let guard = Arc::new(guard);
    // Paths without a route are not guarded: a wrong path is not secret.
    router.route_layer(middleware::from_fn(move |request: Request, next: Next| {
        let guard = Arc::clone(&guard);
        async move {
            let reader = match guard.access(request.headers()) {
                Access::Refused => {
                    let text =
                        "The board is shown under this machine's own names, to its own pages.\n";
                    return (StatusCode::FORBIDDEN, text).into_response();
                }
                Access::Own => None,
                Access::BindersPage(origin) => Some(origin.clone()),
            };
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            if let Some(origin) = reader {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
            headers.insert(VARY, HeaderValue::from_static("origin"));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(
                "cross-origin-resource-policy",
                HeaderValue::from_static("same-origin"),
            );
            response
        }
    }))
}

fn address_of(peer: &Peer) -> IpAddr {
    match peer {
        Peer::Caller(peer) => peer.ip(),
        Peer::Server(_) => Ipv4Addr::UNSPECIFIED.into(),
    }
}

async fn events(
    State(board): State<Arc<Board>>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    // A browser that reconnects by itself sends this header. A page that opens a new stream cannot set it,
    // and asks for `?after=LIFE-NUMBER` instead.
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .or_else(|| uri.query()?.strip_prefix("after=")?.parse().ok());
    let address = rpc::network(address_of(&peer));
    let Some(viewer) = board.feed.subscribe(last, address) else {
        return failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "enough browsers watch already",
        );
    };
    let events = stream::unfold(EventStream::new(board, viewer), |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, Infallible>(piece), stream))
    });
    (
        [(CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events),
    )
        .into_response()
}

/// The details of several calls, for an export.
async fn calls(
    State(board): State<Arc<Board>>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
) -> Response {
    let bound = |name: &str| {
        let mut pairs = uri
            .query()?
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name)?.1.parse().ok()
    };
    let (Some(from), Some(to)) = (bound("from"), bound("to")) else {
        return failure(StatusCode::BAD_REQUEST, "expected from=NUMBER&to=NUMBER");
    };
    in_lane(&peer, move || {
        let kept = board.calls.lock().range(CallId(from), CallId(to));
        reply(StatusCode::OK, &calls::details_of(&kept, board.private))
    })
    .await
}

async fn call(
    State(board): State<Arc<Board>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<u64>,
) -> Response {
    in_lane(&peer, move || {
        let call = board.calls.lock().get(CallId(id));
        match call {
            Some(call) => reply(StatusCode::OK, &call.details(board.private)),
            None => failure(StatusCode::GONE, "this call is not kept any more"),
        }
    })
    .await
}

/// Indenting the XML of calls takes a while, so it waits for its turn as costly calls do.
async fn in_lane(peer: &Peer, answer: impl FnOnce() -> Response + Send + 'static) -> Response {
    let answered = rpc::serve::run_in_lane(address_of(peer), answer).await;
    answered.unwrap_or_else(|| failure(StatusCode::INTERNAL_SERVER_ERROR, "internal error"))
}

async fn rules(State(board): State<Arc<Board>>) -> Response {
    match board.rules() {
        Some(rules) => reply(StatusCode::OK, &rules),
        None => no_lab(),
    }
}

async fn set_rule(State(board): State<Arc<Board>>, request: Request) -> Response {
    let Some(lab) = &board.lab else {
        return no_lab();
    };
    let wrong = |reason: &str| failure(StatusCode::BAD_REQUEST, reason);
    let body = axum::body::to_bytes(request.into_body(), MAX_LAB_REQUEST).await;
    let Some(wanted) = body
        .ok()
        .and_then(|body| serde_json::from_slice::<Value>(&body).ok())
    else {
        return wrong("expected a JSON object with method, action and probability");
    };
    let text = |name: &str| wanted.get(name).and_then(Value::as_str);
    let (Some(method), Some(action)) = (text("method"), text("action")) else {
        return wrong("expected a method and an action, both texts");
    };
    let rule = if action == "none" {
        None
    } else {
        let count = |name: &str| wanted.get(name).and_then(Value::as_u64);
        let every = count("every").map(|every| u32::try_from(every).unwrap_or(u32::MAX));
        let when = match (wanted.get("next"), every) {
            (Some(Value::Bool(true)), _) => When::Next,
            (_, Some(every)) => When::Every(every),
            _ => When::Chance(
                wanted
                    .get("probability")
                    .and_then(Value::as_f64)
                    .unwrap_or(1.0),
            ),
        };
        let delay = count("milliseconds").map(Duration::from_millis);
        match Rule::new(action, when, text("client"), delay) {
            Ok(rule) => Some(rule),
            Err(error) => return wrong(&error.to_string()),
        }
    };
    match lab.set(method, rule) {
        Ok(()) => rules(State(Arc::clone(&board))).await,
        Err(error) => wrong(&error.to_string()),
    }
}

fn no_lab() -> Response {
    failure(
        StatusCode::NOT_FOUND,
        "this server was started without --lab",
    )
}

/// A response with data as JSON.
pub fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    let body = events::json(body);
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A response with the reason why there is no other.
pub fn failure(status: StatusCode, reason: &str) -> Response {
    reply(status, &Failure { error: reason })
}
