//! A binder or a chat server as a process of its own, in either language.

use serde_json::{Value as Json, json};

use crate::wire::respond;
use crate::{Binder, Caller, Language, Program, Seen, binaries, eventually, python};

/// A running server, ready to answer.
pub struct Server {
    pub program: Program,
    /// `HOST:PORT` of the calls, in a chat server those of dialect classic.
    pub address: String,
    /// `HOST:PORT` of the calls of dialect accounts, where it is spoken.
    pub accounts: Option<String>,
    /// `HOST:PORT` for monitors, where they are answered.
    pub metrics: Option<String>,
}

impl Server {
    pub fn binder(which: impl Into<Binder>) -> Self {
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

    pub fn our_binder(flags: &[&str]) -> Self {
        let flags = [&["--listen", "127.0.0.1:0"], flags].concat();
        Self::ready(binaries::start("binder", &flags))
    }

    /// Our binder at `HOST:PORT`.
    pub fn our_binder_at(address: &str) -> Self {
        Self::ready(binaries::start("binder", &["--listen", address]))
    }

    /// Our binder with more flags, run by Bash after the line `first`, which may limit what it gets.
    pub fn our_binder_after(first: &str, flags: &[&str]) -> Self {
        let mut command = binaries::command("binder");
        command.args(["--listen", "127.0.0.1:0"]).args(flags);
        let mut command = binaries::after(first, command);
        Self::ready(Program::start(
            format!("binder after {first:?}"),
            &mut command,
        ))
    }

    /// A chat server of dialect classic, registered in the binder at `HOST:PORT`.
    pub fn chat(language: Language, binder: &str) -> Self {
        let server = match language {
            Language::Python => Self::ready(python::start(
                "classic_server.py",
                &["--port", "0", "--binder", binder],
            )),
            Language::Rust => {
                let server = Self::our_chat(&["--binder", binder]);
                server.wait_until_accounts_are_registered(binder);
                server
            }
        };
        wait_until_registered(binder, "create_room");
        server
    }

    /// A chat server of dialect accounts, registered in the binder at `HOST:PORT`.
    pub fn accounts_chat(language: Language, binder: &str) -> Self {
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
        server.wait_until_accounts_are_registered(binder);
        server
    }

    /// Our chat server with more flags, which registers nowhere: nothing listens on port 1.
    pub fn unregistered_chat(flags: &[&str]) -> Self {
        Self::our_chat(&[&["--binder", "127.0.0.1:1"], flags].concat())
    }

    /// Our chat server with more flags, whether a binder knows it or not.
    pub fn our_chat(flags: &[&str]) -> Self {
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
    pub fn ready(mut program: Program) -> Self {
        let (mut accounts, mut metrics) = (None, None);
        loop {
            // The line to wait for is the last one, and the only one without a dialect.
            let line = program.next_line();
            match line.split_once(" listening on ") {
                Some(("chat-server accounts", address)) => accounts = Some(address.to_owned()),
                Some(("binder metrics" | "chat-server metrics", address)) => {
                    metrics = Some(address.to_owned());
                }
                Some((_, address)) => {
                    return Self {
                        address: address.to_owned(),
                        accounts,
                        metrics,
                        program,
                    };
                }
                _ => panic!(
                    "{line:?} does not say where it listens\n{}",
                    program.report()
                ),
            }
        }
    }

    pub fn caller(&self) -> Caller {
        Caller::rust(&self.address)
    }

    /// Makes calls of dialect accounts to it.
    pub fn accounts_caller(&self) -> Caller {
        Caller::rust(self.accounts.as_ref().expect("dialect accounts"))
    }

    /// Waits until the binder at `HOST:PORT` answers with this server for dialect accounts. Our binder
    /// answers with a built-in endpoint before.
    pub fn wait_until_accounts_are_registered(&self, binder: &str) {
        let accounts = self.accounts.as_ref().expect("dialect accounts");
        wait_until_registered_at(binder, "chat_server", accounts);
    }

    /// Kills it without a chance to finish anything, and gives its addresses: that of the calls, and that of
    /// dialect accounts. It must not have ended by itself.
    #[track_caller]
    pub fn kill(self) -> (String, Option<String>) {
        self.program.kill();
        (self.address, self.accounts)
    }

    /// A page for monitors: its status and its text.
    pub fn monitor(&self, path: &str) -> (u16, String) {
        let address = self.metrics.as_ref().expect("monitors are answered");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let response = respond(address, request);
        (response.status, response.text())
    }

    /// The value of a metric now; `None` while it is left out.
    pub fn metric(&self, name: &str) -> Option<f64> {
        metric(&self.monitor("/metrics").1, name)
    }

    pub fn port(&self) -> u16 {
        port(&self.address)
    }
}

/// The value of a metric in a page of metrics, with its labels as they are written there.
pub fn metric(page: &str, name: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| {
        let (found, value) = line.rsplit_once(' ')?;
        (found == name).then_some(value)
    })?;
    Some(line.parse().unwrap())
}

/// The port of `HOST:PORT`.
pub fn port(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// Waits until the binder at `binder` has an endpoint for `name`.
pub fn wait_until_registered(binder: &str, name: &str) {
    wait_for_endpoint(binder, name, Json::is_array);
}

/// Waits until the binder at `binder` has the port of `server` for `name`.
pub fn wait_until_registered_at(binder: &str, name: &str, server: &str) {
    wait_for_endpoint(binder, name, |found| found[1] == port(server));
}

fn wait_for_endpoint(binder: &str, name: &str, is_expected: impl Fn(&Json) -> bool) {
    let mut caller = Caller::rust(binder);
    eventually(&format!("{name} is registered at {binder}"), || {
        // A binder may refuse a name that it does not have.
        match caller.call("lookup_procedure", &[json!(name)]) {
            Seen::Value(found) => is_expected(&found).then_some(()),
            _ => None,
        }
    });
}
