//! The slowest calls of a chat that is kept and full: while snapshots are taken, and while tens of
//! thousands of silent users are removed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags};
use tokio::task::JoinHandle;

use crate::figures::{at_share, grouped};
use crate::load::client::Client;
use crate::load::closed_loop;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup;

/// Milliseconds that no call waits longer for a snapshot or for the removal of others.
const TARGET: f64 = 20.0;

/// Silent users in each room.
const IN_A_ROOM: usize = 5;

/// As many messages as a room keeps.
const HISTORY: usize = 10_000;

/// Between two calls of one client: people poll and write, and do not load the server.
const PAUSE: Duration = Duration::from_millis(1);

/// How long the calls are timed when nothing else happens.
const ORDINARY: Duration = Duration::from_secs(2);

/// Snapshots that are waited for.
const SNAPSHOTS: usize = 2;

/// So large that a snapshot is due again within a second or two.
const LONG_TEXT: usize = 16_000;

pub(super) async fn measure(
    directory: &Path,
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let data = directory.join("full");
    let data = data.to_str().context("a path that is no text")?;
    let rooms = plan.silent_users / IN_A_ROOM;
    // The general room, the one of the two who call, and some more.
    let max_rooms = (rooms + 10).to_string();
    progress.step(format_args!("making {} users", plan.silent_users));
    let flags = [
        ["--data", data],
        ["--never-polled-after", plan.silent_after],
        ["--sweep-every", plan.silent_after],
        // All users come from this machine.
        ["--per-address", "off"],
        ["--max-rooms", &max_rooms],
    ];
    let system = ours::start(flags.as_flattened())?;
    let began = Instant::now();
    let server = &system.chat_server;
    setup::populate(server, rooms, plan.silent_users).await?;
    progress.step("filling rooms");
    fill(server, plan.full_rooms).await?;

    // Two who call all the time, in a room of their own.
    let (talker, listener) = ("falante", "ouvinte");
    setup::meet(server, "viva", &[talker, listener]).await?;
    let watch = || -> anyhow::Result<Watch> {
        Ok(Watch::begin(
            [
                Client::new(server.address())?,
                Client::new(server.address())?,
            ],
            setup::poll_for_nothing(listener, "viva"),
            setup::send(talker, "viva"),
        ))
    };
    let mut table = Table::new([
        "a full chat, ms",
        "calls",
        "half of the polls within",
        "slowest poll",
        "slowest send",
    ]);
    let mut row = |what: String, slowest: Slowest| {
        let calls = grouped((slowest.polls.len() + slowest.sends.len()) as u64);
        let [half, poll, send] = [
            at_share(&slowest.polls, 0.5),
            slowest.polls.last().copied(),
            slowest.sends.last().copied(),
        ]
        .map(Option::unwrap_or_default);
        let figures = [half, poll, send].map(|time| format!("{:.2}", milliseconds(time)));
        table.row([vec![what, calls], figures.to_vec()].concat());
        [poll, send].map(milliseconds)
    };

    progress.step("calls when nothing else happens");
    let watching = watch()?;
    tokio::time::sleep(ORDINARY).await;
    row("nothing else happens".to_owned(), watching.end().await?);

    progress.step("calls while snapshots are taken");
    let watching = watch()?;
    take_snapshots(server, Path::new(data)).await?;
    let [poll, send] = row(
        format!("{SNAPSHOTS} snapshots are taken"),
        watching.end().await?,
    );
    section.verdicts.extend([
        Verdict::at_most(
            "ms of the slowest poll while snapshots are taken",
            poll,
            TARGET,
        ),
        Verdict::at_most(
            "ms of the slowest send while snapshots are taken",
            send,
            TARGET,
        ),
    ]);

    progress.step("calls while silent users are removed");
    let watching = watch()?;
    wait_for_removal(server, rooms, began).await?;
    let users = grouped(plan.silent_users as u64);
    let [poll, send] = row(
        format!(
            "{users} silent users are removed from {} rooms",
            grouped(rooms as u64)
        ),
        watching.end().await?,
    );
    section.verdicts.extend([
        Verdict::at_most(
            "ms of the slowest poll while silent users are removed",
            poll,
            TARGET,
        ),
        Verdict::at_most(
            "ms of the slowest send while silent users are removed",
            send,
            TARGET,
        ),
    ]);
    section.tables.push(table);
    Ok(())
}

