//! The board: the page that shows calls live, and the binder's own calls on it.
//!
//! The page gets the events of each chat server from that server.

use std::net::SocketAddr;
use std::sync::Arc;

use ::board::PrivateTexts;
use ::board::events::{Name, Names};
use ::board::{Board, Guard, Identity, Snapshot};
use axum::Router;
use parking_lot::Mutex;
use rpc::Lab;
use tokio::time::Instant;

use crate::directory::Directory;
use crate::page;

/// The board of a binder at `address` with this directory.
pub(crate) fn new(
    address: SocketAddr,
    private: PrivateTexts,
    lab: Option<Arc<Lab>>,
    directory: &Arc<Mutex<Directory>>,
) -> Arc<Board> {
    let identity = Identity {
        role: "binder",
        address: address.to_string(),
        ports: vec![address.port()],
    };
    let directory = Arc::clone(directory);
    Board::new(
        identity,
        private,
        lab,
        Box::new(move || vec![names(&directory.lock())]),
    )
}

/// The routes beside those of calls: the page, and the binder's own feed.
pub(crate) fn routes(board: &Arc<Board>, guard: Guard) -> Router {
    let routes = ::board::routes::routes(board).merge(page::routes());
    ::board::routes::guarded(routes, guard)
}

fn names(directory: &Directory) -> Snapshot {
    let listed = directory.list(Instant::now(), None);
    // The page counts ages and leases by itself.
    let key = listed
        .iter()
        .map(|name| {
            let (lease, built_in, displaced) =
                (name.lease.is_some(), name.built_in, name.displaced);
            let (stale, group) = (name.behind.or(name.stale).is_some(), name.group.as_deref());
            format!(
                "{}\t{}\t{lease}\t{built_in}\t{displaced}\t{stale}\t{group:?}",
                name.name, name.endpoint
            )
        })
        .collect::<Vec<_>>()
        .join("\n");
    let names = listed.into_iter().map(|listed| Name {
        address: listed.endpoint.address,
        age: listed.age,
        built_in: listed.built_in,
        displaced: listed.displaced,
        group: listed.group,
        lease: listed.lease,
        name: listed.name,
        port: listed.endpoint.port,
        stale: listed.behind.max(listed.stale),
    });
    Snapshot {
        key,
        events: Names::events(names.collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_gets_the_same_json_as_ever() {
        let mut directory = Directory::new(10);
        let endpoint = "localhost:9000".parse().unwrap();
        directory
            .register(
                Instant::now(),
                "create_room",
                &endpoint,
                None,
                [127, 0, 0, 1].into(),
            )
            .unwrap();
        let Snapshot { events, .. } = names(&directory);
        let [event] = &events[..] else {
            panic!("one part");
        };
        assert_eq!(
            format!("{} {}", event.kind, event.json),
            "names {\"more\":0,\"names\":[{\"address\":\"localhost\",\"age\":0,\"built_in\":false,\
             \"displaced\":false,\"group\":null,\"lease\":null,\"name\":\"create_room\",\"port\":9000,\
             \"stale\":null}],\"part\":0,\"parts\":1}"
        );
    }
}
