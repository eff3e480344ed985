//! Accounts: names with passwords, for dialect *accounts*.
//!
//! The chat keeps the hash of each password. Hashing and comparing are slow on purpose, and happen here,
//! before a command is submitted.

mod attempts;
mod import;
mod new_accounts;
mod passwords;
mod turns;

use std::sync::Arc;

use parking_lot::Mutex;
use rpc::Connection;
use thiserror::Error;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::activity::Activity;
use crate::chat::commands::{RegisterUser, RegisterUserOutcome};
use crate::chat::{Address, Credential, Kind, PasswordHash, Username};
use crate::replica::Refused;
use crate::service::ChatService;
use attempts::LoginAttempts;
pub use import::{AccountsFile, ImportError};
use new_accounts::NewAccounts;
use passwords::Passwords;
use turns::{Busy, share};

/// Why an account cannot be created or used.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    #[error("the name is taken")]
    NameTaken,
    #[error("the password is wrong")]
    WrongPassword,
    /// Too many attempts were made for this name; the next one counts only after a while.
    #[error("too many attempts; wait {seconds} s")]
    TooManyAttempts { seconds: u64 },
    /// The server has as many users as it takes.
    #[error("too many users")]
    TooManyUsers,
    /// The address has as many users as the server takes from one.
    #[error("too many users from one address")]
    TooManyFromAddress,
    /// Too many accounts were created from this address; the next one has to wait.
    #[error("too many new accounts from one address; wait {seconds} s")]
    TooManyNewAccounts { seconds: u64 },
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

pub struct Accounts {
    service: Arc<ChatService>,
    passwords: Passwords,
    attempts: Mutex<LoginAttempts>,
    new_accounts: Mutex<NewAccounts>,
}

impl Accounts {
    pub fn new(service: Arc<ChatService>) -> Self {
        Self {
            service,
            passwords: Passwords::default(),
            attempts: Mutex::default(),
            new_accounts: Mutex::default(),
        }
    }

    /// Creates an account for a caller at an address.
    pub async fn register(
        &self,
        name: &Username,
        password: &str,
        from: Address,
    ) -> Result<(), AccountError> {
        // A taken name costs no hashing.
        if !self.service.is_available(name) {
            return Err(AccountError::NameTaken);
        }
        if self.counts_addresses() {
            let begun = self.new_accounts.lock().begin(Instant::now(), from);
            begun.map_err(|wait| AccountError::TooManyNewAccounts {
                seconds: wait.as_secs().max(1),
            })?;
        }
        let place = self.place_of(from);
        let hash = self.passwords.hash(password.to_owned(), place).await?;
        let command = RegisterUser {
            name: name.clone(),
            credential: Credential::Password(PasswordHash(hash.to_string().into())),
            from: Some(from),
        };
        match self.service.submit(command).await? {
            RegisterUserOutcome::Registered { person, .. } => {
                info!(user = %name, %person, "account created");
                Ok(())
            }
            RegisterUserOutcome::NameTaken => Err(AccountError::NameTaken),
            RegisterUserOutcome::TooManyUsers => Err(AccountError::TooManyUsers),
            RegisterUserOutcome::TooManyFromAddress => Err(AccountError::TooManyFromAddress),
        }
    }

    /// Proves that `password` is the account's, or creates the account when the name is free, as the
    /// original does. The address of the connection decides which attempts wait for each other
    /// after wrong passwords.
    pub async fn log_in(
        &self,
        name: &Username,
        password: &str,
        connection: &Connection,
    ) -> Result<(), AccountError> {
        let address = connection.network();
        let from = Address::from(address);
        let hash = match self.hash_of(name) {
            Some(hash) => hash,
            None => match (
                self.register(name, password, from).await,
                self.hash_of(name),
            ) {
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
        let place = self.place_of(from);
        let verified = self.passwords.verify(password.to_owned(), hash, place);
        let verified = verified.await;
        let is_right = verified.inspect_err(|Busy| self.attempts.lock().refund(name, address))?;
        if !is_right {
            warn!(user = %name, "login refused: wrong password");
            return Err(AccountError::WrongPassword);
        }
        self.attempts
            .lock()
            .succeeded(Instant::now(), name, address);
        self.record_login(name, from).await?;
        self.service.note_activity(
            name.as_str(),
            Kind::Account,
            Activity::Call,
            Some(connection),
        );
        info!(user = %name, "logged in");
        Ok(())
    }

    /// Records where the account is used from, if that is new.
    async fn record_login(&self, name: &Username, from: Address) -> Result<(), AccountError> {
        let login = self.service.query(|chat| chat.new_login(name, from));
        if let Some(login) = login {
            self.service.submit(login).await?;
        }
        Ok(())
    }

    fn counts_addresses(&self) -> bool {
        self.service.query(|chat| chat.policy().per_address)
    }

    /// An address, and its share of the places for those who wait.
    fn place_of(&self, from: Address) -> (Address, usize) {
        (from, share(self.counts_addresses()))
    }

    fn hash_of(&self, name: &Username) -> Option<PasswordHash> {
        self.service.query(|chat| chat.password_hash(name).cloned())
    }
}
