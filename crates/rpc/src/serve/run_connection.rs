//! One connection: hyper speaks HTTP, and a watchdog closes it when the peer misses its deadline.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::http;
use super::link::{Ends, Link};
use super::service::Shared;
use super::stream::{PollArrival, Stream};

/// Largest header: several times what clients and browsers send.
const LARGEST_HEADER: usize = 32 << 10;

/// Largest read buffer. The buffers of all connections fit into memory; hyper's default is 400 KiB each.
const BUFFER: usize = LARGEST_HEADER;

/// Serves one connection until the peer closes it, misses its deadline, or the server stops.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    poll_arrival: PollArrival<S>,
    ends: Ends,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let peer = ends.peer;
    let link = Link::new(ends);
    let phase = Arc::clone(&link.phase);
    let (stream, watched_stream) = Stream::new(stream, peer.ip(), Arc::clone(&phase));
    let limits = shared.service.limits.clone();
    // Forwarded calls keep the headers of both sides as they are.
    let forwards = shared.service.forwarding.is_some();
    let of_requests = Arc::clone(&link);
    let answering = service_fn(move |request| {
        http::answer(Arc::clone(&shared), Arc::clone(&of_requests), request)
    });
    let connection = http1::Builder::new()
        // hyper's header timeout needs a timer; the watchdog replaces it (see `phase`).
        .header_read_timeout(None)
        // A peer that has closed its sending side still waits for the answer. Without this, hyper would
        // drop a call that has been read, and Python's client would repeat it.
        .half_close(true)
        .preserve_header_case(forwards)
        .auto_date_header(!forwards)
        .max_buf_size(BUFFER)
        // A buffer may be larger than was asked for, and a header that is complete in it with it.
        .max_header_size(LARGEST_HEADER)
        .serve_connection(TokioIo::new(stream), answering);
    tokio::pin!(connection);
    let mut is_stopping = *stopping.borrow();
    if is_stopping {
        connection.as_mut().graceful_shutdown();
    }
    let hung_up = || {
        poll_fn(|context| match phase.is_watched() || phase.is_streaming() {
            true => poll_arrival(&watched_stream.lock(), context),
            false => Poll::Pending,
        })
    };
    loop {
        tokio::select! {
            // Poll the connection first: only that starts the handler, which may set `is_watched`.
            biased;
            ended = poll_fn(|context| link.poll(context, |context| connection.as_mut().poll(context))) => {
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
            () = hung_up() => {
                if phase.is_streaming() {
                    // Nothing else ends a stream, and it has a place that others wait for.
                    tracing::debug!(%peer, "connection closed: the viewer of a stream has hung up");
                    return;
                }
                phase.client_hung_up();
            }
            () = phase.expired(&limits) => {
                tracing::debug!(%peer, "connection closed: its peer took too long");
                return;
            }
        }
    }
}
