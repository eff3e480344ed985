//! Dialects: translations between what goes over the wire and the chat.
//!
//! A dialect turns parameters into a command or query and its outcome into texts, structs and faults.
//! No rule of the chat lives here, and no text of a dialect lives in the chat.

pub mod accounts;
pub mod classic;
mod commands;
mod refusal;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;

use dxr::Fault;
use protocol::procedure::{Procedure, Type};
use rpc::{Answer, Arguments, HandlerFuture, Methods};

use crate::chat::Kind;
use crate::presence::Sign;
use crate::service::ChatService;
use refusal::{Refusal, as_fault, too_large};

/// The most messages in one answer. A client that is behind by more asks again from the last.
const MESSAGES_AT_MOST: usize = 1_000;

/// A procedure of a dialect: reads and changes the chat, answers or refuses.
type Handler = fn(&ChatService, &Arguments) -> Result<Answer, Refusal>;

/// How a dialect puts a refusal: as a text or as a fault.
type Refusing = fn(Result<Answer, Refusal>) -> Result<Answer, Fault>;

/// The procedures of a dialect as they are added. Whoever calls one under a name is present, which is
/// noted here, once for all procedures.
struct Table {
    methods: Methods,
    /// How each procedure refuses.
    refusing: HashMap<&'static str, Refusing>,
    service: Arc<ChatService>,
    kind: Kind,
}

impl Table {
    fn new(service: &Arc<ChatService>, kind: Kind) -> Self {
        Self {
            methods: Methods::new(),
            refusing: HashMap::new(),
            service: Arc::clone(service),
            kind,
        }
    }

    /// Adds a procedure that answers at once.
    fn add(
        mut self,
        procedure: &'static Procedure,
        sign: Sign,
        refusing: Refusing,
        handler: Handler,
    ) -> Self {
        let (service, kind) = (Arc::clone(&self.service), self.kind);
        let caller = caller_position(procedure);
        self.refusing.insert(procedure.name, refusing);
        self.methods = self.methods.immediate(procedure, move |arguments| {
            let outcome = handler(&service, arguments);
            note(&service, kind, sign, caller, arguments);
            refusing(outcome)
        });
        self
    }

    /// Adds a procedure that waits for something before it answers.
    fn add_waiting<F, Fut>(
        mut self,
        procedure: &'static Procedure,
        sign: Sign,
        refusing: Refusing,
        handler: F,
    ) -> Self
    where
        F: Fn(Arguments) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        let (service, kind) = (Arc::clone(&self.service), self.kind);
        let caller = caller_position(procedure);
        self.refusing.insert(procedure.name, refusing);
        self.methods = self
            .methods
            .waiting(procedure, move |arguments| -> HandlerFuture {
                note(&service, kind, sign, caller, &arguments);
                let answer = handler(arguments);
                Box::pin(async move { refusing(answer.await) })
            });
        self
    }
}

impl Table {
    /// The table. A call that is too large to be read is refused as if its text had been: a person who
    /// pastes a book reads that in the words of the dialect.
    fn finish(self) -> Methods {
        let refusing = self.refusing;
        self.methods.too_large(move |procedure| {
            let refusal = too_large(procedure)?;
            let may_answer_text = |procedure: &Procedure| procedure.answers.contains(&Type::String);
            let refusing = procedure
                .filter(|procedure| may_answer_text(procedure))
                .and_then(|procedure| refusing.get(procedure.name));
            Some(match refusing {
                Some(refusing) => refusing(Err(refusal)),
                // A program that expects something else would take a text for that.
                None => as_fault(Err(refusal)),
            })
        })
    }
}

/// Where the name of the caller stands among the parameters.
fn caller_position(procedure: &Procedure) -> Option<usize> {
    procedure
        .parameters
        .iter()
        .position(|parameter| parameter.name == "username")
}

fn note(
    service: &ChatService,
    kind: Kind,
    sign: Sign,
    caller: Option<usize>,
    arguments: &Arguments,
) {
    if let Some(Ok(name)) = caller.map(|position| commands::looked_up(arguments, position)) {
        service.heard_of(&name, kind, sign);
    }
}
