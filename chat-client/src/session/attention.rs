//! Waiting for one thing without missing the others: what arrives is shown and a signal is obeyed,
//! whether the user is typing or a server has not answered yet.

use std::future::Future;
use std::io::Write;

use rpc::CallError;
use tokio::sync::watch;
use tracing::warn;

use super::{Ending, Step, failures};
use crate::network::feed::{Arrival, Feed};
use crate::screen::output::Screen;
use crate::screen::texts;

/// Everything that goes on beside what the conversation is waiting for.
#[derive(Debug)]
pub(super) struct Attention<W> {
    screen: Screen<W>,
    told: watch::Receiver<bool>,
    room: Option<Listening>,
}

/// The room that is listened to.
#[derive(Debug)]
struct Listening {
    /// Whose own messages are not shown.
    user: String,
    feed: Feed,
}

impl<W: Write> Attention<W> {
    pub(super) const fn new(screen: Screen<W>, told: watch::Receiver<bool>) -> Self {
        Self {
            screen,
            told,
            room: None,
        }
    }

    pub(super) const fn screen(&mut self) -> &mut Screen<W> {
        &mut self.screen
    }

    /// Listens to this room from now on, and no longer to the one before.
    pub(super) fn listen(&mut self, user: &str, feed: Feed) {
        self.room = Some(Listening {
            user: user.to_owned(),
            feed,
        });
    }

    /// Waits for `awaited` and shows what arrives meanwhile.
    pub(super) async fn attend<T>(&mut self, awaited: impl Future<Output = T>) -> Step<T> {
        tokio::pin!(awaited);
        loop {
            let arrival = tokio::select! {
                // In this order: whoever is told to leave does not read on first, and what arrived
                // before an answer is shown before it.
                biased;
                () = told(&mut self.told) => return Err(Ending::Told),
                arrival = next(&mut self.room) => arrival,
                outcome = &mut awaited => return Ok(outcome),
            };
            self.show(arrival)?;
        }
    }

    /// Waits for the answer to a call. `None` when there is none, which the user is told.
    pub(super) async fn answer<T>(
        &mut self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Step<Option<T>> {
        match self.attend(call).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                warn!(%error, "a call failed");
                self.screen.say(&failures::line(&error))?;
                Ok(None)
            }
        }
    }

    fn show(&mut self, arrival: Arrival) -> Step<()> {
        let text = match arrival {
            Arrival::Message(message) => {
                let own = self
                    .room
                    .as_ref()
                    .is_some_and(|room| room.user == message.origin);
                if own {
                    return Ok(());
                }
                texts::arriving_message(&message.timestamp, &message.origin, &message.content)
            }
            Arrival::ServerSilent => texts::SERVER_SILENT.to_owned(),
            Arrival::ServerBack => texts::SERVER_BACK.to_owned(),
        };
        Ok(self.screen.interrupt(&text)?)
    }
}

/// Ends when the program is told to.
async fn told(told: &mut watch::Receiver<bool>) {
    if told.wait_for(|told| *told).await.is_err() {
        // Nobody is left who could tell.
        std::future::pending::<()>().await;
    }
}

async fn next(room: &mut Option<Listening>) -> Arrival {
    match room {
        Some(room) => room.feed.next().await,
        None => std::future::pending().await,
    }
}
