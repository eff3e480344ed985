//! XML-RPC over HTTP, once for the whole project: shared procedures and calling them.
//!
//! [`serve`] answers calls for a table of procedures ([`serve::Methods`]) on a listener of the
//! caller's choice; [`call::Caller`] makes calls and says which hop failed. Both show each exchange
//! to an [`observe::Observer`], which is how the wire log sees what goes over the wire.
//!
//! Values are dxr's. Reading is our own, on a strict XML parser: dxr accepts what no XML parser may
//! and loses what Python sends (see [`xml`]).

pub mod call;
mod cause;
pub mod observe;
pub mod serve;
pub mod xml;

pub use call::{CallError, Caller};
pub use observe::{Observer, Observers};
pub use serve::{Answer, Arguments, HandlerFuture, Lab, Limits, Methods, Service, serve};
