//! What calls that change nothing cost, at a server that keeps its chat somewhere and at two that do not.

use bytes::Bytes;

use super::workload::{Workload, rounds};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::process::Server;
use crate::setup::Room;

/// Processor time for a call, in times that in memory.
const READING_TARGET: f64 = 1.03;

/// A call that changes nothing.
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

    fn body(self, room: &Room) -> Bytes {
        match self {
            Self::EmptyPoll => room.empty_poll(),
            Self::PollOfFifty => room.poll_of_fifty(),
            Self::ListUsers => room.list_users(),
        }
    }
}

/// A server with its name in the table, and a room at it.
type Compared<'chat> = (&'static str, &'chat Server, &'chat Room);

/// Compares servers: one in memory, the same again to show by how much two differ that do not differ, and one
/// that keeps its chat.
pub(super) async fn measure(
    servers: &[Compared<'_>; 3],
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut races = Vec::new();
    for call in Reading::ALL {
        let mut workloads = Vec::new();
        for (_, server, room) in servers {
            workloads.push(Workload::warm_up(server, 16, call.body(room), plan).await?);
        }
        races.push((call, workloads));
    }
    for round in 0..plan.fine_rounds {
        for (call, workloads) in &mut races {
            progress.round(call.name(), round, plan.fine_rounds);
            rounds(workloads, round, plan.fine_round).await?;
        }
    }
    let [(memory_name, ..), _, (kept_name, ..)] = servers;
    let (another, other_times, kept_times) = (
        format!("another with {memory_name}"),
        format!("another / {memory_name}"),
        format!("{kept_name} / {memory_name}"),
    );
    let mut table = Table::new([
        "CPU time for a call, µs",
        memory_name,
        &another,
        kept_name,
        &other_times,
        &kept_times,
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
            format!("{}: CPU time in times that with {memory_name}", call.name()),
            times.median,
            READING_TARGET,
        ));
    }
    section.tables.push(table);
    Ok(())
}
