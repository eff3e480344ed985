//! What it costs to keep the chat on the disk: a chat server that does, beside one that has its chat in
//! memory alone (`--data off`).

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use tempfile::TempDir;

use super::disk::Disk;
use super::reading;
use super::slowest;
use super::way::Way;
use super::workload::{Workload, rounds};
use crate::figures::Spread;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::ours;
use crate::servers::process::System;
use crate::setup::Room;

/// The history of the room that is polled.
const HISTORY: usize = 1_000;

/// A send, and a message's way to a client that waits, in times the same in memory and a sync of the disk.
const ALONE_TARGET: f64 = 1.2;

/// The clients that send at the same time.
const CROWDS: [usize; 2] = [64, 256];

/// Sends in a second in memory, in times those that are kept: these are to be 70 % at least.
const THROUGHPUT_TARGET: f64 = 1.0 / 0.7;

/// Processor time for a send, in times that in memory.
const CPU_TARGET: f64 = 1.5;

/// A chat server with a room that is polled and one that is written to.
struct Chat {
    system: System,
    polled: Room,
    written: Room,
    /// The room in which a client waits.
    listened: Room,
}

impl Chat {
    async fn prepare(data: &str) -> anyhow::Result<Self> {
        let system = ours::start(&["--data", data])?;
        Ok(Self {
            polled: Room::make(&system.chat_server, "polled", HISTORY).await?,
            written: Room::make(&system.chat_server, "talked", HISTORY).await?,
            listened: Room::make(&system.chat_server, "listened", HISTORY).await?,
            system,
        })
    }

    async fn workload(
        &self,
        clients: usize,
        body: Bytes,
        plan: &Plan,
    ) -> anyhow::Result<Workload<'_>> {
        Workload::warm_up(&self.system.chat_server, clients, body, plan).await
    }
}

/// A chat in memory, the same again, and one that is kept, in this order wherever they are compared.
struct Chats {
    memory: Chat,
    /// To show by how much two servers differ that do not differ.
    another: Chat,
    kept: Chat,
    directory: TempDir,
}

impl Chats {
    async fn prepare(plan: &Plan) -> anyhow::Result<Self> {
        // Build directories are on a disk, and not in memory as directories for temporary files may be.
        let program = std::env::current_exe()?;
        let beside = program.parent().context("a program without a directory")?;
        let disk = plan.data_in.as_deref();
        let directory = tempfile::tempdir_in(disk.unwrap_or(beside))?;
        let data = directory.path().join("chat");
        let data = data.to_str().context("a path that is no text")?;
        Ok(Self {
            memory: Chat::prepare("off").await?,
            another: Chat::prepare("off").await?,
            kept: Chat::prepare(data).await?,
            directory,
        })
    }
}

/// Measures it.
pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let chats = Chats::prepare(plan).await?;
    let mut section = Section::default();
    alone(&chats, plan, progress, &mut section).await?;
    together(&chats, plan, progress, &mut section).await?;
    let compared = [
        ("--data off", &chats.memory),
        ("another with --data off", &chats.another),
        ("kept", &chats.kept),
    ];
    let compared = compared.map(|(name, chat)| (name, &chat.system.chat_server, &chat.polled));
    reading::measure(&compared, plan, progress, &mut section).await?;
    slowest::measure(chats.directory.path(), plan, progress, &mut section).await?;
    Ok(section)
}

/// One client: its sends, and how long a message is on its way to another that waits.
async fn alone(
    chats: &Chats,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut disk = Disk::in_directory(chats.directory.path())?;
    let (mut sends, mut ways) = (Vec::new(), Vec::new());
    for chat in [&chats.memory, &chats.kept] {
        sends.push(chat.workload(1, chat.written.send(), plan).await?);
        let server = chat.system.chat_server.address();
        ways.push(Way::begin(&chat.listened, server, server).await?);
    }
    let (mut synced, mut synced_after_pause, mut delivered) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.fine_rounds {
        progress.round("one client", round, plan.fine_rounds);
        synced.push(disk.round(plan.fine_round, Duration::ZERO)?);
        // As long as a message is not sent before its reader waits.
        synced_after_pause.push(disk.round(plan.fine_round, plan.settle)?);
        rounds(&mut sends, round, plan.fine_round).await?;
        let mut in_round = Vec::new();
        for way in &mut ways {
            in_round.push(way.round(plan).await?);
        }
        delivered.push(in_round);
    }
    let [memory, kept] = sends.as_slice() else {
        anyhow::bail!("a workload is missing");
    };
    let p50 = |workload: &Workload<'_>| -> Vec<f64> {
        workload.saturated.iter().map(|round| round.p50).collect()
    };
    let one_of = |place: usize| -> Vec<f64> {
        let of_round = |round: &Vec<f64>| round.get(place).copied();
        delivered.iter().filter_map(of_round).collect()
    };
    let mut table = Table::new([
        "one client, µs",
        "--data off",
        "the disk's append and sync of 4 KiB",
        "kept",
        "kept / (--data off + disk)",
    ]);
    for (what, memory, kept, synced) in [
        ("send", p50(memory), p50(kept), synced),
        (
            "until a client that waits has it",
            one_of(0),
            one_of(1),
            synced_after_pause,
        ),
    ] {
        let times = memory.iter().zip(&kept).zip(&synced);
        let times = Spread::of(times.map(|((memory, kept), disk)| kept / (memory + disk)));
        section.verdicts.push(Verdict::at_most(
            format!("{what}: in times the same with --data off and a sync of the disk"),
            times.median,
            ALONE_TARGET,
        ));
        table.row([
            what.to_owned(),
            Spread::of(memory).to_string(),
            Spread::of(synced.iter().copied()).to_string(),
            Spread::of(kept).to_string(),
            times.to_string(),
        ]);
    }
    section.tables.push(table);
    Ok(())
}

/// Many clients; their sends share transactions.
async fn together(
    chats: &Chats,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut table = Table::new([
        "sends by many clients",
        "sends/s, --data off",
        "sends/s, kept",
        "kept / --data off",
        "CPU µs, --data off",
        "CPU µs, kept",
        "kept / --data off, CPU",
    ]);
    for clients in CROWDS {
        let mut workloads = Vec::new();
        for chat in [&chats.memory, &chats.kept] {
            workloads.push(chat.workload(clients, chat.written.send(), plan).await?);
        }
        for round in 0..plan.fine_rounds {
            progress.round(format_args!("{clients} clients"), round, plan.fine_rounds);
            rounds(&mut workloads, round, plan.fine_round).await?;
        }
        let [memory, kept] = workloads.as_slice() else {
            anyhow::bail!("a workload is missing");
        };
        let pairs = || memory.saturated.iter().zip(&kept.saturated);
        let throughput =
            Spread::of(pairs().map(|(memory, kept)| kept.throughput / memory.throughput));
        let cpu = kept.times_the_cost_of(memory);
        table.row([
            format!("{clients} clients"),
            memory.spread(|round| round.throughput).to_string(),
            kept.spread(|round| round.throughput).to_string(),
            throughput.to_string(),
            memory.spread(|round| round.cpu).to_string(),
            kept.spread(|round| round.cpu).to_string(),
            cpu.to_string(),
        ]);
        section.verdicts.push(Verdict::at_most(
            format!("{clients} clients: sends/s with --data off, in times those that are kept"),
            1.0 / throughput.median,
            THROUGHPUT_TARGET,
        ));
        section.verdicts.push(Verdict::at_most(
            format!("{clients} clients: CPU time for a send, in times that with --data off"),
            cpu.median,
            CPU_TARGET,
        ));
    }
    section.tables.push(table);
    Ok(())
}
