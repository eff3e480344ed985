//! The table of a server's procedures, including introspection (`system.listMethods` and others, as XML-RPC
//! implementations agreed on them), and the dispatch of calls.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use dxr::{Fault, Value};
use futures_util::FutureExt as _;
use protocol::fault;
use protocol::procedure::{self, ARRAY, LIST_METHODS, Parameter, Procedure, STRING, Type};

use super::budget::Budget;
use super::{Answer, Arguments, Connection};
use super::{batch, body};

const METHOD_SIGNATURE: Procedure = Procedure {
    name: "system.methodSignature",
    parameters: &[Parameter::required("method_name", STRING)],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the signatures of METHOD_NAME, each a list of types: the answer's first, then \
           the parameters'.",
};

const METHOD_HELP: Procedure = Procedure {
    name: "system.methodHelp",
    parameters: &[Parameter::required("method_name", STRING)],
    answers: &[Type::String],
    changes_nothing: true,
    help: "Answers a text that says what METHOD_NAME does.",
};

const MULTICALL: Procedure = Procedure {
    name: procedure::MULTICALL,
    parameters: &[Parameter::required("calls", ARRAY)],
    answers: &[Type::Array],
    changes_nothing: false,
    help: "Makes several calls in one. CALLS is a list of structs with methodName and params; the \
           answer has for each a list of one value, or a struct with faultCode and faultString.",
};

/// The future of a waiting handler.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + Send>>;

type Immediate = Box<dyn Fn(&Arguments) -> Result<Answer, Fault> + Send + Sync>;
type Waiting = Box<dyn Fn(Arguments) -> HandlerFuture + Send + Sync>;

