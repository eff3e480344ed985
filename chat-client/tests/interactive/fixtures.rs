//! Servers, other users, and clients at terminals.

use rustix::process::{Pid, Signal, kill_process};
use support::{Language, Server, Terminal, python};

use crate::servers::OtherUser;
pub(crate) use crate::servers::Servers;

/// A client at a terminal of its own, in Portuguese and with colours unless the flags or the environment say
/// otherwise.
pub(crate) fn open(binder: &str, flags: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let flags = [&["--binder", binder], flags].concat();
    Terminal::open(env!("CARGO_BIN_EXE_chat-client"), &flags, environment)
}

pub(crate) fn client(servers: &Servers, flags: &[&str]) -> Terminal {
    open(&servers.binder(), flags, &[])
}

/// A client that is in the room `geral` as `ana`.
pub(crate) fn ana(servers: &Servers, flags: &[&str]) -> Terminal {
    let flags = [&["--user", "ana", "--room", "geral"], flags].concat();
    let terminal = client(servers, &flags);
    terminal.wait_for("geral> ");
    terminal
}

/// Servers, a client that is in the room `geral` as `ana`, and another user in that room.
pub(crate) fn ana_and(name: &str, flags: &[&str]) -> (Servers, Terminal, OtherUser) {
    let servers = Servers::start();
    let terminal = ana(&servers, flags);
    let other = servers.other_user(name, "geral");
    (servers, terminal, other)
}

/// Servers, another user in the room `geral`, and a client that is there as `ana`, too.
pub(crate) fn ana_after(name: &str) -> (Servers, Terminal, OtherUser) {
    let servers = Servers::start();
    let other = servers.other_user(name, "geral");
    let terminal = ana(&servers, &[]);
    (servers, terminal, other)
}

/// Sends a signal to the client at this terminal.
pub(crate) fn send_signal(terminal: &Terminal, signal: Signal) {
    let process = Pid::from_raw(terminal.process().try_into().unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}

/// The Python binder.
pub(crate) fn original_binder() -> Server {
    Server::binder(Language::Python)
}

/// A Python chat server, registered in the binder.
pub(crate) fn original_server(script: &str, binder: &Server) -> Server {
    match script {
        "classic_server.py" => Server::chat(Language::Python, &binder.address),
        _ => Server::accounts_chat(Language::Python, &binder.address),
    }
}

/// A Python client at a terminal of its own, which finds its chat server by this binder.
pub(crate) fn original_client(script: &str, binder: &Server, flags: &[&str]) -> Terminal {
    let script = python::path(script);
    let often = ["--poll-seconds", "0.2"];
    let flags = [&[&script, "--binder", &binder.address][..], &often, flags].concat();
    let path = std::env::var("PATH").unwrap_or_default();
    Terminal::open("python3", &flags, &[("PATH", &path), ("PYTHONUTF8", "1")])
}
