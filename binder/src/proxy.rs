//! The proxy: look-ups are answered with a port of the binder's own, and calls that arrive there are passed on.
//!
//! Each server that was looked up has a port. So a call needs no reading to find its server, and two servers that
//! registered the same names keep their own clients: the look-up has decided. What is called is in `route`, at
//! which address in `addresses`, the ports are in `ports`, and names of another binder come from `upstream`.

mod addresses;
mod ports;
mod route;
mod settings;
mod source;
mod standing;
mod upstream;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ::board::Board;
use metrics::Metrics;
use parking_lot::Mutex;
use protocol::binder::{Endpoint, Listed, UpstreamFailure};
use protocol::procedure::Procedure;
use protocol::{accounts, classic};
use rpc::serve::Meter;
use rpc::serve::forward::Forwarding;
use rpc::{CallError, Capacity, Connection, Lab, Limits, Methods, Observers, Service};
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::directory::{Directory, Registration};
use addresses::{NotCalled, Target};
pub use ports::{Ports, PortsError};
use route::{OfRoute, Route};
pub use settings::ProxySettings;
use source::{Found, Source, called_at};
use upstream::{Askers, Upstream};

/// How long the closing of a port is waited for.
const FREE_WITHIN: Duration = Duration::from_secs(1);

/// What all ports of a proxy use.
pub(crate) struct Surroundings {
    /// Where the binder listens.
    pub(crate) address: SocketAddr,
    pub(crate) directory: Arc<Mutex<Directory>>,
    pub(crate) limits: Limits,
    pub(crate) observers: Observers,
    pub(crate) lab: Option<Arc<Lab>>,
    pub(crate) board: Option<Arc<Board>>,
    pub(crate) metrics: Option<Metrics>,
}

pub(crate) struct Proxy {
    settings: ProxySettings,
    surroundings: Surroundings,
    /// All ports together.
    capacity: Capacity,
    source: Arc<Source>,
    routes: Mutex<HashMap<Target, Arc<Route>>>,
    /// What counts the calls, by dialect.
    meters: Mutex<HashMap<&'static str, Arc<dyn Meter>>>,
    /// What serves the ports. Locked while a port is taken.
    serving: tokio::sync::Mutex<JoinSet<()>>,
}

impl Proxy {
    pub(crate) fn new(
        settings: ProxySettings,
        surroundings: Surroundings,
    ) -> Result<Arc<Self>, CallError> {
        let upstream = match settings.upstream.as_slice() {
            [] => None,
            binders => Some(Upstream::new(binders, &surroundings.observers)?),
        };
        let directory = Arc::clone(&surroundings.directory);
        Ok(Arc::new(Self {
            capacity: Capacity::of(&surroundings.limits.clone().of_proxy()),
            source: Arc::new(Source {
                directory,
                upstream,
                own_ports: Mutex::new(vec![surroundings.address.port()]),
            }),
            settings,
            surroundings,
            routes: Mutex::default(),
            meters: Mutex::default(),
            serving: tokio::sync::Mutex::default(),
        }))
    }

    /// The address to answer to a look-up.
    pub(crate) async fn look_up(
        &self,
        name: &str,
        caller: u64,
        connection: &Connection,
    ) -> Result<Option<Endpoint>, UpstreamFailure> {
        let askers = Askers::of_agent(connection.agent());
        let target = match self.source.look_up(name, caller, &askers).await {
            Found::Nowhere => return Ok(None),
            // A server that was looked up before may be there all the same.
            Found::Unknown(failure) => {
                let routes = self.routes.lock();
                let known = routes.values().find(|route| route.has_name(name));
                let known = known.filter(|_| failure == UpstreamFailure::Silent);
                let known = known.map(|route| self.address(route, connection));
                return known.ok_or(failure).map(Some);
            }
            Found::Upstream(target) => target,
            Found::Own(registration) => {
                let endpoint = registration.endpoint.clone();
                match self.admit(registration).await {
                    Ok(target) => target,
                    Err(reason) => {
                        warn!(%name, %endpoint, "not passed on, clients call it themselves: {reason}");
                        return Ok(Some(endpoint));
                    }
                }
            }
        };
        match self.route(&target, name).await {
            Some(route) => Ok(Some(self.address(&route, connection))),
            None => Ok(Some(target.endpoint)),
        }
    }

