//! What it costs to share a chat among servers: two chat servers on an etcd of three members, beside one that
//! has its chat in memory alone.

use std::time::{Duration, Instant};

use etcd::{Compare, Keys, Operation, Txn, Watch, WatchOptions, Watched};

use super::reading;
use super::way::Way;
use super::workload::Workload;
use crate::figures::{Spread, microseconds};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::on_etcd::Cluster;
use crate::servers::ours;
use crate::setup::Room;

/// The messages of each room.
const HISTORY: usize = 1_000;

/// The clients that send at the same time, half of them at each server.
const CROWDS: [usize; 3] = [16, 64, 256];

/// What 256 clients are to have acknowledged in a second.
const ACKNOWLEDGED_TARGET: f64 = 5_000.0;

/// A message's way to a client at the other server, in round trips of etcd.
const WAY_TARGET: f64 = 1.5;

/// As large as a batch of one message.
const ENTRY: [u8; 300] = [b'x'; 300];

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let cluster = Cluster::start()?;
    let [first, _] = &cluster.servers;
    let written = Room::make(first, "talked", HISTORY).await?;
    let mut section = Section::default();
    alone(&cluster, plan, progress, &mut section).await?;
    together(&cluster, &written, plan, progress, &mut section).await?;
    let polled = Room::make(first, "polled", HISTORY).await?;
    let memory = ours::start(&["--data", "off"])?;
    let another = ours::start(&["--data", "off"])?;
    let rooms = [
        Room::make(&memory.chat_server, "polled", HISTORY).await?,
        Room::make(&another.chat_server, "polled", HISTORY).await?,
    ];
    let [in_memory, in_another] = &rooms;
    let compared = [
        ("--data off", &memory.chat_server, in_memory),
        ("another with --data off", &another.chat_server, in_another),
        ("--etcd", first, &polled),
    ];
    reading::measure(&compared, plan, progress, &mut section).await?;
    Ok(section)
}

/// One client: how long a message is on its way to another that waits, beside a round trip of etcd.
async fn alone(
    cluster: &Cluster,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let [first_server, _] = &cluster.servers;
    let [first, second] = cluster.addresses();
    let rooms = [
        Room::make(first_server, "here", HISTORY).await?,
        Room::make(first_server, "across", HISTORY).await?,
    ];
    let [room_here, room_across] = &rooms;
    let mut here = Way::begin(room_here, first, first).await?;
    let mut across = Way::begin(room_across, first, second).await?;
    let mut etcd = RoundTrips::begin(cluster)?;
    let (mut trips, mut watches, mut ways_here, mut ways_across) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.fine_rounds {
        progress.round("one client", round, plan.fine_rounds);
        // After a pause, as messages are sent here: an idle processor takes longer.
        trips.push(etcd.round(plan.fine_round, plan.settle).await?);
        watches.push(etcd.watched_round(plan.fine_round, plan.settle).await?);
        ways_here.push(here.round(plan).await?);
        ways_across.push(across.round(plan).await?);
    }
    let in_trips = |ways: &[f64]| Spread::of(ways.iter().zip(&trips).map(|(way, trip)| way / trip));
    let mut table = Table::new(["one client", "µs", "in round trips of etcd"]);
    for (what, ways) in [
        ("a round trip of etcd", &trips),
        ("until a watch at another member of etcd has it", &watches),
        (
            "until a client at the same server has a message",
            &ways_here,
        ),
        ("until a client at the other server has it", &ways_across),
    ] {
        table.row([
            what.to_owned(),
            Spread::of(ways.iter().copied()).to_string(),
            in_trips(ways).to_string(),
        ]);
    }
    section.tables.push(table);
    section.verdicts.push(Verdict::at_most(
        "a message's way to a client at the other server, in round trips of etcd",
        in_trips(&ways_across).median,
        WAY_TARGET,
    ));
    Ok(())
}

/// Transactions like those of batches, one after the other.
struct RoundTrips {
    client: etcd::Client,
    appended: u64,
    /// At another member than that which the transactions go to.
    watch: Watch,
}

impl RoundTrips {
    fn begin(cluster: &Cluster) -> anyhow::Result<Self> {
        let [here, there] = cluster.etcd()?;
        Ok(Self {
            client: here,
            appended: 0,
            watch: there.watch(WatchOptions {
                keys: Keys::prefix("bench/log/"),
                from: 1,
                puts_only: true,
                probe: "bench/end".to_owned(),
            }),
        })
    }

    fn next(&mut self) -> Txn {
        self.appended += 1;
        let key = format!("bench/log/{:020}", self.appended);
        Txn::default()
            .when(Compare::Absent(key.clone()))
            .then(Operation::put(key, ENTRY))
            .then(Operation::put("bench/end", self.appended.to_string()))
    }

    /// The median time of a transaction after a pause, in microseconds.
    async fn round(&mut self, length: Duration, pause: Duration) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        let end = Instant::now() + length;
        while Instant::now() < end {
            let txn = self.next();
            tokio::time::sleep(pause).await;
            let begun = Instant::now();
            self.client.txn(txn).await?;
            times.push(microseconds(begun.elapsed()));
            self.changes(1).await;
        }
        Ok(Spread::of(times).median)
    }

    /// The median time until the watch has it.
    async fn watched_round(&mut self, length: Duration, pause: Duration) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        let end = Instant::now() + length;
        while Instant::now() < end {
            let (txn, client) = (self.next(), self.client.clone());
            tokio::time::sleep(pause).await;
            let begun = Instant::now();
            let put = tokio::spawn(async move { client.txn(txn).await });
            self.changes(1).await;
            times.push(microseconds(begun.elapsed()));
            put.await??;
        }
        Ok(Spread::of(times).median)
    }

    /// Waits for so many changes.
    async fn changes(&mut self, count: usize) {
        let mut seen = 0;
        while seen < count {
            if let Watched::Events(events) = self.watch.next().await {
                seen += events.len();
            }
        }
    }
}

/// Many clients at both servers; their sends share entries.
async fn together(
    cluster: &Cluster,
    written: &Room,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut table = Table::new([
        "sends by many clients",
        "acknowledged/s, both servers",
        "p50 µs",
        "p99 µs",
        "CPU µs of a server for a send",
    ]);
    let [first, second] = &cluster.servers;
    for clients in CROWDS {
        let mut here = Workload::warm_up(first, clients / 2, written.send(), plan).await?;
        let mut there = Workload::warm_up(second, clients / 2, written.send(), plan).await?;
        for round in 0..plan.rounds {
            progress.round(format_args!("{clients} clients"), round, plan.rounds);
            tokio::try_join!(here.round(plan.round), there.round(plan.round))?;
        }
        let pairs = || here.saturated.iter().zip(&there.saturated);
        let acknowledged =
            Spread::of(pairs().map(|(here, there)| here.throughput + there.throughput));
        table.row([
            format!("{clients} clients"),
            acknowledged.to_string(),
            here.spread(|round| round.p50).to_string(),
            here.spread(|round| round.p99).to_string(),
            here.spread(|round| round.cpu).to_string(),
        ]);
        if Some(&clients) == CROWDS.last() {
            section.verdicts.push(Verdict::at_most(
                format!("{clients} clients: {ACKNOWLEDGED_TARGET:.0} a second, divided by the acknowledged sends/s"),
                ACKNOWLEDGED_TARGET / acknowledged.median,
                1.0,
            ));
        }
    }
    section.tables.push(table);
    Ok(())
}
