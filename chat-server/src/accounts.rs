//! Accounts: names with passwords, for dialect *accounts*.
//!
//! The chat keeps the hash of each password. Hashing and comparing are slow on purpose, and happen here,
//! before a command is submitted.

mod attempts;
mod import;
mod passwords;

use std::sync::Arc;

use parking_lot::Mutex;
use rpc::Connection;
use thiserror::Error;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::activity::Activity;
use crate::chat::commands::{RegisterUser, RegisterUserOutcome};
use crate::chat::{Credential, Kind, PasswordHash, Username};
use crate::replica::Refused;
use crate::service::ChatService;
use attempts::LoginAttempts;
pub use import::{AccountsFile, ImportError};
use passwords::{Busy, Passwords};

/// Why an account cannot be created or used.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    /// Another user holds the name.
    #[error("the name is taken")]
    NameTaken,
    /// The password is another.
    #[error("the password is wrong")]
    WrongPassword,
    /// Too many attempts were made for this name; the next one counts only after a while.
    #[error("too many attempts; wait {seconds} s")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u64,
    },
    /// The server has as many users as it takes.
    #[error("too many users")]
    TooManyUsers,
    /// Too many passwords wait to be hashed.
    #[error("too many logins at the same time")]
    Busy,
    /// The account could not be written to the log, so it was not created.
    #[error("the account cannot be kept: {0}")]
    NotKept(#[from] Refused),
}

impl From<Busy> for AccountError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

/// The accounts of a chat server.
#[derive(Debug)]
pub struct Accounts {
    service: Arc<ChatService>,
    passwords: Passwords,
    attempts: Mutex<LoginAttempts>,
}

impl Accounts {
    /// The accounts of this chat.
    pub fn new(service: Arc<ChatService>) -> Self {
        Self {
            service,
            passwords: Passwords::default(),
            attempts: Mutex::default(),
        }
    }

    /// Creates an account.
    pub async fn register(&self, name: &Username, password: &str) -> Result<(), AccountError> {
        // A taken name costs no hashing.
        if !self.service.is_available(name) {
            return Err(AccountError::NameTaken);
        }
        let hash = self.passwords.hash(password.to_owned()).await?;
        let command = RegisterUser {
            name: name.clone(),
            credential: Credential::Password(PasswordHash(hash.to_string().into())),
        };
        match self.service.submit(command).await? {
            RegisterUserOutcome::Registered { person, .. } => {
                info!(user = %name, %person, "account created");
                Ok(())
            }
            RegisterUserOutcome::NameTaken => Err(AccountError::NameTaken),
            RegisterUserOutcome::TooManyUsers => Err(AccountError::TooManyUsers),
        }
    }

    /// Proves that `password` is the account's, or creates the account when the name is free, as the
    /// original does. The address that the call came `from` decides which attempts wait for each other
    /// after wrong passwords.
    pub async fn log_in(
        &self,
        name: &Username,
        password: &str,
        from: &Connection,
    ) -> Result<(), AccountError> {
        let address = from.peer();
        let hash = match self.hash_of(name) {
            Some(hash) => hash,
            None => match (self.register(name, password).await, self.hash_of(name)) {
                // The same account was created meanwhile: then it is a login after all.
                (Err(AccountError::NameTaken), Some(hash)) => hash,
                (outcome, _) => {
                    if outcome.is_ok() {
                        self.attempts
                            .lock()
                            .succeeded(Instant::now(), name, address);
                    }
                    return outcome;
                }
            },
        };
        let wait = self
            .attempts
            .lock()
            .begin(Instant::now(), name, address)
            .map_err(|wait| AccountError::TooManyAttempts {
                seconds: wait.as_secs().max(1),
            })?;
        tokio::time::sleep(wait).await;
        let verified = self.passwords.verify(password.to_owned(), hash).await;
        let is_right = verified.inspect_err(|Busy| self.attempts.lock().refund(name, address))?;
        if !is_right {
            warn!(user = %name, "login refused: wrong password");
            return Err(AccountError::WrongPassword);
        }
        self.attempts
            .lock()
            .succeeded(Instant::now(), name, address);
        self.service
            .note_activity(name.as_str(), Kind::Account, Activity::Call, Some(from));
        info!(user = %name, "logged in");
        Ok(())
    }

    fn hash_of(&self, name: &Username) -> Option<PasswordHash> {
        self.service.query(|chat| chat.password_hash(name).cloned())
    }
}
