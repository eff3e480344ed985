//! What it costs to keep the chat on the disk: a chat server that does, beside one that has its chat in
//! memory alone (`--data off`).

use std::time::Instant;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use protocol::classic::Message;
use protocol::classic::answers::WaitAnswer;
use tempfile::TempDir;

use super::disk::Disk;
use super::slowest;
use super::workload::{Workload, rounds};
use crate::figures::{Spread, microseconds};
use crate::load::client::Client;
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

/// Processor time for a call that changes nothing, in times that in memory.
const READING_TARGET: f64 = 1.03;

/// Calls that change nothing.
#[derive(Clone, Copy, Debug)]
enum Reading {
    EmptyPoll,
    PollOfFifty,
    ListUsers,
}

impl Reading {
    const ALL: [Self; 3] = [Self::EmptyPoll, Self::PollOfFifty, Self::ListUsers];

    const fn name(self) -> &'static str {
        match self {
            Self::EmptyPoll => "empty poll",
            Self::PollOfFifty => "poll of 50 messages",
            Self::ListUsers => "list_users",
        }
    }
}

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

    fn reading(&self, call: Reading) -> Bytes {
        match call {
            Reading::EmptyPoll => self.polled.empty_poll(),
            Reading::PollOfFifty => self.polled.poll_of_fifty(),
            Reading::ListUsers => self.polled.list_users(),
        }
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

    fn all(&self) -> [&Chat; 3] {
        [&self.memory, &self.another, &self.kept]
    }
}

/// Measures it.
pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let chats = Chats::prepare(plan).await?;
    let mut section = Section::default();
    alone(&chats, plan, progress, &mut section).await?;
    together(&chats, plan, progress, &mut section).await?;
    reading(&chats, plan, progress, &mut section).await?;
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
        ways.push(Way::begin(chat).await?);
    }
    let (mut synced, mut delivered) = (Vec::new(), Vec::new());
    for round in 0..plan.fine_rounds {
        progress.step(format_args!(
            "one client, round {} of {}",
            round + 1,
            plan.fine_rounds
        ));
        synced.push(disk.round(plan.fine_round)?);
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
    for (what, memory, kept) in [
        ("send", p50(memory), p50(kept)),
        ("until a client that waits has it", one_of(0), one_of(1)),
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

/// A message's way from a client that sends to one that waits.
struct Way<'chat> {
    room: &'chat Room,
    sender: Client,
    waiter: Option<Client>,
    /// How far the second one has read.
    cursor: String,
}

impl<'chat> Way<'chat> {
    async fn begin(chat: &'chat Chat) -> anyhow::Result<Self> {
        let server = chat.system.chat_server.address();
        let room = &chat.listened;
        let mut waiter = Client::new(server)?;
        let now = page(&waiter.call(room.glance_ahead()).await?)?;
        Ok(Self {
            room,
            sender: Client::new(server)?,
            waiter: Some(waiter),
            cursor: now.cursor,
        })
    }

    /// The median time from a call that sends to the other client's answer, in microseconds.
    async fn round(&mut self, plan: &Plan) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        let end = Instant::now() + plan.fine_round;
        while Instant::now() < end {
            let mut waiter = self.waiter.take().context("a client is gone")?;
            let wait = self.room.wait(&self.cursor);
            let waiting = tokio::spawn(async move {
                let answer = waiter.call(wait).await?;
                anyhow::Ok((waiter, answer, Instant::now()))
            });
            // It is to wait when the message comes.
            tokio::time::sleep(plan.settle).await;
            let sent = Instant::now();
            self.sender.call(self.room.send()).await?;
            let (waiter, answer, heard) = waiting.await??;
            let page = page(&answer)?;
            ensure!(page.messages.len() == 1, "an answer without its message");
            self.cursor = page.cursor;
            self.waiter = Some(waiter);
            times.push(microseconds(heard - sent));
        }
        Ok(Spread::of(times).median)
    }
}

fn page(answer: &[u8]) -> anyhow::Result<WaitAnswer<Message>> {
    let value = rpc::xml::read::answer(answer)?.map_err(|fault| anyhow::anyhow!("{fault}"))?;
    Ok(WaitAnswer::from_value(value, Message::list_from_value)?)
}

/// Many clients, whose sends share transactions.
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
            progress.step(format_args!(
                "{clients} clients, round {} of {}",
                round + 1,
                plan.fine_rounds
            ));
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

/// Calls that change nothing.
async fn reading(
    chats: &Chats,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut races = Vec::new();
    for call in Reading::ALL {
        let mut workloads = Vec::new();
        for chat in chats.all() {
            workloads.push(chat.workload(16, chat.reading(call), plan).await?);
        }
        races.push((call, workloads));
    }
    for round in 0..plan.fine_rounds {
        for (call, workloads) in &mut races {
            let (number, of) = (round + 1, plan.fine_rounds);
            progress.step(format_args!("{}, round {number} of {of}", call.name()));
            rounds(workloads, round, plan.fine_round).await?;
        }
    }
    let mut table = Table::new([
        "CPU time for a call, µs",
        "--data off",
        "another with --data off",
        "kept",
        "another / --data off",
        "kept / --data off",
    ]);
    for (call, workloads) in &races {
        let [memory, another, kept] = workloads.as_slice() else {
            anyhow::bail!("a workload is missing");
        };
        let times = kept.times_the_cost_of(memory);
        let mut cells = vec![call.name().to_owned()];
        let costs = workloads.iter().map(|one| one.spread(|round| round.cpu));
        cells.extend(costs.map(|cost| cost.to_string()));
        cells.push(another.times_the_cost_of(memory).to_string());
        cells.push(times.to_string());
        table.row(cells);
        section.verdicts.push(Verdict::at_most(
            format!("{}: CPU time in times that with --data off", call.name()),
            times.median,
            READING_TARGET,
        ));
    }
    section.tables.push(table);
    Ok(())
}
