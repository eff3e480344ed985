//! Calls at a fixed rate, whether or not the server has answered those before.
//!
//! A latency counts from the moment at which the call was due. If it counted from the moment at which
//! it was made, a server that stops for a while would have one slow call instead of all those that
//! should have been made meanwhile.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Latencies;
use super::client::Client;
use crate::system;

/// Lets the clients take turns in making `rate` calls a second altogether.
pub(crate) async fn at_rate(
    clients: &mut Vec<Client>,
    body: &Bytes,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Latencies> {
    let (senders, tasks): (Vec<_>, Vec<_>) = clients
        .drain(..)
        .map(|client| {
            let (due, calls) = unbounded_channel();
            (
                due,
                tokio::spawn(call_when_due(calls, client, body.clone())),
            )
        })
        .unzip();
    // A thread of its own: the runtime's timers have steps of a millisecond, in which tens of calls
    // are due.
    let pace = std::thread::spawn(move || pace(&senders, rate, time));
    let mut measured = Vec::new();
    for task in tasks {
        let (client, latencies) = task.await??;
        clients.push(client);
        measured.push(latencies);
    }
    pace.join()
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the thread that paces the calls failed")))?;
    Ok(Latencies::of(measured))
}

/// Gives each client in turn the time of its next call, and nothing after the last one.
fn pace(clients: &[UnboundedSender<Instant>], rate: f64, time: Duration) -> anyhow::Result<()> {
    system::sleep_precisely()?;
    let began = Instant::now();
    let calls = (rate * time.as_secs_f64()) as u32;
    for (number, client) in (0..calls).zip(clients.iter().cycle()) {
        let due = began + Duration::from_secs_f64(f64::from(number) / rate);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // A client that failed says why when it is waited for.
        let _ = client.send(due);
    }
    Ok(())
}

async fn call_when_due(
    mut calls: UnboundedReceiver<Instant>,
    mut client: Client,
    body: Bytes,
) -> anyhow::Result<(Client, Vec<Duration>)> {
    let mut latencies = Vec::new();
    while let Some(due) = calls.recv().await {
        client.call(body.clone()).await?;
        latencies.push(due.elapsed());
    }
    Ok((client, latencies))
}
