//! Taking a name and giving it back.

use protocol::classic::texts;
use protocol::fault;
use rpc::{Answer, Arguments};
use tracing::info;

use crate::chat::Kind;
use crate::chat::commands::{RegisterUserOutcome, UnregisterUserOutcome};
use crate::dialects::commands::caller;
use crate::dialects::refusal::Refusal;
use crate::service::ChatService;

pub(super) fn register(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let caller = caller(Kind::Guest, arguments.text(0)?)?;
    let user = &caller.name;
    match service.register(&caller) {
        RegisterUserOutcome::Registered(_) => {
            info!(%user, "registered");
            Ok(Answer::text(texts::USER_REGISTERED))
        }
        RegisterUserOutcome::NameTaken => Err(Refusal::Text(texts::NAME_TAKEN.to_owned())),
        RegisterUserOutcome::TooManyUsers => Err(fault::application(texts::TOO_MANY_USERS).into()),
    }
}

pub(super) fn unregister(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let caller = caller(Kind::Guest, arguments.text(0)?)?;
    let user = &caller.name;
    match service.unregister(&caller) {
        UnregisterUserOutcome::Unregistered { .. } => {
            info!(%user, "unregistered");
            Ok(Answer::text(texts::USER_UNREGISTERED))
        }
        UnregisterUserOutcome::NotRegistered => Ok(Answer::text(texts::USER_NOT_FOUND)),
    }
}
