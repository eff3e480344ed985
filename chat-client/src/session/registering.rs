//! Getting a name: asking until the server takes one.

use std::io::Write;

use rpc::CallError;
use tracing::info;

use super::{FAREWELL, Session, Step, failures};
use crate::screen::texts;

impl<W: Write> Session<W> {
    /// Registers, and gives the name that the server took.
    pub(super) async fn register(&mut self) -> Step<String> {
        let mut proposed = self.settings.user.take();
        loop {
            let user = match proposed.take() {
                Some(user) => user,
                None => self.ask(texts::ASK_USERNAME).await?,
            };
            match self.propose(&user).await? {
                Ok(answer) => {
                    info!(?user, "registered");
                    self.say(&answer)?;
                    return Ok(user);
                }
                // A name that cannot be sent is for the user what one is that the server refuses.
                Err(error @ (CallError::Fault(_) | CallError::Unsendable(_))) => {
                    self.say(&failures::line(&error))?;
                    self.say(texts::CHOOSE_ANOTHER)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Calls the server, and notes the name as ours when it is.
    async fn propose(&mut self, user: &str) -> Step<Result<String, CallError>> {
        let call = self.server.register_user(user);
        tokio::pin!(call);
        match self.attention.attend(call.as_mut()).await {
            Ok(outcome) => {
                if outcome.is_ok() {
                    self.user = Some(user.to_owned());
                }
                Ok(outcome)
            }
            Err(ending) => {
                // Only the answer tells whether the name is ours to give back, or somebody else's.
                if let Ok(Ok(_)) = tokio::time::timeout(FAREWELL, call).await {
                    self.user = Some(user.to_owned());
                }
                Err(ending)
            }
        }
    }
}
