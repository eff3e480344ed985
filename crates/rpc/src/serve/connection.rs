//! One connection: hyper speaks HTTP on it, and a watchdog closes it when its peer takes too long.

use std::future::Future as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

use super::activity::Activity;
use super::http;
use super::service::Shared;

/// The most that is buffered of what a peer sends, which is also how large a header may be: several
/// times what clients and browsers send, and as many of them as there may be connections fit into the
/// memory. hyper would take 400 KiB of each.
const BUFFER: usize = 32 << 10;

/// Serves one connection until its peer closes it, takes too long, or the server stops.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: SocketAddr,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let activity = Arc::new(Activity::new());
    let stream = Stream {
        stream,
        activity: Arc::clone(&activity),
        lingering: None,
    };
    let limits = shared.service.limits.clone();
    let answering = {
        let activity = Arc::clone(&activity);
        service_fn(move |request| {
            http::answer(Arc::clone(&shared), Arc::clone(&activity), peer, request)
        })
    };
    let connection = http1::Builder::new()
        // hyper's header limit needs a timer; the watchdog stands in for it (see above).
        .header_read_timeout(None)
        // Whoever has said that nothing more comes still waits for the answer. hyper would hang up on
        // a call that has been read, and Python's client would make it a second time.
        .half_close(true)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), answering);
    tokio::pin!(connection);
    let mut is_stopping = *stopping.borrow();
    if is_stopping {
        connection.as_mut().graceful_shutdown();
    }
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "connection ended");
                }
                return;
            }
            // A closed channel means that the server is gone, which is the same as stopping.
            _ = stopping.changed(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = activity.expired(&limits) => {
                tracing::debug!(%peer, "connection closed: its peer took too long");
                return;
            }
        }
    }
}

/// How long, and for how many bytes, a peer whose body was refused may go on sending into the void.
///
/// The system answers bytes that nobody reads with a reset, which makes the peer lose an answer that
/// it has not read yet; it would see a broken connection instead of the fault that says why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 16 << 20;

/// What is left of a lingering close.
struct Lingering {
    until: Pin<Box<tokio::time::Sleep>>,
    bytes: usize,
}

/// A stream that tells when the first bytes of a request arrive, and closes gently when a body was
/// refused.
struct Stream<S> {
    stream: S,
    activity: Arc<Activity>,
    lingering: Option<Lingering>,
}

impl<S: AsyncRead + Unpin> Stream<S> {
    /// Reads what still comes and forgets it, until the peer has closed or the limits are reached.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            until: Box::pin(tokio::time::sleep(LINGER)),
            bytes: LINGER_BYTES,
        });
        let mut discarded = [0; 8 << 10];
        while lingering.bytes > 0 {
            let mut buffer = ReadBuf::new(&mut discarded);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.bytes = lingering.bytes.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return lingering.until.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.bytes_arrived();
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
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
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        if self.activity.is_body_refused() {
            ready!(self.poll_linger(context));
        }
        Poll::Ready(Ok(()))
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
