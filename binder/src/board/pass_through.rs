//! The feeds of the chat servers, passed through to the page.
//!
//! Only servers that are registered here are asked, and only for their board. Anybody can register any
//! address, so what comes back is passed on only when it is what a board answers: neither can the
//! binder be made to fetch anything else for the page, nor to send it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ::board::Board;
use ::board::routes::LAB_REQUEST;
use bytes::Bytes;
use dxr_server::axum::Router;
use dxr_server::axum::body::Body;
use dxr_server::axum::extract::{DefaultBodyLimit, Path, State};
use dxr_server::axum::http::header::CONTENT_TYPE;
use dxr_server::axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use dxr_server::axum::response::{IntoResponse, Response};
use dxr_server::axum::routing::get;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use protocol::binder::Endpoint;
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::directory::Directory;

/// How long a server may take to accept a connection. A stream that stands lasts as long as it is
/// watched.
const CONNECT: Duration = Duration::from_secs(2);

/// The largest answer but a stream: two bodies of a call, indented.
const LARGEST_ANSWER: usize = 1 << 20;

/// How long a server may take to begin its answer. An original server knows no boards, answers one
/// call at a time, and says so when it gets to it.
const ANSWER: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Servers {
    /// Streams that are passed through end with this one's own.
    board: Arc<Board>,
    directory: Arc<Mutex<Directory>>,
    http: Client,
}

impl Servers {
    /// The endpoints that are registered at the moment.
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

    /// Asks a server for something of its board.
    ///
    /// # Errors
    /// The answer that says why the page gets nothing.
    async fn ask(
        &self,
        server: &str,
        path: &str,
        build: impl FnOnce(&Client, String) -> RequestBuilder,
    ) -> Result<reqwest::Response, Response> {
        let is_registered =
            server.parse::<Endpoint>().is_ok() && self.registered().contains(server);
        if !is_registered {
            return Err(failed(
                StatusCode::NOT_FOUND,
                "no such server is registered",
            ));
        }
        let request = build(&self.http, format!("http://{server}/board/{path}"));
        match tokio::time::timeout(ANSWER, request.send()).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(failed(
                StatusCode::BAD_GATEWAY,
                "this server does not answer",
            )),
        }
    }
}

/// The routes to the servers in `directory`.
pub(super) fn routes(board: &Arc<Board>, directory: &Arc<Mutex<Directory>>) -> Router {
    let http = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
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
        .layer(DefaultBodyLimit::max(LAB_REQUEST))
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
        .map(|address| json!({ "address": address }))
        .collect();
    (
        [(CONTENT_TYPE, "application/json")],
        json!(registered).to_string(),
    )
        .into_response()
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
    let asked = servers
        .ask(&server, &path, |http, url| {
            let request = http.get(url);
            match headers.get("last-event-id") {
                Some(id) => request.header("last-event-id", id),
                None => request,
            }
        })
        .await;
    match asked {
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
    let asked = servers
        .ask(&server, &format!("calls/{id}"), |http, url| http.get(url))
        .await;
    json_of(asked, "request").await
}

async fn rules(State(servers): State<Servers>, Path(server): Path<String>) -> Response {
    let asked = servers.ask(&server, "lab", |http, url| http.get(url)).await;
    json_of(asked, "rules").await
}

async fn set_rule(
    State(servers): State<Servers>,
    Path(server): Path<String>,
    rule: Bytes,
) -> Response {
    let rule = match serde_json::from_slice::<Map<String, Value>>(&rule) {
        // Written anew, so that nobody's bytes are sent as they came.
        Ok(rule) if !rule.is_empty() => Value::Object(rule).to_string(),
        _ => return failed(StatusCode::BAD_REQUEST, "expected a JSON object"),
    };
    let asked = servers
        .ask(&server, "lab", |http, url| http.post(url).body(rule))
        .await;
    json_of(asked, "rules").await
}

/// A board's answer, which is told by its member `wanted` or `error`, handed on. Whatever else a server
/// sends is not: the page would be a way to read somebody else's content, and to show it under the
/// binder's name.
async fn json_of(asked: Result<reqwest::Response, Response>, wanted: &str) -> Response {
    let answer = match asked {
        Ok(answer) => answer,
        Err(failure) => return failure,
    };
    let status = answer.status();
    let Ok(Some(body)) = tokio::time::timeout(ANSWER, whole(answer)).await else {
        return failed(StatusCode::BAD_GATEWAY, "this server does not answer");
    };
    match serde_json::from_slice::<Map<String, Value>>(&body) {
        Ok(members) if members.contains_key(wanted) || members.contains_key("error") => {
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => no_board(),
    }
}

/// The body of an answer, unless it breaks off or is larger than a board's.
async fn whole(answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.ok()?);
        if body.len() > LARGEST_ANSWER {
            return None;
        }
    }
    Some(body)
}

/// By its status, the page tells an original server from one that is gone.
fn no_board() -> Response {
    failed(StatusCode::NOT_IMPLEMENTED, "this server has no board")
}

fn failed(status: StatusCode, reason: &str) -> Response {
    let body = json!({ "error": reason }).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
