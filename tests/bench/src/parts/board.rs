//! What the board costs the calls that it shows: the same chat server without it, with it while no viewer
//! looks at it, and with a viewer.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::ensure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::workload::{Workload, rounds};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::{Call, Contestant, ours};
use crate::setup::Chat;

/// Processor time for a call without a viewer, relative to a server without a board: as much as two
/// servers without a board may differ in a measurement.
const UNWATCHED_TARGET: f64 = 1.03;

/// The caller's time with a viewer, relative to a server without a board: the words for the page are made
/// outside of the calls.
const WATCHED_TARGET: f64 = 1.5;

const CALLS: [Call; 3] = [Call::EmptyPoll, Call::PollOfFifty, Call::Send];

/// How a chat server has its board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Board {
    Off,
    /// The same once more, to show by how much two servers differ that do not differ.
    OffAgain,
    Unwatched,
    Watched,
}

impl Board {
    const ALL: [Self; 4] = [Self::Off, Self::OffAgain, Self::Unwatched, Self::Watched];

    const fn flag(self) -> &'static str {
        match self {
            Self::Off | Self::OffAgain => "off",
            Self::Unwatched | Self::Watched => "on",
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "without a board",
            Self::OffAgain => "another without",
            Self::Unwatched => "no viewer",
            Self::Watched => "a viewer",
        })
    }
}

/// A chat server of its own for each way: a board works for a while as if it had a viewer when the last
/// one has left.
struct Watched {
    chat: Chat,
    viewer: Option<Viewer>,
}

impl Watched {
    async fn prepare(board: Board) -> anyhow::Result<Self> {
        let system = ours::start(&["--board", board.flag()])?;
        let viewer = match board {
            Board::Watched => Some(Viewer::begin(system.chat_server.address()).await?),
            Board::Off | Board::OffAgain | Board::Unwatched => None,
        };
        let chat = Chat::prepare(system).await?;
        Ok(Self { chat, viewer })
    }
}

/// A viewer that reads the events as fast as they come and discards them.
struct Viewer {
    bytes: Arc<AtomicU64>,
    reading: JoinHandle<()>,
}

impl Viewer {
    async fn begin(server: SocketAddr) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(server).await?;
        let request = format!("GET /board/events HTTP/1.1\r\nHost: {server}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut piece = vec![0; 64 << 10];
        let length = stream.read(&mut piece).await?;
        let answer = String::from_utf8_lossy(piece.get(..length).unwrap_or_default());
        ensure!(answer.starts_with("HTTP/1.1 200"), "no events: {answer}");
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&bytes);
        let reading = tokio::spawn(async move {
            while let Ok(length @ 1..) = stream.read(&mut piece).await {
                counter.fetch_add(length as u64, Ordering::Relaxed);
            }
        });
        Ok(Self { bytes, reading })
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let mut servers = Vec::new();
    for board in Board::ALL {
        servers.push(Watched::prepare(board).await?);
    }
    let mut races = Vec::new();
    for call in CALLS {
        progress.step(format_args!("{call}, warming up"));
        let mut workloads = Vec::new();
        for Watched { chat, .. } in &servers {
            let (server, body) = chat.call(call);
            let clients = Contestant::Ours.clients();
            workloads.push(Workload::warm_up(server, clients, body, plan).await?);
        }
        races.push((call, workloads));
    }
    for round in 0..plan.fine_rounds {
        for (call, workloads) in &mut races {
            progress.round(&call, round, plan.fine_rounds);
            let before = received(&servers);
            rounds(workloads, round, plan.fine_round).await?;
            ensure!(before < received(&servers), "the viewer receives nothing");
        }
    }
    report(&races)
}

fn received(servers: &[Watched]) -> u64 {
    let viewers = servers.iter().filter_map(|server| server.viewer.as_ref());
    viewers.map(Viewer::bytes).sum()
}

fn report(races: &[(Call, Vec<Workload<'_>>)]) -> anyhow::Result<Section> {
    let mut section = Section::default();
    let mut cost = Table::new(["CPU time of the chat server for a call, µs"]);
    for board in Board::ALL {
        cost.column(board.to_string());
    }
    cost.column("another without / without");
    cost.column("no viewer / without");
    cost.column("a viewer / without");
    let mut latency = Table::new(["median time of a call for its caller, µs"]);
    latency.column(Board::Off.to_string());
    latency.column(Board::Watched.to_string());
    latency.column("a viewer / without");
    for (call, workloads) in races {
        let [off, off_again, unwatched, watched] = workloads.as_slice() else {
            anyhow::bail!("a workload is missing");
        };
        let mut cells = vec![call.to_string()];
        cells.extend(
            workloads
                .iter()
                .map(|workload| workload.spread(|round| round.cpu).to_string()),
        );
        cells.push(off_again.times_the_cost_of(off).to_string());
        let times = unwatched.times_the_cost_of(off);
        cells.push(times.to_string());
        cells.push(watched.times_the_cost_of(off).to_string());
        cost.row(cells);
        let times_the_latency = watched.times_the_latency_of(off);
        let p50 = |workload: &Workload<'_>| workload.spread(|round| round.p50).to_string();
        latency.row(vec![
            call.to_string(),
            p50(off),
            p50(watched),
            times_the_latency.to_string(),
        ]);
        section.verdicts.push(Verdict::at_most(
            format!("{call}: the caller's time with a viewer, in times that without a board"),
            times_the_latency.median,
            WATCHED_TARGET,
        ));
        section.verdicts.push(Verdict::at_most(
            format!("{call}: CPU time with a board without viewers, in times that without a board"),
            times.median,
            UNWATCHED_TARGET,
        ));
    }
    section.tables = vec![cost, latency];
    Ok(section)
}
