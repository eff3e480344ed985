//! Thousands of clients, each with a connection of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::client::Client;
use crate::servers::process::Server;

/// How many clients connect at the same time; more would overflow the system's queue of connections
/// that a server has not accepted yet.
const CONNECTING: usize = 64;

/// Connects so many clients, of which each makes one call and then rests.
pub(crate) async fn resting(
    server: SocketAddr,
    count: usize,
    body: &Bytes,
) -> anyhow::Result<Vec<Client>> {
    futures_util::stream::iter(0..count)
        .map(|_| async move {
            let mut client = Client::new(server)?;
            client.call(body.clone()).await?;
            Ok(client)
        })
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await
}

/// Waits until the server does nothing: all calls that could be answered have been.
pub(crate) async fn until_quiet(server: &Server) -> anyhow::Result<()> {
    const LOOK_AGAIN: Duration = Duration::from_millis(50);
    // What waking up for nothing may cost.
    const NOTHING: Duration = Duration::from_millis(1);
    let began = Instant::now();
    let mut used = server.cpu_time()?;
    let mut quiet = 0;
    // Twice, in case the machine was too busy with others to let the server do anything once.
    while quiet < 2 {
        ensure!(
            began.elapsed() < Duration::from_secs(15),
            "the server does not come to rest"
        );
        tokio::time::sleep(LOOK_AGAIN).await;
        let now = server.cpu_time()?;
        quiet = if now - used < NOTHING { quiet + 1 } else { 0 };
        used = now;
    }
    Ok(())
}
