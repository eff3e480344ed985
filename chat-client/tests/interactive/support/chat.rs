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

pub(crate) struct Servers {
    embedded: Option<Embedded>,
    ports: Ports,
    binder: Endpoint,
}

impl Servers {
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

    pub(crate) fn binder(&self) -> String {
        self.binder.to_string()
    }

    pub(crate) fn stop(&mut self) {
        wait(self.embedded.take().unwrap().stop());
    }

    /// Starts them again, empty, where they were.
    pub(crate) fn start_again(&mut self) {
        *self = Self::start_on(self.ports);
    }

    /// A user who joins a room, which is created if need be.
    pub(crate) fn other_user(&self, name: &str, room: &str) -> OtherUser {
        wait(async {
            let found = Chat::find(Dialect::Classic, &self.binder, Observers::none()).await;
            let (chat, mut arrivals) = found.unwrap();
            chat.sign_in(Identity::guest(name)).await.unwrap();
            // It may be there already.
            let _ = chat.create_room(room).await;
            let joined = chat.join_room(room, Receiving::AtOnce).await.unwrap();
            arrivals.listen(joined.feed);
            OtherUser {
                chat,
                arrivals,
                room: room.to_owned(),
            }
        })
    }
}

pub(crate) struct OtherUser {
    chat: Chat,
    arrivals: Arrivals,
    room: String,
}

impl OtherUser {
    pub(crate) fn say(&self, text: &str) {
        wait(self.chat.send(&self.room, text, None)).unwrap();
    }

    pub(crate) fn whisper(&self, to: &str, text: &str) {
        wait(self.chat.send(&self.room, text, Some(to))).unwrap();
    }

    pub(crate) fn hears(&mut self) -> Message {
        wait(async {
            loop {
                if let Event::Message(message) = self.arrivals.next().await {
                    return message;
                }
            }
        })
    }

    pub(crate) fn leave(self) {
        wait(self.chat.sign_out()).unwrap();
    }
}
