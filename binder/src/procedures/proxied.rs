//! The procedures that ask for names, of a binder that passes calls on.

use std::sync::Arc;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint, Listed, UpstreamFailure};
use rpc::{Answer, Arguments, Methods};
use tokio::time::Instant;
use tracing::debug;

use super::caller::caller_identity;
use crate::directory::Directory;
use crate::proxy::Proxy;

pub(super) fn questions(directory: &Arc<Mutex<Directory>>, proxy: &Arc<Proxy>) -> Methods {
    let (looks_up, lists) = (Arc::clone(proxy), Arc::clone(proxy));
    let directory = Arc::clone(directory);
    Methods::new()
        .waiting(&binder::LOOKUP_PROCEDURE, move |arguments| {
            let proxy = Arc::clone(&looks_up);
            Box::pin(async move { lookup_procedure(&proxy, &arguments).await })
        })
        .waiting(&binder::LIST_PROCEDURES, move |arguments| {
            let (proxy, directory) = (Arc::clone(&lists), Arc::clone(&directory));
            Box::pin(async move { list_procedures(&proxy, &directory, &arguments).await })
        })
}

async fn lookup_procedure(proxy: &Proxy, arguments: &Arguments) -> Result<Answer, Fault> {
    let (name, connection) = (arguments.text(0)?, arguments.connection());
    let found = proxy
        .look_up(name, caller_identity(connection), connection)
        .await;
    let found = found.map_err(UpstreamFailure::fault)?;
    debug!(%name, known = found.is_some(), "looked up");
    let answer = found.as_ref().map_or(Value::Nil, Endpoint::to_value);
    Ok(Answer::Value(answer))
}

async fn list_procedures(
    proxy: &Proxy,
    directory: &Mutex<Directory>,
    arguments: &Arguments,
) -> Result<Answer, Fault> {
    let name = arguments.optional_text(0)?;
    let own = directory.lock().list(Instant::now(), name);
    let listed = proxy.list(name, own, arguments.connection()).await;
    let listed = listed.iter().map(Listed::to_value);
    Ok(Answer::Value(Value::Array(listed.collect())))
}
