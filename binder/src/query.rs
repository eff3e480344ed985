//! Commands for a running binder: what it has registered, whether the services answer, and names
//! that are registered by hand.
//!
//! The binder may be any that speaks the protocol. An original one can only register names and look
//! them up, so what it cannot say is left open in the answer.

mod changes;
mod client;
mod error;
mod names;
mod ping;
mod table;

use std::io::Write;

use clap::Subcommand;
use program::PortOffset;
use protocol::binder::Endpoint;

use client::Binder;
pub use client::BinderAddress;
pub use error::{QueryError, ServiceSilent};
pub use table::visible;

/// The queries to a running binder.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Query {
    /// Ask a running binder for everything that is registered in it.
    List {
        #[command(flatten)]
        address: BinderAddress,
    },
    /// Ask a running binder where a name lives.
    Lookup {
        /// The name, such as create_room.
        name: String,
        #[command(flatten)]
        address: BinderAddress,
    },
    /// Go the way of a client, from the binder to the service that it names, and say how long each hop
    /// took.
    Ping {
        /// The name to look up. Without it those are tried under which chat servers are found.
        name: Option<String>,
        #[command(flatten)]
        address: BinderAddress,
    },
    /// Register a name by hand, for a server that does not register itself. It is kept until it is
    /// unregistered or registered elsewhere.
    Register {
        /// The name, such as chat_server.
        name: String,
        /// Where the server is, as clients reach it.
        #[arg(value_name = "HOST:PORT", value_parser = changes::parse_endpoint)]
        place: Endpoint,
        #[command(flatten)]
        address: BinderAddress,
    },
    /// Make a running binder forget a name.
    Unregister {
        /// The name.
        name: String,
        /// The server to unregister. By default the one that is found now.
        #[arg(value_name = "HOST:PORT", value_parser = changes::parse_endpoint)]
        place: Option<Endpoint>,
        #[command(flatten)]
        address: BinderAddress,
    },
}

impl Query {
    /// Makes the query, and writes the answer to `output`. The next binder is asked when one does not answer.
    pub async fn run(&self, ports: PortOffset, output: &mut impl Write) -> Result<(), QueryError> {
        let (Self::List { address }
        | Self::Lookup { address, .. }
        | Self::Ping { address, .. }
        | Self::Register { address, .. }
        | Self::Unregister { address, .. }) = self;
        let mut outcome = Ok(());
        for binder in ports.binders(&address.binder) {
            outcome = self.ask(&Binder::at(&binder)?, output).await;
            if !matches!(
                outcome,
                Err(QueryError::BinderSilent { .. } | QueryError::Upstream { .. })
            ) {
                break;
            }
        }
        outcome
    }

    async fn ask(&self, binder: &Binder, output: &mut impl Write) -> Result<(), QueryError> {
        match self {
            Self::List { .. } => names::list(binder, output).await,
            Self::Lookup { name, .. } => names::look_up(binder, name, output).await,
            Self::Ping { name, .. } => ping::ask(binder, name.as_deref(), output).await,
            Self::Register { name, place, .. } => {
                changes::register(binder, name, place, output).await
            }
            Self::Unregister { name, place, .. } => {
                changes::unregister(binder, name, place.as_ref(), output).await
            }
        }
    }
}

#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod tests;
