//! What the board shows: a binder, a chat server, people in it, and the page.

use std::thread::JoinHandle;

use serde_json::{Value as Json, json};

use crate::page::Page;
use support::{Caller, Language, Seen, Server, TerminalClient};

/// What a successful registration is answered with.
pub(crate) const REGISTERED: &str = "Usuário registrado com sucesso.\n";

/// A window as on an ordinary screen.
const WINDOW: (u32, u32) = (1400, 900);

pub(crate) struct Class {
    pub(crate) page: Page,
    pub(crate) chat: Server,
    pub(crate) binder: Server,
}

impl Class {
    /// The programs as they are by default.
    pub(crate) fn begin() -> Self {
        Self::with(&[])
    }

    /// The programs, both with these flags more.
    pub(crate) fn with(flags: &[&str]) -> Self {
        Self::in_window(flags, WINDOW)
    }

    /// The same, seen in a window of another size.
    pub(crate) fn in_window(flags: &[&str], window: (u32, u32)) -> Self {
        let binder = Server::our_binder(flags);
        let at_binder = ["--binder", &binder.address];
        let chat = Server::our_chat(&[&at_binder, flags].concat());
        chat.wait_until_accounts_are_registered(&binder.address);
        let page = Page::open(&format!("http://{}/", binder.address), window);
        page.see("#heads [data-role=binder][data-status=live]");
        page.see("#heads [data-role=chat-server][data-status=live]");
        Self { page, chat, binder }
    }

    /// The original's client at its terminal, registered and in a room that it makes.
    pub(crate) fn python_client(&self, name: &str, room: &str) -> TerminalClient {
        let mut client = TerminalClient::start(Language::Python, &self.binder.address);
        client.register(name, REGISTERED);
        client.create(room, &format!("Sala '{room}' criada.\n"));
        client.join(room);
        client
    }

    /// A user without a program: calls made one by one.
    pub(crate) fn caller(&self, name: &str, room: &str) -> Caller {
        let mut caller = self.chat.caller();
        caller.enter(name, room);
        caller
    }

    pub(crate) fn accounts_caller(&self) -> Caller {
        Caller::rust(self.chat.accounts.as_ref().unwrap())
    }

    /// Waits for a message that `name` has not seen yet, on another thread; and here, until that has taken
    /// longer than a call that is answered at once, which would have no bar.
    pub(crate) fn long_poll(&self, name: &str, room: &str, milliseconds: u32) -> JoinHandle<Seen> {
        let mut caller = self.chat.caller();
        let parameters: [Json; 4] = [json!(name), json!(room), json!(""), json!(milliseconds)];
        let waiting = std::thread::spawn(move || caller.call("wait_messages", &parameters));
        self.page.until(
            "a call that waits",
            "return board.calls.all().some(({ waits, user, at, end }) =>
               waits && user === arguments[0] && (end?.milliseconds ?? board.now() - at) > 100)",
            &[json!(name)],
        );
        waiting
    }
}
