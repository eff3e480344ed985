//! The board's paths: `/board/events`, `/board/calls/{id}`, `/board/lab`.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use rpc::observe::CallId;
use rpc::serve::lab::Rule;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::board::{Board, Snapshot};
use crate::events::{self, Event, Failure, Rules};
use crate::feed::{Batch, Viewer};
use crate::guard::Guard;

/// Interval of checks whether the server's state has changed.
const STATE_INTERVAL: Duration = Duration::from_secs(1);

/// Ticks after which the state is sent unchanged: it corrects countdowns on the page, and detects closed
/// connections.
const RESEND_AFTER: u32 = 5;

/// The largest request that changes the lab.
pub const MAX_LAB_REQUEST: usize = 4 << 10;

/// The routes of a board.
pub fn routes(board: &Arc<Board>) -> Router {
    Router::new()
        .route("/board/events", get(events))
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
            if !guard.admits(request.headers()) {
                let text = "The board is shown under this machine's own names, to its own pages.\n";
                return (StatusCode::FORBIDDEN, text).into_response();
            }
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
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

async fn events(State(board): State<Arc<Board>>, uri: Uri, headers: HeaderMap) -> Response {
    // A browser that reconnects by itself sends this header. A page that opens a new stream cannot set it,
    // and asks for `?after=N` instead.
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .or_else(|| uri.query()?.strip_prefix("after=")?.parse().ok());
    let Some(viewer) = board.feed.subscribe(last) else {
        let text = "Enough browsers watch already.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let mut ticks = interval_at(Instant::now() + STATE_INTERVAL, STATE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let stream = EventStream {
        board,
        viewer,
        ticks,
        sent_key: None,
        sent_rules: None,
        ticks_since_sent: 0,
    };
    let events = stream::unfold((stream, true), |(mut stream, first)| async move {
        let text = if first {
            stream.first_message()
        } else {
            stream.next().await?
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (stream, false)))
    });
    (
        [(CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events),
    )
        .into_response()
}

struct EventStream {
    board: Arc<Board>,
    viewer: Viewer,
    ticks: tokio::time::Interval,
    /// The key of the state that was sent last.
    sent_key: Option<String>,
    sent_rules: Option<Rules>,
    /// Since the state was sent.
    ticks_since_sent: u32,
}

impl EventStream {
    /// The server and its state.
    fn first_message(&mut self) -> String {
        let mut text = message(&self.board.hello(0));
        text.push_str(&self.state().unwrap_or_default());
        text
    }

    /// The next messages; `None` when the server stops.
    async fn next(&mut self) -> Option<String> {
        loop {
            tokio::select! {
                batch = self.viewer.next() => return batch.map(|batch| self.messages(&batch)),
                _ = self.ticks.tick() => {
                    if let Some(text) = self.state() {
                        return Some(text);
                    }
                }
            }
        }
    }

    fn messages(&self, batch: &Batch) -> String {
        let mut text = String::new();
        if batch.missed > 0 {
            text = message(&self.board.hello(batch.missed));
        }
        for (id, event) in &batch.events {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "id: {id}");
            text.push_str(&message(event));
        }
        text
    }

    /// The server's state, if it is due.
    fn state(&mut self) -> Option<String> {
        let mut text = String::new();
        self.ticks_since_sent += 1;
        let Snapshot { key, event } = (self.board.snapshot)();
        if self.sent_key.as_ref() != Some(&key) || self.ticks_since_sent >= RESEND_AFTER {
            self.sent_key = Some(key);
            self.ticks_since_sent = 0;
            text.push_str(&message(&event));
        }
        let rules = self.board.rules();
        if let Some(rules) = &rules
            && self.sent_rules.as_ref() != Some(rules)
        {
            text.push_str(&message(&rules.clone().into()));
        }
        self.sent_rules = rules;
        (!text.is_empty()).then_some(text)
    }
}

/// JSON on one line contains no line end that could begin another field.
fn message(Event { kind, json }: &Event) -> String {
    format!("event: {kind}\ndata: {json}\n\n")
}

async fn call(State(board): State<Arc<Board>>, Path(id): Path<u64>) -> Response {
    let details = board.calls.lock().details(CallId(id));
    match details {
        Some(details) => reply(StatusCode::OK, &details),
        None => failure(StatusCode::GONE, "this call is not kept any more"),
    }
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
        let probability = wanted.get("probability").and_then(Value::as_f64);
        let delay = wanted
            .get("milliseconds")
            .and_then(Value::as_u64)
            .map(Duration::from_millis);
        match Rule::new(action, probability.unwrap_or(1.0), delay) {
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
