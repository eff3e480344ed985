//! How the cost of a poll grows: with the messages that a room keeps, and with the rooms and users that
//! a server has.

use super::workload::{Workload, rounds};
use crate::figures::grouped;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Chart, Section, Verdict, chart};
use crate::servers::Contestant;
use crate::servers::original;
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup::{self, Room};

/// Messages kept by the rooms of our server.
const HISTORIES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Messages kept by the rooms of the original: more would take it a second for each poll.
const HISTORIES_OF_THE_ORIGINAL: [usize; 3] = [100, 1_000, 10_000];

/// Rooms and users of our servers. Each has one more room, of two users, which is polled.
const CROWDS: [(usize, usize); 3] = [(0, 0), (500, 2_000), (5_000, 20_000)];

/// What the polled room of each of those keeps.
const HISTORY_IN_A_CROWD: usize = 1_000;

/// How much more a poll may cost with the longest history, or in the largest crowd.
const TARGET: f64 = 1.1;

/// The two polls of one room, as workloads one after the other.
async fn polls<'server>(
    server: &'server Server,
    room: &Room,
    plan: &Plan,
) -> anyhow::Result<[Workload<'server>; 2]> {
    let clients = Contestant::Ours.clients();
    Ok([
        Workload::warm_up(server, clients, room.empty_poll(), plan).await?,
        Workload::warm_up(server, clients, room.poll_of_fifty(), plan).await?,
    ])
}

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("filling rooms");
    let longest = HISTORIES.iter().max().map(ToString::to_string);
    let longest = longest.unwrap_or_default();
    // As much as all of these rooms take.
    let flags = ["--history", &longest, "--history-memory", "1000000000"];
    let system = ours::start(&flags)?;
    let server = &system.chat_server;
    let mut by_history = Vec::new();
    for kept in HISTORIES {
        progress.step(format_args!("a room of {} messages", grouped(kept as u64)));
        let room = Room::make(server, &setup::room_name(kept), kept).await?;
        by_history.extend(polls(server, &room, plan).await?);
    }
    let mut crowded = Vec::new();
    for (rooms, users) in CROWDS {
        progress.step(format_args!("a server of {} users", grouped(users as u64)));
        let system = ours::start(&[])?;
        setup::populate(&system.chat_server, rooms, users).await?;
        let room = Room::make(&system.chat_server, "polled", HISTORY_IN_A_CROWD).await?;
        crowded.push((system, room));
    }
    let mut by_crowd = Vec::new();
    for (system, room) in &crowded {
        by_crowd.extend(polls(&system.chat_server, room, plan).await?);
    }
    let system = original::start()?;
    let server = &system.chat_server;
    let mut of_the_original = Vec::new();
    for kept in HISTORIES_OF_THE_ORIGINAL {
        progress.step(format_args!(
            "a room of {} messages at the original",
            grouped(kept as u64)
        ));
        let room = Room::make(server, &setup::room_name(kept), kept).await?;
        let clients = Contestant::Original.clients();
        of_the_original.push(Workload::warm_up(server, clients, room.empty_poll(), plan).await?);
    }

    for round in 0..plan.rounds {
        progress.step(format_args!("round {} of {}", round + 1, plan.rounds));
        rounds(&mut by_history, round, plan.round).await?;
        rounds(&mut by_crowd, round, plan.round).await?;
        rounds(&mut of_the_original, round, plan.round).await?;
    }
    Ok(report(&by_history, &by_crowd, &of_the_original))
}

fn report(
    by_history: &[Workload<'_>],
    by_crowd: &[Workload<'_>],
    of_the_original: &[Workload<'_>],
) -> Section {
    let cpu = |workload: &Workload<'_>| workload.spread(|round| round.cpu);
    let mut section = Section::default();
    let mut histories = Table::new([
        "messages kept",
        "empty poll, CPU µs",
        "poll of 50, CPU µs",
        "Python's original, empty poll, CPU µs",
    ]);
    let mut points = Vec::new();
    for (number, (kept, polls)) in HISTORIES.into_iter().zip(by_history.chunks(2)).enumerate() {
        let original = of_the_original.get(number).map(cpu);
        histories.row(
            std::iter::once(grouped(kept as u64))
                .chain(polls.iter().map(|poll| cpu(poll).to_string()))
                .chain([original.map_or_else(|| "–".to_owned(), |cpu| cpu.to_string())]),
        );
        let mut costs = polls.iter().map(|poll| cpu(poll).median);
        points.push(chart::growth::Point {
            kept: kept as f64,
            empty: costs.next().unwrap_or_default(),
            fifty: costs.next().unwrap_or_default(),
            original: original.map(|cpu| cpu.median),
        });
    }
    let mut crowds = Table::new(["rooms", "users", "empty poll, CPU µs", "poll of 50, CPU µs"]);
    for ((rooms, users), polls) in CROWDS.into_iter().zip(by_crowd.chunks(2)) {
        crowds.row(
            [grouped(rooms as u64 + 1), grouped(users as u64 + 2)]
                .into_iter()
                .chain(polls.iter().map(|poll| cpu(poll).to_string())),
        );
    }
    for (workloads, what) in [
        (by_history, "100,000 messages kept instead of 100"),
        (by_crowd, "5,001 rooms and 20,002 users instead of 1 and 2"),
    ] {
        let (first, last) = (workloads.first_chunk::<2>(), workloads.last_chunk::<2>());
        for ((first, last), poll) in first
            .into_iter()
            .flatten()
            .zip(last.into_iter().flatten())
            .zip(["empty poll", "poll of 50"])
        {
            section.verdicts.push(Verdict::at_most(
                format!("{poll}: CPU time with {what}, in times"),
                last.times_the_cost_of(first).median,
                TARGET,
            ));
        }
    }
    section.tables = vec![histories, crowds];
    section.chart = Some(Chart {
        file: "performance-growth.svg",
        svg: chart::growth::draw(&points),
    });
    section
}
