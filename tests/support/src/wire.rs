//! HTTP as bytes on a socket: for everything that no decent client sends.

mod client;
mod connection;
mod requests;

pub use client::{Client, ROOM, ask, body_of_answer, respond};
pub use connection::{Connection, Response};
pub use requests::{call, call_with, chunks, head, post, post_with};
