//! The hostile peers: connections that make the same costly request again and again.
//!
//! They are bytes on a socket, since an answer of 50 MB is read and thrown away.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::requests;

/// How long what they asked for may take after they stop asking: a hundred packed bodies one after the other.
const REST_WITHIN: Duration = Duration::from_secs(60);

/// Until they are at work.
const UNDER_WAY: Duration = Duration::from_millis(300);

/// How many calls are sent ahead of their answers.
const AHEAD: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    PackedBodies,
    CostliestPolls,
    /// Many at a time, before the answer to the first.
    CallsSentAhead,
    /// Each hangs up as soon as it has asked.
    WaitsThatHangUp,
    /// All at the same time. One that is answered does not come again.
    WaitsOfOneUser,
}

/// So many connections of a peer. They end when this is dropped.
pub(super) struct Peers {
    is_calling: watch::Sender<bool>,
    /// How many of them have asked for something and have no answer yet.
    busy: Arc<AtomicUsize>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Peers {
    /// They rest until they are to call.
    pub(super) fn start(server: SocketAddr, peer: Peer, count: usize) -> anyhow::Result<Self> {
        let request = match peer {
            Peer::PackedBodies => requests::packed_body()?,
            Peer::CostliestPolls => requests::costliest_poll(),
            Peer::CallsSentAhead => requests::cheap_call().repeat(AHEAD),
            Peer::WaitsThatHangUp | Peer::WaitsOfOneUser => requests::wait(),
        };
        // On a thread of their own, beside the one that measures.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let is_calling = watch::Sender::new(false);
        let busy = Arc::default();
        let request: Arc<[u8]> = request.into();
        for _ in 0..count {
            let connection = Connection {
                server,
                is_insistent: peer != Peer::WaitsOfOneUser,
                request: Arc::clone(&request),
                answers: if peer == Peer::CallsSentAhead {
                    AHEAD
                } else {
                    1
                },
                stream: None,
                hangs_up: peer == Peer::WaitsThatHangUp,
                is_calling: is_calling.subscribe(),
                busy: Arc::clone(&busy),
            };
            runtime.spawn(connection.run());
        }
        Ok(Self {
            is_calling,
            busy,
            runtime: Some(runtime),
        })
    }

    pub(super) async fn call(&self) -> anyhow::Result<()> {
        self.is_calling.send_replace(true);
        tokio::time::sleep(UNDER_WAY).await;
        Ok(())
    }

    /// Waits until the server has answered what they asked for.
    pub(super) async fn rest(&self) -> anyhow::Result<()> {
        self.is_calling.send_replace(false);
        let began = Instant::now();
        while self.busy.load(Ordering::Relaxed) > 0 {
            ensure!(began.elapsed() < REST_WITHIN, "the peers' calls do not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Connection {
    server: SocketAddr,
    request: Arc<[u8]>,
    /// How many it is answered with.
    answers: usize,
    stream: Option<TcpStream>,
    hangs_up: bool,
    /// Whether it calls again when it has its answer.
    is_insistent: bool,
    is_calling: watch::Receiver<bool>,
    busy: Arc<AtomicUsize>,
}

impl Connection {
    /// Calls while that is wanted. A call that waits is given up when it is not.
    async fn run(mut self) {
        let mut stopped = self.is_calling.clone();
        while self.is_calling.wait_for(|calling| *calling).await.is_ok() {
            self.busy.fetch_add(1, Ordering::Relaxed);
            if self.is_insistent {
                // Refused, or cut: it comes again.
                let _ = self.request().await;
            } else {
                tokio::select! {
                    _ = stopped.wait_for(|calling| !*calling) => {}
                    _ = async {
                        let _ = self.request().await;
                        std::future::pending::<()>().await;
                    } => {}
                }
                self.stream = None;
            }
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    async fn request(&mut self) -> std::io::Result<()> {
        let mut stream = match self.stream.take() {
            Some(open) => open,
            None => TcpStream::connect(self.server).await?,
        };
        stream.write_all(&self.request).await?;
        if !self.hangs_up {
            discard_answers(&mut stream, self.answers).await?;
            self.stream = Some(stream);
        }
        Ok(())
    }
}

/// Reads so many answers and drops them.
async fn discard_answers(stream: &mut TcpStream, count: usize) -> std::io::Result<()> {
    let end = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut piece = vec![0; 64 << 10];
    // What came after the last complete answer, and what is left of the one before.
    let (mut come, mut left) = (Vec::new(), 0);
    let mut begun = 0;
    while begun < count || left > 0 {
        if left == 0
            && let Some(head) = come.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(come.get(..head).unwrap_or_default()).into_owned();
            let mut lines = text.lines().filter_map(|line| line.split_once(": "));
            let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length = length.and_then(|(_, length)| length.parse::<usize>().ok());
            left = head + 4 + length.ok_or_else(end)?;
            begun += 1;
        }
        let passed = left.min(come.len());
        come.drain(..passed);
        left -= passed;
        if passed == 0 {
            match stream.read(&mut piece).await? {
                0 => return Err(end()),
                length => come.extend_from_slice(piece.get(..length).unwrap_or_default()),
            }
        }
    }
    Ok(())
}
