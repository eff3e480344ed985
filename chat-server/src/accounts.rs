//! Accounts: names with passwords, for dialect *accounts*.
//!
//! The chat knows that a name belongs to an account and nothing of passwords; they are kept here, as
//! hashes, and in a [`file`](self::file) if the server was given one. An account lasts as long as the
//! server, or as the file.

pub mod attempts;
pub mod file;
mod passwords;

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::chat::commands::{RegisterUserOutcome, UnregisterUserOutcome};
use crate::chat::{Caller, Kind, Username};
use crate::presence::Sign;
use crate::service::ChatService;
use attempts::Attempts;
use file::AccountsFile;
use passwords::{Busy, Passwords};

/// The hash of each account's password.
pub type Hashes = BTreeMap<Username, PasswordHash>;

/// The accounts and how often they have changed, which tells a writer whether the file has them all.
#[derive(Debug, Default)]
pub struct Ledger {
    hashes: Hashes,
    changes: u64,
    /// The accounts that are being created: they have a hash and may yet be refused.
    unsettled: HashSet<Username>,
}

impl Ledger {
    fn insert(&mut self, name: &Username, hash: PasswordHash) {
        self.hashes.insert(name.clone(), hash);
        self.unsettled.insert(name.clone());
        self.changes += 1;
    }

    fn remove(&mut self, name: &Username) {
        self.hashes.remove(name);
        self.unsettled.remove(name);
        self.changes += 1;
    }
}

/// Why an account cannot be created or used.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    /// Somebody holds the name.
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
    /// The account could not be written to the file, so it was not created.
    #[error("the accounts file cannot be written")]
    NotKept,
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
    /// The lock protects lookups and insertions only; hashing and writing happen outside.
    ledger: Mutex<Ledger>,
    /// Told whenever the creation of an account has come to its end.
    settled: watch::Sender<()>,
    passwords: Passwords,
    attempts: Mutex<Attempts>,
    file: Option<AccountsFile>,
}

impl Accounts {
    /// Accounts that last as long as the server.
    #[must_use]
    pub fn in_memory(service: Arc<ChatService>) -> Self {
        Self::new(service, Hashes::new(), None)
    }

    /// The accounts in the file at `path`, which is created when the first account is.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or is used by another server.
    pub fn in_file(service: Arc<ChatService>, path: &Path) -> Result<Self, file::FileError> {
        let (file, hashes) = AccountsFile::open(path)?;
        for name in hashes.keys() {
            let outcome = service.register(&account(name));
            if !matches!(outcome, RegisterUserOutcome::Registered(_)) {
                // The account is kept in the file and refused at login.
                warn!(user = %name, "this account finds no place in the chat and cannot log in");
            }
        }
        info!(accounts = hashes.len(), file = %path.display(), "accounts read");
        Ok(Self::new(service, hashes, Some(file)))
    }

    fn new(service: Arc<ChatService>, hashes: Hashes, file: Option<AccountsFile>) -> Self {
        Self {
            service,
            ledger: Mutex::new(Ledger {
                hashes,
                ..Ledger::default()
            }),
            settled: watch::Sender::default(),
            passwords: Passwords::default(),
            attempts: Mutex::new(Attempts::default()),
            file,
        }
    }

    /// Creates an account. When it answers, the account is in the file.
    ///
    /// # Errors
    /// Why there is no such account now.
    pub async fn register(
        self: &Arc<Self>,
        name: &Username,
        password: &str,
    ) -> Result<(), AccountError> {
        // A taken name costs no hashing.
        if !self.service.is_to_be_had(name) {
            return Err(AccountError::NameTaken);
        }
        let hash = self.passwords.hash(password.to_owned()).await?;
        // A task of its own, which goes on when the caller hangs up: an account that exists is in the
        // file, and one that cannot be kept is taken back.
        let (accounts, name) = (Arc::clone(self), name.clone());
        let created = tokio::spawn(async move { accounts.create(&name, hash).await });
        created.await.unwrap_or_else(|cause| {
            error!(error = %cause, "creating an account failed");
            Err(AccountError::NotKept)
        })
    }

