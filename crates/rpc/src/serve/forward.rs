//! Forwarding: a call is answered by another server, unchanged to the byte.
//!
//! Only what belongs to a hop is this hop's own: the connection, its headers and the framing of the body.
//! A request is read completely before a server is called, and an answer before it is passed on, so the
//! limits are those of any other call. What cannot be passed on becomes an HTTP status of a gateway: 503 if
//! the call certainly did not arrive, 502 if the answer broke off, 504 if it did not come in time. When the server
//! closes the connection without an answer, so does this one. A call that may have arrived is sent again only if it
//! changes nothing, and waits at a server that is left because another one has taken its place.

mod destination;
mod exchange;
mod failed;
mod forwarded;
mod headers;
mod observed;
mod server_connection;
mod timer;

pub use destination::{Connect, Connected, Connecting, Forwarding, Standing, TIMEOUT, Unreachable};
pub(super) use forwarded::{Forwarded, answer};
pub(super) use observed::Watched;
pub(super) use server_connection::ServerConnection;
pub(super) use timer::Timer;
