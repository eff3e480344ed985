//! What it costs to pass calls on: the processor time of the binder for a call that goes through it, beside that of
//! the chat server for the same call made directly.

use super::workload::{Workload, rounds};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::{Call, Contestant, ours};
use crate::setup::Chat;

/// Processor time of the hop, in times a direct call's.
const TARGET: f64 = 2.0;

const CALLS: [Call; 3] = [Call::EmptyPoll, Call::PollOfFifty, Call::Send];

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let chat = Chat::prepare(ours::start_with(&["--proxy", "--board", "off"], &[])?).await?;
    let (binder, through) = chat.looked_up().await?;
    let mut races = Vec::new();
    for call in CALLS {
        progress.step(format_args!("{call}, warming up"));
        let (server, body) = chat.call(call);
        let clients = Contestant::Ours.clients();
        let direct = Workload::warm_up(server, clients, body.clone(), plan).await?;
        // The processor time of the binder alone: the chat server has the same work as before.
        let hop = Workload::warm_up_at(binder, through, clients, body, plan).await?;
        races.push((call, vec![direct, hop]));
    }
    for round in 0..plan.rounds {
        for (call, workloads) in &mut races {
            progress.round(&call, round, plan.rounds);
            rounds(workloads, round, plan.round).await?;
        }
    }
    report(&races)
}

fn report(races: &[(Call, Vec<Workload<'_>>)]) -> anyhow::Result<Section> {
    let mut section = Section::default();
    let mut cost = Table::new(["CPU time for a call, µs"]);
    cost.column("chat server, called directly");
    cost.column("binder, passing it on");
    cost.column("binder / chat server");
    let mut speed = Table::new(["call", "calls/s directly", "through the binder"]);
    let mut latency = Table::new(["median time of a call for its caller, µs"]);
    latency.column("directly");
    latency.column("through the binder");
    for (call, workloads) in races {
        let [direct, hop] = workloads.as_slice() else {
            anyhow::bail!("a workload is missing");
        };
        let times = hop.times_the_cost_of(direct);
        cost.row(vec![
            call.to_string(),
            direct.spread(|round| round.cpu).to_string(),
            hop.spread(|round| round.cpu).to_string(),
            times.to_string(),
        ]);
        speed.row([
            call.to_string(),
            direct.spread(|round| round.throughput).to_string(),
            hop.spread(|round| round.throughput).to_string(),
        ]);
        latency.row(vec![
            call.to_string(),
            direct.spread(|round| round.p50).to_string(),
            hop.spread(|round| round.p50).to_string(),
        ]);
        section.verdicts.push(Verdict::at_most(
            format!("{call}: CPU time of the hop in times a direct call's"),
            times.median,
            TARGET,
        ));
    }
    section.tables = vec![cost, speed, latency];
    Ok(section)
}
