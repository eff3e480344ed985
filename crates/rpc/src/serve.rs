//! Serving procedures over HTTP: `POST /` and `POST /RPC2`.
//!
//! The caller owns the port and the signal: [`serve`] takes a listener that is already bound and a future
//! that completes at shutdown. A request passes through these modules: `listener` accepts the connection,
//! `run_connection` enforces its deadlines, `http` checks path and method, `body` collects within the limits,
//! `reading` parses the call, `call` shows it to observers, [`Methods`] checks the parameters and runs
//! the handler. What is costly waits for its turn in the `lane`.
//! The [`lab`] injects faults, for teaching, and a [`meter`] counts calls. With [`forward`] another server answers
//! the calls.

mod answer;
mod arguments;
mod batch;
mod body;
mod budget;
mod call;
mod call_headers;
mod connection;
pub mod forward;
mod http;
pub mod lab;
mod lane;
mod limits;
mod link;
mod listener;
mod measurement;
pub mod meter;
mod methods;
mod network;
mod pages;
mod phase;
mod places;
mod reading;
mod response;
mod run_connection;
mod service;
mod shortage;
mod stream;
mod turns;
mod unpacking;

pub use answer::Answer;
pub use arguments::Arguments;
pub use connection::Connection;
pub use forward::Forwarding;
pub use lab::Lab;
pub use lane::run as run_in_lane;
pub use limits::Limits;
pub use listener::{serve, serve_stream, serve_within};
pub use meter::Meter;
pub use methods::{HandlerFuture, Methods};
pub use network::network;
pub use service::{Capacity, Service};
