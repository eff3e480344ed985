//! A binder and a chat server inside this process, and people who use them without a terminal.

use std::future::Future;
use std::sync::OnceLock;

use chat_client::embedded::{Embedded, Ports};
use chat_client::network::{Arrivals, Chat, Dialect, Event, Identity, Message, Receiving};
use chat_server::Data;
use protocol::binder::Endpoint;
use rpc::Observers;
use tokio::runtime::Runtime;

use super::terminal::DEADLINE;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// Waits for the future; nothing here may take longer than the deadline.
fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime()
        .block_on(async { tokio::time::timeout(DEADLINE, future).await })
        .unwrap()
}

/// A running binder and chat server.
pub(crate) struct Servers {
    embedded: Option<Embedded>,
    ports: Ports,
    binder: Endpoint,
}

impl Servers {
    /// Starts them on free ports.
    pub(crate) fn start() -> Self {
        Self::start_on(Ports {
            binder: 0,
            chat_server: 0,
            accounts: 0,
        })
    }

    fn start_on(ports: Ports) -> Self {
        let embedded = wait(Embedded::start(ports, Data::Memory, Observers::none())).unwrap();
        Self {
            ports: Ports {
                binder: embedded.binder().port,
                chat_server: embedded.chat_server().port,
                accounts: embedded.accounts().port,
            },
            binder: embedded.binder().clone(),
            embedded: Some(embedded),
        }
    }

    /// Where the binder is, `host:port`.
    pub(crate) fn binder(&self) -> String {
        self.binder.to_string()
    }

    /// Ends them.
    pub(crate) fn stop(&mut self) {
        wait(self.embedded.take().unwrap().stop());
    }

    /// Starts them again, empty, where they were.
    pub(crate) fn start_again(&mut self) {
        *self = Self::start_on(self.ports);
    }

    /// Somebody who comes into a room, which is created if need be.
    pub(crate) fn somebody(&self, name: &str, room: &str) -> Somebody {
        wait(async {
            let found = Chat::find(Dialect::Classic, &self.binder, Observers::none()).await;
            let (chat, mut arrivals) = found.unwrap();
            chat.sign_in(Identity::guest(name)).await.unwrap();
            // It may be there already.
            let _ = chat.create_room(room).await;
            let joined = chat.join_room(room, Receiving::AtOnce).await.unwrap();
            arrivals.listen(joined.feed);
            Somebody {
                chat,
                arrivals,
                room: room.to_owned(),
            }
        })
    }
}

/// A person without a terminal.
pub(crate) struct Somebody {
    chat: Chat,
    arrivals: Arrivals,
    room: String,
}

impl Somebody {
    /// Says something to the room.
    pub(crate) fn say(&self, text: &str) {
        wait(self.chat.send(&self.room, text, None)).unwrap();
    }

    /// Says something to one person.
    pub(crate) fn whisper(&self, to: &str, text: &str) {
        wait(self.chat.send(&self.room, text, Some(to))).unwrap();
    }

    /// The next message that arrives.
    pub(crate) fn hears(&mut self) -> Message {
        wait(async {
            loop {
                if let Event::Message(message) = self.arrivals.next().await {
                    return message;
                }
            }
        })
    }

    /// Leaves the chat.
    pub(crate) fn leave(self) {
        wait(self.chat.sign_out()).unwrap();
    }
}
