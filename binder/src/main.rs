//! The program `binder`: reads its flags, takes its port, runs until it is told to stop.

use std::io::Write as _;

use anyhow::Context as _;
use binder::Settings;
use clap::Parser;
use program::limits::at_least_one;
use program::{LimitFlags, Verbosity};
use protocol::binder::Endpoint;
use rpc::{Limits, Observers};

/// The name service of the distributed chat: servers register where their procedures live, clients
/// look them up here.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// Where to listen. Keep the default for one machine; use 0.0.0.0:5000 so that others in the
    /// network can look names up, or port 0 to take any free port.
    #[arg(
        long,
        env = "BINDER_LISTEN",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:5000"
    )]
    listen: Endpoint,

    /// Print every call as indented XML on standard error, to show what goes over the wire.
    #[arg(long, env = "BINDER_WIRE")]
    wire: bool,

    /// How many names are kept. Raise it for a binder that serves many chats.
    #[arg(long, env = "BINDER_MAX_NAMES", value_name = "COUNT", default_value_t = binder::NAMES, value_parser = at_least_one, help_heading = "Limits")]
    max_names: usize,

    #[command(flatten)]
    limits: LimitFlags,

    #[command(flatten)]
    verbosity: Verbosity,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    flags.verbosity.log_to_standard_error();
    let listener = program::listen(&flags.listen, "--listen").await?;
    let address = listener
        .local_addr()
        .context("cannot tell the address taken")?;
    // Scripts wait for this line; that nobody reads it is no reason to stop.
    let _ = writeln!(std::io::stdout(), "binder listening on {address}");
    let settings = Settings {
        limits: Limits::from(&flags.limits),
        names: flags.max_names,
        observers: Observers::wire_log(flags.wire),
    };
    binder::run(listener, settings, program::termination::requested()).await;
    Ok(())
}
