//! The network side of the client: finding the server, calling it, receiving from it, and recovering when
//! it was away. Nothing in here knows how anything is shown, except that a [`Failure`] and a [`DiscoveryError`] say in
//! English what failed and what to start.
//!
//! A conversation uses four things, whichever [`Dialect`] is spoken:
//!
//! 1. [`Chat::find`] asks the binder ([`discovery`]) and returns a [`Chat`] to call and its [`Arrivals`]
//!    to listen to.
//! 2. [`Chat::sign_in`] takes the name. An [`Identity`] is a name, with a password in dialect accounts.
//! 3. [`Chat::join_room`] returns the users, the history, and a [`Feed`] of what comes after it, which is
//!    passed to [`Arrivals::listen`].
//! 4. [`Arrivals::next`] returns the next [`Event`]: everything that arrives without being requested.
//!
//! What a server refuses comes as a decoded [`Failure::Refused`]; every other [`Failure`] says which hop
//! gave no answer. A `Chat` is cloned freely: calls of one clone do not wait for those of another, except
//! that messages are sent in order.
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
//! Inside, [`chat_server`] has a server's procedures as typed calls of either dialect. `feed` receives the
//! messages of a room, `position` knows how far it has been read, and [`dedup_by_timestamp`] and
//! [`dedup_by_comparing`] filter duplicates. `recovery` restores the user after a failure, `repeating`
//! completes calls with a lost answer, and `sending` sends each message once.

mod binder;
pub mod calls;
pub mod chat;
pub mod chat_server;
pub mod dedup_by_comparing;
pub mod dedup_by_timestamp;
pub mod discovery;
pub mod events;
pub mod failure;
mod feed;
pub mod model;
mod position;
mod recovery;
mod repeating;
mod sending;
#[cfg(test)]
#[path = "network/tests/support.rs"]
pub(crate) mod support;

pub use calls::{Account, Joined};
pub use chat::{Chat, KEEP_MESSAGES_FOR};
pub use discovery::Binders;
pub use events::{Arrivals, Event, Feed, Restored};
pub use failure::{
    DiscoveryError, Failure, Refused, in_other_dialect, start_binder, start_chat_server,
};
pub(crate) use model::take_one;
pub use model::{Dialect, Identity, Message, Receiving};
