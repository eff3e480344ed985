//! Signing in: asks for a name, and in dialect accounts a password, until the server accepts.

use std::io::Write;

use protocol::refusal::Refusal;
use rpc::CallError;
use tracing::info;

use super::events::Flow;
use super::failures;
use super::input::Line;
use super::session::{FAREWELL, Session};
use super::texts;
use crate::network::{Dialect, Failure, Identity};

impl<W: Write> Session<W> {
    /// Asks for a name, and in dialect accounts for its password, until the server takes it.
    pub(super) async fn sign_in(&mut self) -> Flow<()> {
        let given = self.settings.user.take();
        let mut candidate = given.clone();
        loop {
            let name = match candidate.take() {
                Some(name) => name,
                None => match self.ask_text(texts::ASK_USERNAME).await? {
                    Some(name) => name,
                    None => {
                        if self.chat.dialect() == Dialect::Classic {
                            self.say(texts::CHOOSE_ANOTHER)?;
                        }
                        continue;
                    }
                },
            };
            let identity = match self.chat.dialect() {
                Dialect::Classic => Identity::guest(&name),
                Dialect::Accounts => match self.ask_password().await? {
                    Some(password) => Identity::account(&name, &password),
                    None => {
                        candidate = given.clone().filter(|given| *given == name);
                        continue;
                    }
                },
            };
            match self.try_identity(identity).await? {
                Ok(welcome) => {
                    info!(user = ?name, "signed in");
                    return self.say(welcome.as_deref().unwrap_or(texts::LOGGED_IN));
                }
                Err(failure) if !is_about_the_name(&failure) => return Err(failure.into()),
                Err(failure) => {
                    self.say(&failures::line(&failure))?;
                    match self.chat.dialect() {
                        Dialect::Classic => self.say(texts::CHOOSE_ANOTHER)?,
                        // After a wrong password a name from `--user` need not be typed.
                        Dialect::Accounts => {
                            let is_wrong = failure.refusal() == Some(&Refusal::WrongPassword);
                            candidate = given.clone().filter(|given| is_wrong && *given == name);
                        }
                    }
                }
            }
        }
    }

    /// Asks for a password, which is not shown while it is typed.
    async fn ask_password(&mut self) -> Flow<Option<String>> {
        let hidden = self.lines.hide_typing();
        let password = self.ask(texts::ASK_PASSWORD).await?;
        if hidden.is_some() {
            // The end of the line was not shown either.
            self.say("")?;
        }
        match password {
            Line::Text(password) => Ok(Some(password)),
            Line::NotUtf8(_) => {
                self.say(texts::PASSWORD_NOT_UTF8)?;
                Ok(None)
            }
        }
    }

    async fn try_identity(&mut self, identity: Identity) -> Flow<Result<Option<String>, Failure>> {
        let chat = self.chat.clone();
        let call = chat.sign_in(identity);
        tokio::pin!(call);
        let outcome = self.events.show_until(call.as_mut()).await;
        if outcome.is_err() {
            // Only the answer shows whether the name is ours to give back.
            let _ = tokio::time::timeout(FAREWELL, call).await;
        }
        outcome
    }
}

/// Whether another name may help. One that cannot be sent is for the user what one is that the server
/// refuses.
const fn is_about_the_name(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Refused(_)
            | Failure::Unanswered {
                error: CallError::Fault(_) | CallError::Unsendable(_),
                ..
            }
    )
}
