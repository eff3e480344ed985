//! The table of procedures that a server answers, and how a call finds its handler.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use dxr::{Fault, Value};
use futures_util::FutureExt as _;
use protocol::fault;
use protocol::procedure::Procedure;

use super::budget::Budget;
use super::{Answer, Arguments};
use super::{batch, introspection, oversized};

/// The future of a handler that waits for something.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + Send>>;

type Immediate = Box<dyn Fn(&Arguments) -> Result<Answer, Fault> + Send + Sync>;
type Waiting = Box<dyn Fn(Arguments) -> HandlerFuture + Send + Sync>;

/// What is answered to a call that is too large to be read, by its procedure if that is known.
type TooLarge =
    Box<dyn Fn(Option<&'static Procedure>) -> Option<Result<Answer, Fault>> + Send + Sync>;

enum Handler {
    /// Answers at once. Almost every procedure of a chat does, and needs no future.
    Immediate(Immediate),
    /// Waits for a message, or for slow work done elsewhere.
    Waiting(Waiting),
}

struct Method {
    procedure: &'static Procedure,
    handler: Handler,
}

/// The procedures that a server answers, besides those of introspection, which every table has.
#[derive(Default)]
pub struct Methods {
    table: HashMap<&'static str, Method>,
    too_large: Option<TooLarge>,
}

impl std::fmt::Debug for Methods {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

impl Methods {
    /// A table with nothing but introspection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a procedure that answers at once.
    #[must_use]
    pub fn immediate<H>(mut self, procedure: &'static Procedure, handler: H) -> Self
    where
        H: Fn(&Arguments) -> Result<Answer, Fault> + Send + Sync + 'static,
    {
        let handler = Handler::Immediate(Box::new(handler));
        self.table
            .insert(procedure.name, Method { procedure, handler });
        self
    }

    /// Adds a procedure that waits before it answers.
    #[must_use]
    pub fn waiting<H>(mut self, procedure: &'static Procedure, handler: H) -> Self
    where
        H: Fn(Arguments) -> HandlerFuture + Send + Sync + 'static,
    {
        let handler = Handler::Waiting(Box::new(handler));
        self.table
            .insert(procedure.name, Method { procedure, handler });
        self
    }

    /// Sets what is answered to calls whose bodies are larger than the limit. The procedure is given when
    /// its name has arrived. Where `answer` gives `None`, and where nothing is set, the answer is the
    /// fault -32300 that names the limit.
    #[must_use]
    pub fn too_large<A>(mut self, answer: A) -> Self
    where
        A: Fn(Option<&'static Procedure>) -> Option<Result<Answer, Fault>> + Send + Sync + 'static,
    {
        self.too_large = Some(Box::new(answer));
        self
    }

    /// Whether the beginning of a body that is too large makes a difference.
    pub(super) fn looks_at_what_is_too_large(&self) -> bool {
        self.too_large.is_some()
    }

    /// The answer to a call that is too large to be read and begins with this.
    pub(super) fn answer_too_large(&self, beginning: &[u8]) -> Option<Result<Answer, Fault>> {
        let answer = self.too_large.as_ref()?;
        answer(oversized::method(beginning).and_then(|method| self.procedure(method)))
    }

    /// All names in alphabetical order, as Python's `system.listMethods` has them.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self
            .table
            .keys()
            .copied()
            .chain(introspection::PROCEDURES.iter().map(|own| own.name))
            .collect();
        names.sort_unstable();
        names
    }

    /// The description of a procedure, those of introspection included.
    pub(super) fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        self.table.get(name).map_or_else(
            || {
                introspection::PROCEDURES
                    .iter()
                    .find(|own| own.name == name)
            },
            |method| Some(method.procedure),
        )
    }

    /// Answers one call that came from `peer`. A batch takes what its answers need out of their budget
    /// while it gathers them.
    ///
    /// # Errors
    /// The handler's fault; -32601 for an unknown name, -32602 for wrong parameters, -32603 when the
    /// handler panicked.
    pub(super) async fn dispatch(
        &self,
        peer: IpAddr,
        name: &str,
        parameters: Vec<Value>,
        answers: &Budget,
    ) -> Result<Answer, Fault> {
        if name == introspection::MULTICALL.name {
            let arguments = Arguments::check(peer, &introspection::MULTICALL, parameters)?;
            // Boxed, because a batch dispatches its calls through here again.
            return Box::pin(batch::multicall(self, &arguments, answers)).await;
        }
        let Some(method) = self.table.get(name) else {
            return introspection::answer(self, peer, name, parameters);
        };
        let arguments = Arguments::check(peer, method.procedure, parameters)?;
        // A panic ends the call that caused it and nothing else: handlers share only state behind
        // locks that a panic does not poison.
        let outcome = match &method.handler {
            Handler::Immediate(handler) => {
                std::panic::catch_unwind(AssertUnwindSafe(|| handler(&arguments)))
            }
            Handler::Waiting(handler) => {
                AssertUnwindSafe(async move { handler(arguments).await })
                    .catch_unwind()
                    .await
            }
        };
        outcome.unwrap_or_else(|_| {
            tracing::error!(method = name, "the handler panicked");
            Err(Fault::new(
                fault::INTERNAL,
                format!("{name}: internal error, the server has logged it"),
            ))
        })
    }
}
