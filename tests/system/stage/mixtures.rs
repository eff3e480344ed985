//! Every mixture of the originals and ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::{Binder, Language};

/// Runs `converse` with each mixture of a binder, a chat server and clients, in which the server `can_use`
/// the binder, all at once: they spend their time waiting for the next poll.
///
/// # Panics
/// With the mixtures in which it panics.
pub(crate) fn in_every_mixture(
    can_use: fn(Language, Binder) -> bool,
    converse: fn(Binder, Language, Language),
) {
    let both = Language::ALL;
    let mixtures = Binder::ALL.into_iter().flat_map(|binder| {
        both.into_iter()
            .filter(move |server| can_use(*server, binder))
            .flat_map(move |server| both.map(|clients| (binder, server, clients)))
    });
    let failed: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = mixtures
            .map(|(binder, server, clients)| {
                let name = format!("{binder} binder, {server} chat server, {clients} clients");
                let converse = move || converse(binder, server, clients);
                let run = move || catch_unwind(AssertUnwindSafe(converse));
                let thread = thread::Builder::new().name(name.clone());
                (name, thread.spawn_scoped(scope, run).unwrap())
            })
            .collect();
        running
            .into_iter()
            .filter_map(|(name, running)| running.join().unwrap().is_err().then_some(name))
            .collect()
    });
    assert!(failed.is_empty(), "these do not work: {failed:#?}");
}