/// Sends so many messages in the first rooms that they keep no more.
async fn fill(server: &Server, rooms: usize) -> anyhow::Result<()> {
    let clients = (0..64).map(|_| Client::new(server.address()));
    let mut clients = clients.collect::<anyhow::Result<Vec<_>>>()?;
    for room in 0..rooms {
        let body = setup::send(&setup::user_name(room), &setup::room_name(room));
        let first = clients.first_mut().context("no clients")?;
        let answer = first.call(body.clone()).await?.len();
        let mut sent = 0;
        while sent < HISTORY {
            let time = Duration::from_millis(100);
            let latencies = closed_loop::saturate(&mut clients, &body, answer, time).await?;
            sent += latencies.calls();
        }
    }
    Ok(())
}

/// Sends long messages until so many snapshots are whole.
async fn take_snapshots(server: &Server, data: &Path) -> anyhow::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(data.join("chat.db"), flags)?;
    let newest = || -> anyhow::Result<i64> {
        let query = "SELECT coalesce(max(position), 0) FROM whole_snapshot";
        Ok(database.query_row(query, [], |row| row.get(0))?)
    };
    let mut writer = Client::new(server.address())?;
    let (user, room) = (setup::user_name(0), setup::room_name(0));
    let long = setup::send_text(&user, &room, &"x".repeat(LONG_TEXT));
    let (mut last, mut taken) = (newest()?, 0);
    while taken < SNAPSHOTS {
        for _ in 0..50 {
            writer.call(long.clone()).await?;
        }
        let now = newest()?;
        taken += usize::from(now > last);
        last = now;
    }
    Ok(())
}

/// Waits until the rooms are empty.
async fn wait_for_removal(server: &Server, rooms: usize, began: Instant) -> anyhow::Result<()> {
    let mut client = Client::new(server.address())?;
    let mut ask = async |room: usize| {
        client
            .call(setup::list_users(&setup::room_name(room)))
            .await
    };
    let name = "<string>pessoa-";
    // Those who called last were made last, so theirs are the last to go.
    while String::from_utf8_lossy(&ask(rooms - 1).await?).contains(name) {
        ensure!(
            began.elapsed() < Duration::from_secs(300),
            "they are not removed"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Two clients that call until they are stopped.
struct Watch {
    is_over: Arc<AtomicBool>,
    polls: JoinHandle<anyhow::Result<Vec<Duration>>>,
    sends: JoinHandle<anyhow::Result<Vec<Duration>>>,
}

/// How long each call took, the fastest first.
struct Slowest {
    polls: Vec<Duration>,
    sends: Vec<Duration>,
}

impl Watch {
    fn begin([poller, sender]: [Client; 2], poll: Bytes, send: Bytes) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        Self {
            polls: tokio::spawn(call_until(Arc::clone(&is_over), poller, poll)),
            sends: tokio::spawn(call_until(Arc::clone(&is_over), sender, send)),
            is_over,
        }
    }

    async fn end(self) -> anyhow::Result<Slowest> {
        self.is_over.store(true, Ordering::Relaxed);
        Ok(Slowest {
            polls: self.polls.await??,
            sends: self.sends.await??,
        })
    }
}

async fn call_until(
    is_over: Arc<AtomicBool>,
    mut client: Client,
    body: Bytes,
) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    let length = client.call(body.clone()).await?.len();
    while !is_over.load(Ordering::Relaxed) {
        let called = Instant::now();
        let answer = client.call(body.clone()).await?;
        times.push(called.elapsed());
        ensure!(
            answer.len() == length,
            "{}",
            String::from_utf8_lossy(&answer)
        );
        tokio::time::sleep(PAUSE).await;
    }
    times.sort_unstable();
    Ok(times)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
