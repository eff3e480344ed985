//! What a call costs: the processor time of the server, how many it answers in a second, and how long
//! each takes, for each call and each contestant.

use anyhow::Context as _;

use super::workload::{Workload, rounds};
use crate::figures::short;
use crate::load::client::Client;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::chart::calls::{self, Dot};
use crate::report::table::Table;
use crate::report::{Chart, Section, Verdict};
use crate::servers::ours;
use crate::servers::{Call, Contestant, bare, original, plain_dxr};
use crate::setup::Chat;

/// p99 at half of saturation, in times the bare server's.
const P99_TARGET: f64 = 3.0;

/// Processor time for a call, in times the bare server's.
const fn cpu_target(call: Call) -> f64 {
    match call {
        Call::EmptyPoll | Call::Lookup => 1.3,
        Call::PollOfFifty => 1.5,
        Call::Send => 1.6,
    }
}

/// A call and its workloads, in the order of [`Contestant::ALL`].
struct Race<'servers> {
    call: Call,
    workloads: Vec<Workload<'servers>>,
}

impl Race<'_> {
    fn of(&self, contestant: Contestant) -> anyhow::Result<&Workload<'_>> {
        Contestant::ALL
            .into_iter()
            .zip(&self.workloads)
            .find_map(|(other, workload)| (other == contestant).then_some(workload))
            .context("a contestant is missing")
    }
}

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("setting up");
    let ours = Chat::prepare(ours::start(&[])?).await?;
    let original = Chat::prepare(original::start()?).await?;
    let mut fixed = Vec::new();
    for call in Call::ALL {
        let (server, body) = ours.call(call);
        let answer = Client::new(server.address())?.call(body).await?;
        fixed.push((
            call,
            bare::start(&answer)?,
            plain_dxr::start(call, &answer)?,
        ));
    }

    let mut races = Vec::new();
    for (call, bare, plain_dxr) in &fixed {
        progress.step(format_args!("{call}, warming up"));
        let (ours, body) = ours.call(*call);
        let mut workloads = Vec::new();
        for contestant in Contestant::ALL {
            let (server, body) = match contestant {
                Contestant::Bare => (bare, body.clone()),
                Contestant::Ours => (ours, body.clone()),
                Contestant::PlainDxr => (plain_dxr, body.clone()),
                Contestant::Original => original.call(*call),
            };
            workloads.push(Workload::warm_up(server, contestant.clients(), body, plan).await?);
        }
        races.push(Race {
            call: *call,
            workloads,
        });
    }
    for round in 0..plan.rounds {
        for race in &mut races {
            let call = race.call;
            progress.round(call, round, plan.rounds);
            rounds(&mut race.workloads, round, plan.round).await?;
        }
    }
    for round in 0..plan.half_load_rounds {
        for race in &mut races {
            let call = race.call;
            progress.round(
                format_args!("{call} at half of saturation"),
                round,
                plan.half_load_rounds,
            );
            for workload in &mut race.workloads {
                workload.half_load_round(plan).await?;
            }
        }
    }
    report(&races)
}

fn report(races: &[Race<'_>]) -> anyhow::Result<Section> {
    let mut section = Section::default();
    let mut cost = Table::new(["CPU time of the server for a call, µs"]);
    for contestant in Contestant::ALL {
        cost.column(contestant.to_string());
    }
    cost.column("this project / bare axum");
    let mut speed = Table::new([
        "call",
        "server",
        "calls/s",
        "p50, µs",
        "p99, µs",
        "p50 at half load, µs",
        "p99 at half load, µs",
        "memory, MiB",
    ]);
    let mut rows = Vec::new();
    for race in races {
        let (ours, bare) = (race.of(Contestant::Ours)?, race.of(Contestant::Bare)?);
        let mut costs = vec![race.call.to_string()];
        let mut dots = Vec::new();
        for (contestant, workload) in Contestant::ALL.into_iter().zip(&race.workloads) {
            let cpu = workload.spread(|round| round.cpu);
            costs.push(cpu.to_string());
            dots.push(Dot {
                contestant,
                cpu: cpu.median,
                times_bare: workload.times_the_cost_of(bare).median,
            });
            speed.row([
                race.call.to_string(),
                contestant.to_string(),
                short(workload.spread(|round| round.throughput).median),
                short(workload.spread(|round| round.p50).median),
                short(workload.spread(|round| round.p99).median),
                short(workload.half_load_spread(|round| round.p50).median),
                short(workload.half_load_spread(|round| round.p99).median),
                short(workload.resident_bytes()? as f64 / f64::from(1 << 20)),
            ]);
        }
        let times = ours.times_the_cost_of(bare);
        costs.push(times.to_string());
        cost.row(costs);
        rows.push((race.call, dots));
        section.verdicts.push(Verdict::at_most(
            format!("{}: CPU time in times the bare server's", race.call),
            times.median,
            cpu_target(race.call),
        ));
    }
    for race in races {
        let p99 = |contestant| -> anyhow::Result<f64> {
            Ok(race
                .of(contestant)?
                .half_load_spread(|round| round.p99)
                .median)
        };
        section.verdicts.push(Verdict::at_most(
            format!(
                "{}: p99 at half of saturation in times the bare server's",
                race.call
            ),
            p99(Contestant::Ours)? / p99(Contestant::Bare)?,
            P99_TARGET,
        ));
    }
    section.tables = vec![cost, speed];
    section.chart = Some(Chart {
        file: "performance.svg",
        svg: calls::draw(&rows),
    });
    Ok(section)
}
