//! What hyper reads from and writes to: the stream of a connection. It reports what arrives and what is written, and
//! sends large answers in pieces.

use std::future::Future;
use std::io::IoSlice;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::phase::ConnectionPhase;
use super::turns::{Turn, Turns};

/// How long, and for how many bytes, a peer may go on sending after its body was refused; the bytes are
/// discarded.
///
/// The system answers unread bytes with a reset, and the peer would lose the fault that it has not read
/// yet.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 16 << 20;

/// Bytes that are written at once. Writing more takes the system so long that other connections would wait
/// for it: 50 MB take 20 ms at least.
const PIECE: usize = 64 << 10;

/// The turns at writing a piece of a large answer: one connection of the process at a time, so that many of
/// them take one processor and not all.
static PIECES: Turns = Turns::new();

/// Completes when something has arrived on a stream that is not read yet, its end included.
pub(super) type PollArrival<S> = fn(&S, &mut Context<'_>) -> Poll<()>;

/// For sockets.
pub(super) fn poll_arrival(stream: &TcpStream, context: &mut Context<'_>) -> Poll<()> {
    // An error is the end, too.
    stream
        .poll_peek(context, &mut ReadBuf::new(&mut [0]))
        .map(|_| ())
}

/// The remainder of a lingering close.
struct Lingering {
    until: Pin<Box<tokio::time::Sleep>>,
    bytes: usize,
}

/// Where a large answer is between two pieces.
#[derive(Default)]
enum Large {
    /// No piece was written yet, or the other tasks had a chance meanwhile.
    #[default]
    Ready,
    /// A piece was just written.
    Written,
    Waiting(Pin<Box<dyn Future<Output = Turn> + Send>>),
}

/// A stream that records the first bytes of a request, writes large answers in pieces, and lingers before it
/// closes when a body was refused.
pub(super) struct Stream<S> {
    /// Shared with the watch for what arrives during a call. Both are in one task, so neither waits.
    stream: Arc<Mutex<S>>,
    peer: IpAddr,
    phase: Arc<ConnectionPhase>,
    large: Large,
    lingering: Option<Lingering>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    /// The stream, and a second handle to watch it.
    pub(super) fn new(
        stream: S,
        peer: IpAddr,
        phase: Arc<ConnectionPhase>,
    ) -> (Self, Arc<Mutex<S>>) {
        let stream = Arc::new(Mutex::new(stream));
        let watched_stream = Arc::clone(&stream);
        let stream = Self {
            stream,
            peer,
            phase,
            large: Large::Ready,
            lingering: None,
        };
        (stream, watched_stream)
    }

    /// Discards what arrives until the peer has closed or the limits are reached.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            until: Box::pin(tokio::time::sleep(LINGER)),
            bytes: LINGER_BYTES,
        });
        let mut discarded = [0; 8 << 10];
        while lingering.bytes > 0 {
            let mut buffer = ReadBuf::new(&mut discarded);
            match pin!(&mut *self.stream.lock()).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.bytes = lingering.bytes.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return lingering.until.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }

    /// Waits for the turn at writing a piece.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let mut waiting = match std::mem::take(&mut self.large) {
            Large::Waiting(waiting) => waiting,
            Large::Ready => Box::pin(PIECES.wait(self.peer)),
            Large::Written => {
                // The tasks that are ready come first.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        };
        let turn = waiting.as_mut().poll(context);
        if turn.is_pending() {
            self.large = Large::Waiting(waiting);
        }
        turn
    }

    /// Writes one piece of what is left of a large answer.
    fn poll_write_piece(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let _turn = ready!(self.poll_turn(context));
        let Some(first) = slices.iter().find(|slice| !slice.is_empty()) else {
            return Poll::Ready(Ok(0));
        };
        let piece = first.get(..PIECE).unwrap_or(first);
        let written = pin!(&mut *self.stream.lock()).poll_write(context, piece);
        self.phase.wrote(written.is_pending());
        if written.is_ready() {
            self.large = Large::Written;
        }
        written
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = pin!(&mut *self.stream.lock()).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.phase.bytes_arrived();
        } else if polled.is_pending() {
            self.phase.nothing_arrived();
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
        if bytes.len() > PIECE {
            return self.poll_write_piece(context, &[IoSlice::new(bytes)]);
        }
        let written = pin!(&mut *self.stream.lock()).poll_write(context, bytes);
        self.phase.wrote(written.is_pending());
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        pin!(&mut *self.stream.lock()).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.lingering.is_none() {
            ready!(pin!(&mut *self.stream.lock()).poll_shutdown(context))?;
        }
        if self.phase.is_body_refused() {
            ready!(self.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if length > PIECE {
            return self.poll_write_piece(context, slices);
        }
        let written = pin!(&mut *self.stream.lock()).poll_write_vectored(context, slices);
        self.phase.wrote(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.lock().is_write_vectored()
    }
}
