//! What one hostile peer takes from the others: time, as how long their calls take beside it, and memory.
//!
//! Everything is called from one address. So what is measured is the worst case: the others share that of the peer.

mod memory;
mod names;
mod peers;
mod requests;

use std::time::{Duration, Instant};

use bytes::Bytes;

use names::{COSTLIEST, HOSTILE, OTHERS, ROOM};
use peers::{Peer, Peers};

use crate::figures::{Spread, at_share, microseconds};
use crate::load::client::Client;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup;

/// How much longer than alone the others' calls may take: half of them, and all but one of a hundred.
const MEDIAN_TARGET: f64 = 5.0;
const OF_99_TARGET: f64 = 10.0;

/// Between two calls of the others, so that they are a sample of the time and not a load of their own.
const PAUSE: Duration = Duration::from_millis(1);

/// As many of the largest messages, each byte of which is written as five, as an answer has.
const COSTLIEST_MESSAGES: usize = 600;

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    let mut section = Section::default();
    let mut table = Table::new([
        "beside a peer that",
        "p50 alone, µs",
        "p50 beside it, µs",
        "times",
        "p99 alone, µs",
        "p99 beside it, µs",
        "times",
    ]);
    for (what, count, peer) in [
        ("sends packed bodies", 2, Peer::PackedBodies),
        ("sends packed bodies", 32, Peer::PackedBodies),
        ("sends packed bodies", 100, Peer::PackedBodies),
        ("polls the costliest room", 4, Peer::CostliestPolls),
        ("polls the costliest room", 50, Peer::CostliestPolls),
        ("sends cheap calls ahead", 300, Peer::CallsSentAhead),
        ("waits and hangs up", 32, Peer::WaitsThatHangUp),
        ("waits as one user", 4_000, Peer::WaitsOfOneUser),
    ] {
        let connections = crate::figures::grouped(count as u64);
        let what = format!("{what}, on {connections} connections");
        progress.step(format_args!("{what}: setting up"));
        let system = ours::start(&[])?;
        let server = &system.chat_server;
        setup::meet(server, ROOM, &[OTHERS[0], OTHERS[1], HOSTILE]).await?;
        if peer == Peer::CostliestPolls {
            fill_costliest(server).await?;
        }
        let peers = Peers::start(server.address(), peer, count)?;
        let (mut medians, mut of_99) = (Ratios::default(), Ratios::default());
        for round in 0..plan.fairness_rounds {
            progress.round(&what, round, plan.fairness_rounds);
            peers.rest().await?;
            let alone = Latency::of(server, plan.fairness_round).await?;
            peers.call().await?;
            let beside = Latency::of(server, plan.fairness_round).await?;
            medians.note(alone.median, beside.median);
            of_99.note(alone.of_99, beside.of_99);
        }
        let mut cells = vec![what.clone()];
        for (ratios, which, target) in [
            (&medians, "p50", MEDIAN_TARGET),
            (&of_99, "p99", OF_99_TARGET),
        ] {
            let times = ratios.times();
            cells.extend([
                Spread::of(ratios.alone.iter().copied()).to_string(),
                Spread::of(ratios.beside.iter().copied()).to_string(),
                times.to_string(),
            ]);
            section.verdicts.push(Verdict::at_most(
                format!("beside a peer that {what}: {which} in times that without it"),
                times.median,
                target,
            ));
        }
        table.row(cells);
    }
    section.tables.push(table);
    memory::measure(plan, progress, &mut section).await?;
    Ok(section)
}

/// Fills the room with messages that are the largest on the wire.
async fn fill_costliest(server: &Server) -> anyhow::Result<()> {
    setup::meet(server, COSTLIEST, &["rui", "lia"]).await?;
    let mut client = Client::new(server.address())?;
    let text = "&".repeat(16 << 10);
    let send = setup::send_text("rui", COSTLIEST, &text);
    for _ in 0..COSTLIEST_MESSAGES {
        client.call(send.clone()).await?;
    }
    Ok(())
}

/// How long a message takes to be sent, in microseconds.
struct Latency {
    median: f64,
    of_99: f64,
}

impl Latency {
    async fn of(server: &Server, time: Duration) -> anyhow::Result<Self> {
        let mut client = Client::new(server.address())?;
        let send: Bytes = setup::send(OTHERS[0], ROOM);
        client.call(send.clone()).await?;
        let (began, mut taken) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            let sent = Instant::now();
            client.call(send.clone()).await?;
            taken.push(microseconds(sent.elapsed()));
            tokio::time::sleep(PAUSE).await;
        }
        taken.sort_by(f64::total_cmp);
        let at = |share| at_share(&taken, share).unwrap_or_default();
        Ok(Self {
            median: at(0.5),
            of_99: at(0.99),
        })
    }
}

/// The same figure alone and beside the peer, round by round.
#[derive(Default)]
struct Ratios {
    alone: Vec<f64>,
    beside: Vec<f64>,
}

impl Ratios {
    fn note(&mut self, alone: f64, beside: f64) {
        self.alone.push(alone);
        self.beside.push(beside);
    }

    fn times(&self) -> Spread {
        let pairs = self.alone.iter().zip(&self.beside);
        Spread::of(pairs.map(|(alone, beside)| beside / alone))
    }
}
