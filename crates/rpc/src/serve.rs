//! Shared procedures over HTTP: `POST /` and `POST /RPC2`.
//!
//! The caller owns the port and the signal: [`serve`] takes a listener that is already bound and a
//! future that ends when the server should. What a stranger sends goes through these modules in turn:
//! `listener` accepts, `connection` sets time limits, `http` checks path and verb, `body` reads what
//! comes within the limits, `call` reads the call in it and shows it to observers, [`Methods`] checks
//! the parameters and runs the handler. The [`lab`] breaks calls on purpose, for classes.

mod activity;
mod answer;
mod arguments;
mod batch;
mod body;
mod budget;
mod call;
mod connection;
mod http;
pub mod lab;
mod listener;
mod methods;
mod service;

pub use answer::Answer;
pub use arguments::Arguments;
pub use lab::Lab;
pub use listener::{serve, serve_stream};
pub use methods::{HandlerFuture, Methods};
pub use service::{Limits, Service};