    async fn admit(&self, registration: Registration) -> Result<Target, NotCalled> {
        let target = Target::admit(registration).await?;
        match self.source.is_own(&target).await {
            true => Err(NotCalled::Own),
            false => Ok(target),
        }
    }

    /// Fills in where listed servers are passed on, and adds those of the other binder.
    pub(crate) async fn list(
        &self,
        name: Option<&str>,
        own: Vec<Listed>,
        connection: &Connection,
    ) -> Vec<Listed> {
        let mut listed = own;
        let mut upstream = match &self.source.upstream {
            Some(upstream) => {
                let askers = Askers::of_agent(connection.agent());
                upstream.list(name, &askers).await
            }
            None => Vec::new(),
        };
        // What is registered here takes precedence.
        upstream.retain(|entry| listed.iter().all(|own| own.name != entry.name));
        listed.extend(upstream);
        let routes = self.routes.lock();
        for entry in &mut listed {
            let called = called_at(entry);
            let mut routes = routes.values();
            let route = routes.find(|route| route.target.endpoint == *called);
            entry.proxied_at = route.map(|route| self.address(route, connection));
        }
        listed
    }

    /// The address of a route for a client: the one at which the client has reached the binder.
    fn address(&self, route: &Route, connection: &Connection) -> Endpoint {
        let ip = connection.local();
        let address = match ip.unwrap_or(self.surroundings.address.ip()) {
            // Python's client cannot write an IPv6 address into a URL.
            IpAddr::V6(ip) if ip.is_loopback() => "localhost".to_owned(),
            ip => ip.to_string(),
        };
        let port = route.port;
        Endpoint { address, port }
    }

    /// The route to a server, which is opened if there is none.
    async fn route(&self, target: &Target, name: &str) -> Option<Arc<Route>> {
        let present = || {
            let routes = self.routes.lock();
            // Before another task can find it unused.
            let found = routes.get(target).inspect(|route| route.looked_up(name));
            found.cloned()
        };
        match present() {
            Some(route) => Some(route),
            None => {
                let mut serving = self.serving.lock().await;
                match present() {
                    Some(route) => Some(route),
                    None => self.open(target, name, &mut serving).await,
                }
            }
        }
    }

    async fn open(
        &self,
        target: &Target,
        name: &str,
        serving: &mut JoinSet<()>,
    ) -> Option<Arc<Route>> {
        while serving.try_join_next().is_some() {}
        let server = &target.endpoint;
        let full = || self.routes.lock().len() >= self.settings.ports.count();
        if full() {
            self.close_unused(self.settings.idle_after).await;
        }
        if full() {
            warn!(%server, "not passed on, clients call it themselves: all ports for servers are taken");
            return None;
        }
        let ip = self.surroundings.address.ip();
        let taken = self.settings.ports.take(ip, target).await;
        let taken = taken.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (port, listener) = taken
            .inspect_err(|error| {
                warn!(%server, %error, "not passed on, clients call it themselves: there is no port");
            })
            .ok()?;
        let source = Arc::clone(&self.source);
        let route = Arc::new(Route::new(
            target.clone(),
            port,
            source,
            self.settings.patience,
        ));
        route.looked_up(name);
        let service = self.service(&route, name);
        let (capacity, served) = (self.capacity.clone(), Arc::clone(&route));
        serving.spawn(async move {
            let stop = served.stop.notified();
            tokio::select! {
                () = rpc::serve::serve_within(listener, service, &capacity, stop) => {}
                () = served.follow_standing() => {}
            }
            served.ended.notify_one();
        });
        self.source.own_ports.lock().push(port);
        info!(%server, port, "calls are passed on");
        self.routes
            .lock()
            .insert(target.clone(), Arc::clone(&route));
        Some(route)
    }

