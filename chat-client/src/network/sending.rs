//! Sending a message exactly once, as far as the server lets us.
//!
//! A server that offers `send_message_once` knows a message by an identifier, so that a send whose
//! answer was lost is simply repeated. With an original server only what certainly did not happen is
//! repeated; of everything else the user is told that it may have arrived or not.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;
use tracing::{debug, info};

use super::chat::Chat;
use super::chat_server::{ChatServer, Outgoing};
use super::failure::Failure;
use super::recovery::RecoverError;

/// How long others who were in the room may take to come back after a restart of the server: as long
/// as a client that polls every two seconds takes to notice it, and something to spare.
const OTHERS_RETURN_WITHIN: Duration = Duration::from_secs(6);

/// How soon it is tried again: the sender is waiting, and a restart takes a second or two.
const RETRY_AFTER: Duration = Duration::from_millis(500);

impl Chat {
    /// Sends a message to the room, or to `recipient` alone. While there is no server it is kept and
    /// tried again, for half a minute; messages that are sent meanwhile wait behind it.
    ///
    /// # Errors
    /// The refusal, or why there is no answer; [`Failure::may_have_been_done`] then says whether it may
    /// have arrived all the same.
    pub async fn send(
        &self,
        room: &str,
        text: &str,
        recipient: Option<&str>,
    ) -> Result<(), Failure> {
        let _turn = self.shared.sending.lock().await;
        let user = self.user().ok_or(Failure::SignedOut)?;
        let message = Outgoing {
            user: &user,
            room,
            text,
            recipient,
        };
        let deadline = Instant::now() + self.shared.state.lock().keep_messages_for;
        let mut id = new_id();
        // The lost answer of an attempt that the server may have taken.
        let mut doubt: Option<Failure> = None;
        loop {
            let before = self.now();
            let Err(failure) = attempt(&before.server, message, &id).await else {
                return Ok(());
            };
            debug!(%failure, "a message was not taken");
            let forgotten = self.forgotten(&failure, Some(room));
            let was_forgotten = forgotten.is_some();
            let may_be_there = failure.may_have_been_done();
            if is_missing_others(&failure) && self.has_just_come_back() {
                // A refusal is remembered under the old one.
                id = new_id();
                tokio::time::sleep(RETRY_AFTER).await;
                continue;
            }
            if !was_forgotten && !may_be_there && !failure.is_unreachable() {
                // A refusal, and the truth: of a repeated send it is the first answer.
                return Err(failure);
            }
            if may_be_there && !before.server.offers().sending_once {
                return Err(failure);
            }
            let failure = match self.restore(&before, forgotten).await {
                Ok(true) => {
                    let server = self.now().server;
                    if may_be_there {
                        doubt = Some(failure);
                    }
                    if let Some(unsure) = doubt.take() {
                        if !is_certainly_absent(&server, message).await {
                            return Err(unsure);
                        }
                        info!("a message that may have been taken was not, and is sent again");
                    }
                    id = new_id();
                    continue;
                }
                Ok(false) if was_forgotten => return Err(failure),
                Ok(false) => failure,
                Err(RecoverError::SignedOut) => return Err(doubt.unwrap_or(Failure::SignedOut)),
                Err(trouble) => trouble.explain(failure),
            };
            if Instant::now() >= deadline {
                return Err(doubt.unwrap_or(failure));
            }
            if may_be_there {
                doubt = Some(failure);
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    /// Tests have less patience.
    #[cfg(test)]
    pub(super) fn keep_messages_for(&self, time: Duration) {
        self.shared.state.lock().keep_messages_for = time;
    }

    fn has_just_come_back(&self) -> bool {
        let restored = self.shared.state.lock().restored;
        restored.is_some_and(|at| at.elapsed() < OTHERS_RETURN_WITHIN)
    }
}

/// Whether a message is refused because nobody is there to read it.
const fn is_missing_others(failure: &Failure) -> bool {
    matches!(
        failure.refusal(),
        Some(Refusal::AloneInRoom | Refusal::RecipientNotInRoom { .. })
    )
}

async fn attempt(server: &ChatServer, message: Outgoing<'_>, id: &str) -> Result<(), Failure> {
    if server.offers().sending_once {
        server.send_once(message, id).await
    } else {
        server.send(message).await
    }
}

/// Whether a server that the user has just come back to does not have this message. It may: when the
/// server was not restarted, but has not heard of the user for so long that it forgot it.
async fn is_certainly_absent(server: &ChatServer, message: Outgoing<'_>) -> bool {
    // One's own private messages are not among those that one may read.
    message.recipient.is_none()
        && server
            .messages(message.user, message.room)
            .await
            .is_ok_and(|messages| {
                !messages
                    .iter()
                    .any(|other| other.origin == message.user && other.text == message.text)
            })
}

/// What no other message of this user is called.
fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}
