//! Sending a message exactly once, as far as the server allows.
//!
//! A server that offers `send_message_once` recognizes a message by an identifier, so a send with a lost
//! answer is repeated. With an original server only what certainly had no effect is repeated; otherwise
//! the user learns that the message may have arrived.
//!
//! [`step`] decides what happens next; [`Chat::send`] makes the calls.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;
use tracing::{debug, info};

use super::chat::{Chat, Connection, Forgotten, Trouble};
use super::chat_server::ChatServer;
use super::failure::Failure;
use super::model::{Message, Outgoing};
use super::recovery::RecoverError;

/// How long the other users of the room may take to return after a restart of the server: as long as a
/// client that polls every two seconds needs to notice it, and some more.
const OTHERS_RETURN_WITHIN: Duration = Duration::from_secs(6);

/// The sender is waiting, and a restart takes a second or two.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How far the sending of a message has come. `doubt` is the failure of an attempt that the server may have
/// carried out.
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
    /// With the same identifier, after a pause.
    Again,
    /// With the same identifier, at another server of the same chat.
    Elsewhere,
    /// With a new identifier: under the old one the server remembers a refusal, or nothing.
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

#[derive(Debug)]
enum Event<F> {
    Sent,
    /// Another attempt would fail likewise, or could send the message twice.
    Rejected(F),
    /// This attempt did nothing, because the server cannot write. An earlier one may have been stored.
    NotWritten(F),
    /// Refused for lack of readers, who may be about to return.
    OthersMissing,
    Failed(Cause, F),
    /// There is a server that has the user in the room; it, or its state, is new.
    Recovered,
    /// The user is at another server of the same chat, which recognizes a repetition.
    Moved,
    Unchanged {
        expired: bool,
    },
    NotRecovered {
        expired: bool,
    },
    SignedOut(F),
    Absent,
    PerhapsPresent,
}

fn step<F>(state: State<F>, event: Event<F>) -> State<F> {
    match (state, event) {
        (State::Sending { doubt, .. }, event) => match event {
            Event::Sent => State::Finished(Ok(())),
            Event::Rejected(failure) => State::Finished(Err(failure)),
            Event::NotWritten(failure) => State::Finished(Err(doubt.unwrap_or(failure))),
            Event::OthersMissing => State::Sending {
                attempt: Attempt::FreshAfterPause,
                doubt,
            },
            Event::Failed(cause, failure) => State::Recovering {
                cause,
                failure,
                doubt,
            },
            _ => State::Sending {
                attempt: Attempt::Again,
                doubt,
            },
        },
        (
            State::Recovering {
                cause,
                failure,
                doubt,
            },
            event,
        ) => match event {
            Event::SignedOut(signed_out) => State::Finished(Err(doubt.unwrap_or(signed_out))),
            // What the servers of this chat have refused was not stored, and is remembered as refused.
            Event::Moved if matches!(cause, Cause::Forgotten(_)) => State::Sending {
                attempt: Attempt::Fresh,
                doubt: None,
            },
            Event::Moved => State::Sending {
                attempt: Attempt::Elsewhere,
                doubt: match cause {
                    Cause::Lost => Some(failure),
                    _ => doubt,
                },
            },
            Event::Recovered if cause == Cause::Lost => State::Checking { doubt: failure },
            Event::Recovered => match doubt {
                Some(doubt) => State::Checking { doubt },
                None => State::Sending {
                    attempt: Attempt::Fresh,
                    doubt: None,
                },
            },
            Event::Unchanged { .. } if matches!(cause, Cause::Forgotten(_)) => {
                State::Finished(Err(failure))
            }
            Event::Unchanged { expired: true } | Event::NotRecovered { expired: true } => {
                State::Finished(Err(doubt.unwrap_or(failure)))
            }
            _ => State::Sending {
                attempt: Attempt::Again,
                doubt: match cause {
                    Cause::Lost => Some(failure),
                    Cause::Forgotten(_) | Cause::Unreachable | Cause::CannotWrite => doubt,
                },
            },
        },
        (State::Checking { .. }, Event::Absent) => State::Sending {
            attempt: Attempt::Fresh,
            doubt: None,
        },
        (State::Checking { doubt }, _) => State::Finished(Err(doubt)),
        (finished @ State::Finished(_), _) => finished,
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
            let event = match &mut state {
                State::Finished(_) => Event::Sent,
                State::Sending { attempt, .. } => {
                    if matches!(attempt, Attempt::Again | Attempt::FreshAfterPause) {
                        tokio::time::sleep(RETRY_AFTER).await;
                    }
                    if matches!(attempt, Attempt::Fresh | Attempt::FreshAfterPause) {
                        id = new_id();
                    }
                    before = self.now();
                    match send_to(&before.server, message, &id).await {
                        Ok(()) => Event::Sent,
                        Err(failure) => self.classify(&before, room, failure),
                    }
                }
                State::Recovering { cause, failure, .. } => {
                    let trouble = match cause {
                        Cause::Forgotten(forgotten) => Trouble::Forgotten(forgotten.clone()),
                        Cause::CannotWrite => Trouble::Unusable,
                        Cause::Unreachable | Cause::Lost => self.trouble(failure, Some(room)),
                    };
                    let recovered = self.restore(&before, trouble).await;
                    let expired = Instant::now() >= deadline;
                    match recovered {
                        Ok(true) if self.now().chat == before.chat => Event::Moved,
                        Ok(true) => Event::Recovered,
                        Ok(false) => Event::Unchanged { expired },
                        Err(RecoverError::SignedOut) => Event::SignedOut(Failure::SignedOut),
                        Err(error) => {
                            error.add_to(failure);
                            Event::NotRecovered { expired }
                        }
                    }
                }
                State::Checking { .. } => {
                    if is_certainly_absent(&self.now().server, message).await {
                        info!("a message in doubt did not arrive, and is sent again");
                        Event::Absent
                    } else {
                        Event::PerhapsPresent
                    }
                }
            };
            state = match step(state, event) {
                State::Finished(outcome) => return outcome,
                state => state,
            };
        }
    }

    fn classify(&self, before: &Connection, room: &str, failure: Failure) -> Event<Failure> {
        debug!(%failure, "a message was not accepted");
        if is_missing_others(&failure) && self.has_just_come_back() {
            Event::OthersMissing
        } else if let Some(forgotten) = self.forgotten(&failure, Some(room)) {
            Event::Failed(Cause::Forgotten(forgotten), failure)
        } else if failure.is_unreachable() {
            Event::Failed(Cause::Unreachable, failure)
        } else if failure.cannot_write() && before.server.is_shared() {
            let cause = match failure.refusal() {
                Some(Refusal::UnknownWhetherWritten) => Cause::Lost,
                _ => Cause::CannotWrite,
            };
            Event::Failed(cause, failure)
        } else if failure.may_have_been_done() && before.server.offers().sending_once {
            Event::Failed(Cause::Lost, failure)
        } else if failure.refusal() == Some(&Refusal::CannotWriteNow) {
            Event::NotWritten(failure)
        } else {
            // A refusal is final, also of a repeated send: it is the first answer.
            Event::Rejected(failure)
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
