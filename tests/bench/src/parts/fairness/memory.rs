//! How much memory a hostile peer can take.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::names::{HOSTILE, OTHERS, ROOM};
use super::requests;
use crate::figures::grouped;
use crate::load::client::Client;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::table::Table;
use crate::report::{Section, Verdict};
use crate::servers::ours;
use crate::servers::process::Server;
use crate::setup;

/// MiB of everything that requests become, values included, in all.
const TARGET: f64 = 128.0;

/// The users of the batches that wait: one user has a few waits only.
const USERS: usize = 100;

/// How long memory is looked at after the last batch was sent: what is refused is refused by then.
const LOOKED_AT: Duration = Duration::from_secs(3);

pub(super) async fn measure(
    plan: &Plan,
    progress: &mut Progress,
    section: &mut Section,
) -> anyhow::Result<()> {
    let mut table = Table::new([
        "connections, each with a packed batch that waits",
        "bytes when unpacked",
        "in all, MiB",
        "memory before, MiB",
        "most memory, MiB",
        "slowest call of others, ms",
    ]);
    for (connections, length) in [(254, 1 << 20), (2_000, 16 << 10)] {
        progress.step(format_args!(
            "{connections} batches of {length} bytes that wait"
        ));
        let system = ours::start(&[])?;
        let server = &system.chat_server;
        setup::meet(server, ROOM, &[OTHERS[0], OTHERS[1], HOSTILE]).await?;
        let names: Vec<String> = (0..USERS).map(setup::user_name).collect();
        setup::populate(server, 1, USERS).await?;
        let before = mebibytes(server)?;
        let mut waiting = Vec::new();
        for number in 0..connections {
            let user = names.get(number % USERS).map_or(HOSTILE, String::as_str);
            let request = requests::waiting_batch(user, &setup::room_name(0), length)?;
            let mut stream = TcpStream::connect(server.address()).await?;
            stream.write_all(&request).await?;
            waiting.push(stream);
        }
        let (most, slowest) = watch(server, plan).await?;
        drop(waiting);
        table.row([
            grouped(connections as u64),
            grouped(length as u64),
            grouped((connections * length) as u64 >> 20),
            format!("{before:.1}"),
            format!("{most:.1}"),
            format!("{:.1}", slowest.as_secs_f64() * 1e3),
        ]);
        section.verdicts.push(Verdict::at_most(
            format!("MiB of a server with {connections} waiting batches of {length} bytes"),
            most,
            TARGET,
        ));
    }
    section.tables.push(table);
    Ok(())
}

/// The most memory that the server has meanwhile, and how long the slowest ordinary call takes.
async fn watch(server: &Server, plan: &Plan) -> anyhow::Result<(f64, Duration)> {
    let mut client = Client::new(server.address())?;
    let send = setup::send(OTHERS[0], ROOM);
    let (began, mut most, mut slowest) = (Instant::now(), 0_f64, Duration::ZERO);
    while began.elapsed() < LOOKED_AT {
        let sent = Instant::now();
        client.call(send.clone()).await?;
        slowest = slowest.max(sent.elapsed());
        most = most.max(mebibytes(server)?);
        tokio::time::sleep(plan.settle).await;
    }
    Ok((most, slowest))
}

fn mebibytes(server: &Server) -> anyhow::Result<f64> {
    Ok(server.resident_bytes()? as f64 / f64::from(1 << 20))
}
