//! The port of the scripted binder.

use std::io;

use super::program::Command;

/// The port that clients use where their command does not say which.
const WELL_KNOWN_PORT: u16 = protocol::binder::PORT;

/// Which port the scripted binder takes: any, if it can be put into the command.
pub(super) fn binder_port(command: &Command) -> u16 {
    if command.takes_address() {
        0
    } else {
        WELL_KNOWN_PORT
    }
}

/// The well-known port is taken.
pub(super) fn port_taken(error: &io::Error, port: u16) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "a binder for the client at port {port}: {error}; stop what has the port, or put {{binder}} into the \
             command where the client takes HOST:PORT"
        ),
    )
}
