//! From where the proxy knows servers: the binder's own directory, and another binder if it has one.

use std::sync::Arc;

use parking_lot::Mutex;
use protocol::binder::{Endpoint, Listed, UpstreamFailure};
use tokio::time::Instant;

use super::addresses::Target;
use super::upstream::{Askers, NotAsked, Upstream};
use crate::directory::{Directory, Registration};

pub(super) struct Source {
    pub(super) directory: Arc<Mutex<Directory>>,
    pub(super) upstream: Option<Upstream>,
    /// The ports of the binder itself: its own, and those at which calls arrive for other servers.
    pub(super) own_ports: Mutex<Vec<u16>>,
}

/// Where a name lives.
pub(super) enum Found {
    /// In the binder's own directory.
    Own(Registration),
    /// Another binder says so.
    Upstream(Target),
    Nowhere,
    /// The other binder cannot be asked.
    Unknown(UpstreamFailure),
}

impl Source {
    pub(super) async fn look_up(&self, name: &str, caller: u64, askers: &Askers) -> Found {
        let own = self
            .directory
            .lock()
            .lookup_registration(Instant::now(), name, caller);
        match (own, &self.upstream) {
            (Some(registration), _) => Found::Own(registration),
            (None, None) => Found::Nowhere,
            (None, Some(upstream)) => match upstream.look_up(name, askers).await {
                Ok(Some(endpoint)) => Found::Upstream(Target::trusted(endpoint)),
                Ok(None) => Found::Nowhere,
                Err(NotAsked::Silent(error)) => {
                    tracing::warn!(%name, %error, "not looked up");
                    Found::Unknown(UpstreamFailure::Silent)
                }
                Err(NotAsked::Circle) => {
                    tracing::warn!(%name, "not looked up: the binders named by --upstream ask each other");
                    Found::Unknown(UpstreamFailure::Circle)
                }
            },
        }
    }

    /// Whether a call to this server would come back to the binder.
    pub(super) async fn is_own(&self, target: &Target) -> bool {
        let own = self.own_ports.lock().clone();
        target.is_here(&own).await
    }

    /// Whether a server that was looked up by these names is in line for one of them, or built in.
    pub(super) fn is_in_line_or_built_in(&self, names: &[String], target: &Target) -> bool {
        self.any_name(names, |directory, now, name| {
            directory.is_in_line_or_built_in(now, name, &target.endpoint)
        })
    }

    /// Whether a server that was looked up by these names is in line for one of them, and not only built in. Of another
    /// binder's servers that is supposed.
    pub(super) fn is_in_line(&self, names: &[String], target: &Target) -> bool {
        self.upstream.is_some()
            || self.any_name(names, |directory, now, name| {
                directory.is_in_line(now, name, &target.endpoint)
            })
    }

    /// Whether the other binder lists a server under these names as built in, and no more. It is asked.
    pub(super) async fn is_built_in_there(&self, names: &[String], target: &Target) -> bool {
        let Some(upstream) = &self.upstream else {
            return false;
        };
        for name in names {
            let listed = upstream.list(Some(name), &Askers::default()).await;
            let mut at_target = listed
                .into_iter()
                .filter(|entry| *called_at(entry) == target.endpoint)
                .peekable();
            if at_target.peek().is_none() || at_target.any(|entry| !entry.built_in) {
                return false;
            }
        }
        !names.is_empty()
    }

    /// What is listed under these names: of the other binder, only what has the first one.
    pub(super) async fn list(&self, names: &[String]) -> Vec<Listed> {
        let own: Vec<Listed> = {
            let (directory, now) = (self.directory.lock(), Instant::now());
            let listed = |name: &String| directory.list(now, Some(name));
            names.iter().flat_map(listed).collect()
        };
        match (&self.upstream, names.first()) {
            (Some(upstream), Some(name)) if own.is_empty() => {
                upstream.list(Some(name), &Askers::default()).await
            }
            _ => own,
        }
    }

    /// Whether clients that looked a server up by these names may still call it.
    pub(super) fn may_be_called(&self, names: &[String], target: &Target) -> bool {
        if self.upstream.is_some() {
            // The other binder cannot be asked before each call. It named the server.
            return true;
        }
        self.any_name(names, |directory, now, name| {
            directory.may_be_called(now, name, &target.endpoint)
        })
    }

    fn any_name(
        &self,
        names: &[String],
        holds: impl Fn(&Directory, Instant, &str) -> bool,
    ) -> bool {
        let (directory, now) = (self.directory.lock(), Instant::now());
        names.iter().any(|name| holds(&directory, now, name))
    }

    /// The servers that hold these names now.
    pub(super) async fn holders(&self, names: &[String]) -> Vec<Target> {
        let mut registered: Vec<Registration> = Vec::new();
        {
            let (directory, now) = (self.directory.lock(), Instant::now());
            for holder in names.iter().flat_map(|name| directory.holders(now, name)) {
                if !registered.contains(&holder) {
                    registered.push(holder);
                }
            }
        }
        let mut holders = Vec::new();
        for registration in registered {
            holders.extend(Target::admit(registration).await.ok());
        }
        if let (Some(upstream), Some(name)) = (&self.upstream, names.first()) {
            let askers = Askers::default();
            let named = upstream.look_up(name, &askers).await.ok().flatten();
            holders.extend(named.map(Target::trusted));
            let listed = upstream.list(Some(name), &askers).await.into_iter();
            // Only servers of one chat may take each other's place.
            let sharing = listed.filter(|listed| !listed.displaced && listed.group.is_some());
            holders.extend(sharing.map(|listed| Target::trusted(called_at(&listed).clone())));
        }
        holders
    }
}

/// Where a server is called that another binder lists.
pub(super) fn called_at(listed: &Listed) -> &Endpoint {
    listed.proxied_at.as_ref().unwrap_or(&listed.endpoint)
}
