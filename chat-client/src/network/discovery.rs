//! From the binder to the chat server, saying which of the two does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use protocol::binder::{Endpoint, Listed, UpstreamFailure};
use protocol::procedure::LIST_METHODS;
use protocol::reading::strings;
use rpc::{CallError, Observers};

use super::binder::Binder;
use super::chat_server::{CALL_TIMEOUT, ChatServer, caller};
use super::failure::{DiscoveryError, Failure};
use super::model::{Dialect, Offers};

/// How long a binder may take to answer where there is another to ask.
const ONE_OF_SEVERAL_TIMEOUT: Duration = Duration::from_secs(2);

/// The binders, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Binders {
    endpoints: Vec<Endpoint>,
    /// Whether servers are called at their own addresses, and not through the binder.
    direct: bool,
}

impl Binders {
    /// Whether servers are called at their own addresses where a binder passes calls on to them.
    pub const fn directly(mut self, direct: bool) -> Self {
        self.direct = direct;
        self
    }
}

impl From<Vec<Endpoint>> for Binders {
    fn from(endpoints: Vec<Endpoint>) -> Self {
        Self {
            endpoints,
            direct: false,
        }
    }
}

impl From<Endpoint> for Binders {
    fn from(binder: Endpoint) -> Self {
        vec![binder].into()
    }
}

impl From<&Endpoint> for Binders {
    fn from(binder: &Endpoint) -> Self {
        binder.clone().into()
    }
}

/// Finds the chat server by asking the binders.
#[derive(Clone, Debug)]
pub struct ServerFinder {
    dialect: Dialect,
    binders: Binders,
    /// The binder that answered last.
    preferred: Arc<AtomicUsize>,
    observers: Observers,
}

/// How far a search got that failed with this error.
fn progress(error: &DiscoveryError) -> u8 {
    match error {
        DiscoveryError::BinderSilent { .. } | DiscoveryError::NotABinder { .. } => 0,
        DiscoveryError::Upstream { .. } => 1,
        DiscoveryError::NoChatServer { .. }
        | DiscoveryError::OtherDialect { .. }
        | DiscoveryError::NotAnAddress { .. } => 2,
        DiscoveryError::ChatServerSilent { .. } => 3,
    }
}

impl ServerFinder {
    /// One that asks these binders; nothing is called yet.
    pub fn new(dialect: Dialect, binders: impl Into<Binders>, observers: Observers) -> Self {
        Self {
            dialect,
            binders: binders.into(),
            preferred: Arc::default(),
            observers,
        }
    }

    /// Finds the chat server that the binder knows, makes sure that it answers, and learns what it
    /// offers. The next binder is asked when one does not lead to a server.
    pub async fn find(&self) -> Result<ChatServer, DiscoveryError> {
        self.find_besides(None).await
    }

    /// Finds another server of the same chat.
    pub(super) async fn find_other(&self, than: &ChatServer) -> Option<ChatServer> {
        let found = self.find_besides(Some(than.endpoint())).await;
        found.ok().filter(|server| server.has_chat_of(than))
    }

