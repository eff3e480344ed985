//! A binder or a chat server as a process of its own, in either language.

use serde_json::{Value as Json, json};

use super::waiting::DEADLINE;
use super::{Binder, Caller, Language, Program, Seen, binaries, eventually, python};

/// A running server, ready to answer.
pub(crate) struct Server {
    /// The process.
    pub(crate) program: Program,
    /// `HOST:PORT` of the calls, in a chat server those of dialect classic.
    pub(crate) address: String,
    /// `HOST:PORT` of the calls of dialect accounts, where it is spoken.
    pub(crate) accounts: Option<String>,
}

impl Server {
    /// A binder.
    pub(crate) fn binder(which: impl Into<Binder>) -> Self {
        let python = |flags: &[&str]| {
            let flags = [&["--port", "0"], flags].concat();
            Self::ready(python::start("binder.py", &flags))
        };
        match which.into() {
            Binder::Classic => python(&[]),
            Binder::Accounts => python(&["--accounts"]),
            Binder::Ours => Self::our_binder(&[]),
        }
    }

    /// Our binder with more flags.
    pub(crate) fn our_binder(flags: &[&str]) -> Self {
        let flags = [&["--listen", "127.0.0.1:0"], flags].concat();
        Self::ready(binaries::start("binder", &flags))
    }

    /// A chat server of dialect classic, which the binder at `HOST:PORT` knows by the time it is given
    /// back.
    pub(crate) fn chat(language: Language, binder: &str) -> Self {
        let server = match language {
            Language::Python => Self::ready(python::start(
                "classic_server.py",
                &["--port", "0", "--binder", binder],
            )),
            Language::Rust => {
                let server = Self::our_chat(&["--binder", binder]);
                server.wait_until_accounts_are_known(binder);
                server
            }
        };
        wait_until_known(binder, "create_room");
        server
    }

    /// A chat server of dialect accounts, which the binder at `HOST:PORT` knows by the time it is given
    /// back.
    pub(crate) fn accounts_chat(language: Language, binder: &str) -> Self {
        let server = match language {
            Language::Python => {
                let flags = ["--port", "0", "--binder", binder];
                let server = Self::ready(python::start("accounts_server.py", &flags));
                // It speaks no other dialect.
                Self {
                    accounts: Some(server.address.clone()),
                    ..server
                }
            }
            Language::Rust => Self::our_chat(&["--binder", binder]),
        };
        server.wait_until_accounts_are_known(binder);
        server
    }

    /// Our chat server with more flags, whether a binder knows it or not.
    pub(crate) fn our_chat(flags: &[&str]) -> Self {
        let any_ports = [
            "--listen",
            "127.0.0.1:0",
            "--accounts-listen",
            "127.0.0.1:0",
        ];
        let flags = [&any_ports, flags].concat();
        Self::ready(binaries::start("chat-server", &flags))
    }

    /// The server once it says that it is ready.
    pub(crate) fn ready(mut program: Program) -> Self {
        let mut accounts = None;
        loop {
            // The line to wait for is the last one, and the only one without a dialect.
            let line = program.next_line();
            match line.split_once(" listening on ") {
                Some(("chat-server accounts", address)) => accounts = Some(address.to_owned()),
                Some(("binder" | "chat-server", address)) => {
                    return Self {
                        address: address.to_owned(),
                        accounts,
                        program,
                    };
                }
                _ => panic!("{line:?} says not where it listens\n{}", program.report()),
            }
        }
    }

    /// Makes calls to it.
    pub(crate) fn caller(&self) -> Caller {
        Caller::rust(&self.address)
    }

    /// Makes calls of dialect accounts to it.
    ///
    /// # Panics
    /// When it does not speak that dialect.
    pub(crate) fn accounts_caller(&self) -> Caller {
        Caller::rust(self.accounts.as_ref().expect("dialect accounts"))
    }

    /// Waits until the binder at `HOST:PORT` answers with this server for dialect accounts. Our binder
    /// answers with a built-in place before.
    pub(crate) fn wait_until_accounts_are_known(&self, binder: &str) {
        let accounts = self.accounts.as_ref().expect("dialect accounts");
        let port: u16 = accounts.rsplit(':').next().unwrap().parse().unwrap();
        let mut binder = Caller::rust(binder);
        eventually("the binder knows the server with accounts", || {
            // A binder may refuse a name that it does not know.
            match binder.call("lookup_procedure", &[json!("chat_server")]) {
                Seen::Value(found) => (found[1] == port).then_some(()),
                _ => None,
            }
        });
    }

    /// The port of the calls.
    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }
}

/// Waits until the binder at `address` knows `name`.
pub(crate) fn wait_until_known(address: &str, name: &str) {
    let mut binder = Caller::rust(address);
    eventually(
        &format!("the binder knows {name} (within {DEADLINE:?})"),
        || {
            // A binder may refuse a name that it does not know.
            let found = binder.call("lookup_procedure", &[json!(name)]);
            matches!(found, Seen::Value(Json::Array(_))).then_some(())
        },
    );
}
