//! Another binder, which is asked for the names that this one does not have.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dxr::Value;
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed};
use protocol::procedure::Procedure;
use protocol::reading::array;
use rpc::{CallError, Caller, Observers};

/// How long a binder may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The binders that are asked, the one that answered last first.
#[derive(Debug)]
pub(crate) struct Upstream {
    binders: Vec<Caller>,
    preferred: AtomicUsize,
}

impl Upstream {
    /// Calls nothing yet.
    pub(crate) fn new(binders: &[Endpoint], observers: &Observers) -> Result<Self, CallError> {
        // Of several servers that share a name, a binder names the same one to a client each time, and knows a
        // client by this word, because there is a connection for each call.
        let (process, random) = (std::process::id(), rand());
        let version = env!("CARGO_PKG_VERSION");
        let agent = format!("distributed-chat-binder/{version} (client {process}-{random:04x})");
        let caller = |binder: &Endpoint| {
            let caller = Caller::new(binder, TIMEOUT, observers.clone())?;
            Ok(caller.named(&agent).without_kept_connections())
        };
        Ok(Self {
            binders: binders
                .iter()
                .map(caller)
                .collect::<Result<_, CallError>>()?,
            preferred: AtomicUsize::new(0),
        })
    }

    /// Where a name lives, if the binder knows it.
    pub(crate) async fn look_up(&self, name: &str) -> Result<Option<Endpoint>, CallError> {
        let name = vec![Value::String(name.to_owned())];
        match self.ask(&LOOKUP_PROCEDURE, name).await {
            Ok(answer) => Ok(Endpoint::looked_up(answer)),
            // Binders refuse unknown names in many ways.
            Err(error) if error.is_refusal() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All registrations, or those of one name; none if the binder cannot list them.
    pub(crate) async fn list(&self, name: Option<&str>) -> Vec<Listed> {
        let name = name.map(|name| Value::String(name.to_owned()));
        let answer = self.ask(&LIST_PROCEDURES, name.into_iter().collect()).await;
        let entries = answer.ok().and_then(|answer| array(answer).ok());
        let entries = entries.unwrap_or_default().into_iter();
        entries
            .filter_map(|entry| Listed::from_value(entry).ok())
            .collect()
    }

    async fn ask(
        &self,
        procedure: &'static Procedure,
        parameters: Vec<Value>,
    ) -> Result<Value, CallError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut failure = None;
        for offset in 0..self.binders.len() {
            let index = (first + offset) % self.binders.len();
            let Some(binder) = self.binders.get(index) else {
                continue;
            };
            match binder.call(procedure, parameters.clone()).await {
                Err(error) if !error.is_refusal() => failure = Some(error),
                answered => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return answered;
                }
            }
        }
        Err(failure.unwrap_or_else(|| CallError::Unreachable {
            server: String::new(),
            reason: "no binder is named".to_owned(),
        }))
    }
}

/// Distinguishes processes with the same number on different machines.
fn rand() -> u16 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let hash = std::hash::RandomState::new().build_hasher().finish();
    u16::try_from(hash & 0xffff).unwrap_or_default()
}
