//! Queues the beginning and the end of each call for the board.

use std::sync::Arc;

use rpc::Observer;
use rpc::observe::{Call, Exchange, Peer};

use crate::backlog::{Began, Ended, Observed};
use crate::board::Board;
use crate::events::now;

/// Reports the calls in one dialect to a board.
struct BoardObserver {
    board: Arc<Board>,
    dialect: &'static str,
    /// The server that the calls are passed on to, if they are.
    server: Option<Arc<str>>,
}

impl Board {
    /// The observer of the calls in one dialect.
    pub fn observer(self: &Arc<Self>, dialect: &'static str) -> Arc<dyn Observer> {
        self.observe(dialect, None)
    }

    /// The observer of calls that are passed on to the server at `host:port`.
    pub fn observer_for(
        self: &Arc<Self>,
        dialect: &'static str,
        server: Arc<str>,
    ) -> Arc<dyn Observer> {
        self.observe(dialect, Some(server))
    }

    fn observe(
        self: &Arc<Self>,
        dialect: &'static str,
        server: Option<Arc<str>>,
    ) -> Arc<dyn Observer> {
        Arc::new(BoardObserver {
            board: Arc::clone(self),
            dialect,
            server,
        })
    }
}

impl Observer for BoardObserver {
    fn is_watching(&self) -> bool {
        self.board.feed.is_collecting()
    }

    fn began(&self, call: &Call<'_>) {
        let Peer::Caller(peer) = *call.peer else {
            // Calls made by a server are reported by the server that answers them.
            return;
        };
        self.board.backlog.push(Observed::Began(Began {
            id: call.id,
            at: now(),
            dialect: self.dialect,
            server: self.server.clone(),
            peer,
            agent: call.agent.map(str::to_owned),
            procedure: call.procedure,
            request: call.request.clone(),
        }));
    }

    fn ended(&self, exchange: &Arc<Exchange>) {
        let Peer::Caller(peer) = exchange.peer else {
            return;
        };
        self.board.backlog.push(Observed::Ended(Ended {
            at: now(),
            dialect: self.dialect,
            server: self.server.clone(),
            peer,
            exchange: Arc::clone(exchange),
        }));
    }
}
