//! Accounts: names with passwords, for dialect *accounts*.
//!
//! The chat knows that a name belongs to an account and nothing of passwords; they are kept here, as
//! hashes, and in a [`file`](self::file) if the server was given one. An account lasts as long as the server, or as
//! the file.

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
            Ok(()) => info!(user = %name, "account created"),
            Err(cause) => {
                error!(user = %name, error = %cause, "the account cannot be kept and is refused");
                self.remove(name);
                // Somebody else's account may have been written in between, and this one with it.
                let _ = store().await;
            }
        }
        self.ledger.lock().unsettled.remove(name);
        self.settled.send_replace(());
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
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::chat::Policy;
    use crate::presence::Patience;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn an_account_that_cannot_be_kept_goes_also_when_nobody_waits_for_the_answer() {
        let directory = tempfile::tempdir().unwrap();
        let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
        let file = directory.path().join("accounts");
        let accounts = Arc::new(Accounts::in_file(Arc::clone(&service), &file).unwrap());
        // From now on nothing can be written there.
        drop(directory);
        let exists = |name: &Username| service.query(|chat| chat.holder(name.as_str())).is_some();
        // The refusal may come in the moment in which the account does. Then nobody could hang up
        // between the two, and another one tries.
        let mut hung_up_on = None;
        for number in 0..100 {
            let name = Username::parse(&format!("ana {number}")).unwrap();
            let mut registering = Box::pin(accounts.register(&name, "senha"));
            let answer = loop {
                let answer = (&mut registering).now_or_never();
                if answer.is_some() || exists(&name) {
                    break answer;
                }
                tokio::task::yield_now().await;
            };
            drop(registering);
            match answer {
                Some(answer) => assert_eq!(answer, Err(AccountError::NotKept)),
                None => {
                    hung_up_on = Some(name);
                    break;
                }
            }
        }
        let name = hung_up_on.unwrap();
        let gone = async {
            while exists(&name) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .unwrap();
        assert!(accounts.ledger.lock().hashes.is_empty());
    }

    #[tokio::test]
    async fn nobody_is_logged_in_to_an_account_that_may_yet_be_refused() {
        let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
        let accounts = Arc::new(Accounts::in_memory(service));
        let ana = Username::parse("ana").unwrap();
        accounts.register(&ana, "senha").await.unwrap();
        // As while it is written.
        accounts.ledger.lock().unsettled.insert(ana.clone());
        let mut logging_in = Box::pin(accounts.login(&ana, "senha", HERE));
        assert_eq!((&mut logging_in).now_or_never(), None);
        // It is refused, and the login creates another one.
        accounts.remove(&ana);
        accounts.ledger.lock().unsettled.remove(&ana);
        accounts.settled.send_replace(());
        assert_eq!(logging_in.await, Ok(()));
        assert!(accounts.ledger.lock().hashes.contains_key(&ana));
    }

    #[tokio::test]
    async fn an_account_that_finds_no_place_in_the_chat_cannot_log_in() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("accounts");
        let opened = |users| {
            let policy = Policy {
                users,
                ..Policy::default()
            };
            let service = Arc::new(ChatService::new(policy, Patience::default()));
            Arc::new(Accounts::in_file(service, &file).unwrap())
        };
        let [ana, bia] = ["ana", "bia"].map(|name| Username::parse(name).unwrap());
        let accounts = opened(2);
        for name in [&ana, &bia] {
            accounts.register(name, "senha").await.unwrap();
        }
        drop(accounts);
        let accounts = opened(1);
        assert_eq!(accounts.login(&ana, "senha", HERE).await, Ok(()));
        assert_eq!(
            accounts.login(&bia, "senha", HERE).await,
            Err(AccountError::TooManyUsers)
        );
    }
}
