//! What a connection costs in memory while its client rests, and while its client waits for messages.

use anyhow::bail;
use tokio::task::JoinSet;

use crate::figures::{grouped, short};
use crate::load::client::Client;
use crate::load::crowd;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::bare;
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup;

/// How many of those who wait are in a room together.
const USERS_IN_A_ROOM: usize = 100;

/// Those who come before the clients that count, and go.
const FIRST_CLIENTS: usize = 100;

/// KiB for an idle connection.
const RESTING_TARGET: f64 = 14.0;

/// KiB for a connection with a waiting client.
const WAITING_TARGET: f64 = 20.0;

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    let mut section = Section::default();
    let mut table = Table::new(["server", "clients", "KiB for each"]);
    let connections = (plan.crowd + FIRST_CLIENTS).to_string();
    let flags = ["--max-connections", &connections, "--per-address", "off"];

    let system = ours::start(&flags)?;
    let server = &system.chat_server;
    let answer = Client::new(server.address())?.call(setup::glance()).await?;
    let bare = bare::start(&answer)?;
    for (name, server) in [("bare axum", &bare), ("this project", server)] {
        progress.step(format_args!("{name}, clients at rest"));
        let kibibytes = resting(server, plan.crowd).await?;
        table.row([
            name.to_owned(),
            format!("{} at rest", grouped(plan.crowd as u64)),
            short(kibibytes),
        ]);
        if name == "this project" {
            section.verdicts.push(Verdict::at_most(
                "KiB for a keep-alive client at rest",
                kibibytes,
                RESTING_TARGET,
            ));
        }
    }

    progress.step("making users");
    let system = ours::start(&flags)?;
    let server = &system.chat_server;
    setup::populate(server, plan.crowd / USERS_IN_A_ROOM, plan.crowd).await?;
    progress.step("clients that wait for messages");
    let kibibytes = waiting(server, plan.crowd).await?;
    table.row([
        "this project".to_owned(),
        format!("{} in wait_messages", grouped(plan.crowd as u64)),
        short(kibibytes),
    ]);
    section.verdicts.push(Verdict::at_most(
        "KiB for a client that waits for messages",
        kibibytes,
        WAITING_TARGET,
    ));
    section.tables = vec![table];
    Ok(section)
}

/// KiB for each of so many clients that have made a call and rest.
async fn resting(server: &Server, count: usize) -> anyhow::Result<f64> {
    let before = resident_bytes_when_used(server).await?;
    let clients = crowd::resting(server.address(), count, &setup::glance()).await?;
    crowd::until_quiet(server).await?;
    let after = server.resident_bytes()?;
    drop(clients);
    Ok(kibibytes_each(before, after, count))
}

/// KiB for each of so many clients that wait for messages, none of which gets any.
async fn waiting(server: &Server, count: usize) -> anyhow::Result<f64> {
    let before = resident_bytes_when_used(server).await?;
    let clients = crowd::resting(server.address(), count, &setup::glance()).await?;
    let mut waiting = JoinSet::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let room = setup::room_name(number % (count / USERS_IN_A_ROOM));
        let body = setup::wait(&setup::user_name(number), &room, "");
        waiting.spawn(async move { client.call(body).await });
    }
    crowd::until_quiet(server).await?;
    let after = server.resident_bytes()?;
    if let Some(ended) = waiting.try_join_next() {
        bail!("somebody does not wait any more: {:?}", ended?);
    }
    Ok(kibibytes_each(before, after, count))
}

/// The memory of a server that has had clients before: what it allocated for the first of them is not
/// the crowd's.
async fn resident_bytes_when_used(server: &Server) -> anyhow::Result<u64> {
    drop(crowd::resting(server.address(), FIRST_CLIENTS, &setup::glance()).await?);
    crowd::until_quiet(server).await?;
    server.resident_bytes()
}

fn kibibytes_each(before: u64, after: u64, count: usize) -> f64 {
    after.saturating_sub(before) as f64 / 1_024.0 / count as f64
}
