//! Many clients at the same moment.

use std::sync::Barrier;
use std::thread;

use crate::peer::Reply;

/// Calls from many clients, begun at the same moment.
pub(super) fn all_at_once<T: Send>(
    clients: Vec<T>,
    call: impl Fn(&mut T) -> Reply + Sync,
) -> Vec<Reply> {
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
