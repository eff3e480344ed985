//! Passes the chat servers' feeds through to the page.
//!
//! Only registered servers are queried, and only for their board. Anyone can register any address, so only
//! what looks like a board's answer is passed on: the binder cannot be used to fetch anything else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ::board::Board;
use ::board::events::{DETAILS_KEY, FAILURE_KEY, RULES_KEY, RegisteredServer};
use ::board::routes::{MAX_LAB_REQUEST, failure, reply};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use protocol::binder::Endpoint;
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::directory::Directory;

/// Timeout for connecting. An open stream has none.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest answer apart from streams: two bodies of a call, indented.
const MAX_ANSWER: usize = 1 << 20;

/// Timeout for the beginning of an answer. An original server answers one call at a time, and then reports
/// that it has no board.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Servers {
    /// Streams that are passed through end with this board's own.
    board: Arc<Board>,
    directory: Arc<Mutex<Directory>>,
    http: Client,
}

impl Servers {
    fn registered(&self) -> BTreeSet<String> {
        self.directory
            .lock()
            .list(Instant::now())
            .into_iter()
            // Behind a built-in name there may be nothing, and never a server with a board.
            .filter(|name| !name.built_in)
            .map(|name| name.endpoint.to_string())
            .collect()
    }

    /// Fetches something from a server's board, or returns the answer with the reason why not.
    async fn fetch(
        &self,
        server: &str,
        path: &str,
        build: impl FnOnce(&Client, String) -> RequestBuilder,
    ) -> Result<reqwest::Response, Response> {
        let is_registered =
            server.parse::<Endpoint>().is_ok() && self.registered().contains(server);
        if !is_registered {
            return Err(failure(
                StatusCode::NOT_FOUND,
                "no such server is registered",
            ));
        }
        let request = build(&self.http, format!("http://{server}/board/{path}"));
        match tokio::time::timeout(ANSWER_TIMEOUT, request.send()).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(failure(
                StatusCode::BAD_GATEWAY,
                "this server does not answer",
            )),
        }
    }
}

/// The routes to the boards of the servers in `directory`.
pub(super) fn routes(board: &Arc<Board>, directory: &Arc<Mutex<Directory>>) -> Router {
    let http = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build();
    let http = match http {
        Ok(http) => http,
        Err(error) => {
            tracing::warn!(%error, "the board shows the binder's calls alone");
            return Router::new();
        }
    };
    Router::new()
        .route("/board/servers", get(servers))
        .route("/board/servers/{server}/events", get(events))
        .route("/board/servers/{server}/calls/{id}", get(call))
        .route("/board/servers/{server}/lab", get(rules).post(set_rule))
        .layer(DefaultBodyLimit::max(MAX_LAB_REQUEST))
        .with_state(Servers {
            board: Arc::clone(board),
            directory: Arc::clone(directory),
            http,
        })
}

async fn servers(State(servers): State<Servers>) -> Response {
    let registered: Vec<_> = servers
        .registered()
        .into_iter()
        .map(|address| RegisteredServer { address })
        .collect();
    reply(StatusCode::OK, &registered)
}

async fn events(
    State(servers): State<Servers>,
    Path(server): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = match uri.query() {
        Some(query) => format!("events?{query}"),
        None => "events".to_owned(),
    };
    let answer = servers
        .fetch(&server, &path, |http, url| {
            let request = http.get(url);
            match headers.get("last-event-id") {
                Some(id) => request.header("last-event-id", id),
                None => request,
            }
        })
        .await;
    match answer {
        Ok(answer) if is_stream(&answer) => (
            [(CONTENT_TYPE, "text/event-stream")],
            Body::from_stream(
                answer
                    .bytes_stream()
                    .take_until(Box::pin(servers.board.stopped())),
            ),
        )
            .into_response(),
        Ok(_) => no_board(),
        Err(failure) => failure,
    }
}

fn is_stream(answer: &reqwest::Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE);
    answer.status() == StatusCode::OK
        && kind.map(HeaderValue::as_bytes) == Some(b"text/event-stream")
}

async fn call(State(servers): State<Servers>, Path((server, id)): Path<(String, u64)>) -> Response {
    let answer = servers
        .fetch(&server, &format!("calls/{id}"), |http, url| http.get(url))
        .await;
    pass_json(answer, DETAILS_KEY).await
}

async fn rules(State(servers): State<Servers>, Path(server): Path<String>) -> Response {
    let answer = servers
        .fetch(&server, "lab", |http, url| http.get(url))
        .await;
    pass_json(answer, RULES_KEY).await
}

async fn set_rule(
    State(servers): State<Servers>,
    Path(server): Path<String>,
    rule: Bytes,
) -> Response {
    let rule = match serde_json::from_slice::<Map<String, Value>>(&rule) {
        // Encoded again, so that the bytes of the request are not passed on.
        Ok(rule) if !rule.is_empty() => Value::Object(rule).to_string(),
        _ => return failure(StatusCode::BAD_REQUEST, "expected a JSON object"),
    };
    let answer = servers
        .fetch(&server, "lab", |http, url| http.post(url).body(rule))
        .await;
    pass_json(answer, RULES_KEY).await
}

/// Passes a board's answer on, recognized by its key `wanted` or `error`. Other content is not: the page
/// could be used to read it, and to show it under the binder's name.
async fn pass_json(answer: Result<reqwest::Response, Response>, wanted: &str) -> Response {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return failure,
    };
    let status = answer.status();
    let Ok(Some(body)) = tokio::time::timeout(ANSWER_TIMEOUT, read_limited(answer)).await else {
        return failure(StatusCode::BAD_GATEWAY, "this server does not answer");
    };
    match serde_json::from_slice::<Map<String, Value>>(&body) {
        Ok(members) if members.contains_key(wanted) || members.contains_key(FAILURE_KEY) => {
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => no_board(),
    }
}

/// The body of an answer, unless it is interrupted or too large.
async fn read_limited(answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.ok()?);
        if body.len() > MAX_ANSWER {
            return None;
        }
    }
    Some(body)
}

/// The page uses the status to tell an original server from one that has stopped.
fn no_board() -> Response {
    failure(StatusCode::NOT_IMPLEMENTED, "this server has no board")
}
