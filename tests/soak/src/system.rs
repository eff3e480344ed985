//! The binder and the chat server of a run, both killed and started again throughout.

use std::net::Ipv4Addr;
use std::time::Duration;

use fastrand::Rng;
use protocol::binder::Endpoint;
use support::{KeptChat, Program, Server, binaries, server::wait_until_registered_at};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::figures::Restarts;

/// How long the binder runs, and how long it is away.
const BINDER_RUNS: Duration = Duration::from_secs(4);
const BINDER_IS_AWAY: Duration = Duration::from_millis(500);

/// How long the chat server runs and is away at most, in milliseconds. It is killed at any instant.
const CHAT_RUNS: u64 = 5_000;
const CHAT_IS_AWAY: u64 = 300;

/// Within which time a restarted binder has every name again: the chat server renews every ten seconds, and
/// a busy machine takes its part.
const REGISTERED_WITHIN: Duration = Duration::from_secs(15);

/// Rooms outlast a run: an empty one would take its messages with it before all have seen them.
const ROOM_TTL: &str = "30days";

pub(crate) struct System {
    /// Where the binder is, running or not.
    pub(crate) binder: Endpoint,
    /// Where the chat server speaks dialect classic.
    pub(crate) classic: Endpoint,
    pub(crate) accounts: Endpoint,
    running_binder: Server,
    chat: KeptChat,
}

impl System {
    /// Starts both.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let running_binder = start_binder("127.0.0.1:0".to_owned()).await?;
        let binder = running_binder.address.clone();
        let chat = spawn_blocking(move || {
            // Errors are shown. The chat server warns that the binder is away, which is intended.
            let flags = [
                "-qq",
                "--advertise",
                "127.0.0.1",
                "--binder",
                &binder,
                "--room-ttl",
                ROOM_TTL,
            ];
            KeptChat::start_visible(&flags)
        });
        let chat = chat.await?;
        Ok(Self {
            binder: endpoint(&running_binder.address)?,
            classic: endpoint(&chat.classic)?,
            accounts: endpoint(&chat.accounts)?,
            running_binder,
            chat,
        })
    }

    /// Kills the servers and starts them again for so long, and counts how often.
    pub(crate) async fn restart_for(self, time: Duration, rng: Rng) -> Result<Ended, Failure> {
        let end = Instant::now() + time;
        let names = [
            ("create_room", self.classic.to_string()),
            (protocol::accounts::SERVICE, self.accounts.to_string()),
        ];
        let ((running_binder, binder), (chat, restarts)) = tokio::try_join!(
            restart_binder(self.running_binder, names, end),
            restart_chat(self.chat, end, rng),
        )?;
        Ok(Ended {
            restarts: Restarts {
                binder,
                chat: restarts,
            },
            chat,
            _binder: running_binder,
        })
    }
}

/// The servers after the restarts, which still run.
pub(crate) struct Ended {
    pub(crate) restarts: Restarts,
    pub(crate) chat: KeptChat,
    _binder: Server,
}

async fn restart_chat(
    mut chat: KeptChat,
    end: Instant,
    mut rng: Rng,
) -> Result<(KeptChat, u32), Failure> {
    let mut restarts = 0;
    loop {
        let runs = Duration::from_millis(rng.u64(..CHAT_RUNS));
        tokio::time::sleep_until(end.min(Instant::now() + runs)).await;
        if Instant::now() >= end {
            return Ok((chat, restarts));
        }
        let away = Duration::from_millis(rng.u64(..CHAT_IS_AWAY));
        chat = spawn_blocking(move || {
            chat.kill();
            std::thread::sleep(away);
            chat.start_again();
            chat
        })
        .await?;
        restarts += 1;
    }
}

/// Each time the chat server has to register again.
async fn restart_binder(
    mut running: Server,
    names: [(&'static str, String); 2],
    end: Instant,
) -> Result<(Server, u32), Failure> {
    let mut restarts = 0;
    loop {
        tokio::time::sleep_until(end.min(Instant::now() + BINDER_RUNS)).await;
        if Instant::now() >= end {
            return Ok((running, restarts));
        }
        let (address, _) = spawn_blocking(|| running.kill()).await?;
        tokio::time::sleep(BINDER_IS_AWAY).await;
        running = start_binder(address.clone()).await?;
        restarts += 1;
        let (began, names) = (Instant::now(), names.clone());
        spawn_blocking(move || {
            for (name, server) in names {
                wait_until_registered_at(&address, name, &server);
            }
        })
        .await?;
        if began.elapsed() > REGISTERED_WITHIN {
            return Err(Failure::Binder {
                reason: format!("registered again only after {:?}", began.elapsed()),
            });
        }
    }
}

/// A panic of the harness is the error.
async fn start_binder(address: String) -> Result<Server, JoinError> {
    spawn_blocking(move || {
        let mut command = binaries::command("binder");
        command.args(["-qq", "--listen", &address]);
        Server::ready(Program::start_visible("binder", &mut command))
    })
    .await
}

fn endpoint(address: &str) -> Result<Endpoint, Failure> {
    address.parse().map_err(|_| Failure::Binder {
        reason: format!("{address} is not HOST:PORT"),
    })
}

/// Whether the binder answers so without a registration.
pub(crate) fn is_built_in(found: &Endpoint) -> bool {
    let built_in = binder::built_in_names(Ipv4Addr::LOCALHOST.into(), protocol::accounts::PORT);
    built_in.iter().any(|(_, endpoint)| endpoint == found)
}
