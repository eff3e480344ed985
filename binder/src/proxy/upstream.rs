//! Another binder, which is asked for the names that this one does not have.
//!
//! A question says for which binders it is asked, in its `User-Agent`. So a binder that asks itself by way of others
//! notices it, and says so instead of asking again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dxr::Value;
use protocol::agent;
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed, UpstreamFailure};
use protocol::procedure::Procedure;
use protocol::reading::array;
use rpc::{CallError, Caller, Observers};

/// How long a binder may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How many binders may ask each other in a row.
const MOST_IN_A_ROW: usize = 8;

/// The binders for which a question is asked, the first of them first; none if it is a client's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Askers(Vec<String>);

impl Askers {
    /// Those that the `User-Agent` of a question names.
    pub(crate) fn of_agent(agent: Option<&str>) -> Self {
        let named = agent.into_iter().flat_map(agent::askers);
        Self(named.take(MOST_IN_A_ROW).map(str::to_owned).collect())
    }
}

/// The binders that are asked, the one that answered last first.
#[derive(Debug)]
pub(crate) struct Upstream {
    binders: Vec<Caller>,
    preferred: AtomicUsize,
    /// What distinguishes this binder from all others.
    identity: String,
}

/// Why another binder has not said where a name lives.
#[derive(Debug)]
pub(crate) enum NotAsked {
    /// No binder answers, or the one that was asked cannot ask further.
    Silent(CallError),
    /// The question would go round.
    Circle,
}

impl Upstream {
    /// Calls nothing yet.
    pub(crate) fn new(binders: &[Endpoint], observers: &Observers) -> Result<Self, CallError> {
        let caller = |binder: &Endpoint| {
            let caller = Caller::new(binder, TIMEOUT, observers.clone())?;
            Ok(caller.without_kept_connections())
        };
        Ok(Self {
            binders: binders
                .iter()
                .map(caller)
                .collect::<Result<_, CallError>>()?,
            preferred: AtomicUsize::new(0),
            identity: format!("{}-{:016x}", std::process::id(), random()),
        })
    }

    /// Where a name lives, if the binder knows it. The question is asked for others, too.
    pub(crate) async fn look_up(
        &self,
        name: &str,
        askers: &Askers,
    ) -> Result<Option<Endpoint>, NotAsked> {
        let agent = self.agent(askers).ok_or(NotAsked::Circle)?;
        let name = vec![Value::String(name.to_owned())];
        let error = match self.ask(&LOOKUP_PROCEDURE, name, &agent).await {
            Ok(answer) => return Ok(Endpoint::looked_up(answer)),
            Err(error) => error,
        };
        match error.fault().and_then(UpstreamFailure::of) {
            Some(UpstreamFailure::Circle) => Err(NotAsked::Circle),
            Some(UpstreamFailure::Silent) => Err(NotAsked::Silent(error)),
            // Binders refuse unknown names in many ways.
            None if error.is_refusal() => Ok(None),
            None => Err(NotAsked::Silent(error)),
        }
    }

    /// All registrations, or those of one name; none if the binder cannot list them, or the question would go round.
    pub(crate) async fn list(&self, name: Option<&str>, askers: &Askers) -> Vec<Listed> {
        let Some(agent) = self.agent(askers) else {
            return Vec::new();
        };
        let name = name.map(|name| Value::String(name.to_owned()));
        let name = name.into_iter().collect();
        let answer = self.ask(&LIST_PROCEDURES, name, &agent).await;
        let entries = answer.ok().and_then(|answer| array(answer).ok());
        let entries = entries.unwrap_or_default().into_iter();
        entries
            .filter_map(|entry| Listed::from_value(entry).ok())
            .collect()
    }

    /// The `User-Agent` of a question that is asked for these binders and this one. `None` if this one has asked it
    /// before, or so many have that it may never end.
    fn agent(&self, Askers(askers): &Askers) -> Option<String> {
        let identity = &self.identity;
        if askers.contains(identity) || askers.len() >= MOST_IN_A_ROW {
            return None;
        }
        let all: Vec<&str> = askers
            .iter()
            .chain([identity])
            .map(String::as_str)
            .collect();
        // Of several servers that share a name, a binder names the same one to a client each time. It knows the
        // client by its agent, because there is a connection for each call.
        Some(agent::of_binder(identity, &all))
    }

    async fn ask(
        &self,
        procedure: &'static Procedure,
        parameters: Vec<Value>,
        agent: &str,
    ) -> Result<Value, CallError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut failure = None;
        for offset in 0..self.binders.len() {
            let index = (first + offset) % self.binders.len();
            let Some(binder) = self.binders.get(index) else {
                continue;
            };
            let binder = binder.clone().named(agent);
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

/// Distinguishes processes with the same number, on different machines or in containers.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_its_askers_and_ends_where_it_has_been_or_after_too_many() {
        let other: Endpoint = "localhost:5000".parse().unwrap();
        let binder = || Upstream::new(std::slice::from_ref(&other), &Observers::none()).unwrap();
        let (first, second) = (binder(), binder());
        for of_client in [None, Some("Python-xmlrpc/3.11"), Some("x (client 1-2)")] {
            assert_eq!(Askers::of_agent(of_client), Askers::default());
        }
        let asked = first.agent(&Askers::default()).unwrap();
        let askers = Askers::of_agent(Some(&asked));
        assert_eq!(askers.0, [first.identity.as_str()]);
        let further = Askers::of_agent(second.agent(&askers).as_deref());
        assert_eq!(further.0, [&*first.identity, &*second.identity]);
        assert_eq!(first.agent(&further), None);
        assert_eq!(second.agent(&further), None);

        let mut askers = Askers::default();
        for _ in 0..MOST_IN_A_ROW {
            askers = Askers::of_agent(binder().agent(&askers).as_deref());
        }
        assert_eq!(askers.0.len(), MOST_IN_A_ROW);
        assert_eq!(binder().agent(&askers), None);
        // What a stranger writes is no longer.
        let long = agent::of_binder("x", &["1-2"; 1_000]);
        assert_eq!(Askers::of_agent(Some(&long)).0.len(), MOST_IN_A_ROW);
    }
}
