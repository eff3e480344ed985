//! Servers to talk to, people to talk to, and terminals to sit at.

pub(crate) mod chat;
mod original;
pub(crate) mod terminal;
mod wrapping;

pub(crate) use chat::{OtherUser, Servers};
pub(crate) use original::Original;
pub(crate) use terminal::Terminal;

/// A client at a terminal of its own, in Portuguese and with colours unless the flags say otherwise.
pub(crate) fn client(servers: &Servers, flags: &[&str]) -> Terminal {
    let binder = servers.binder();
    let flags = [&["--binder", &binder], flags].concat();
    Terminal::open(env!("CARGO_BIN_EXE_chat-client"), &flags, &[])
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
