//! Calls to the binder that is queried.

use std::time::Duration;

use dxr::Value;
use protocol::binder::{
    Address, Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed, UpstreamFailure,
};
use protocol::classic::procedures::LIST_ROOMS;
use protocol::reading::array;
use protocol::{accounts, classic};
use rpc::{CallError, Caller, Observers};

use super::error::QueryError;

/// How long an answer may take. The user looks at an empty terminal meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The binder to query.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct BinderAddress {
    /// The binder to ask. Set it when that runs on another machine or port. Without a port it is
    /// 5000. Of several the next one is asked when one does not answer.
    #[arg(
        long,
        env = "BINDER_ADDRESS",
        value_name = "HOST[:PORT],…",
        value_delimiter = ',',
        default_value = "localhost"
    )]
    pub(super) binder: Vec<Address>,
}

pub(super) struct Binder {
    pub(super) caller: Caller,
}

impl Binder {
    pub(super) fn at(binder: &Endpoint) -> Result<Self, QueryError> {
        let caller = caller(binder).map_err(|reason| QueryError::BinderSilent {
            binder: binder.to_string(),
            reason,
        })?;
        Ok(Self { caller })
    }

    pub(super) fn silent(&self, reason: CallError) -> QueryError {
        QueryError::BinderSilent {
            binder: self.caller.server().to_owned(),
            reason,
        }
    }

    pub(super) fn unknown(&self, name: &str) -> QueryError {
        let (binder, name) = (self.caller.server().to_owned(), name.to_owned());
        if names_of_chat_servers().any(|known| known == name) {
            QueryError::NoChatServer { binder, name }
        } else {
            QueryError::Unknown { binder, name }
        }
    }

    /// No name was asked for, and none under which a chat server is found is known.
    pub(super) fn no_chat_server(&self, names: &[&str]) -> QueryError {
        QueryError::NoChatServer {
            binder: self.caller.server().to_owned(),
            name: names.join(" or "),
        }
    }

    /// Where a name lives. Some binders answer an unknown name with a fault, or with something other
    /// than an address and a port.
    pub(super) async fn lookup(&self, name: &str) -> Result<Option<Endpoint>, QueryError> {
        let parameters = vec![Value::String(name.to_owned())];
        let failure = match self.caller.call(&LOOKUP_PROCEDURE, parameters).await {
            Ok(answer) => return Ok(Endpoint::from_lookup(answer).ok().flatten()),
            Err(failure) => failure,
        };
        if let Some(failure) = failure.fault().and_then(UpstreamFailure::of) {
            return Err(QueryError::Upstream {
                binder: self.caller.server().to_owned(),
                name: name.to_owned(),
                failure,
            });
        }
        if failure.is_refusal() && self.is_chat_server().await {
            return Err(QueryError::ChatServer {
                server: self.caller.server().to_owned(),
            });
        }
        match failure {
            reason if reason.is_refusal() => Ok(None),
            reason => Err(self.silent(reason)),
        }
    }

    /// Where a name is registered: at the server's own address where the binder passes calls on to it.
    pub(super) async fn registered(&self, name: &str) -> Result<Option<Endpoint>, QueryError> {
        let found = match self.lookup(name).await {
            // What is registered in the binder itself is found without another one.
            Err(QueryError::Upstream { .. }) => None,
            found => found?,
        };
        let Some(found) = found else { return Ok(None) };
        let listed = self.list().await?.unwrap_or_default();
        let behind = listed
            .into_iter()
            .find(|listed| listed.name == name && listed.proxied_at.as_ref() == Some(&found));
        Ok(Some(behind.map_or(found, |listed| listed.endpoint)))
    }

    /// Whether it is a chat server: one answers with its rooms.
    pub(super) async fn is_chat_server(&self) -> bool {
        let rooms = self.caller.call(&LIST_ROOMS, Vec::new()).await;
        matches!(rooms, Ok(Value::Array(_)))
    }

    /// Everything that can be looked up. `None` when the binder does not offer that, because it is an
    /// original one.
    pub(super) async fn list(&self) -> Result<Option<Vec<Listed>>, QueryError> {
        match self.caller.call(&LIST_PROCEDURES, Vec::new()).await {
            Ok(answer) => Ok(array(answer)
                .and_then(|values| values.into_iter().map(Listed::from_value).collect())
                .ok()),
            Err(reason) if reason.is_refusal() => Ok(None),
            Err(reason) => Err(self.silent(reason)),
        }
    }

    /// What is listed first under a name, as far as the binder can list.
    pub(super) async fn listed(&self, name: &str) -> Result<Option<Listed>, QueryError> {
        let listed = self.list().await?.unwrap_or_default();
        Ok(listed.into_iter().find(|listed| listed.name == name))
    }
}

/// The names under which chat servers register.
pub(super) fn names_of_chat_servers() -> impl Iterator<Item = &'static str> {
    classic::procedures::ORIGINAL
        .into_iter()
        .chain(classic::procedures::EXTENSIONS)
        .map(|procedure| procedure.name)
        .chain([accounts::SERVICE])
}

pub(super) fn caller(endpoint: &Endpoint) -> Result<Caller, CallError> {
    let name = concat!("binder/", env!("CARGO_PKG_VERSION"));
    Ok(Caller::new(endpoint, TIMEOUT, Observers::none())?.named(name))
}
