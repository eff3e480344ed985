//! The checks of a chat server, whatever its protocol, and of a binder.

pub(crate) mod binder;
mod concurrency;
mod messages;
mod raw;
mod robustness;
mod rooms;
mod users;

use std::sync::Barrier;
use std::thread;

use rpc::CallError;

use crate::peer::Reply;
use crate::requirement::Shortfall;
use crate::scene::Check;
use crate::words::Words;

/// The checks of a chat server in the order in which they are made.
pub(crate) fn of_chat() -> impl Iterator<Item = &'static Check> {
    [
        users::CHECKS,
        rooms::CHECKS,
        messages::CHECKS,
        concurrency::CHECKS,
        robustness::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// Calls from many clients, begun at the same moment.
fn all_at_once<T: Send>(clients: Vec<T>, call: impl Fn(&mut T) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(clients.len());
    thread::scope(|scope| {
        let calling: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let (start, call) = (&start, &call);
                scope.spawn(move || {
                    start.wait();
                    call(&mut client)
                })
            })
            .collect();
        calling
            .into_iter()
            .filter_map(|client| client.join().ok())
            .collect()
    })
}

fn unexpected(error: CallError) -> Shortfall {
    Shortfall::Blocked(Words::same(error))
}