    fn service(&self, route: &Arc<Route>, name: &str) -> Service {
        let around = &self.surroundings;
        let (dialect, procedures) = dialect(name);
        let server: Arc<str> = route.target.endpoint.to_string().into();
        let mut observers = around.observers.clone();
        if let Some(board) = &around.board {
            observers = observers.and(board.observer_for(dialect, server));
        }
        Service {
            forwarding: Some(Forwarding {
                connect: Box::new(OfRoute(Arc::clone(route))),
                standing: route.standing.subscribe(),
                timeout: self.settings.timeout,
                procedures,
            }),
            limits: around.limits.clone(),
            observers,
            meter: self.meter(dialect, procedures),
            lab: around.lab.clone(),
            ..Service::new(Methods::new())
        }
    }

    /// What counts the calls to all servers of a dialect, if anything does.
    fn meter(
        &self,
        dialect: &'static str,
        procedures: &[&'static [Procedure]],
    ) -> Option<Arc<dyn Meter>> {
        let metrics = self.surroundings.metrics.as_ref()?;
        let mut meters = self.meters.lock();
        let meter = meters.entry(dialect).or_insert_with(|| {
            let procedures = procedures.iter().copied().flatten();
            let methods = procedures.map(|procedure| procedure.name);
            metrics.meter_of_several(counted_as(dialect), methods)
        });
        Some(Arc::clone(meter))
    }

    /// Closes the ports of servers that are gone, in an endless loop.
    pub(crate) async fn close_forgotten(&self) {
        // What another binder names is not registered here, and that binder may only be silent: it is kept until its
        // port is needed.
        if self.source.upstream.is_some() {
            return std::future::pending().await;
        }
        loop {
            // How often it is looked whether a port has been unused for long enough.
            tokio::time::sleep(self.settings.idle_after).await;
            self.close_unused(self.settings.forgotten_after).await;
        }
    }

    /// Closes the ports of servers that are not registered here and have not been called for so long.
    async fn close_unused(&self, for_how_long: Duration) {
        let is_over = |route: &Arc<Route>| {
            route.unused_for() >= for_how_long && !route.is_in_line_or_built_in()
        };
        let over: Vec<Arc<Route>> = {
            let mut routes = self.routes.lock();
            let over: Vec<_> = routes
                .values()
                .filter(|route| is_over(route))
                .cloned()
                .collect();
            for route in &over {
                routes.remove(&route.target);
            }
            over
        };
        for route in over {
            info!(server = %route.target.endpoint, port = route.port, "calls are not passed on any more");
            route.stop.notify_one();
            let _ = tokio::time::timeout(FREE_WITHIN, route.ended.notified()).await;
            self.source
                .own_ports
                .lock()
                .retain(|own| *own != route.port);
        }
    }

    /// Stops all ports: calls that are on their way are answered.
    pub(crate) fn stop(&self) {
        for route in self.routes.lock().values() {
            route.stop.notify_one();
        }
    }

    /// Waits until all ports are closed after [`Self::stop`].
    pub(crate) async fn ended(&self) {
        let mut serving = self.serving.lock().await;
        while serving.join_next().await.is_some() {}
    }
}

/// The dialect in the metrics: apart from that of the servers, which count the same calls.
fn counted_as(dialect: &str) -> &'static str {
    match dialect {
        "accounts" => "proxied-accounts",
        "classic" => "proxied-classic",
        _ => "proxied-service",
    }
}

/// What a server probably speaks that was looked up by this name.
fn dialect(name: &str) -> (&'static str, &'static [&'static [Procedure]]) {
    use accounts::procedures as accounts_procedures;
    use classic::procedures as classic_procedures;
    const ACCOUNTS: &[&[Procedure]] = &[
        &accounts_procedures::ORIGINAL,
        &classic_procedures::EXTENSIONS,
    ];
    const CLASSIC: &[&[Procedure]] = &[
        &classic_procedures::ORIGINAL,
        &classic_procedures::EXTENSIONS,
    ];
    if name == accounts::SERVICE {
        return ("accounts", ACCOUNTS);
    }
    let mut of_classic = CLASSIC.iter().copied().flatten();
    match of_classic.any(|procedure| procedure.name == name) {
        true => ("classic", CLASSIC),
        false => ("service", &[]),
    }
}
