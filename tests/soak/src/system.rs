//! The binder and the chat server of a run, both of which are killed and started again all the while.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use dxr::Value;
use fastrand::Rng;
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use rpc::{Caller, Observers};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::Failure;
use crate::figures::Restarts;
use crate::programs::{ProgramError, Programs, Server};

/// How long the binder lives, and how long it is away.
const BINDER_LIVES: Duration = Duration::from_secs(4);
const BINDER_IS_AWAY: Duration = Duration::from_millis(500);

/// How long the chat server lives and is away at most, in milliseconds. It is killed at any instant.
const CHAT_LIVES: u64 = 5_000;
const CHAT_IS_AWAY: u64 = 300;

/// Within which time a binder that came back knows everything again: the chat server renews every ten
/// seconds, and a busy machine takes its part.
const KNOWN_AGAIN: Duration = Duration::from_secs(15);

/// Rooms outlast a run: an empty one would take its messages with it before all have seen them.
const ROOM_TTL: &str = "30days";

/// Below the ports that Linux gives to outgoing connections: a client that tries again and again while the
/// server is away could otherwise be given the server's own port, and be connected to itself.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

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
    chat: Chat,
}

/// The chat server, and where it keeps the chat.
struct Chat {
    flags: Vec<String>,
    running: Server,
    /// The most memory that a killed one has had.
    peak_memory: Option<u64>,
    _directory: TempDir,
}

impl<'programs> System<'programs> {
    /// Starts both.
    ///
    /// # Errors
    /// When one of them does not run.
    pub(crate) async fn start(programs: &'programs Programs) -> Result<Self, ProgramError> {
        let mut running_binder = programs.start("binder", &["--listen", "127.0.0.1:0"])?;
        let binder = running_binder.address().await?;
        let directory = TempDir::new()?;
        let (classic, accounts) = (free_address()?, free_address()?);
        let flags = [
            ("--listen", classic.to_string()),
            ("--accounts-listen", accounts.to_string()),
            ("--advertise", "127.0.0.1".to_owned()),
            ("--binder", binder.to_string()),
            ("--room-ttl", ROOM_TTL.to_owned()),
            ("--data", directory.path().display().to_string()),
        ];
        let flags: Vec<String> = flags
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value])
            .collect();
        let chat = Chat {
            running: Chat::run(programs, &flags).await?,
            flags,
            peak_memory: None,
            _directory: directory,
        };
        Ok(Self {
            programs,
            binder,
            classic,
            accounts,
            running_binder,
            chat,
        })
    }

    /// Kills the servers and starts them again, over and over for so long, and counts how often.
    ///
    /// # Errors
    /// When one does not come back, or a binder does not learn again where the chat server is.
    pub(crate) async fn restart_for(
        &mut self,
        time: Duration,
        rng: Rng,
    ) -> Result<Restarts, Failure> {
        let end = Instant::now() + time;
        let (binder, chat) = tokio::try_join!(
            restart_binder(self.programs, &self.binder, &mut self.running_binder, end),
            self.chat.restart_until(self.programs, end, rng),
        )?;
        Ok(Restarts { binder, chat })
    }

    /// The most memory that the chat server has had at one time, in mebibytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.chat.peak_memory.max(self.chat.running.peak_memory())
    }
}

impl Chat {
    async fn run(programs: &Programs, flags: &[String]) -> Result<Server, ProgramError> {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let mut server = programs.start("chat-server", &flags)?;
        // It prints one line for each dialect.
        server.address().await?;
        server.address().await?;
        Ok(server)
    }

    async fn restart_until(
        &mut self,
        programs: &Programs,
        end: Instant,
        mut rng: Rng,
    ) -> Result<u32, Failure> {
        let mut restarts = 0;
        loop {
            let lives = Duration::from_millis(rng.u64(..CHAT_LIVES));
            tokio::time::sleep_until(end.min(Instant::now() + lives)).await;
            if Instant::now() >= end {
                return Ok(restarts);
            }
            self.peak_memory = self.peak_memory.max(self.running.peak_memory());
            self.running.kill().await.map_err(ProgramError::from)?;
            tokio::time::sleep(Duration::from_millis(rng.u64(..CHAT_IS_AWAY))).await;
            self.running = Self::run(programs, &self.flags).await?;
            restarts += 1;
        }
    }
}

/// Each time the binder has to learn again where the chat server is.
async fn restart_binder(
    programs: &Programs,
    address: &Endpoint,
    running: &mut Server,
    end: Instant,
) -> Result<u32, Failure> {
    let mut restarts = 0;
    loop {
        tokio::time::sleep_until(end.min(Instant::now() + BINDER_LIVES)).await;
        if Instant::now() >= end {
            return Ok(restarts);
        }
        running.kill().await.map_err(ProgramError::from)?;
        tokio::time::sleep(BINDER_IS_AWAY).await;
        *running = programs.start("binder", &["--listen", &address.to_string()])?;
        running.address().await?;
        restarts += 1;
        wait_until_known(address).await?;
    }
}

async fn wait_until_known(address: &Endpoint) -> Result<(), Failure> {
    let began = Instant::now();
    let failed = |reason| Failure::Binder { reason };
    let binder = Caller::new(address, KNOWN_AGAIN, Observers::none())
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

/// An address with a port that nothing listens on.
fn free_address() -> std::io::Result<Endpoint> {
    loop {
        let port = fastrand::u16(PORTS);
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => {
                return Ok(Endpoint {
                    address: "127.0.0.1".to_owned(),
                    port,
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
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
