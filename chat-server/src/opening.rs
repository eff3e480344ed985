//! Opening the chat: finding its log, restoring what it records, and beginning in it.

use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use crate::accounts::{AccountsFile, ImportError};
use crate::chat::commands::{StartServer, Started};
use crate::chat::{Chat, ChatId, Policy, RULES};
use crate::log::OpenError;
use crate::log::etcd::Found;
use crate::log::sqlite::{Opened, SqliteLog};
use crate::replica::{LogStatus, Refused, Replica};
use crate::settings::Data;

/// How often an etcd that does not take the start of a server is asked again.
const START_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Log(#[from] OpenError),
    #[error("the log in etcd cannot be used: {0}")]
    Etcd(String),
    /// The log does not take the start of the server.
    #[error("the log does not take the start of the server")]
    Refused(#[from] Refused),
    #[error("cannot start the writer of the log: {0}")]
    Thread(std::io::Error),
    #[error("the listener has no address: {0}")]
    Listener(#[from] std::io::Error),
}

/// A chat that was opened, before anything listens.
pub struct OpenChat {
    pub(crate) replica: Replica,
}

impl OpenChat {
    /// Opens the log and restores the chat that it records, or begins a new one.
    pub async fn open(data: &Data, policy: Policy) -> Result<Self, StartError> {
        let replica = match data {
            Data::Memory => Replica::in_memory(Chat::new(policy.clone())),
            Data::Directory(directory, keep) => {
                let Opened { log, chat } = SqliteLog::open(directory, *keep)?;
                Replica::with_own_log(chat, log).map_err(StartError::Thread)?
            }
            Data::Etcd(settings) => {
                let found = Found::wait_for(settings).await.map_err(StartError::Etcd)?;
                let (chat, from, open) = found.take();
                Replica::with_shared_log(chat, from, open).map_err(StartError::Thread)?
            }
        };
        replica.clock().adapt_to(&policy.timeouts);
        let start = StartServer {
            rules: RULES,
            id: ChatId(format!("{:016x}", fastrand::u64(..)).into()),
            policy,
        };
        let started = match replica.log_status() {
            None => (replica.submit(start).await)
                .map_err(|refused| not_begun(data, &replica, refused))?,
            Some(log_status) => start_sharing(&replica, log_status, start).await?,
        };
        let (rooms, users) = replica.query(|chat| (chat.rooms().len(), chat.user_count()));
        match data {
            Data::Memory => {}
            Data::Directory(directory, _) => {
                let directory = directory.display();
                tracing::info!(%directory, ?started, rooms, users, "the chat is kept");
            }
            Data::Etcd(settings) => {
                let (etcd, prefix) = (settings.endpoints.join(","), &settings.prefix);
                tracing::info!(%etcd, %prefix, ?started, rooms, users, "the chat is shared");
            }
        }
        Ok(Self { replica })
    }

    /// Takes over the accounts of an earlier version.
    pub async fn import_accounts(&self, accounts: AccountsFile) -> Result<(), ImportError> {
        accounts.import(&self.replica).await
    }
}

/// Why the log does not take the start, which is the first that is written.
fn not_begun(data: &Data, replica: &Replica, refused: Refused) -> StartError {
    match (data, replica.trouble()) {
        (Data::Directory(directory, _), Some(reason)) => OpenError::Unusable {
            directory: directory.clone(),
            reason,
        }
        .into(),
        _ => refused.into(),
    }
}

/// Waits until the chat is as the shared log is, and begins in it.
async fn start_sharing(
    replica: &Replica,
    mut log_status: watch::Receiver<LogStatus>,
    start: StartServer,
) -> Result<Started, StartError> {
    let mut known = None;
    loop {
        let ready =
            log_status.wait_for(|log_status| !log_status.is_behind() || log_status.ended.is_some());
        let ended = match ready.await {
            Ok(log_status) => log_status.ended.clone(),
            Err(_) => Some("its follower has ended".into()),
        };
        if let Some(reason) = ended {
            return Err(StartError::Etcd(reason.to_string()));
        }
        match replica.submit(start.clone()).await {
            Ok(started) => return Ok(started),
            // To start twice is harmless.
            Err(refused) => {
                let reason = replica.trouble().map(|trouble| trouble.to_string());
                let reason = reason.unwrap_or_else(|| refused.to_string());
                if known.as_ref() != Some(&reason) {
                    tracing::warn!(%reason, "etcd does not take the start; trying again until it does");
                    known = Some(reason);
                }
                // Nothing signals that etcd has room again, or admits the user: it is asked.
                tokio::time::sleep(START_EVERY).await;
            }
        }
    }
}
