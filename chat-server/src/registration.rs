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
mod keeper;
mod kept;

use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::Observers;
use tokio::sync::watch;
use tokio::task::JoinSet;

use keeper::Keeper;

/// What is registered where.
#[derive(Clone)]
pub struct Registration {
    /// The binders.
    pub binders: Vec<Endpoint>,
    /// The services, one for each dialect.
    pub services: Vec<Service>,
    /// The other servers of the chat, if there may be any.
    pub sharing: Option<Sharing>,
    /// Who watches the calls to the binders.
    pub observers: Observers,
    /// Set to true once a binder has all the names.
    pub registered: watch::Sender<bool>,
}

/// Names that are registered together.
#[derive(Clone, Debug)]
pub struct Service {
    /// The names.
    pub names: Vec<&'static str>,
    /// Where the binder sends clients that look one of them up.
    pub at: Endpoint,
}

/// What makes a server one of several of the same chat.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// The identity of the chat. Servers that give the same one share their names.
    pub group: String,
    /// Whether clients may be sent to this server. While it is false the names are given back.
    pub ready: watch::Receiver<bool>,
}

/// How long names are kept, and how often they are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    /// How long the binder keeps the names without hearing from us.
    lease: Duration,
    /// How often the lease is renewed: two renewals may fail before it ends. A binder without leases is
    /// given a thought as often, and a binder that refuses the names is asked as often whether it has changed
    /// its mind.
    round: Duration,
    /// How long a binder may take to answer.
    timeout: Duration,
    /// How soon a binder that did not answer is asked again. Short, because until then no client finds the
    /// server; a call or two a second are nothing to a binder.
    retry: Duration,
}

impl Pace {
    const ALONE: Self = Self {
        lease: Duration::from_secs(30),
        round: Duration::from_secs(10),
        timeout: Duration::from_secs(3),
        retry: Duration::from_secs(1),
    };

    /// Clients go on at another server, so a dead one must be forgotten soon. After a renewal that timed out
    /// there is time for another.
    const SHARING: Self = Self {
        lease: Duration::from_secs(5),
        round: Duration::from_millis(1_500),
        timeout: Duration::from_secs(2),
        retry: Duration::from_millis(500),
    };
}

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
