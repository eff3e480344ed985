//! XML-RPC over HTTP for any service.
//!
//! [`serve`] answers calls from a table of procedures ([`serve::Methods`]); [`Caller`] makes calls and
//! reports which hop failed. Both show each exchange to an [`observe::Observer`].
//!
//! Values are dxr's. Reading is our own, on a strict XML parser: dxr accepts what is not XML and loses what
//! Python sends (see [`xml`]).

mod call;
mod call_error;
mod cause;
pub mod observe;
pub mod serve;
pub mod xml;

pub use call::{Caller, Method};
pub use call_error::CallError;
pub use observe::{Observer, Observers};
pub use serve::{
    Answer, Arguments, Capacity, Connection, Forwarding, HandlerFuture, Lab, Limits, Methods,
    Service, network, serve,
};
