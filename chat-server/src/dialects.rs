//! Dialects: translations between what goes over the wire and the chat.
//!
//! A dialect is a table of procedures. For each that changes the chat there is a function that reads a
//! command from the parameters, and one that words the outcome as an answer or a refusal. No rule of the
//! chat is here, and no text of a dialect is in the chat.

pub mod accounts;
pub mod classic;
mod encoding;
mod read;
mod refusal;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;

use dxr::Fault;
use protocol::procedure::{Procedure, Type};
use rpc::{Answer, Arguments, HandlerFuture, Methods};

use crate::activity::Activity;
use crate::chat::commands::Command;
use crate::chat::{Address, Chat, Kind};
use crate::service::ChatService;
use refusal::{Refusal, as_fault, too_large};

/// The most messages in one answer. A client that is behind by more asks again from the last.
const MESSAGES_AT_MOST: usize = 1_000;

/// Makes a command of the parameters, for a caller of this kind.
type Read<C> = fn(Kind, &Arguments) -> Result<C, Refusal>;

/// Makes an answer of the outcome.
type Word<C> = fn(&C, <C as Command>::Outcome) -> Result<Answer, Refusal>;

/// Answers from the chat as it is.
type Query = fn(&Chat, &Arguments) -> Result<Answer, Refusal>;

/// How a refusal is put: as an ordinary text or as a fault.
type Refusing = fn(Result<Answer, Refusal>) -> Result<Answer, Fault>;

/// Refuses a caller who cannot act under this name from this address.
type AddressCheck = fn(&Chat, &str, Address) -> Option<Refusal>;

/// The procedures of a dialect as they are added. A call under a name counts as activity of its user,
/// which is noted here, once for all procedures.
struct Table {
    methods: Methods,
    /// How the procedures added so far put refusals.
    refusing_by_name: HashMap<&'static str, Refusing>,
    service: Arc<ChatService>,
    kind: Kind,
    refusing: Refusing,
    address_check: Option<AddressCheck>,
}

impl Table {
    fn new(service: &Arc<ChatService>, kind: Kind, refusing: Refusing) -> Self {
        Self {
            methods: Methods::new(),
            refusing_by_name: HashMap::new(),
            service: Arc::clone(service),
            kind,
            refusing,
            address_check: None,
        }
    }

    /// In the procedures added from here on, this checks the address of the caller.
    fn checking_address(self, address_check: Option<AddressCheck>) -> Self {
        Self {
            address_check,
            ..self
        }
    }

    /// The procedures added from here on put refusals in this way.
    fn refusing(self, refusing: Refusing) -> Self {
        Self { refusing, ..self }
    }

    /// Adds a procedure that changes the chat.
    fn command<C: Command>(
        self,
        procedure: &'static Procedure,
        activity: Activity,
        read: Read<C>,
        word: Word<C>,
    ) -> Self {
        let kind = self.kind;
        self.waiting(procedure, activity, move |service, arguments| async move {
            let command = read(kind, &arguments)?;
            // Only names and short texts, which are shared and not copied.
            let outcome = service.submit(command.clone()).await?;
            word(&command, outcome)
        })
    }

    /// Adds a procedure that only reads the chat.
    fn query(self, procedure: &'static Procedure, activity: Activity, answer: Query) -> Self {
        let address_check = self.address_check_of(activity);
        self.checked_query(procedure, activity, answer, address_check)
    }

    /// Adds a procedure that only reads the chat and asks about any user. So the caller does not act as the user that
    /// it names, and may ask from any address.
    fn query_about_any_user(
        self,
        procedure: &'static Procedure,
        activity: Activity,
        answer: Query,
    ) -> Self {
        self.checked_query(procedure, activity, answer, None)
    }

    fn checked_query(
        mut self,
        procedure: &'static Procedure,
        activity: Activity,
        answer: Query,
        address_check: Option<AddressCheck>,
    ) -> Self {
        let (service, kind, refusing) = (Arc::clone(&self.service), self.kind, self.refusing);
        let caller = caller_position(procedure);
        self.refusing_by_name.insert(procedure.name, refusing);
        self.methods = self.methods.immediate(procedure, move |arguments| {
            if let Some(refusal) = refuse_address(&service, address_check, caller, arguments) {
                return refusing(Err(refusal));
            }
            let answer = service.query(|chat| answer(chat, arguments));
            note_activity(&service, kind, activity, caller, arguments);
            refusing(answer)
        });
        self
    }

    /// Adds a procedure that waits for something before it answers.
    fn waiting<F, Fut>(
        mut self,
        procedure: &'static Procedure,
        activity: Activity,
        handler: F,
    ) -> Self
    where
        F: Fn(Arc<ChatService>, Arguments) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        let (service, kind, refusing) = (Arc::clone(&self.service), self.kind, self.refusing);
        let caller = caller_position(procedure);
        let address_check = self.address_check_of(activity);
        self.refusing_by_name.insert(procedure.name, refusing);
        self.methods = self
            .methods
            .waiting(procedure, move |arguments| -> HandlerFuture {
                if let Some(refusal) = refuse_address(&service, address_check, caller, &arguments) {
                    return Box::pin(async move { refusing(Err(refusal)) });
                }
                note_activity(&service, kind, activity, caller, &arguments);
                let answer = handler(Arc::clone(&service), arguments);
                Box::pin(async move { refusing(answer.await) })
            });
        self
    }

    /// The check for a procedure in which the caller acts as the user that it names. It does not when it
    /// registers or logs in, which counts as no activity.
    fn address_check_of(&self, activity: Activity) -> Option<AddressCheck> {
        self.address_check.filter(|_| activity != Activity::None)
    }

    /// The table. A call that is too large to be read is refused as if its text had been: a person who
    /// pastes a book reads that in the words of the dialect.
    fn finish(self) -> Methods {
        let refusing = self.refusing_by_name;
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

/// The position of the caller's name among the parameters.
fn caller_position(procedure: &Procedure) -> Option<usize> {
    procedure
        .parameters
        .iter()
        .position(|parameter| parameter.name == "username")
}

fn refuse_address(
    service: &ChatService,
    address_check: Option<AddressCheck>,
    caller: Option<usize>,
    arguments: &Arguments,
) -> Option<Refusal> {
    let (check, caller) = (address_check?, caller?);
    let name = read::looked_up(arguments, caller).ok()?;
    service.query(|chat| check(chat, &name, read::address(arguments)))
}

fn note_activity(
    service: &ChatService,
    kind: Kind,
    activity: Activity,
    caller: Option<usize>,
    arguments: &Arguments,
) {
    if activity != Activity::None
        && let Some(Ok(name)) = caller.map(|position| read::looked_up(arguments, position))
    {
        service.note_activity(&name, kind, activity, Some(arguments.connection()));
    }
}
