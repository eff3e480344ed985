//! Taking a name and giving it back.

use protocol::classic::texts;
use protocol::fault;
use rpc::{Answer, Arguments};
use tracing::info;

use super::guest;
use crate::chat::commands::{RegisterUserOutcome, UnregisterUserOutcome};
use crate::dialects::refusal::{Refusal, username};
use crate::service::ChatService;

pub(super) fn register(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    match service.register(&guest(user.clone())) {
        RegisterUserOutcome::Registered(_) => {
            info!(%user, "registered");
            Ok(Answer::text(texts::USER_REGISTERED))
        }
        RegisterUserOutcome::NameTaken => Err(Refusal::Text(texts::NAME_TAKEN.to_owned())),
        RegisterUserOutcome::TooManyUsers => Err(fault::application(texts::TOO_MANY_USERS).into()),
    }
}

pub(super) fn unregister(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    match service.unregister(&guest(user.clone())) {
        UnregisterUserOutcome::Unregistered { .. } => {
            info!(%user, "unregistered");
            Ok(Answer::text(texts::USER_UNREGISTERED))
        }
        UnregisterUserOutcome::NotRegistered => Ok(Answer::text(texts::USER_NOT_FOUND)),
    }
}
