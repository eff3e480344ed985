//! The ceiling: axum as it comes, answering fixed bytes. The body is read, as it has to be on a
//! connection that is kept, and not looked at.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use bytes::Bytes;

use super::process::Server;
use super::role::{in_role, listen};

pub(crate) fn start(answer: &[u8]) -> anyhow::Result<Server> {
    Server::start(in_role(&["bare"])?, std::str::from_utf8(answer)?)
}

pub(super) async fn serve(answer: Bytes) -> anyhow::Result<()> {
    let routes = Router::new()
        .route("/RPC2", post(respond))
        .with_state(answer);
    Ok(axum::serve(listen("bare axum").await?, routes).await?)
}

async fn respond(
    State(answer): State<Bytes>,
    _body: Bytes,
) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(CONTENT_TYPE, "text/xml")], answer)
}
