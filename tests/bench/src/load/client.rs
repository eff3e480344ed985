//! One client: a connection that is kept alive, and one call at a time on it.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A client of one server. It connects at its first call, and again when the server has closed the
/// connection, as Python's servers do after each answer.
pub(crate) struct Client {
    server: SocketAddr,
    host: HeaderValue,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client that has not connected yet.
    pub(crate) fn new(server: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            host: HeaderValue::from_str(&server.to_string())?,
            connection: None,
        })
    }

    /// Makes a call and gives the body of its answer.
    pub(crate) async fn call(&mut self, body: Bytes) -> anyhow::Result<Bytes> {
        let mut connection = match self.open_connection().await {
            Some(open) => open,
            None => connect(self.server).await?,
        };
        // The headers of Python's client.
        let request = Request::post("/RPC2")
            .header(HOST, self.host.clone())
            .header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
            .header(CONTENT_TYPE, HeaderValue::from_static("text/xml"))
            .header(USER_AGENT, HeaderValue::from_static("Python-xmlrpc/3.11"))
            .body(Full::new(body))?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        ensure!(status == StatusCode::OK, "HTTP status {status}");
        let is_kept_alive = response.version() == Version::HTTP_11;
        let answer = response.into_body().collect().await?.to_bytes();
        if is_kept_alive {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    /// The connection of the last call, if the server has not closed it.
    async fn open_connection(&mut self) -> Option<SendRequest<Full<Bytes>>> {
        let mut connection = self.connection.take()?;
        connection.ready().await.ok()?;
        Some(connection)
    }
}

async fn connect(server: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(server)
        .await
        .with_context(|| format!("cannot connect to {server}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with its sender, which reports the errors of the connection.
    tokio::spawn(connection);
    Ok(sender)
}
