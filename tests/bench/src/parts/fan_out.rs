//! How fast a broadcast reaches all who wait in its room.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use protocol::classic::Message;
use protocol::classic::answers::WaitAnswer;

use crate::figures::{Spread, grouped};
use crate::load::client::Client;
use crate::load::crowd;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup;

/// Milliseconds from the call that sends the broadcast to the last answer that brings it.
const TARGET: f64 = 50.0;

/// A user that waits in the room.
struct Listener {
    client: Client,
    user: String,
    /// How far it has read; empty before the first answer.
    cursor: String,
}

pub(super) async fn measure(plan: &Plan, progress: &mut Progress) -> anyhow::Result<Section> {
    progress.step("gathering listeners");
    let system = ours::start(&[])?;
    let server = &system.chat_server;
    setup::populate(server, 1, plan.listeners).await?;
    let room = setup::room_name(0);
    let clients = crowd::resting(server.address(), plan.listeners, &setup::glance()).await?;
    let mut listeners: Vec<Listener> = clients
        .into_iter()
        .enumerate()
        .map(|(number, client)| Listener {
            client,
            user: setup::user_name(number),
            cursor: String::new(),
        })
        .collect();
    let mut sender = Client::new(server.address())?;
    let broadcast = setup::send(&setup::user_name(0), &room);

    let mut times = Vec::new();
    let mut cpu = Vec::new();
    // The first one is for warming up.
    for number in 0..=plan.broadcasts {
        progress.step(format_args!("broadcast {number} of {}", plan.broadcasts));
        let waiting: Vec<_> = listeners
            .into_iter()
            .map(|listener| tokio::spawn(hear(listener, room.clone())))
            .collect();
        crowd::until_quiet(server).await?;
        let before = server.cpu_time()?;
        let sent = Instant::now();
        sender.call(broadcast.clone()).await?;
        let mut heard = Vec::new();
        for listener in waiting {
            heard.push(listener.await??);
        }
        let last = heard.iter().map(|heard| heard.at).max();
        let took = last.context("nobody listens")?.duration_since(sent);
        if number > 0 {
            times.push(milliseconds(took));
            cpu.push(milliseconds(cpu_since(server, before)?));
        }
        listeners = heard
            .into_iter()
            .map(Heard::read)
            .collect::<anyhow::Result<_>>()?;
    }
    let times = Spread::of(times);
    let mut section = Section::default();
    let mut table = Table::new([
        "clients waiting in the room",
        "broadcasts",
        "until the last has it, ms",
        "CPU of the server, ms",
    ]);
    table.row([
        grouped(plan.listeners as u64),
        plan.broadcasts.to_string(),
        times.to_string(),
        Spread::of(cpu).to_string(),
    ]);
    section.verdicts.push(Verdict::at_most(
        "ms until a broadcast has reached the last of 1,000 waiting clients",
        times.median,
        TARGET,
    ));
    section.tables = vec![table];
    Ok(section)
}

/// An answer and when it came. It is read later: reading a thousand answers takes processor time
/// that the server needs to write them.
struct Heard {
    listener: Listener,
    answer: Bytes,
    at: Instant,
}

async fn hear(mut listener: Listener, room: String) -> anyhow::Result<Heard> {
    let body = setup::wait(&listener.user, &room, &listener.cursor);
    let answer = listener.client.call(body).await?;
    Ok(Heard {
        listener,
        answer,
        at: Instant::now(),
    })
}

impl Heard {
    fn read(self) -> anyhow::Result<Listener> {
        let Self {
            mut listener,
            answer,
            ..
        } = self;
        let value = rpc::xml::read::answer(&answer)?.map_err(|fault| anyhow::anyhow!("{fault}"))?;
        let page = WaitAnswer::from_value(value, Message::list_from_value)?;
        ensure!(
            page.messages.len() == 1,
            "{} got {} messages instead of one",
            listener.user,
            page.messages.len()
        );
        listener.cursor = page.cursor;
        Ok(listener)
    }
}

fn cpu_since(server: &Server, before: Duration) -> anyhow::Result<Duration> {
    Ok(server.cpu_time()? - before)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
