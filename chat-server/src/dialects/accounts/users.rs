//! Creating accounts and logging in.

use std::sync::Arc;

use protocol::accounts::texts;
use rpc::{Answer, Arguments};

use super::{done, fault, refused};
use crate::accounts::{AccountError, Accounts};
use crate::chat::Username;
use crate::dialects::refusal::{Refusal, username};

pub(super) async fn register(
    accounts: &Arc<Accounts>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    let password = arguments.text(1)?;
    answer(&user, accounts.register(&user, password).await)
}

pub(super) async fn login(
    accounts: &Arc<Accounts>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    let password = arguments.text(1)?;
    answer(
        &user,
        accounts.login(&user, password, arguments.peer()).await,
    )
}

fn answer(user: &Username, outcome: Result<(), AccountError>) -> Result<Answer, Refusal> {
    match outcome {
        Ok(()) => Ok(done()),
        Err(AccountError::NameTaken) => Err(refused(texts::name_taken(user.as_str()))),
        Err(AccountError::WrongPassword) => Err(fault(texts::WRONG_PASSWORD).into()),
        Err(AccountError::TooManyAttempts { seconds }) => {
            Err(refused(texts::too_many_attempts(seconds)))
        }
        Err(AccountError::TooManyUsers) => Err(fault(texts::TOO_MANY_USERS).into()),
        Err(AccountError::Busy) => Err(fault(texts::BUSY).into()),
        Err(AccountError::NotKept) => Err(fault(texts::NOT_KEPT).into()),
    }
}
