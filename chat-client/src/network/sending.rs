//! Sending a message exactly once, as far as the server allows.
//!
//! A server that offers `send_message_once` recognizes a message by an identifier, so a send with a lost
//! answer is repeated. With an original server only what certainly had no effect is repeated; otherwise
//! the user learns that the message may have arrived.
//!
//! `after_attempt`, `after_recovery` and `after_check` decide what happens next; [`Chat::send`] makes the calls.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;
use tracing::{debug, info};

use super::chat::{Chat, Connection, Forgotten, Trouble};
use super::chat_server::ChatServer;
use super::failure::Failure;
use super::model::{Message, Outgoing};
use super::recovery::{RecoverError, Recovery};

/// How long the other users of the room may take to return after a restart of the server: as long as a
/// client that polls every two seconds needs to notice it, and some more.
const OTHERS_RETURN_WITHIN: Duration = Duration::from_secs(6);

/// The sender is waiting, and a restart takes a second or two.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How far the sending of a message has come.
///
/// `doubt` is the failure of an attempt that the server may have carried out. If it is set and the message is given
/// up, finish with this error rather than with the newer one: it says that the message may have arrived.
#[derive(Debug, PartialEq, Eq)]
enum State<F> {
    Sending {
        attempt: Attempt,
        doubt: Option<F>,
    },
    /// An attempt failed. The connection, and the user's place in the room, are being recovered.
    Recovering {
        cause: Cause,
        failure: F,
        doubt: Option<F>,
    },
    /// The user is back; the server is asked whether it has the message.
    Checking {
        doubt: F,
    },
    Finished(Result<(), F>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    First,
    /// With the same identifier.
    Again,
    AgainAfterPause,
    /// With a new identifier, when nothing is stored under the old one. A repetition would do after a refusal, but
    /// servers of the first rules (the server's `chat/rules.rs`) remember what they refused.
    Fresh,
    FreshAfterPause,
}

/// Why an attempt failed, where it may be worth another one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Forgotten(Forgotten),
    Unreachable,
    /// The answer was lost, or the server does not know whether it has stored the message. It recognizes a
    /// repetition.
    Lost,
    /// The server cannot write, and another one of the chat may.
    CannotWrite,
}

/// The result of an attempt.
#[derive(Clone, Debug)]
enum Attempted<F> {
    Sent,
    /// Another attempt would fail likewise, or could send the message twice.
    Rejected(F),
    /// This attempt did nothing, because the server cannot write. An earlier one may have been stored.
    NotWritten(F),
    /// Refused for lack of readers, who may be about to return.
    OthersMissing,
    Failed(Cause, F),
}

/// The result of a recovery.
#[derive(Clone, Debug)]
enum Recovered<F> {
    /// [`Recovery::Continued`]: the chat recognizes a repetition.
    Continued,
    /// [`Recovery::Anew`]: the user is in the room of a chat that may not recognize one.
    Anew,
    Unchanged {
        expired: bool,
    },
    Failed {
        expired: bool,
    },
    SignedOut(F),
}

const fn fresh<F>() -> State<F> {
    State::Sending {
        attempt: Attempt::Fresh,
        doubt: None,
    }
}

fn after_attempt<F>(doubt: Option<F>, attempted: Attempted<F>) -> State<F> {
    match attempted {
        Attempted::Sent => State::Finished(Ok(())),
        Attempted::Rejected(failure) => State::Finished(Err(failure)),
        Attempted::NotWritten(failure) => State::Finished(Err(doubt.unwrap_or(failure))),
        Attempted::OthersMissing => State::Sending {
            attempt: Attempt::FreshAfterPause,
            doubt,
        },
        Attempted::Failed(cause, failure) => State::Recovering {
            cause,
            failure,
            doubt,
        },
    }
}

fn after_recovery<F>(
    cause: Cause,
    failure: F,
    doubt: Option<F>,
    recovered: Recovered<F>,
) -> State<F> {
    // An attempt whose answer was lost is the newest one in doubt.
    let again = |attempt, failure, doubt| State::Sending {
        attempt,
        doubt: match cause {
            Cause::Lost => Some(failure),
            Cause::Forgotten(_) | Cause::Unreachable | Cause::CannotWrite => doubt,
        },
    };
    match recovered {
        Recovered::SignedOut(signed_out) => State::Finished(Err(doubt.unwrap_or(signed_out))),
        Recovered::Continued => match cause {
            // The chat has looked for the identifier before it refused: no attempt was stored.
            Cause::Forgotten(Forgotten::User | Forgotten::Member(_)) => fresh(),
            // A call without a login does not get that far.
            Cause::Forgotten(Forgotten::Login)
            | Cause::Unreachable
            | Cause::Lost
            | Cause::CannotWrite => again(Attempt::Again, failure, doubt),
        },
        Recovered::Anew if cause == Cause::Lost => State::Checking { doubt: failure },
        Recovered::Anew => match doubt {
            Some(doubt) => State::Checking { doubt },
            None => fresh(),
        },
        // Without the user, or a login, a refusal does not show that no attempt was stored.
        Recovered::Unchanged { .. } if matches!(cause, Cause::Forgotten(_)) => {
            State::Finished(Err(doubt.unwrap_or(failure)))
        }
        Recovered::Unchanged { expired: true } | Recovered::Failed { expired: true } => {
            State::Finished(Err(doubt.unwrap_or(failure)))
        }
        Recovered::Unchanged { expired: false } | Recovered::Failed { expired: false } => {
            again(Attempt::AgainAfterPause, failure, doubt)
        }
    }
}

