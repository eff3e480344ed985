//! The board: the page that shows a class what goes over the wire, and the way from it to the servers.
//!
//! The page has one origin, the binder's. What the chat servers report reaches it through
//! [`pass_through`], because a browser would not let it ask them, and shall not let others.

mod page;
mod pass_through;

use std::sync::Arc;

use ::board::{Board, Guard, Identity, Snapshot};
use dxr_server::axum::Router;
use parking_lot::Mutex;
use rpc::Lab;
use rpc::xml::pretty::Private;
use serde_json::json;
use tokio::time::Instant;

use crate::directory::Directory;

pub use page::Page;

/// The board of a binder that listens on `address` and has this directory.
#[must_use]
pub fn new(
    address: String,
    private: Private,
    lab: Option<Arc<Lab>>,
    directory: &Arc<Mutex<Directory>>,
) -> Arc<Board> {
    let identity = Identity {
        role: "binder",
        address,
    };
    let directory = Arc::clone(directory);
    Board::new(
        identity,
        private,
        lab,
        Box::new(move || names(&directory.lock())),
    )
}

/// What the binder answers on other paths than those of calls: the page, its own feed, and those of
/// the servers registered in it.
pub fn routes(board: &Arc<Board>, directory: &Arc<Mutex<Directory>>, guard: Guard) -> Router {
    let routes = ::board::routes::routes(board)
        .merge(page::routes())
        .merge(pass_through::routes(board, directory));
    ::board::routes::guarded(routes, guard)
}

fn names(directory: &Directory) -> Snapshot {
    let listed = directory.list(Instant::now());
    // Ages and leases run by themselves on the page.
    let key = listed
        .iter()
        .map(|name| {
            let (lease, built_in) = (name.lease.is_some(), name.built_in);
            format!("{}\t{}\t{lease}\t{built_in}", name.name, name.endpoint)
        })
        .collect::<Vec<_>>()
        .join("\n");
    let names: Vec<_> = listed
        .iter()
        .map(|name| {
            json!({
                "name": name.name,
                "address": name.endpoint.address,
                "port": name.endpoint.port,
                "age": name.age,
                "lease": name.lease,
                "built_in": name.built_in,
            })
        })
        .collect();
    Snapshot {
        kind: "names",
        key,
        data: json!({ "names": names }),
    }
}
