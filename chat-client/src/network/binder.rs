//! What the client asks a binder.

use dxr::{Fault, Value};
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed, UpstreamFailure};
use protocol::fault;
use protocol::reading::array;
use rpc::{CallError, Caller};

use super::model::Offers;

#[derive(Clone, Debug)]
pub(super) struct Binder {
    caller: Caller,
    /// The name under which it knows the chat servers of the dialect.
    service: &'static str,
}

impl Binder {
    pub(super) const fn new(caller: Caller, service: &'static str) -> Self {
        Self { caller, service }
    }

    /// The chat server that clients are sent to.
    ///
    /// A binder may refuse a name that is not registered in its own way, so any refusal means that; except one
    /// that says that there is no such procedure, because then it is not a binder, or that the binder cannot
    /// ask another one.
    pub(super) async fn look_up(&self) -> Result<Option<Endpoint>, CallError> {
        match self.look_up_name(self.service).await {
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

    async fn look_up_name(&self, name: &str) -> Result<Value, CallError> {
        let name = Value::String(name.to_owned());
        self.caller.call(&LOOKUP_PROCEDURE, vec![name]).await
    }

    /// The chat servers that a binder of ours sends clients to; none if it cannot list them.
    pub(super) async fn servers(&self) -> Vec<Listed> {
        let name = Value::String(self.service.to_owned());
        let answer = self.caller.call(&LIST_PROCEDURES, vec![name]).await;
        let listed = answer.ok().and_then(|answer| array(answer).ok());
        let listed = listed.unwrap_or_default().into_iter();
        listed
            .filter_map(|entry| Listed::from_value(entry).ok())
            .filter(|entry| !entry.displaced)
            .filter(|entry| {
                let all = std::iter::once(&entry.endpoint).chain(&entry.proxied_at);
                all.into_iter().all(Endpoint::is_possible)
            })
            .collect()
    }

    /// The listed server that is called at this address: its own, or that at which the binder passes calls on
    /// to it.
    pub(super) async fn server_at(&self, endpoint: &Endpoint) -> Option<Listed> {
        let mut servers = self.servers().await.into_iter();
        servers.find(|listed| {
            listed.endpoint == *endpoint || listed.proxied_at.as_ref() == Some(endpoint)
        })
    }

    /// The procedures beyond the originals that are registered at this very server. A name that leads elsewhere
    /// is another server's, perhaps a dead one's. A name that cannot be looked up is left out.
    pub(super) async fn extensions_at(&self, chat_server: &Endpoint) -> Vec<String> {
        let mut leading = Vec::new();
        for name in Offers::PROCEDURES {
            match self.look_up_name(name).await.map(Endpoint::looked_up) {
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
}

/// Whether a fault says that there is no such procedure: by the standard code, or in the words of Python's server.
fn lacks_lookup(refusal: &Fault) -> bool {
    let in_python = format!("method \"{}\" is not supported", LOOKUP_PROCEDURE.name);
    refusal.code() == fault::NO_SUCH_METHOD || refusal.string().ends_with(&in_python)
}
