//! One connection: hyper speaks HTTP, and a watchdog closes it when the peer misses its deadline.

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

/// Largest read buffer, and so the largest header: several times what clients and browsers send. The
/// buffers of all connections fit into memory; hyper's default is 400 KiB each.
const BUFFER: usize = 32 << 10;

/// Serves one connection until the peer closes it, misses its deadline, or the server stops.
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
        // hyper's header timeout needs a timer; the watchdog replaces it (see `activity`).
        .header_read_timeout(None)
        // A peer that has closed its sending side still waits for the answer. Without this, hyper would
        // drop a call that has been read, and Python's client would repeat it.
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
            // A closed channel means that the server has stopped, too.
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

/// How long, and for how many bytes, a peer may go on sending after its body was refused; the bytes are
/// discarded.
///
/// The system answers unread bytes with a reset, and the peer would lose the fault that it has not read
/// yet.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 16 << 20;

/// The remainder of a lingering close.
struct Lingering {
    until: Pin<Box<tokio::time::Sleep>>,
    bytes: usize,
}

/// A stream that records the first bytes of a request, and lingers before it closes when a body was
/// refused.
struct Stream<S> {
    stream: S,
    activity: Arc<Activity>,
    lingering: Option<Lingering>,
}

impl<S: AsyncRead + Unpin> Stream<S> {
    /// Discards what arrives until the peer has closed or the limits are reached.
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
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.activity.wrote(polled.is_pending());
        polled
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
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
