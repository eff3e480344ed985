//! Pages: what is not a call is answered by a router, or with a hint where calls are answered.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body as PageBody;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tower_service::Service as _;

use super::budget::{Exhausted, FREE_OF_ANSWER};
use super::http::RPC_PATHS;
use super::response::{Body, plain};
use super::service::Shared;

/// Answers a request that is not a call: with a page, or with a hint where calls are answered.
pub(super) async fn serve(
    shared: Arc<Shared>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let service = &shared.service;
    let path = request.uri().path();
    let is_page = path != "/RPC2" && service.pages.is_some();
    if RPC_PATHS.contains(&path) && !(is_page && request.method() == Method::GET) {
        let mut response = plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "XML-RPC calls are made with POST, at /RPC2.\n",
        );
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let nothing = || {
        plain(
            StatusCode::NOT_FOUND,
            "Nothing is here. XML-RPC calls are answered at POST /RPC2.\n",
        )
    };
    let Some(pages) = &service.pages else {
        return nothing();
    };
    // A router never fails and is always ready; its clone shares the routes.
    match pages.clone().call(request.map(PageBody::new)).await {
        // The router's own 404 has no content type.
        Ok(page)
            if page.status() != StatusCode::NOT_FOUND
                || page.headers().contains_key(CONTENT_TYPE) =>
        {
            within_budget(&shared, peer, page).await
        }
        _ => nothing(),
    }
}

/// Charges the budget for answers until the last byte of a page was sent. A stream, whose length is not known, has
/// bounds of its own.
async fn within_budget(shared: &Shared, peer: IpAddr, page: Response<PageBody>) -> Response<Body> {
    let length = page.body().size_hint().exact();
    if length.is_none_or(|length| length <= FREE_OF_ANSWER as u64) {
        return page.map(Either::Right);
    }
    let (head, body) = page.into_parts();
    let Ok(body) = body.collect().await else {
        return plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The page cannot be read.\n",
        );
    };
    match shared.answers.charge(peer, body.to_bytes()) {
        Ok(body) => Response::from_parts(head, Either::Left(Full::new(body))),
        Err(Exhausted) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many large answers at the same time; ask again later.\n",
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use crate::{Limits, Methods, Service, serve};

    /// More than the system's buffers take.
    const PAGE: usize = 16 << 20;

    async fn get_page(address: std::net::SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn pages_that_are_not_read_share_the_budget_for_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service {
            // One address gets half, which is one page and no more.
            limits: Limits {
                answers: 3 * PAGE,
                ..Limits::default()
            },
            pages: Some(Router::new().route("/page", get(async || vec![b'x'; PAGE]))),
            ..Service::new(Methods::new())
        };
        tokio::spawn(serve(listener, service, std::future::pending()));
        let status = async |stream: &mut TcpStream| {
            let mut beginning = [0; 12];
            stream.read_exact(&mut beginning).await.unwrap();
            String::from_utf8_lossy(&beginning).into_owned()
        };
        let mut unread = get_page(address).await;
        assert_eq!(status(&mut unread).await, "HTTP/1.1 200");
        let mut refused = get_page(address).await;
        assert_eq!(status(&mut refused).await, "HTTP/1.1 503");
        let mut page = Vec::new();
        unread.read_to_end(&mut page).await.unwrap();
        assert!(
            page.len() > PAGE && page.ends_with(b"xxx"),
            "{}",
            page.len()
        );
        let mut again = get_page(address).await;
        assert_eq!(status(&mut again).await, "HTTP/1.1 200");
    }
}
