//! The chat as the client sees it: finding the server, calling it, receiving from it, and coming back
//! to it when it was away. Nothing in here knows how anything is shown.
//!
//! Whoever converses uses four things, and does not see which [`dialect`] is spoken:
//!
//! 1. [`Chat::find`] asks the binder ([`discovery`]) and gives a [`Chat`], to call, and its
//!    [`Arrivals`], to listen to.
//! 2. [`Chat::sign_in`] takes the name: [`Identity`] is a name, with a password in dialect accounts.
//! 3. [`Chat::join_room`] brings the users, the history, and a [`Feed`] of what comes after it, which
//!    is given to [`Arrivals::listen`].
//! 4. [`Arrivals::next`] is everything that happens without being asked for: an [`Event`].
//!
//! What a server refuses comes as a [`Failure::Refused`], decoded; every other [`Failure`] says which
//! hop brought no answer. A `Chat` is cloned freely: calls of one clone do not wait for those of
//! another, except that messages leave in the order in which they were sent.
//!
//! ```no_run
//! # use chat_client::network::{Chat, Dialect, Event, Identity, Receiving};
//! # use rpc::Observers;
//! # async fn talk() -> Result<(), Box<dyn std::error::Error>> {
//! let binder = "localhost:5000".parse()?;
//! let (chat, mut arrivals) = Chat::find(Dialect::Classic, &binder, Observers::none()).await?;
//! chat.sign_in(Identity::guest("ana")).await?;
//! let joined = chat.join_room("geral", Receiving::AtOnce).await?;
//! arrivals.listen(joined.feed);
//! chat.send("geral", "oi", None).await?;
//! if let Event::Message(message) = arrivals.next().await {
//!     assert_eq!(message.text, "oi");
//! }
//! chat.sign_out().await?;
//! # Ok(()) }
//! ```
//!
//! Inside, [`chat_server`] is a server's procedures as typed calls of either dialect, and [`seen`]
//! decides what is new in what a server answers.

pub mod agent;
pub mod arrivals;
pub mod chat;
pub mod chat_server;
pub mod dialect;
pub mod discovery;
pub mod failure;
pub mod feed;
pub mod identity;
pub mod message;
pub mod seen;
#[cfg(test)]
pub(crate) mod stage;

use std::time::Duration;

pub use arrivals::{Arrivals, Event, Restored};
pub use chat::{Account, Chat, Joined};
pub use dialect::Dialect;
pub use discovery::DiscoveryError;
pub use failure::{Failure, Refused};
pub use feed::{Feed, Receiving};
pub use identity::Identity;
pub use message::Message;

/// How long a server may take to answer. An original server answers one call at a time, so that in a
/// full class room an answer may take seconds.
pub const PATIENCE: Duration = Duration::from_secs(10);
