//! From the binder to the chat server, saying which of the two does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dxr::{Fault, Value};
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed, UpstreamFailure};
use protocol::fault;
use protocol::procedure::LIST_METHODS;
use protocol::reading::{array, strings};
use rpc::{CallError, Caller, Observers};

use super::chat_server::{CALL_TIMEOUT, ChatServer, caller};
use super::failure::{DiscoveryError, Failure};
use super::model::Dialect;
use super::model::Offers;

/// How long a binder may take to answer where there is another to ask.
const ONE_OF_SEVERAL_TIMEOUT: Duration = Duration::from_secs(2);

/// The binders, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Binders {
    endpoints: Vec<Endpoint>,
    direct: bool,
}

impl Binders {
    /// Whether servers are called at their own addresses where a binder passes calls on to them.
    #[must_use]
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

#[derive(Clone, Debug)]
pub struct Directory {
    dialect: Dialect,
    binders: Vec<Endpoint>,
    /// Whether servers are called at their own addresses, and not through the binder.
    direct: bool,
    /// The binder that answered last.
    preferred: Arc<AtomicUsize>,
    observers: Observers,
}

/// Why a binder does not help: so far the search got, from the binder on.
fn progress(error: &DiscoveryError) -> u8 {
    match error {
        DiscoveryError::BinderSilent { .. } | DiscoveryError::NotABinder { .. } => 0,
        DiscoveryError::Upstream { .. } => 1,
        DiscoveryError::NoChatServer { .. } | DiscoveryError::OtherDialect { .. } => 2,
        DiscoveryError::ChatServerSilent { .. } => 3,
    }
}

impl Directory {
    /// The binders at these addresses; nothing is called yet.
    pub fn new(dialect: Dialect, binders: impl Into<Binders>, observers: Observers) -> Self {
        let Binders { endpoints, direct } = binders.into();
        Self {
            dialect,
            binders: endpoints,
            direct,
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
        let all = || self.binders.iter().enumerate();
        all().skip(first).chain(all().take(first))
    }

    /// Whether a binder still sends clients to this server; `None` when none answers.
    pub(super) async fn offers(&self, server: &ChatServer) -> Option<bool> {
        let service = self.dialect.service();
        for (_, binder) in self.in_turn() {
            let Ok(caller) = self.caller(binder) else {
                continue;
            };
            match look_up(&caller, service).await {
                Ok(Some(found)) if found == *server.endpoint() => return Some(true),
                Ok(_) => {
                    // Another of several, or none at all.
                    let listed = registered(&caller, service).await;
                    return Some(listed.iter().any(|listed| is_at(listed, server.endpoint())));
                }
                Err(error) => tracing::debug!(%binder, %error, "the next binder is asked"),
            }
        }
        None
    }

    fn caller(&self, binder: &Endpoint) -> Result<Caller, CallError> {
        let timeout = match self.binders.len() {
            1 => CALL_TIMEOUT,
            _ => ONE_OF_SEVERAL_TIMEOUT,
        };
        // The calls are few and far between, and a binder with one thread cannot answer other clients
        // while a connection is open.
        Ok(caller(binder, timeout, self.observers.clone())?.without_kept_connections())
    }

    async fn search(
        &self,
        binder: &Endpoint,
        avoided: Option<&Endpoint>,
    ) -> Result<ChatServer, DiscoveryError> {
        let silent = |reason| DiscoveryError::BinderSilent {
            binder: binder.clone(),
            reason,
        };
        let caller = self.caller(binder).map_err(silent)?;
        let service = self.dialect.service();
        let looked_up = look_up(&caller, service)
            .await
            .map_err(|error| match error.fault().and_then(UpstreamFailure::of) {
                Some(failure) => DiscoveryError::Upstream {
                    binder: binder.clone(),
                    failure,
                },
                None => silent(error),
            })?
            .ok_or_else(|| DiscoveryError::NoChatServer {
                binder: binder.clone(),
                dialect: self.dialect,
            })?;
        let named = self.called_at(&caller, &looked_up).await;
        let mut failure = None;
        if avoided != Some(&named) {
            match self.reach(&named, None).await {
                Ok(server) => return Ok(self.describe(&caller, server, &looked_up).await),
                Err(reason) => failure = Some(reason),
            }
        }
        let others = registered(&caller, service).await;
        for Listed {
            endpoint,
            group,
            proxied_at,
            ..
        } in others
        {
            let through = proxied_at.filter(|_| !self.direct);
            let endpoint = through.unwrap_or(endpoint);
            // Only servers that share are an alternative to the one that is named.
            if group.is_none() || endpoint == named || avoided == Some(&endpoint) {
                continue;
            }
            if let Ok(server) = self.reach(&endpoint, group).await {
                let offers = Offers::of_named(&self.listed_by(&endpoint).await);
                tracing::info!(dialect = ?self.dialect, at = %endpoint, "found another server of the chat");
                return Ok(server.offering(offers));
            }
        }
        let reason = match failure {
            Some(reason) => reason,
            None => match self.reach(&named, None).await {
                Ok(server) => return Ok(self.describe(&caller, server, &looked_up).await),
                Err(reason) => reason,
            },
        };
        Err(DiscoveryError::ChatServerSilent {
            binder: binder.clone(),
            chat_server: named,
            reason,
        })
    }

    /// The address to call for a server that was looked up: with `direct` its own, if the binder passes calls on
    /// to it.
    async fn called_at(&self, binder: &Caller, looked_up: &Endpoint) -> Endpoint {
        let mut listed = Vec::new();
        if self.direct {
            listed = registered(binder, self.dialect.service()).await;
        }
        let behind = listed
            .into_iter()
            .find(|listed| listed.proxied_at.as_ref() == Some(looked_up));
        behind.map_or_else(|| looked_up.clone(), |listed| listed.endpoint)
    }

    /// The same server with what it offers, and with the chat that it shares. It was `looked_up` at an address that
    /// may be another than its own.
    async fn describe(
        &self,
        binder: &Caller,
        server: ChatServer,
        looked_up: &Endpoint,
    ) -> ChatServer {
        let endpoint = server.endpoint().clone();
        let procedures = match self.dialect {
            Dialect::Classic => registered_at(binder, looked_up).await,
            Dialect::Accounts => self.listed_by(&endpoint).await,
        };
        let offers = Offers::of_named(&procedures);
        tracing::info!(dialect = ?self.dialect, at = %endpoint, ?offers, "found the chat server");
        let mut group = None;
        // Only our server shares a chat, and with an original binder one call more would be a line more.
        if offers.waiting {
            let listed = registered(binder, self.dialect.service()).await;
            let own = listed.into_iter().find(|listed| is_at(listed, &endpoint));
            group = own.and_then(|listed| listed.group);
        }
        server.offering(offers).sharing(group)
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

/// Whether a server is called at this address: its own, or that at which the binder passes calls on to it.
fn is_at(listed: &Listed, endpoint: &Endpoint) -> bool {
    listed.endpoint == *endpoint || listed.proxied_at.as_ref() == Some(endpoint)
}

/// The procedures beyond the originals that the binder knows at this very server. A name that leads
/// elsewhere is another server's, perhaps one's that is gone. A name that cannot be looked up is done
/// without.
async fn registered_at(binder: &Caller, chat_server: &Endpoint) -> Vec<String> {
    let mut leading = Vec::new();
    for name in Offers::PROCEDURES {
        let answer = binder.call(&LOOKUP_PROCEDURE, vec![Value::String(name.to_owned())]);
        match answer.await.map(Endpoint::looked_up) {
            Ok(Some(found)) if found == *chat_server => leading.push(name.to_owned()),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(name, %error, "not looked up");
                if matches!(error, CallError::TimedOut { .. }) {
                    // The others would take as long.
                    break;
                }
            }
        }
    }
    leading
}

/// The servers that a binder of ours sends clients to for this name; none if it cannot list them.
async fn registered(binder: &Caller, name: &str) -> Vec<Listed> {
    let name = Value::String(name.to_owned());
    let answer = binder.call(&LIST_PROCEDURES, vec![name]).await;
    let listed = answer.ok().and_then(|answer| array(answer).ok());
    let listed = listed.unwrap_or_default().into_iter();
    listed
        .filter_map(|entry| Listed::from_value(entry).ok())
        .filter(|entry| !entry.displaced)
        .collect()
}

/// Where the binder says that a name lives.
///
/// A binder may refuse a name that is not registered in its own way, so a refusal means just that;
/// unless it says that there is no such procedure, because then it is not a binder, or that it cannot ask another one.
async fn look_up(binder: &Caller, name: &str) -> Result<Option<Endpoint>, CallError> {
    let name = Value::String(name.to_owned());
    match binder.call(&LOOKUP_PROCEDURE, vec![name]).await {
        Ok(answer) => Ok(Endpoint::looked_up(answer)),
        Err(CallError::Fault(refusal))
            if lacks_lookup(&refusal) || UpstreamFailure::of(&refusal).is_some() =>
        {
            Err(CallError::Fault(refusal))
        }
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a fault says that there is no such procedure: by the standard code, or in the words of
/// Python's server.
fn lacks_lookup(refusal: &Fault) -> bool {
    let in_python = format!("method \"{}\" is not supported", LOOKUP_PROCEDURE.name);
    refusal.code() == fault::NO_SUCH_METHOD || refusal.string().ends_with(&in_python)
}

#[cfg(test)]
#[path = "tests/discovery.rs"]
mod tests;