    async fn create(&self, name: &Username, hash: PasswordHash) -> Result<(), AccountError> {
        {
            // Held over both, so that who finds the name taken finds the hash as well.
            let mut ledger = self.ledger.lock();
            match self.service.register(&account(name)) {
                RegisterUserOutcome::Registered(_) => ledger.insert(name, hash),
                RegisterUserOutcome::NameTaken => return Err(AccountError::NameTaken),
                RegisterUserOutcome::TooManyUsers => return Err(AccountError::TooManyUsers),
            }
        }
        let store = async || match &self.file {
            Some(file) => file.store(&self.ledger).await,
            None => Ok(()),
        };
        let kept = store().await;
        match &kept {
            Ok(()) => {
                self.ledger.lock().unsettled.remove(name);
                info!(user = %name, "account created");
            }
            Err(cause) => {
                error!(user = %name, error = %cause, "the account cannot be kept and is refused");
                // From here on somebody else may be creating an account of this name.
                self.remove(name);
            }
        }
        self.settled.send_replace(());
        if kept.is_err() {
            // Somebody else's account may have been written in between, and this one with it.
            let _ = store().await;
        }
        kept.map_err(|_| AccountError::NotKept)
    }

    /// Proves that `password` is the account's, or creates the account when the name is free, as the
    /// original does. `from` is where the call came from, which decides who waits after wrong passwords.
    ///
    /// # Errors
    /// Why the login is refused.
    pub async fn login(
        self: &Arc<Self>,
        name: &Username,
        password: &str,
        from: IpAddr,
    ) -> Result<(), AccountError> {
        let hash = match self.known(name).await {
            Some(hash) => hash,
            None => match (self.register(name, password).await, self.known(name).await) {
                // Somebody created the same account meanwhile: then it is a login after all.
                (Err(AccountError::NameTaken), Some(hash)) => hash,
                (outcome, _) => {
                    if outcome.is_ok() {
                        self.attempts.lock().succeeded(Instant::now(), name, from);
                    }
                    return outcome;
                }
            },
        };
        if self
            .service
            .query(|chat| chat.person(&account(name)))
            .is_none()
        {
            // It is in the file, and the chat had no place for it when the server started.
            return Err(AccountError::TooManyUsers);
        }
        let wait = self
            .attempts
            .lock()
            .begin(Instant::now(), name, from)
            .map_err(|wait| AccountError::TooManyAttempts {
                seconds: wait.as_secs().max(1),
            })?;
        tokio::time::sleep(wait).await;
        let verified = self.passwords.verify(password.to_owned(), hash).await;
        let is_right =
            verified.inspect_err(|Busy| self.attempts.lock().not_looked_at(name, from))?;
        if !is_right {
            warn!(user = %name, "login refused: wrong password");
            return Err(AccountError::WrongPassword);
        }
        self.attempts.lock().succeeded(Instant::now(), name, from);
        self.service
            .heard_of(name.as_str(), Kind::Account, Sign::Call);
        info!(user = %name, "logged in");
        Ok(())
    }

    /// The hash of an account's password. One that is being created is waited for: nobody is logged in
    /// to an account that may yet be refused.
    async fn known(&self, name: &Username) -> Option<PasswordHash> {
        let mut settled = self.settled.subscribe();
        loop {
            {
                let ledger = self.ledger.lock();
                if !ledger.unsettled.contains(name) {
                    return ledger.hashes.get(name).cloned();
                }
            }
            settled.changed().await.ok()?;
        }
    }

    fn remove(&self, name: &Username) {
        let mut ledger = self.ledger.lock();
        ledger.remove(name);
        let outcome = self.service.unregister(&account(name));
        if outcome == UnregisterUserOutcome::NotRegistered {
            warn!(user = %name, "the refused account was gone already");
        }
    }
}

fn account(name: &Username) -> Caller {
    Caller {
        name: name.clone(),
        kind: Kind::Account,
    }
}

#[cfg(test)]
mod tests;
