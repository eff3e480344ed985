//! HTTP with a server, one request at a time. If a request fails, it is known whether any of it was sent, and
//! whether an answer had begun.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::destination::Connected;
use super::failed::Failed;
use super::headers;
use crate::cause;

type Http = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// A connection to a server, for the calls of one client.
pub(in crate::serve) struct ServerConnection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` when it has ended.
    connection: Option<Pin<Box<Http>>>,
    has_answered: Arc<AtomicBool>,
    /// The server as its clients name it, `host:port`.
    host: Arc<str>,
    /// The same as a header, if it can be one.
    host_header: Option<HeaderValue>,
    is_substitute: bool,
}

/// What became of a request.
pub(super) enum Sent {
    Answer(Response<Incoming>),
    Failed(Failed),
    /// Not a byte of it was written.
    NotAtAll((Parts, Bytes)),
}

impl ServerConnection {
    pub(super) async fn new(connected: Connected) -> Result<Self, Failed> {
        let Connected {
            stream,
            host,
            is_substitute,
        } = connected;
        // Requests are written at once.
        let _ = stream.set_nodelay(true);
        let has_answered = Arc::new(AtomicBool::new(false));
        let io = TokioIo::new(Stream {
            stream,
            has_answered: Arc::clone(&has_answered),
        });
        let (sender, connection) = http1::Builder::new()
            .preserve_header_case(true)
            .handshake(io)
            .await
            .map_err(|error| Failed::NotDelivered(cause::deepest(&error)))?;
        Ok(Self {
            sender,
            connection: Some(Box::pin(connection)),
            has_answered,
            host_header: HeaderValue::from_str(&host).ok(),
            host,
            is_substitute,
        })
    }

    /// Whether the connection is kept for further calls. Until the next one it wakes no task.
    pub(super) fn is_kept(&mut self) -> bool {
        self.poll_connection(&mut Context::from_waker(Waker::noop()));
        !self.is_substitute && self.is_usable()
    }

    /// Whether another request can be sent, as far as it is known. If the server has closed the connection since the
    /// last one, [`Self::exchange`] notices that before it sends anything.
    pub(super) fn is_usable(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    pub(super) async fn exchange(&mut self, (head, body): (Parts, Bytes)) -> Sent {
        self.has_answered.store(false, Ordering::Relaxed);
        let request = request(head, body.clone(), self.host_header.clone());
        let sending = self.sender.try_send_request(request);
        let mut failure = match self.drive(sending).await {
            Ok(response) => return Sent::Answer(response),
            Err(failure) => failure,
        };
        if let Some(unsent) = failure.take_message() {
            return Sent::NotAtAll((unsent.into_parts().0, body));
        }
        Sent::Failed(if self.has_answered.load(Ordering::Relaxed) {
            Failed::Broken(cause::deepest(failure.error()))
        } else {
            Failed::ServerClosed
        })
    }

    /// Completes a future that waits for the connection and for nothing else.
    ///
    /// The connection is polled in the same task, so the future needs no waker: it would only have the whole task polled
    /// once more. For the same reason it is not subject to the runtime's budget, which wakes by the waker.
    pub(super) async fn drive<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(tokio::task::coop::unconstrained(future));
        poll_fn(|context| {
            let mut unwoken = Context::from_waker(Waker::noop());
            // What the connection has brought already.
            if let Poll::Ready(output) = future.as_mut().poll(&mut unwoken) {
                return Poll::Ready(output);
            }
            self.poll_connection(context);
            future.as_mut().poll(&mut unwoken)
        })
        .await
    }

    fn poll_connection(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && let Poll::Ready(ended) = connection.as_mut().poll(context)
        {
            if let Err(error) = ended {
                tracing::debug!(server = %self.host, %error, "the connection to the server ended");
            }
            self.connection = None;
        }
    }
}

/// A request for the next hop.
fn request(mut head: Parts, body: Bytes, host: Option<HeaderValue>) -> Request<Full<Bytes>> {
    head.headers = headers::of_request(head.headers, host, body.len());
    head.version = hyper::Version::HTTP_11;
    Request::from_parts(head, Full::new(body))
}

/// The stream of a connection to a server, with whether anything of an answer has arrived.
struct Stream {
    stream: TcpStream,
    has_answered: Arc<AtomicBool>,
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
