//! The binder and the chat server of a run, and what is done to the binder.

use std::net::Ipv4Addr;
use std::time::Duration;

use dxr::Value;
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use rpc::{Caller, Observers};
use tokio::time::Instant;

use crate::Failure;
use crate::programs::{ProgramError, Programs, Server};

/// How long the binder lives, and how long it is away.
const BINDER_LIVES: Duration = Duration::from_secs(4);
const BINDER_IS_AWAY: Duration = Duration::from_millis(500);

/// Within which time a binder that came back knows everything again: the chat server renews every ten
/// seconds, and a busy machine takes its part.
const KNOWN_AGAIN: Duration = Duration::from_secs(15);

/// Rooms outlast a run: an empty one would take its messages with it before all have seen them.
const ROOM_TTL: &str = "30days";

/// A binder and a chat server.
pub(crate) struct System<'programs> {
    programs: &'programs Programs,
    /// Where the binder is, dead or alive.
    pub(crate) binder: Endpoint,
    /// Where the chat server speaks dialect classic.
    pub(crate) classic: Endpoint,
    /// Where it speaks dialect accounts.
    pub(crate) accounts: Endpoint,
    running_binder: Server,
    chat: Server,
}

impl<'programs> System<'programs> {
    /// Starts both.
    ///
    /// # Errors
    /// When one of them does not run.
    pub(crate) async fn start(programs: &'programs Programs) -> Result<Self, ProgramError> {
        let mut running_binder = programs.start("binder", &["--listen", "127.0.0.1:0"])?;
        let binder = running_binder.address().await?;
        let mut chat = programs.start(
            "chat-server",
            &[
                "--listen",
                "127.0.0.1:0",
                "--advertise",
                "127.0.0.1",
                "--binder",
                &binder.to_string(),
                "--room-ttl",
                ROOM_TTL,
            ],
        )?;
        // It tells in this order.
        let accounts = chat.address().await?;
        let classic = chat.address().await?;
        Ok(Self {
            programs,
            binder,
            classic,
            accounts,
            running_binder,
            chat,
        })
    }

    /// Kills the binder and starts it again, over and over for so long, and tells how often. Each time
    /// it has to learn again where the chat server is.
    ///
    /// # Errors
    /// When it does not come back, or does not learn it.
    pub(crate) async fn restart_binder_for(&mut self, time: Duration) -> Result<u32, Failure> {
        let end = Instant::now() + time;
        let mut restarts = 0;
        loop {
            tokio::time::sleep_until(end.min(Instant::now() + BINDER_LIVES)).await;
            if Instant::now() >= end {
                return Ok(restarts);
            }
            self.running_binder
                .kill()
                .await
                .map_err(ProgramError::from)?;
            tokio::time::sleep(BINDER_IS_AWAY).await;
            let listen = self.binder.to_string();
            self.running_binder = self.programs.start("binder", &["--listen", &listen])?;
            self.running_binder.address().await?;
            restarts += 1;
            self.wait_until_known().await?;
        }
    }

    async fn wait_until_known(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let failed = |reason| Failure::Binder { reason };
        let binder = Caller::new(&self.binder, KNOWN_AGAIN, Observers::none())
            .map_err(|error| failed(error.to_string()))?;
        for name in ["create_room", protocol::accounts::SERVICE] {
            loop {
                let parameters = vec![Value::String(name.to_owned())];
                match binder.call(LOOKUP_PROCEDURE.name, parameters).await {
                    Ok(answer) if is_registered(&answer) => break,
                    Ok(_) if began.elapsed() < KNOWN_AGAIN => {}
                    Ok(_) => {
                        return Err(failed(format!("'{name}' unknown for {KNOWN_AGAIN:?}")));
                    }
                    Err(error) => return Err(failed(error.to_string())),
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// The most memory that the chat server has had at one time, in mebibytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.chat.peak_memory()
    }
}

/// Whether a look-up found a registration.
fn is_registered(answer: &Value) -> bool {
    matches!(Endpoint::from_lookup(answer.clone()), Ok(Some(found)) if !is_built_in(&found))
}

/// Whether the binder answers so without a registration.
pub(crate) fn is_built_in(found: &Endpoint) -> bool {
    let built_in = binder::built_in_names(Ipv4Addr::LOCALHOST.into());
    built_in.iter().any(|(_, place)| place == found)
}
