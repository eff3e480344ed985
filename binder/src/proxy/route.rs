//! The way to one server: which address is called, and which others when it takes no connection.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rpc::serve::forward::{Connect, Connected, Connecting, Standing, Unreachable};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::addresses::Target;
use super::source::Source;
use super::standing::Known;

/// How long a connection may take. A machine that is switched off does not answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How soon a server that refuses connections is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the other holders of the names are known. Many calls may wait at the same time.
const OTHERS_KNOWN: Duration = Duration::from_millis(500);

/// Names by which a server is remembered to have been looked up; a chat has thirteen.
const MOST_NAMES: usize = 64;

/// One server with the port at which its calls arrive here.
pub(super) struct Route {
    pub(super) target: Target,
    pub(super) port: u16,
    pub(super) source: Arc<Source>,
    /// How long a server is waited for that takes no connection.
    patience: Duration,
    /// The names by which it was looked up, the first one first.
    pub(super) names: Mutex<Vec<String>>,
    pub(super) was_looked_up: AtomicBool,
    /// When it was last looked up or called.
    used: Mutex<Instant>,
    /// Whether the server has taken a connection.
    was_reached: AtomicBool,
    /// The other holders of the names, and when they were asked for.
    others: tokio::sync::Mutex<Option<(Instant, Vec<Target>)>>,
    /// How the server stands among those of its chat.
    pub(super) standing: watch::Sender<Standing>,
    /// The server as it was listed last, if it shares its chat.
    pub(super) known: Mutex<Option<Known>>,
    pub(super) stop: Notify,
    pub(super) ended: Notify,
}

impl Route {
    pub(super) fn new(target: Target, port: u16, source: Arc<Source>, patience: Duration) -> Self {
        Self {
            target,
            port,
            source,
            patience,
            names: Mutex::default(),
            was_looked_up: AtomicBool::new(false),
            used: Mutex::new(Instant::now()),
            was_reached: AtomicBool::new(false),
            others: tokio::sync::Mutex::new(None),
            standing: watch::Sender::new(Standing::Unknown),
            known: Mutex::default(),
            stop: Notify::new(),
            ended: Notify::new(),
        }
    }

    /// Notes that the server was looked up by a name.
    pub(super) fn looked_up(&self, name: &str) {
        self.note_use();
        self.was_looked_up.store(true, Ordering::Relaxed);
        let mut names = self.names.lock();
        if names.len() < MOST_NAMES && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.lock().iter().any(|known| known == name)
    }

    fn note_use(&self) {
        *self.used.lock() = Instant::now();
    }

    pub(super) fn unused_for(&self) -> Duration {
        self.used.lock().elapsed()
    }

    pub(super) fn may_be_called(&self) -> bool {
        self.source.may_be_called(&self.names.lock(), &self.target)
    }

    /// Whether the server is in line or built in. One that another has replaced is not, and may still be called.
    pub(super) fn is_in_line_or_built_in(&self) -> bool {
        let names = self.names.lock();
        self.source.is_in_line_or_built_in(&names, &self.target)
    }

    /// How long the server is waited for now. Where one is only built in, there may never have been any.
    fn patience_now(&self) -> Duration {
        let was_there = self.was_reached.load(Ordering::Relaxed)
            || self.source.is_in_line(&self.names.lock(), &self.target);
        match was_there {
            true => self.patience,
            false => Duration::ZERO,
        }
    }