fn after_check<F>(doubt: F, is_absent: bool) -> State<F> {
    if is_absent {
        fresh()
    } else {
        State::Finished(Err(doubt))
    }
}

impl Chat {
    /// Sends a message to the room, or to `recipient` alone. While there is no server the message is kept
    /// and retried for half a minute, and later messages wait behind it. After a failure,
    /// [`Failure::may_have_been_done`] says whether it may have arrived nevertheless.
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
        let (mut before, mut id) = (self.now(), new_id());
        let mut state = State::Sending {
            attempt: Attempt::First,
            doubt: None,
        };
        loop {
            state = match state {
                State::Finished(outcome) => return outcome,
                State::Sending { attempt, doubt } => {
                    if matches!(attempt, Attempt::AgainAfterPause | Attempt::FreshAfterPause) {
                        tokio::time::sleep(RETRY_AFTER).await;
                    }
                    if matches!(attempt, Attempt::Fresh | Attempt::FreshAfterPause) {
                        id = new_id();
                    }
                    before = self.now();
                    let attempted = match send_to(&before.server, message, &id).await {
                        Ok(()) => Attempted::Sent,
                        Err(failure) => self.classify(&before, room, failure),
                    };
                    after_attempt(doubt, attempted)
                }
                State::Recovering {
                    cause,
                    mut failure,
                    doubt,
                } => {
                    let trouble = match &cause {
                        Cause::Forgotten(forgotten) => Trouble::Forgotten(forgotten.clone()),
                        Cause::CannotWrite => Trouble::Unusable,
                        Cause::Unreachable | Cause::Lost => self.trouble(&failure, Some(room)),
                    };
                    let recovery = self.restore(&before, trouble).await;
                    let expired = Instant::now() >= deadline;
                    let recovered = match recovery {
                        Ok(Recovery::Continued) => Recovered::Continued,
                        Ok(Recovery::Anew) => Recovered::Anew,
                        Ok(Recovery::Unneeded) => Recovered::Unchanged { expired },
                        Err(RecoverError::SignedOut) => Recovered::SignedOut(Failure::SignedOut),
                        Err(error) => {
                            error.add_to(&mut failure);
                            Recovered::Failed { expired }
                        }
                    };
                    after_recovery(cause, failure, doubt, recovered)
                }
                State::Checking { doubt } => {
                    let is_absent = is_certainly_absent(&self.now().server, message).await;
                    if is_absent {
                        info!("a message in doubt did not arrive, and is sent again");
                    }
                    after_check(doubt, is_absent)
                }
            };
        }
    }

    fn classify(&self, before: &Connection, room: &str, failure: Failure) -> Attempted<Failure> {
        debug!(%failure, "a message was not accepted");
        if is_missing_others(&failure) && self.has_just_come_back() {
            Attempted::OthersMissing
        } else if let Some(forgotten) = self.forgotten(&failure, Some(room)) {
            Attempted::Failed(Cause::Forgotten(forgotten), failure)
        } else if failure.is_unreachable() {
            Attempted::Failed(Cause::Unreachable, failure)
        } else if failure.cannot_write() && before.server.is_shared() {
            let cause = match failure.refusal() {
                Some(Refusal::UnknownWhetherWritten) => Cause::Lost,
                _ => Cause::CannotWrite,
            };
            Attempted::Failed(cause, failure)
        } else if failure.may_have_been_done() && before.server.offers().sending_once {
            Attempted::Failed(Cause::Lost, failure)
        } else if failure.refusal() == Some(&Refusal::CannotWriteNow) {
            Attempted::NotWritten(failure)
        } else {
            // A refusal is final, also of a repeated send: had the first one been stored, its answer would have
            // come again.
            Attempted::Rejected(failure)
        }
    }

    #[cfg(test)]
    pub(super) fn keep_messages_for(&self, time: Duration) {
        self.shared.state.lock().keep_messages_for = time;
    }

    fn has_just_come_back(&self) -> bool {
        let restored = self.shared.state.lock().restored;
        restored.is_some_and(|at| at.elapsed() < OTHERS_RETURN_WITHIN)
    }
}

const fn is_missing_others(failure: &Failure) -> bool {
    matches!(
        failure.refusal(),
        Some(Refusal::AloneInRoom | Refusal::RecipientNotInRoom { .. })
    )
}

async fn send_to(server: &ChatServer, message: Outgoing<'_>, id: &str) -> Result<(), Failure> {
    if server.offers().sending_once {
        server.send_once(message, id).await
    } else {
        server.send(message).await
    }
}

/// Whether a server that the user has just returned to does not have this message. It may have it if it
/// was not restarted but removed the user for inactivity.
async fn is_certainly_absent(server: &ChatServer, message: Outgoing<'_>) -> bool {
    let is_this = |other: &Message| other.origin == message.user && other.text == message.text;
    // A sender cannot read their own private messages back.
    message.recipient.is_none()
        && server
            .messages(message.user, message.room)
            .await
            .is_ok_and(|messages| !messages.iter().any(is_this))
}

/// Unique among the messages of this user.
fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

#[cfg(test)]
#[path = "tests/transitions.rs"]
mod tests;
