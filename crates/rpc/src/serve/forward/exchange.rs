//! One exchange with the server: over the connection that is there, or over a new one.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::http::request::Parts;
use hyper::http::response;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::{Connected, Failed, Forwarding, headers, request};
use crate::cause;
use crate::serve::Connection;
use crate::serve::body::{self, Uncollected};
use crate::serve::link::Link;
use crate::serve::service::Shared;

/// Largest answer, as large as our own callers read one.
const LARGEST_ANSWER: usize = 64 << 20;

/// A call that takes longer is watched for a client that hangs up.
const QUICK: Duration = Duration::from_secs(1);

/// How long the server is still waited for when the client seems to be gone: one that has closed only its
/// sending side looks the same, and waits for its answer.
const GONE: Duration = Duration::from_secs(2);

/// A complete answer.
pub(super) struct Answered {
    pub(super) head: response::Parts,
    pub(super) body: Bytes,
}

/// What a call is forwarded with.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a> {
    pub(super) shared: &'a Shared,
    pub(super) forwarding: &'a Forwarding,
    pub(super) link: &'a Link,
    pub(super) connection: &'a Connection,
}

impl Exchange<'_> {
    /// Sends the call once, and waits for the answer as long as the client does.
    pub(super) async fn run(self, head: Parts, body: Bytes) -> Result<Answered, Failed> {
        let limit = self.forwarding.timeout;
        let mut exchange = pin!(self.send(head, body));
        if let Ok(answered) = tokio::time::timeout(QUICK.min(limit), &mut exchange).await {
            return answered;
        }
        let gone = async {
            self.connection.waits_no_more().await;
            tokio::time::sleep(GONE).await;
        };
        tokio::select! {
            answered = exchange => answered,
            () = gone => Err(Failed::Gone),
            () = tokio::time::sleep(limit.saturating_sub(QUICK)) => Err(Failed::TimedOut(limit)),
        }
    }

    async fn send(self, head: Parts, body: Bytes) -> Result<Answered, Failed> {
        let kept = self.link.upstream.lock().take();
        let mut request = (head, body);
        if let Some(mut upstream) = kept
            && upstream.is_usable()
        {
            match upstream.exchange(request).await {
                Sent::Answer(response) => return self.collect(upstream, response).await,
                Sent::Failed(failed) => return Err(failed),
                Sent::NotAtAll(unsent) => request = unsent,
            }
        }
        let connected = self.forwarding.connect.connect().await;
        let connected =
            connected.map_err(|unreachable| Failed::NotDelivered(unreachable.to_string()))?;
        let mut upstream = Box::new(Upstream::new(connected).await?);
        match upstream.exchange(request).await {
            Sent::Answer(response) => self.collect(upstream, response).await,
            Sent::Failed(failed) => Err(failed),
            Sent::NotAtAll(_) => Err(Failed::NotDelivered("the connection closed".to_owned())),
        }
    }

    async fn collect(
        self,
        mut upstream: Box<Upstream>,
        response: Response<Incoming>,
    ) -> Result<Answered, Failed> {
        let (mut head, incoming) = response.into_parts();
        // The answer is charged while it arrives, and again by the caller while it is sent.
        let mut share = self.shared.answers.share(self.link.ends.peer.ip());
        let arriving = body::arrive(Limited::new(incoming, LARGEST_ANSWER), &mut share);
        let body = upstream
            .drive(arriving)
            .await
            .map_err(|error| match error {
                Uncollected::Exhausted => Failed::NoBudget,
                Uncollected::TooLarge { .. } => Failed::TooLarge(LARGEST_ANSWER),
                Uncollected::Broken(error) => Failed::Broken(cause::deepest(&*error)),
            })?;
        head.headers = headers::of_answer(head.headers, body.len());
        head.version = hyper::Version::HTTP_11;
        if upstream.is_usable() {
            *self.link.upstream.lock() = Some(upstream);
        }
        Ok(Answered { head, body })
    }
}

type Http = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// A connection to a server, for the calls of one client.
pub(in crate::serve) struct Upstream {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` when it has ended.
    connection: Option<Pin<Box<Http>>>,
    has_answered: Arc<AtomicBool>,
    host: Arc<str>,
}

/// What became of a request.
enum Sent {
    Answer(Response<Incoming>),
    Failed(Failed),
    /// Not a byte of it was written.
    NotAtAll((Parts, Bytes)),
}

impl Upstream {
    async fn new(connected: Connected) -> Result<Self, Failed> {
        let Connected { stream, host } = connected;
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
            host,
        })
    }

    /// Whether another request can be sent: the server has not closed the connection since the last one.
    fn is_usable(&mut self) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        self.poll_connection(&mut context);
        self.connection.is_some() && self.sender.is_ready()
    }

    async fn exchange(&mut self, (head, body): (Parts, Bytes)) -> Sent {
        self.has_answered.store(false, Ordering::Relaxed);
        let request: Request<_> = request(head, body.clone(), &self.host);
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
            Failed::Closed
        })
    }

    /// Completes a future that needs the connection to go on.
    async fn drive<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.poll_connection(context);
            future.as_mut().poll(context)
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
