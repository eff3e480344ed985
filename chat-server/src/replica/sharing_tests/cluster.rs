//! Several servers on one log, which can be cut off and restarted.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::super::follower::Follower;
use super::super::replica_state::ReplicaState;
use super::super::{LogAccess, Replica};
use super::log::{Core, View};
use crate::chat::WriterId;
use crate::chat::commands::Command;

pub(super) const SERVERS: usize = 3;

/// A server that can be cut off and restarted.
struct Server {
    replica: Arc<Replica>,
    task: JoinHandle<()>,
    is_cut: Arc<Mutex<bool>>,
}

pub(super) struct Cluster {
    pub(super) core: Arc<Mutex<Core>>,
    pub(super) random: Arc<Mutex<fastrand::Rng>>,
    servers: Mutex<Vec<Server>>,
}

impl Cluster {
    pub(super) fn start(seed: u64) -> Arc<Self> {
        let cluster = Arc::new(Self {
            core: Arc::default(),
            random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))),
            servers: Mutex::default(),
        });
        for index in 0..SERVERS {
            let server = cluster.server(index);
            cluster.servers.lock().push(server);
        }
        cluster
    }

    fn server(&self, index: usize) -> Server {
        let (chat, position) = self.core.lock().start();
        let run = self.random.lock().u64(..);
        let is_cut = Arc::new(Mutex::new(false));
        let view = View {
            core: Arc::clone(&self.core),
            writer: WriterId(format!("{index}/{run}").into()),
            position,
            is_cut: Arc::clone(&is_cut),
            random: Arc::clone(&self.random),
            probe_at: Instant::now(),
        };
        let shared = Arc::new(ReplicaState::new(chat));
        let (follower, task) = Follower::spawn(Arc::clone(&shared), view, position);
        let replica = Arc::new(Replica {
            shared,
            log_access: LogAccess::Shared(follower),
        });
        Server {
            replica,
            task,
            is_cut,
        }
    }

    pub(super) fn replica(&self, index: usize) -> Arc<Replica> {
        Arc::clone(&self.servers.lock()[index].replica)
    }

    /// Ends a server as `kill -9` does, and starts it again.
    pub(super) fn restart(&self, index: usize) {
        let server = self.server(index);
        let killed = std::mem::replace(&mut self.servers.lock()[index], server);
        killed.task.abort();
    }

    pub(super) fn cut(&self, index: usize, is_cut: bool) {
        *self.servers.lock()[index].is_cut.lock() = is_cut;
    }

    /// Submits until it is done; the outcome of a repetition does not matter.
    pub(super) async fn insist<C: Command>(&self, command: C) {
        while self.replica(0).submit(command.clone()).await.is_err() {}
    }
}
