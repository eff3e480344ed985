//! The procedures that change names which several binders share.

use std::net::IpAddr;
use std::sync::Arc;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint};
use protocol::fault;
use rpc::{Answer, Arguments, Methods};
use tokio::time::Instant;
use tracing::{info, warn};

use super::caller::caller_address;
use super::parameters::{check_name, endpoint, leased_names};
use crate::directory::{Directory, Lease};
use crate::shared::{NotRegistered, SharedNames};

pub(super) fn with_changes(
    methods: Methods,
    directory: &Arc<Mutex<Directory>>,
    shared: &Arc<SharedNames>,
) -> Methods {
    let changes = Changes {
        directory: Arc::clone(directory),
        shared: Arc::clone(shared),
    };
    let (registers, leases, unregisters) = (changes.clone(), changes.clone(), changes);
    methods
        .waiting(&binder::REGISTER_PROCEDURE, move |arguments| {
            let changes = registers.clone();
            Box::pin(async move { changes.register_procedure(&arguments).await })
        })
        .waiting(&binder::REGISTER_LEASE, move |arguments| {
            let changes = leases.clone();
            Box::pin(async move { changes.register_lease(&arguments).await })
        })
        .waiting(&binder::UNREGISTER_PROCEDURE, move |arguments| {
            let changes = unregisters.clone();
            Box::pin(async move { changes.unregister_procedure(&arguments).await })
        })
}

#[derive(Clone)]
struct Changes {
    directory: Arc<Mutex<Directory>>,
    shared: Arc<SharedNames>,
}

impl Changes {
    async fn register_procedure(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let name = arguments.text(0)?.to_owned();
        check_name(arguments, &name)?;
        let endpoint = endpoint(arguments, 1)?;
        let from = caller_address(arguments);
        self.register(std::slice::from_ref(&name), &endpoint, None, from)
            .await?;
        info!(%name, %endpoint, "registered");
        Ok(Answer::text(binder::registered(&name)))
    }

    async fn register_lease(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let (names, endpoint, lease) = leased_names(arguments)?;
        let from = caller_address(arguments);
        self.register(&names, &endpoint, Some(&lease), from).await?;
        let (directory, now) = (self.directory.lock(), Instant::now());
        let elsewhere = names
            .into_iter()
            .filter(|name| !directory.holds(now, name, &endpoint));
        Ok(Answer::texts(elsewhere))
    }

    async fn register(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(), Fault> {
        let registered = self.shared.register(names, endpoint, lease, from).await;
        registered.map_err(|error| match error {
            NotRegistered::Full(full) => {
                warn!(%endpoint, "refused: {full}");
                fault::application(binder::TOO_MANY_NAMES)
            }
            NotRegistered::CutOff(error) => cut_off(endpoint, &error),
        })
    }

    async fn unregister_procedure(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let name = arguments.text(0)?;
        let endpoint = endpoint(arguments, 1)?;
        let removed = self.shared.unregister(name, &endpoint).await;
        let removed = removed.map_err(|error| cut_off(&endpoint, &error))?;
        Ok(Answer::Value(Value::Boolean(removed)))
    }
}

fn cut_off(endpoint: &Endpoint, error: &etcd::Error) -> Fault {
    warn!(%endpoint, %error, "not registered");
    fault::application(binder::CUT_OFF)
}
