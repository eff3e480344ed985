//! What the user can choose, on the command line or in the environment.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::FalseyValueParser;
use program::Verbosity;
use protocol::binder::Endpoint;

use crate::failure::EXIT_CODES;

/// The terminal client of the distributed chat: asks the binder where the chat server is, and talks
/// to it.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Flags {
    /// The binder to ask for the chat server. Set it when the binder runs on another machine or port.
    #[arg(
        long,
        env = "CHAT_CLIENT_BINDER",
        value_name = "HOST:PORT",
        default_value = "localhost:5000"
    )]
    pub binder: Endpoint,

    /// The name to be known by. Saves typing it at the first prompt; a name that is taken is asked
    /// for again there.
    #[arg(long, env = "CHAT_CLIENT_USER", value_name = "NAME")]
    pub user: Option<String>,

    /// The room to be in from the beginning. Saves `create` and `join`: it is created if need be.
    #[arg(long, env = "CHAT_CLIENT_ROOM", value_name = "ROOM")]
    pub room: Option<String>,

    /// Talk exactly as the original client does, on a terminal too. Use it to compare the two, or in
    /// a script; when standard input is no terminal it is so anyway.
    #[arg(long, env = "CHAT_CLIENT_PLAIN", value_parser = FalseyValueParser::new())]
    pub plain: bool,

    /// Run a binder and a chat server inside this process. Use it to have a chat with one command;
    /// others join with `chat-client` from other terminals for as long as this one runs.
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED",
        value_parser = FalseyValueParser::new(),
        conflicts_with = "binder"
    )]
    pub embedded: bool,

    /// The port of the embedded binder. Choose another when 5000 is taken, or 0 for any free one.
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_BINDER_PORT",
        value_name = "PORT",
        default_value_t = protocol::binder::PORT,
        hide_short_help = true
    )]
    pub embedded_binder_port: u16,

    /// The port of the embedded chat server. Choose another when 9000 is taken, or 0 for any free one.
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_CHAT_PORT",
        value_name = "PORT",
        default_value_t = protocol::classic::PORT,
        hide_short_help = true
    )]
    pub embedded_chat_port: u16,

    /// Print every call as indented XML on standard error, to show what goes over the wire.
    #[arg(long, env = "CHAT_CLIENT_WIRE", value_parser = FalseyValueParser::new())]
    pub wire: bool,

    /// The file to log to, since the terminal belongs to the conversation. Choose one to follow a
    /// single client; by default all write to distributed-chat/chat-client.log in the user's state
    /// directory.
    #[arg(long, env = "CHAT_CLIENT_LOG_FILE", value_name = "PATH")]
    pub log_file: Option<PathBuf>,

    /// How much is logged.
    #[command(flatten)]
    pub verbosity: Verbosity,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_flag_has_an_environment_variable_beside_it_and_a_help_text() {
        let command = Flags::command();
        command.clone().debug_assert();
        for flag in command.get_arguments() {
            let name = flag.get_id().as_str();
            assert!(flag.get_help().is_some(), "{name} has no help");
            if ["verbose", "quiet"].contains(&name) {
                continue;
            }
            let variable = format!("CHAT_CLIENT_{}", name.to_uppercase());
            let found = flag.get_env().and_then(std::ffi::OsStr::to_str);
            assert_eq!(found, Some(variable.as_str()));
        }
    }
}
