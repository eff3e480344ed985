//! Serving procedures over HTTP: `POST /` and `POST /RPC2`.
//!
//! The caller owns the port and the signal: [`serve`] takes a listener that is already bound and a
//! future that ends when the server should. What a stranger sends goes through these modules in turn:
//! `listener` accepts, `connection` sets time limits, `http` checks path, verb and size, `crate::xml`
//! reads the call, [`Methods`] checks the parameters and runs the handler.

mod answer;
mod arguments;
mod compression;
mod connection;
mod http;
mod introspection;
mod limits;
mod listener;
mod methods;

pub use answer::Answer;
pub use arguments::Arguments;
pub use limits::Limits;
pub use listener::{Service, serve};
pub use methods::{HandlerFuture, Methods};
