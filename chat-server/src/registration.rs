//! Keeping the server's procedures registered in the binders.
//!
//! Our binder takes a lease for all names at once, which is renewed well before it ends: a binder that
//! was restarted learns everything again by itself, and the names of a server that died are forgotten. Servers of
//! one chat share the names. Of two chats the first keeps them, and the other one waits in line.
//!
//! A binder of the originals, or from another project, has no leases. It gets each name once and is left
//! alone then, as far as that goes: the server notices by connecting that such a binder was away, and
//! registers again. A restart that was too quick for that is found by looking one name up from time to
//! time. There a later server keeps the names that it took over, as long as it can be reached.
//!
//! With several binders the server registers in each. Those that share etcd take the same registration
//! several times, and in those that do not it has to be in each, because clients ask the first that answers.

mod binder;
mod found_in;
mod keeper;
mod kept;
mod pace;
mod services;

use tokio::sync::watch;
use tokio::task::JoinSet;

pub use found_in::FoundIn;
use keeper::Keeper;
pub use services::{Registration, Service, Sharing};

/// Registers the names in each binder, keeps them registered, and takes them back when `stopping`.
pub async fn keep(registration: Registration, stopping: watch::Receiver<bool>) {
    let mut keepers = JoinSet::new();
    for binder in &registration.binders {
        if let Some(keeper) = Keeper::new(binder, &registration) {
            keepers.spawn(keeper.run(stopping.clone()));
        }
    }
    while keepers.join_next().await.is_some() {}
}
