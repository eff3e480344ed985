//! One server answering one call: what is measured in rounds.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;

use crate::figures::{Spread, microseconds};
use crate::load::client::Client;
use crate::load::{closed_loop, open_loop};
use crate::plan::Plan;
use crate::servers::process::Server;

/// A server, the call that it is measured with, and the clients that make it.
pub(crate) struct Workload<'servers> {
    server: &'servers Server,
    clients: Vec<Client>,
    body: Bytes,
    answer_length: usize,
    pub(crate) saturated: Vec<Saturated>,
    /// What the rounds at half of saturation measured so far.
    pub(crate) half_loaded: Vec<HalfLoaded>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Saturated {
    /// Processor time of the server for a call, in microseconds.
    pub(crate) cpu: f64,
    /// Calls answered in a second.
    pub(crate) throughput: f64,
    /// The median latency in microseconds.
    pub(crate) p50: f64,
    /// What 99 of 100 latencies stayed below.
    pub(crate) p99: f64,
}

/// One round at half of saturation: latencies in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HalfLoaded {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl<'servers> Workload<'servers> {
    /// Makes the call once, to know its answer, and then for as long as warming up takes.
    pub(crate) async fn warm_up(
        server: &'servers Server,
        clients: usize,
        body: Bytes,
        plan: &Plan,
    ) -> anyhow::Result<Self> {
        Self::warm_up_at(server, server.address(), clients, body, plan).await
    }

    /// The same at another address of the server.
    pub(crate) async fn warm_up_at(
        server: &'servers Server,
        address: SocketAddr,
        clients: usize,
        body: Bytes,
        plan: &Plan,
    ) -> anyhow::Result<Self> {
        let mut clients = (0..clients)
            .map(|_| Client::new(address))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let first = clients.first_mut().context("no clients")?;
        let answer_length = first.call(body.clone()).await?.len();
        let mut workload = Self {
            server,
            clients,
            body,
            answer_length,
            saturated: Vec::new(),
            half_loaded: Vec::new(),
        };
        workload.saturate(plan.warm_up).await?;
        Ok(workload)
    }

    pub(crate) async fn round(&mut self, length: Duration) -> anyhow::Result<()> {
        let round = self.saturate(length).await?;
        self.saturated.push(round);
        Ok(())
    }

    async fn saturate(&mut self, time: Duration) -> anyhow::Result<Saturated> {
        let before = self.server.cpu_time()?;
        let latencies =
            closed_loop::saturate(&mut self.clients, &self.body, self.answer_length, time).await?;
        let used = self.server.cpu_time()? - before;
        let calls = latencies.calls() as f64;
        Ok(Saturated {
            cpu: microseconds(used) / calls,
            throughput: calls / time.as_secs_f64(),
            p50: microseconds(latencies.at_share(0.5)),
            p99: microseconds(latencies.at_share(0.99)),
        })
    }

    /// Measures one round at half of what the rounds at saturation reached.
    pub(crate) async fn half_load_round(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let rate = self.spread(|round| round.throughput).median / 2.0;
        let latencies = open_loop::at_rate(&mut self.clients, &self.body, rate, plan.round).await?;
        self.half_loaded.push(HalfLoaded {
            p50: microseconds(latencies.at_share(0.5)),
            p99: microseconds(latencies.at_share(0.99)),
        });
        Ok(())
    }

    /// One figure of all rounds at saturation.
    pub(crate) fn spread(&self, figure: impl Fn(&Saturated) -> f64) -> Spread {
        Spread::of(self.saturated.iter().map(figure))
    }

    /// One figure of all rounds at half of saturation.
    pub(crate) fn half_load_spread(&self, figure: impl Fn(&HalfLoaded) -> f64) -> Spread {
        Spread::of(self.half_loaded.iter().map(figure))
    }

    /// How much more processor time a call costs here than there, round by round: what disturbs the
    /// machine disturbs two rounds that follow each other alike.
    pub(crate) fn times_the_cost_of(&self, other: &Self) -> Spread {
        Spread::of(
            self.saturated
                .iter()
                .zip(&other.saturated)
                .map(|(one, other)| one.cpu / other.cpu),
        )
    }

    /// How much longer a call takes its caller here than there, in the middle of each round.
    pub(crate) fn times_the_latency_of(&self, other: &Self) -> Spread {
        let rounds = self.saturated.iter().zip(&other.saturated);
        Spread::of(rounds.map(|(one, other)| one.p50 / other.p50))
    }

    /// The memory the server has in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        self.server.resident_bytes()
    }
}

/// Measures a round of each workload. Who begins changes from round to round, and from time to time the
/// direction, so that no server has a fixed place in the order, or always follows the same other.
pub(crate) async fn rounds(
    workloads: &mut [Workload<'_>],
    round: usize,
    length: Duration,
) -> anyhow::Result<()> {
    let count = workloads.len();
    for place in 0..count {
        let forward = (round / count).is_multiple_of(2);
        let place = if forward { place } else { count - 1 - place };
        if let Some(workload) = workloads.get_mut((place + round) % count) {
            workload.round(length).await?;
        }
    }
    Ok(())
}