/// Answers a call that is too large to be read, given its procedure if that is known.
type TooLarge =
    Box<dyn Fn(Option<&'static Procedure>) -> Option<Result<Answer, Fault>> + Send + Sync>;

enum Handler {
    /// Answers at once; needs no future, like almost every procedure.
    Immediate(Immediate),
    /// Waits for an event, or for slow work done elsewhere.
    Waiting(Waiting),
    /// Describes the table.
    Introspection(fn(&Methods, &Arguments) -> Result<Answer, Fault>),
    Multicall,
}

struct Method {
    procedure: &'static Procedure,
    handler: Handler,
}

/// The procedures of a server; every table includes those of introspection.
pub struct Methods {
    table: HashMap<&'static str, Method>,
    too_large: Option<TooLarge>,
    needs_agent: bool,
}

impl Default for Methods {
    fn default() -> Self {
        Self::new()
    }
}

impl Methods {
    /// A table with introspection alone.
    pub fn new() -> Self {
        let methods = Self {
            table: HashMap::new(),
            too_large: None,
            needs_agent: false,
        };
        methods
            .with(&LIST_METHODS, Handler::Introspection(list_methods))
            .with(&METHOD_SIGNATURE, Handler::Introspection(method_signature))
            .with(&METHOD_HELP, Handler::Introspection(method_help))
            .with(&MULTICALL, Handler::Multicall)
    }

    fn with(mut self, procedure: &'static Procedure, handler: Handler) -> Self {
        self.table
            .insert(procedure.name, Method { procedure, handler });
        self
    }

    /// Adds a procedure that answers at once.
    pub fn immediate<H>(self, procedure: &'static Procedure, handler: H) -> Self
    where
        H: Fn(&Arguments) -> Result<Answer, Fault> + Send + Sync + 'static,
    {
        self.with(procedure, Handler::Immediate(Box::new(handler)))
    }

    /// Adds a procedure that waits before it answers.
    pub fn waiting<H>(self, procedure: &'static Procedure, handler: H) -> Self
    where
        H: Fn(Arguments) -> HandlerFuture + Send + Sync + 'static,
    {
        self.with(procedure, Handler::Waiting(Box::new(handler)))
    }

    /// Sets the answer to calls with bodies beyond the limit. The procedure is given when its name has
    /// arrived. Without a function, or when `answer` returns `None`, the answer is the fault -32300 that
    /// names the limit.
    pub fn too_large<A>(mut self, answer: A) -> Self
    where
        A: Fn(Option<&'static Procedure>) -> Option<Result<Answer, Fault>> + Send + Sync + 'static,
    {
        self.too_large = Some(Box::new(answer));
        self
    }

    /// Gives the handlers the `User-Agent` of each call, which costs a copy of it.
    pub fn with_agent(mut self) -> Self {
        self.needs_agent = true;
        self
    }

    /// Whether the handlers are given the `User-Agent`.
    pub(super) fn need_agent(&self) -> bool {
        self.needs_agent
    }

    /// Whether the answer to a body that is too large depends on its beginning.
    pub(super) fn needs_beginning(&self) -> bool {
        self.too_large.is_some()
    }

    /// The answer to a call that is too large to be read, given its beginning.
    pub(super) fn answer_too_large(&self, beginning: &[u8]) -> Option<Result<Answer, Fault>> {
        let answer = self.too_large.as_ref()?;
        answer(body::method_name(beginning).and_then(|name| self.procedure(name)))
    }

    /// Their names, sorted, as Python's `system.listMethods` answers them.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.table.keys().copied().collect();
        names.sort_unstable();
        names
    }

    pub(super) fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        self.table.get(name).map(|method| method.procedure)
    }

    /// Dispatches one call. Besides the handler's own faults: -32601 for an unknown name, -32602 for wrong
    /// parameters, -32603 when the handler panicked. A batch reserves its answers from `answers`.
    pub(super) async fn dispatch(
        &self,
        connection: &Connection,
        name: &str,
        parameters: Vec<Value>,
        answers: &Budget,
    ) -> Result<Answer, Fault> {
        let Some(method) = self.table.get(name) else {
            return Err(no_such_method(self, name));
        };
        let arguments = Arguments::check(connection, method.procedure, parameters)?;
        // A panic ends only the call that caused it: handlers share no state but behind locks that a panic
        // does not poison.
        let outcome = match &method.handler {
            Handler::Immediate(handler) => {
                std::panic::catch_unwind(AssertUnwindSafe(|| handler(&arguments)))
            }
            Handler::Waiting(handler) => {
                AssertUnwindSafe(async move { handler(arguments).await })
                    .catch_unwind()
                    .await
            }
            Handler::Introspection(answer) => return answer(self, &arguments),
            Handler::Multicall => {
                let dispatch = |name: String, parameters: Vec<Value>| {
                    self.dispatch_boxed(connection, name, parameters, answers)
                };
                // Boxed, because it is rare, and each connection reserves space for the largest future.
                return Box::pin(batch::multicall(&arguments, answers, &dispatch)).await;
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

    /// Boxed, because a batch dispatches its calls recursively.
    fn dispatch_boxed<'a>(
        &'a self,
        connection: &'a Connection,
        name: String,
        parameters: Vec<Value>,
        answers: &'a Budget,
    ) -> batch::Dispatched<'a> {
        Box::pin(async move {
            let answer = self
                .dispatch(connection, &name, parameters, answers)
                .await?;
            answer.encode_for(connection).await
        })
    }
}

fn list_methods(methods: &Methods, _: &Arguments) -> Result<Answer, Fault> {
    Ok(Answer::texts(methods.names()))
}

fn method_signature(methods: &Methods, arguments: &Arguments) -> Result<Answer, Fault> {
    let name = |kind: &str| Value::String(kind.to_owned());
    let signature = |types: Vec<&str>| Value::Array(types.into_iter().map(name).collect());
    let signatures = described(methods, arguments)?.signatures().into_iter();
    Ok(Answer::Value(Value::Array(
        signatures.map(signature).collect(),
    )))
}

fn method_help(methods: &Methods, arguments: &Arguments) -> Result<Answer, Fault> {
    Ok(Answer::text(described(methods, arguments)?.help))
}

fn described(methods: &Methods, arguments: &Arguments) -> Result<&'static Procedure, Fault> {
    let name = arguments.text(0)?;
    methods
        .procedure(name)
        .ok_or_else(|| no_such_method(methods, name))
}

fn no_such_method(methods: &Methods, name: &str) -> Fault {
    let name: String = name.chars().take(80).collect();
    Fault::new(
        fault::NO_SUCH_METHOD,
        format!(
            "no method '{name}'; this server has: {}",
            methods.names().join(", ")
        ),
    )
}