    /// A connection to the server, or to another one that holds its names. A server that is left comes last: it is
    /// better than none.
    async fn connect_to_any(&self) -> Result<Connected, Unreachable> {
        let began = Instant::now();
        let mut reasons = BTreeSet::new();
        let mut patience = self.patience_now();
        let mut has_asked = false;
        loop {
            let left = || patience.saturating_sub(began.elapsed());
            let is_left = self.standing.borrow().is_left();
            if !is_left && let Some(connected) = self.connect_itself(left(), &mut reasons).await {
                return Ok(connected);
            }
            for other in self.others().await {
                match self.connect_to(&other, left()).await {
                    Ok(connected) => {
                        let server = &self.target.endpoint;
                        // Of one that is left it has been said.
                        if !is_left {
                            tracing::info!(%server, other = %other.endpoint, "calls go to another server");
                        }
                        return Ok(connected);
                    }
                    Err(reason) => reasons.insert(reason),
                };
            }
            if is_left && let Some(connected) = self.connect_itself(left(), &mut reasons).await {
                return Ok(connected);
            }
            if !has_asked && !self.was_reached.load(Ordering::Relaxed) {
                has_asked = true;
                let names = self.names.lock().clone();
                if self.source.is_built_in_there(&names, &self.target).await {
                    patience = Duration::ZERO;
                }
            }
            if patience.saturating_sub(began.elapsed()) < PAUSE {
                let reasons: Vec<String> = reasons.into_iter().collect();
                return Err(Unreachable(if reasons.is_empty() {
                    format!("{} is not registered", self.target.endpoint)
                } else {
                    reasons.join("; ")
                }));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A connection to the server that was looked up, if it may be called.
    async fn connect_itself(
        &self,
        within: Duration,
        reasons: &mut BTreeSet<String>,
    ) -> Option<Connected> {
        if !self.may_be_called() {
            return None;
        }
        let connected = self.connect_to(&self.target, within).await;
        match connected {
            Ok(connected) => {
                self.was_reached.store(true, Ordering::Relaxed);
                Some(connected)
            }
            Err(reason) => {
                reasons.insert(reason);
                None
            }
        }
    }

    async fn connect_to(&self, target: &Target, within: Duration) -> Result<Connected, String> {
        if self.source.is_own(target).await {
            return Err(format!("{} is a port of this binder", target.endpoint));
        }
        let connected = open_stream(target, within).await?;
        let is_substitute = *target != self.target;
        Ok(Connected {
            is_substitute,
            ..connected
        })
    }

    /// The other servers that hold the names.
    async fn others(&self) -> Vec<Target> {
        let mut known = self.others.lock().await;
        if let Some((asked, others)) = &*known
            && asked.elapsed() < OTHERS_KNOWN
        {
            return others.clone();
        }
        let names = self.names.lock().clone();
        let mut others = self.source.holders(&names).await;
        others.retain(|other| *other != self.target);
        *known = Some((Instant::now(), others.clone()));
        others
    }
}

/// A connection to the first of a server's addresses that takes one.
async fn open_stream(target: &Target, within: Duration) -> Result<Connected, String> {
    let endpoint = &target.endpoint;
    let addresses = target.addresses().await;
    let addresses = addresses.map_err(|error| format!("cannot find {endpoint}: {error}"))?;
    let mut failure = format!("{endpoint} has no address");
    for address in addresses {
        let connecting = TcpStream::connect(address);
        // At the end of the time there is still one attempt.
        let timeout = CONNECT_TIMEOUT.min(within).max(PAUSE);
        match tokio::time::timeout(timeout, connecting).await {
            Ok(Ok(stream)) if is_itself(&stream) => {
                failure = format!("cannot connect to {endpoint}: nothing listens there");
            }
            Ok(Ok(stream)) => {
                return Ok(Connected {
                    stream,
                    host: endpoint.to_string().into(),
                    is_substitute: false,
                });
            }
            Ok(Err(error)) => failure = format!("cannot connect to {endpoint}: {error}"),
            Err(_) => failure = format!("cannot connect to {endpoint}: no answer"),
        }
    }
    Err(failure)
}

/// Whether a connection to a port of this machine at which nothing listens was made with itself: TCP does that
/// when the system happens to choose this very port for it.
fn is_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

/// The connections of a route.
pub(super) struct OfRoute(pub(super) Arc<Route>);

impl Connect for OfRoute {
    fn note_call(&self) {
        self.0.note_use();
    }

    fn connect(&self) -> Connecting<'_> {
        Box::pin(self.0.connect_to_any())
    }
}
