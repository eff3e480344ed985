//! As many calls as the server takes: each client calls again when it has its answer.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;

use super::Latencies;
use super::client::Client;

/// Lets all clients call for so long. Fails when an answer does not have the expected length: then something else is
/// measured than is meant.
pub(crate) async fn saturate(
    clients: &mut Vec<Client>,
    body: &Bytes,
    answer_length: usize,
    time: Duration,
) -> anyhow::Result<Latencies> {
    let end = Instant::now() + time;
    let tasks: Vec<_> = clients
        .drain(..)
        .map(|client| tokio::spawn(call_until(end, client, body.clone(), answer_length)))
        .collect();
    let mut measured = Vec::new();
    for task in tasks {
        let (client, latencies) = task.await??;
        clients.push(client);
        measured.push(latencies);
    }
    Ok(Latencies::of(measured))
}

async fn call_until(
    end: Instant,
    mut client: Client,
    body: Bytes,
    answer_length: usize,
) -> anyhow::Result<(Client, Vec<Duration>)> {
    let mut latencies = Vec::new();
    let mut called = Instant::now();
    while called < end {
        let answer = client.call(body.clone()).await?;
        let answered = Instant::now();
        ensure!(
            answer.len() == answer_length,
            "an answer of {} bytes instead of {answer_length}: {}",
            answer.len(),
            String::from_utf8_lossy(&answer)
        );
        latencies.push(answered - called);
        called = answered;
    }
    Ok((client, latencies))
}
