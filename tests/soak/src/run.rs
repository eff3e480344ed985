//! A soak: the whole system for as long as one likes, with clients that do by chance what clients do
//! and what networks do to them.
//!
//! [`run`] starts a binder and a chat server as programs, lets the clients loose, and then compares
//! what each of them has seen with what was acknowledged ([`support::ledger`]). Each client is a
//! [`client`] of one dialect, and [`faults`] are what it does to its own connections. The binder and the
//! chat server are killed and started again all the while.

use std::sync::Arc;

use support::ledger::Seen;
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::failure::Failure;
use crate::figures::{Figures, Measured};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::system::System;

/// What a client gives at its end.
type Ended = Result<(Vec<Seen>, Measured), Failure>;

/// Runs the system with its clients, and gives what was measured if every check held.
pub(crate) async fn run(settings: Settings) -> Result<Figures, Failure> {
    let system = System::start().await?;
    let rooms: Arc<[String]> = (0..=settings.clients / 8)
        .map(|number| format!("sala {number}"))
        .collect();
    // All clients join before one sends: a late one would not have seen what came before.
    let ready = Arc::new(Barrier::new(settings.clients as usize + 1));
    let quiet = Arc::new(Barrier::new(settings.clients as usize));
    let (stop, stopping) = watch::channel(false);
    let progress = Arc::new(Progress::default());
    let mut clients = JoinSet::new();
    for number in 0..settings.clients {
        let (rooms, progress) = (Arc::clone(&rooms), Arc::clone(&progress));
        let client = Client::new(number, settings, &system, rooms, progress)?;
        let (ready, quiet) = (Arc::clone(&ready), Arc::clone(&quiet));
        clients.spawn(client.run(ready, quiet, stopping.clone()));
    }
    let rng = fastrand::Rng::with_seed(settings.seed);
    let talk = async {
        ready.wait().await;
        tokio::select! {
            servers = system.restart_for(settings.time, rng) => servers,
            () = progress.report(settings.time) => unreachable!("it does not end"),
        }
    };
    // A client that fails would be waited for in vain, and there is no need to go on without it.
    let servers = tokio::select! {
        servers = talk => servers?,
        failure = first_failure(&mut clients) => return Err(failure),
    };
    // Everybody listens: a client holds a receiver as long as it lives.
    let _ = stop.send(true);
    eprintln!("everybody reads the rest");
    let mut seen = Vec::new();
    let mut figures = Figures::new(settings, servers.restarts);
    while let Some(ended) = clients.join_next().await {
        let (shown, measured) = ended??;
        seen.extend(shown);
        figures.add(measured);
    }
    figures.peak_memory = servers.chat.peak_memory();
    figures.seen = seen.iter().map(|seen| seen.texts.len()).sum();
    let messages = progress.messages.lock();
    for (_, _, is_private) in messages.acknowledged() {
        figures.acknowledged += 1;
        figures.private += usize::from(is_private);
    }
    let wrong = messages.check(&seen);
    if wrong.is_empty() {
        Ok(figures)
    } else {
        Err(Failure::Messages(wrong))
    }
}

/// Waits for a client that fails; none ends otherwise before it is stopped.
async fn first_failure(clients: &mut JoinSet<Ended>) -> Failure {
    loop {
        match clients.join_next().await {
            Some(Ok(Ok(_))) => {}
            Some(Ok(Err(failure))) => return failure,
            Some(Err(error)) => return error.into(),
            None => std::future::pending().await,
        }
    }
}
