//! Hashing and checking passwords: slow on purpose, so it happens away from everything else.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use tracing::error;

/// Passwords that may wait for their turn. At some thirty milliseconds each, the last one waits
/// several seconds; whoever comes after it is told to come again.
const WAITING: usize = 256;

/// Too many passwords wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// Hashes passwords, a few at a time and on threads of their own.
#[derive(Debug)]
pub(super) struct Passwords {
    /// How many are hashed at the same time: half of the cores, so that a flood of logins leaves the
    /// other half to the chat. Each takes 19 MiB besides.
    at_work: Semaphore,
    places: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            at_work: Semaphore::new((cores / 2).max(1)),
            places: Semaphore::new(WAITING),
        }
    }
}

impl Passwords {
    /// The hash of a password, with a salt of its own.
    ///
    /// # Errors
    /// When too many wait already.
    pub(super) async fn hash(&self, password: String) -> Result<PasswordHash, Busy> {
        self.in_turn(move || {
            // The defaults are Argon2id with 19 MiB, two passes and one lane: what OWASP's Password
            // Storage Cheat Sheet recommends.
            Argon2::default()
                .hash_password(password.as_bytes())
                .inspect_err(|error| error!(%error, "a password could not be hashed"))
                .ok()
        })
        .await?
        .ok_or(Busy)
    }

    /// Whether `hash` is the hash of `password`. The comparison takes the same time wherever the two
    /// differ.
    ///
    /// # Errors
    /// When too many wait already.
    pub(super) async fn verify(&self, password: String, hash: PasswordHash) -> Result<bool, Busy> {
        self.in_turn(move || {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let _place = self.places.try_acquire().map_err(|_| Busy)?;
        let _turn = self.at_work.acquire().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            error!(%error, "hashing a password failed");
            Busy
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_of_one_password_salted_and_costs_what_owasp_asks() {
        let passwords = Passwords::default();
        let hash = passwords.hash("senha".into()).await.unwrap();
        assert!(
            hash.to_string()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(
            passwords.verify("senha".into(), hash.clone()).await,
            Ok(true)
        );
        assert_eq!(
            passwords.verify("Senha".into(), hash.clone()).await,
            Ok(false)
        );
        let again = passwords.hash("senha".into()).await.unwrap();
        assert_ne!(hash, again, "the salt is new each time");
    }
}
