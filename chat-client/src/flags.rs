//! What the user can choose, on the command line or in the environment.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser};
use program::{Documentation, PortOffset, Verbosity};
use protocol::binder::Address;

use crate::failure::EXIT_CODES;
use crate::interactive::Language;
use crate::terminal::{self, ColorChoice};

/// The terminal client of the distributed chat: asks the binder where the chat server is, and talks
/// to it.
///
/// To leave, type `exit` or press Ctrl-D. Ctrl-C clears the line, goes back from the password to the name, and
/// leaves at the name; with --plain it leaves everywhere.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Flags {
    /// What to print instead of running.
    #[command(subcommand)]
    pub documentation: Option<Documentation>,

    /// The binder to ask for the chat server. Set it when the binder runs on another machine or port.
    /// Without a port it is 5000. Of several the next one is asked when one does not answer.
    #[arg(
        long,
        env = "CHAT_CLIENT_BINDER",
        value_name = "HOST[:PORT],…",
        value_delimiter = ',',
        default_value = "localhost"
    )]
    pub binder: Vec<Address>,

    #[command(flatten)]
    pub ports: PortOffset,

    /// Call the chat server at its own address where a binder with --proxy stands between. Choose it when the
    /// binder is not to see the calls.
    #[arg(long, env = "CHAT_CLIENT_DIRECT", value_parser = FalseyValueParser::new())]
    pub direct: bool,

    /// Use an account: a name with a password, which is asked for and not shown. A name that is new is
    /// registered with it. Choose this where the chat server keeps names for their owners; both kinds
    /// of users meet in the same rooms.
    #[arg(long, env = "CHAT_CLIENT_ACCOUNTS", value_parser = FalseyValueParser::new())]
    pub accounts: bool,

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

    /// The language to talk to you in. Without it the locale decides: Portuguese where that is its
    /// language, English everywhere else. With --plain the texts are always the original's.
    #[arg(long, env = "CHAT_CLIENT_LANG", value_name = "LANGUAGE")]
    pub lang: Option<Language>,

    /// When to use colours. `auto` does unless NO_COLOR is set.
    #[arg(
        long,
        env = "CHAT_CLIENT_COLOR",
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub color: ColorChoice,

    /// Run a binder and a chat server inside this process. Use it to have a chat with one command;
    /// others join with `chat-client` from other terminals for as long as this one runs.
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED",
        value_parser = FalseyValueParser::new()
    )]
    pub embedded: bool,

    /// The port of the embedded binder. Choose another when 5000 is taken, or 0 for any free one.
    /// [default: 5000]
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_BINDER_PORT",
        value_name = "PORT",
        hide_short_help = true
    )]
    pub embedded_binder_port: Option<u16>,

    /// The port of the embedded chat server. Choose another when 9000 is taken, or 0 for any free one.
    /// [default: 9000]
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_CHAT_PORT",
        value_name = "PORT",
        hide_short_help = true
    )]
    pub embedded_chat_port: Option<u16>,

    /// The port of the embedded chat server for accounts. Choose another when 8000 is taken, or 0 for
    /// any free one. [default: 8000]
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_ACCOUNTS_PORT",
        value_name = "PORT",
        hide_short_help = true
    )]
    pub embedded_accounts_port: Option<u16>,

    /// Where the embedded chat is kept, so that it goes on the next time, or "off" to keep it in memory
    /// alone. [default: where chat-server on that port keeps it, distributed-chat/chat-server-PORT in the
    /// user's state directory; off with port 0]
    #[arg(
        long,
        env = "CHAT_CLIENT_EMBEDDED_DATA",
        value_name = "DIR|off",
        hide_short_help = true
    )]
    pub embedded_data: Option<PathBuf>,

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

    /// What the environment says and is not done, because something else was asked for.
    #[arg(skip)]
    pub disregarded: Option<Disregarded>,
}

/// A variable that contradicts a flag, or another variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disregarded {
    /// `CHAT_CLIENT_BINDER`: the embedded binder is used.
    Binder,
    /// `CHAT_CLIENT_EMBEDDED`: `--binder` names another binder.
    Embedded,
}

impl std::fmt::Display for Disregarded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Binder => {
                "CHAT_CLIENT_BINDER is set and not used: the embedded chat has a binder of its own"
            }
            Self::Embedded => {
                "CHAT_CLIENT_EMBEDDED is set and nothing is embedded: --binder says where the chat is"
            }
        })
    }
}

impl Flags {
    /// The language to talk to the user in, where there is a choice: not in plain mode.
    pub fn language(&self) -> Option<Language> {
        let is_plain = self.plain || !terminal::is_possible();
        (!is_plain).then(|| self.lang.unwrap_or_else(Language::of_environment))
    }

    /// Reads the flags, and decides between an embedded binder and one elsewhere when both are asked
    /// for: what was typed goes before what the environment says.
    pub fn read(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::from_arg_matches(matches)?;
        let source = |name| matches.value_source(name);
        let given = |name| source(name).is_some_and(|source| source != ValueSource::DefaultValue);
        if flags.embedded && given("binder") {
            let typed = |name| source(name) == Some(ValueSource::CommandLine);
            match (typed("embedded"), typed("binder")) {
                (true, true) => {
                    let text = "--embedded runs a binder of its own, and --binder names another; \
                                choose one of the two";
                    return Err(Self::command().error(ErrorKind::ArgumentConflict, text));
                }
                (false, true) => {
                    flags.embedded = false;
                    flags.disregarded = Some(Disregarded::Embedded);
                }
                (_, false) => flags.disregarded = Some(Disregarded::Binder),
            }
        }
        Ok(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Flags, clap::Error> {
        let arguments = [&["chat-client"], arguments].concat();
        // The environment of the tests may have some of the variables set.
        let command = Flags::command().mut_args(|argument| argument.env(None::<&str>));
        Flags::read(&command.try_get_matches_from(arguments)?)
    }

    #[test]
    fn every_flag_has_an_environment_variable_beside_it_and_a_help_text() {
        let command = Flags::command();
        command.clone().debug_assert();
        for flag in command.get_arguments() {
            let name = flag.get_id().as_str();
            assert!(flag.get_help().is_some(), "{name} has no help");
            // The offset is for all three programs, so its variable is, too.
            if ["verbose", "quiet", "port_offset"].contains(&name) {
                continue;
            }
            let variable = format!("CHAT_CLIENT_{}", name.to_uppercase());
            let found = flag.get_env().and_then(std::ffi::OsStr::to_str);
            assert_eq!(found, Some(variable.as_str()));
        }
    }

    #[test]
    fn an_embedded_binder_and_one_elsewhere_are_not_both_typed() {
        let error = read(&["--embedded", "--binder", "localhost:1"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        for arguments in [&["--embedded"][..], &["--binder", "localhost:1"], &[]] {
            assert_eq!(read(arguments).unwrap().disregarded, None);
        }
    }
}
