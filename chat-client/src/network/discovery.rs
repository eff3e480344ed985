//! From the binder to the chat server, saying which of the two does not answer.

use dxr::{Fault, Value};
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use protocol::fault;
use protocol::procedure::LIST_METHODS;
use protocol::reading::strings;
use rpc::{CallError, Caller, Observers};

use super::chat_server::{CALL_TIMEOUT, ChatServer, Offers, caller};
use super::failure::{DiscoveryError, Failure};
use super::model::Dialect;

#[derive(Clone, Debug)]
pub struct Directory {
    dialect: Dialect,
    binder: Endpoint,
    observers: Observers,
}

impl Directory {
    /// The binder at this address; nothing is called yet.
    pub const fn new(dialect: Dialect, binder: Endpoint, observers: Observers) -> Self {
        Self {
            dialect,
            binder,
            observers,
        }
    }

    /// Finds the chat server that the binder knows, makes sure that it answers, and learns what it
    /// offers.
    pub async fn find(&self) -> Result<ChatServer, DiscoveryError> {
        match self.search().await {
            // A search changes nothing. Behind a link that breaks calls it takes several calls in a
            // row to succeed, and each of them is repeated only once.
            Err(error) if error.is_broken_connection() => self.search().await,
            found => found,
        }
    }

    async fn search(&self) -> Result<ChatServer, DiscoveryError> {
        let silent = |reason| DiscoveryError::BinderSilent {
            binder: self.binder.clone(),
            reason,
        };
        // The calls are few and far between, and a binder with one thread cannot answer other clients
        // while a connection is open.
        let binder = caller(&self.binder, CALL_TIMEOUT, self.observers.clone())
            .map_err(silent)?
            .without_kept_connections();
        let chat_server = look_up(&binder, self.dialect.service())
            .await
            .map_err(silent)?
            .ok_or_else(|| DiscoveryError::NoChatServer {
                binder: self.binder.clone(),
                dialect: self.dialect,
            })?;
        let unreached = |reason| DiscoveryError::ChatServerSilent {
            binder: self.binder.clone(),
            chat_server: chat_server.clone(),
            reason,
        };
        let server = self.reach(&chat_server).await.map_err(unreached)?;
        let procedures = match self.dialect {
            Dialect::Classic => registered_at(&binder, &chat_server).await,
            Dialect::Accounts => self.listed_by(&chat_server).await,
        };
        let offers = Offers::of_named(&procedures);
        tracing::info!(dialect = ?self.dialect, at = %server.endpoint(), ?offers, "found the chat server");
        Ok(server.offering(offers))
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
            | DiscoveryError::OtherDialect { .. }
            | DiscoveryError::ChatServerSilent { .. } => false,
        };
        if !does_answer {
            return error;
        }
        match ChatServer::at(self.dialect, &self.binder, self.observers.clone()) {
            Ok(server) if server.rooms().await.is_ok() => DiscoveryError::NotABinder {
                address: self.binder.clone(),
            },
            _ if matches!(error, DiscoveryError::NoChatServer { .. })
                && self.in_other_dialect().search().await.is_ok() =>
            {
                DiscoveryError::OtherDialect {
                    binder: self.binder.clone(),
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
    async fn reach(&self, endpoint: &Endpoint) -> Result<ChatServer, CallError> {
        let server = ChatServer::at(self.dialect, endpoint, self.observers.clone())?;
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

/// Where the binder says that a name lives.
///
/// A binder may refuse a name that is not registered in its own way, so a refusal means just that;
/// unless it says that there is no such procedure, because then it is not a binder.
async fn look_up(binder: &Caller, name: &str) -> Result<Option<Endpoint>, CallError> {
    let name = Value::String(name.to_owned());
    match binder.call(&LOOKUP_PROCEDURE, vec![name]).await {
        Ok(answer) => Ok(Endpoint::looked_up(answer)),
        Err(CallError::Fault(refusal)) if lacks_lookup(&refusal) => Err(CallError::Fault(refusal)),
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
