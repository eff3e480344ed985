//! Taking over the accounts file of earlier versions, which kept accounts in a file of their own: a name
//! and a password's hash on each line, between a first and a last line that say whether it is complete.

use std::path::{Path, PathBuf};

use argon2::password_hash::phc;
use thiserror::Error;
use tracing::{info, warn};

use super::passwords;
use crate::chat::commands::{RegisterUser, RegisterUserOutcome};
use crate::chat::{Credential, PasswordHash, Username};
use crate::replica::{Refused, Replica};

const FIRST_LINE: &str = "distributed-chat accounts, version 1";

#[derive(Debug, Error)]
pub enum ImportError {
    #[error("cannot read the accounts file {}: {reason}", .path.display())]
    Unreadable {
        path: PathBuf,
        reason: std::io::Error,
    },
    /// Its content is not what earlier versions wrote.
    #[error(
        "the accounts file {} is damaged at line {line}: {reason}; nothing was imported. Correct the line or \
         restore a copy", .path.display()
    )]
    Damaged {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        reason: &'static str,
    },
    #[error("the accounts cannot be imported")]
    NotKept(#[from] Refused),
}

/// The accounts in a file. It is read before the chat is opened: a file that cannot be used leaves no chat
/// behind.
#[derive(Debug)]
pub struct AccountsFile {
    path: PathBuf,
    accounts: Vec<(Username, PasswordHash)>,
}

impl AccountsFile {
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let path = path.to_owned();
        let content = match std::fs::read(&path) {
            Ok(content) => content,
            Err(reason) => return Err(ImportError::Unreadable { path, reason }),
        };
        match parse(&content) {
            Ok(accounts) => Ok(Self { path, accounts }),
            Err((line, reason)) => Err(ImportError::Damaged { path, line, reason }),
        }
    }

    /// Creates the accounts. Names that are registered already stay as they are, so that importing the same
    /// file again changes nothing.
    pub async fn import(self, replica: &Replica) -> Result<(), ImportError> {
        let (all, mut imported) = (self.accounts.len(), 0);
        for (name, hash) in self.accounts {
            let command = RegisterUser {
                name: name.clone(),
                credential: Credential::Password(hash),
                from: None,
            };
            match replica.submit(command).await? {
                RegisterUserOutcome::Registered { .. } => imported += 1,
                outcome => warn!(user = %name, ?outcome, "this account was not imported"),
            }
        }
        info!(imported, of = all, file = %self.path.display(), "accounts imported");
        Ok(())
    }
}

/// The accounts in a file; or the line, counted from 1, and what is wrong there.
fn parse(content: &[u8]) -> Result<Vec<(Username, PasswordHash)>, (usize, &'static str)> {
    let content = std::str::from_utf8(content).map_err(|_| (1, "it is not text"))?;
    let mut lines = (1..).zip(content.lines());
    if lines.next().is_none_or(|(_, first)| first != FIRST_LINE) {
        return Err((1, "it does not begin like an accounts file"));
    }
    let mut accounts = Vec::new();
    let mut last = 1;
    for (number, line) in lines.by_ref() {
        last = number;
        if line == format!("end of {} accounts", accounts.len()) {
            return match lines.next() {
                None => Ok(accounts),
                Some((number, _)) => Err((number, "something follows the end")),
            };
        }
        let (name, hash) = line
            .split_once('\t')
            .ok_or((number, "it is not a name and a hash"))?;
        let name =
            Username::parse(name).map_err(|_| (number, "it has a name that cannot be one"))?;
        let parsed = phc::PasswordHash::new(hash).ok();
        if !parsed.is_some_and(|hash| passwords::is_ours(&hash)) {
            return Err((number, "it has no hash as this program makes them"));
        }
        accounts.push((name, PasswordHash(hash.into())));
    }
    Err((last, "the end is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Chat, Policy};

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$\
                        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn file(lines: &[&str]) -> String {
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    #[tokio::test]
    async fn accounts_are_imported_once_and_again_without_harm() {
        let replica = Replica::in_memory(Chat::new(Policy::default()));
        let file = file(&[FIRST_LINE, &format!("ana\t{HASH}"), "end of 1 accounts"]);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts");
        std::fs::write(&path, file).unwrap();
        let hash = || {
            let ana = Username::parse("ana").unwrap();
            replica.query(|chat| chat.password_hash(&ana).cloned())
        };
        for _ in 0..2 {
            let accounts = AccountsFile::read(&path).unwrap();
            accounts.import(&replica).await.unwrap();
            assert_eq!(hash(), Some(PasswordHash(HASH.into())));
        }
    }

    #[test]
    fn a_file_that_is_not_whole_names_the_line() {
        let account = format!("ana\t{HASH}");
        let weak = account.replace("m=19456", "m=8");
        for (lines, line) in [
            (vec!["something"], 1),
            (vec![FIRST_LINE, &account], 2),
            (vec![FIRST_LINE, &account, "end of 2 accounts"], 3),
            (vec![FIRST_LINE, &account, "end of 1 accounts", "more"], 4),
            (vec![FIRST_LINE, "ana", "end of 1 accounts"], 2),
            (vec![FIRST_LINE, &weak, "end of 1 accounts"], 2),
        ] {
            assert_eq!(
                parse(file(&lines).as_bytes()).unwrap_err().0,
                line,
                "{lines:?}"
            );
        }
    }
}
