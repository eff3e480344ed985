//! Hashing and checking passwords: slow on purpose, so it happens away from everything else.

use std::sync::Arc;

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::password_hash::{self, try_generate_salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use parking_lot::Mutex;
use tracing::error;

use super::turns::{Busy, Turn, Turns, Work};
use crate::chat::{Address, PasswordHash};

/// Hashes passwords, a few at a time and on threads of their own.
#[derive(Debug)]
pub(super) struct Passwords {
    /// How many are hashed at the same time: half of the cores, so that a flood of logins leaves the
    /// other half to the chat. Each takes 19 MiB besides.
    turns: Arc<Turns>,
    /// What was hashed in before, for the next ones: as many as were ever at work together. Given back
    /// after each password, blocks of this size and alignment pile up in glibc: 400 MiB of them were
    /// left by the first 22 passwords.
    memory: Arc<Mutex<Vec<Memory>>>,
}

/// What a password is hashed in.
type Memory = Vec<Block>;

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            turns: Turns::new((cores / 2).max(1)),
            memory: Arc::default(),
        }
    }
}

impl Passwords {
    /// The hash of a password for a new account, with a salt of its own. The caller is at an address that has
    /// at most a `share` of the places.
    pub(super) async fn hash(
        &self,
        password: String,
        (from, share): (Address, usize),
    ) -> Result<phc::PasswordHash, Busy> {
        let turn = self.turns.take(Work::NewAccount, from, share).await?;
        self.work(turn, move |memory| {
            hash(&password, memory)
                .inspect_err(|error| error!(%error, "a password could not be hashed"))
                .ok()
        })
        .await?
        .ok_or(Busy)
    }

    pub(super) async fn verify(
        &self,
        password: String,
        hash: PasswordHash,
        (from, share): (Address, usize),
    ) -> Result<bool, Busy> {
        let turn = self.turns.take(Work::Login, from, share).await?;
        self.work(turn, move |memory| {
            phc::PasswordHash::new(&hash.0)
                .map_err(password_hash::Error::from)
                .and_then(|hash| verify(&password, &hash, memory))
                .inspect_err(|error| error!(%error, "a password could not be checked"))
                .unwrap_or(false)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let memory = Arc::clone(&self.memory);
        let work = move || {
            // The turn lasts as long as the work, even if the caller is gone by then.
            let _turn = turn;
            let mut own = memory.lock().pop().unwrap_or_default();
            let done = work(&mut own);
            memory.lock().push(own);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            error!(%error, "hashing a password failed");
            Busy
        })
    }
}

fn hash(password: &str, memory: &mut Memory) -> password_hash::Result<phc::PasswordHash> {
    let salt = Salt::new(&try_generate_salt()?)?;
    Ok(phc::PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&Params::DEFAULT)?,
        salt: Some(salt),
        hash: Some(output(password, &salt, memory)?),
    })
}

fn verify(
    password: &str,
    hash: &phc::PasswordHash,
    memory: &mut Memory,
) -> password_hash::Result<bool> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Ok(false);
    };
    // The comparison of outputs takes the same time wherever they differ.
    Ok(output(password, salt, memory)? == *expected)
}

/// Whether this is a hash as they are made here. One that was made otherwise could ask for any amount
/// of memory and time.
pub(super) fn is_ours(hash: &phc::PasswordHash) -> bool {
    hash.algorithm == Algorithm::default().ident()
        && hash.version == Some(Version::default().into())
        && ParamsString::try_from(&Params::DEFAULT).is_ok_and(|params| params == hash.params)
        && hash.salt.is_some()
        && hash
            .hash
            .is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN)
}

fn output(password: &str, salt: &[u8], memory: &mut Memory) -> password_hash::Result<Output> {
    // The defaults are Argon2id with 19 MiB, two passes and one lane: what OWASP's Password Storage
    // Cheat Sheet recommends.
    let argon2 = Argon2::default();
    memory.resize(argon2.params().block_count(), Block::new());
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut bytes, memory)?;
    Ok(Output::new(&bytes)?)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

    use super::*;

    fn kept(hash: &phc::PasswordHash) -> PasswordHash {
        PasswordHash(hash.to_string().into())
    }

    fn here() -> (Address, usize) {
        (std::net::IpAddr::from([192, 0, 2, 1]).into(), 1)
    }

    #[tokio::test]
    async fn a_hash_is_of_one_password_salted_and_costs_what_owasp_asks() {
        let passwords = Passwords::default();
        let hash = passwords.hash("senha".into(), here()).await.unwrap();
        assert!(
            hash.to_string()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(
            passwords.verify("senha".into(), kept(&hash), here()).await,
            Ok(true)
        );
        assert_eq!(
            passwords.verify("Senha".into(), kept(&hash), here()).await,
            Ok(false)
        );
        assert!(is_ours(&hash));
        // Argon2's own way of checking comes to the same.
        Argon2::default().verify_password(b"senha", &hash).unwrap();
        let again = passwords.hash("senha".into(), here()).await.unwrap();
        assert_ne!(hash, again, "the salt is new each time");
    }
}