    async fn find_besides(&self, avoided: Option<&Endpoint>) -> Result<ChatServer, DiscoveryError> {
        let mut failure: Option<DiscoveryError> = None;
        for (index, binder) in self.in_turn() {
            let found = match self.search(binder, avoided).await {
                // A search changes nothing. Behind a link that breaks calls it takes several calls in a
                // row to succeed, and each of them is repeated only once.
                Err(error) if error.is_broken_connection() => self.search(binder, avoided).await,
                found => found,
            };
            match found {
                Ok(server) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(server);
                }
                Err(error) => {
                    let is_further = failure
                        .as_ref()
                        .is_none_or(|failure| progress(&error) > progress(failure));
                    if is_further {
                        failure = Some(error);
                    }
                }
            }
        }
        // Without a binder there is nowhere to look.
        Err(failure.unwrap_or_else(|| DiscoveryError::NoChatServer {
            binder: Endpoint {
                address: "localhost".to_owned(),
                port: protocol::binder::PORT,
            },
            dialect: self.dialect,
        }))
    }

    /// The binders with their numbers, from the preferred one on.
    fn in_turn(&self) -> impl Iterator<Item = (usize, &Endpoint)> {
        let first = self.preferred.load(Ordering::Relaxed);
        let all = || self.binders.endpoints.iter().enumerate();
        all().skip(first).chain(all().take(first))
    }

    /// Whether a binder still sends clients to this server; `None` when none answers.
    pub(super) async fn offers(&self, server: &ChatServer) -> Option<bool> {
        for (_, address) in self.in_turn() {
            let Ok(binder) = self.binder(address) else {
                continue;
            };
            match binder.look_up().await {
                Ok(Some(found)) if found == *server.endpoint() => return Some(true),
                // Another of several, or none at all.
                Ok(_) => return Some(binder.server_at(server.endpoint()).await.is_some()),
                Err(error) => tracing::debug!(%address, %error, "the next binder is asked"),
            }
        }
        None
    }

    fn binder(&self, address: &Endpoint) -> Result<Binder, CallError> {
        let timeout = match self.binders.endpoints.len() {
            1 => CALL_TIMEOUT,
            _ => ONE_OF_SEVERAL_TIMEOUT,
        };
        // The calls are few and far between, and a binder with one thread cannot answer other clients
        // while a connection is open.
        let caller = caller(address, timeout, self.observers.clone())?.without_kept_connections();
        Ok(Binder::new(caller, self.dialect.service()))
    }

    async fn search(
        &self,
        address: &Endpoint,
        avoided: Option<&Endpoint>,
    ) -> Result<ChatServer, DiscoveryError> {
        let silent = |reason| DiscoveryError::BinderSilent {
            binder: address.clone(),
            reason,
        };
        let failed = |error: CallError| match error.fault().and_then(UpstreamFailure::of) {
            Some(failure) => DiscoveryError::Upstream {
                binder: address.clone(),
                failure,
            },
            None => silent(error),
        };
        let binder = self.binder(address).map_err(silent)?;
        let looked_up = binder.look_up().await.map_err(failed)?.ok_or_else(|| {
            DiscoveryError::NoChatServer {
                binder: address.clone(),
                dialect: self.dialect,
            }
        })?;
        if !looked_up.is_possible() {
            return Err(DiscoveryError::NotAnAddress {
                binder: address.clone(),
                length: looked_up.address.chars().count(),
            });
        }
        let named = self.called_at(&binder, &looked_up).await;
        let mut failure = None;
        if avoided != Some(&named) {
            match self.reach_named(&binder, &named, &looked_up).await {
                Ok(server) => return Ok(server),
                Err(reason) => failure = Some(reason),
            }
        }
        if let Some(other) = self.reach_other(&binder, &named, avoided).await {
            return Ok(other);
        }
        let reason = match failure {
            Some(reason) => reason,
            None => match self.reach_named(&binder, &named, &looked_up).await {
                Ok(server) => return Ok(server),
                Err(reason) => reason,
            },
        };
        Err(DiscoveryError::ChatServerSilent {
            binder: address.clone(),
            chat_server: named,
            reason,
        })
    }

    /// The address to call for a server that was looked up: with `direct` its own, if the binder passes calls on
    /// to it.
    async fn called_at(&self, binder: &Binder, looked_up: &Endpoint) -> Endpoint {
        let mut listed = Vec::new();
        if self.binders.direct {
            listed = binder.servers().await;
        }
        let behind = listed
            .into_iter()
            .find(|listed| listed.proxied_at.as_ref() == Some(looked_up));
        behind.map_or_else(|| looked_up.clone(), |listed| listed.endpoint)
    }

    /// The server that the binder names, with what it offers, and with the chat that it shares. It was `looked_up`
    /// at an address that may be another than its own.
    async fn reach_named(
        &self,
        binder: &Binder,
        endpoint: &Endpoint,
        looked_up: &Endpoint,
    ) -> Result<ChatServer, CallError> {
        let server = self.reach(endpoint, None).await?;
        let procedures = match self.dialect {
            Dialect::Classic => binder.extensions_at(looked_up).await,
            Dialect::Accounts => self.listed_by(endpoint).await,
        };
        let offers = Offers::of_named(&procedures);
        tracing::info!(dialect = ?self.dialect, at = %endpoint, ?offers, "found the chat server");
        let mut group = None;
        // Only our server shares a chat, and with an original binder one call more would be a line more.
        if offers.waiting {
            let listed = binder.server_at(endpoint).await;
            group = listed.and_then(|listed| listed.group);
        }
        Ok(server.offering(offers).sharing(group))
    }

    /// A server that shares its chat with others and answers, apart from the one that is named and the one that is
    /// avoided.
    async fn reach_other(
        &self,
        binder: &Binder,
        named: &Endpoint,
        avoided: Option<&Endpoint>,
    ) -> Option<ChatServer> {
        for Listed {
            endpoint,
            group,
            proxied_at,
            ..
        } in binder.servers().await
        {
            let through = proxied_at.filter(|_| !self.binders.direct);
            let endpoint = through.unwrap_or(endpoint);
            if group.is_none() || endpoint == *named || avoided == Some(&endpoint) {
                continue;
            }
            if let Ok(server) = self.reach(&endpoint, group).await {
                let offers = Offers::of_named(&self.listed_by(&endpoint).await);
                tracing::info!(dialect = ?self.dialect, at = %endpoint, "found another server of the chat");
                return Some(server.offering(offers));
            }
        }
        None
    }

    /// Detects that a search failed because the binder's address is a chat server's, or because the chat
    /// server speaks the other dialect.
    pub(super) async fn explain(&self, error: DiscoveryError) -> DiscoveryError {
        let does_answer = match &error {
            DiscoveryError::BinderSilent { reason, .. } => !matches!(
                reason,
                CallError::Unreachable { .. }
                    | CallError::Interrupted { .. }
                    | CallError::TimedOut { .. }
            ),
            DiscoveryError::NoChatServer { .. } => true,
            DiscoveryError::NotABinder { .. }
            | DiscoveryError::Upstream { .. }
            | DiscoveryError::OtherDialect { .. }
            | DiscoveryError::NotAnAddress { .. }
            | DiscoveryError::ChatServerSilent { .. } => false,
        };
        if !does_answer {
            return error;
        }
        let Some(address) = error.binder() else {
            return error;
        };
        match ChatServer::at(self.dialect, address, self.observers.clone()) {
            Ok(server) if server.rooms().await.is_ok() => DiscoveryError::NotABinder {
                address: address.clone(),
            },
            _ if matches!(error, DiscoveryError::NoChatServer { .. })
                && self.in_other_dialect().search(address, None).await.is_ok() =>
            {
                DiscoveryError::OtherDialect {
                    binder: address.clone(),
                    wanted: self.dialect,
                }
            }
            _ => error,
        }
    }

    fn in_other_dialect(&self) -> Self {
        Self {
            dialect: self.dialect.other(),
            ..self.clone()
        }
    }

    /// The chat server at `endpoint`, which has answered.
    async fn reach(
        &self,
        endpoint: &Endpoint,
        group: Option<String>,
    ) -> Result<ChatServer, CallError> {
        let server = ChatServer::at(self.dialect, endpoint, self.observers.clone())?;
        let server = server.sharing(group);
        // A name that a dead server left in the binder is noticed now, not when the user has typed
        // theirs. Listing changes nothing, and every chat server can do it.
        match server.rooms().await {
            Ok(_) => Ok(server),
            Err(Failure::Unanswered { error, .. }) => Err(error),
            // It answers, if in an unexpected way; the next call will show.
            Err(_) => Ok(server),
        }
    }

    /// The procedures that the server says it has; none, if it does not list them.
    async fn listed_by(&self, chat_server: &Endpoint) -> Vec<String> {
        let asked = async {
            caller(chat_server, CALL_TIMEOUT, self.observers.clone())?
                .without_kept_connections()
                .call(&LIST_METHODS, Vec::new())
                .await
        };
        match asked.await {
            Ok(methods) => strings(methods).unwrap_or_default(),
            Err(error) => {
                tracing::debug!(%error, "the chat server does not list its methods");
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/discovery.rs"]
mod tests;
