//! The flags, and what they say.

mod elsewhere;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use board::BoardFlags;
use chat_server::chat::{Policy, Timeouts};
use chat_server::past::Source;
use chat_server::{Data, EtcdSettings, Keep};
use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use elsewhere::Elsewhere;
use etcd::Credentials;
use program::limits::{at_least_one, duration, on_or_off};
use program::{Documentation, LimitFlags, PortOffset, Verbosity, etcd_prefix};
use protocol::binder::{Address, Endpoint, EndpointError};
use protocol::classic;

/// After which silence a guest's name can be taken at another server, at least: who calls a server is recorded for the
/// others every three seconds, and later if etcd is busy.
const SHORTEST_SHARED_TAKEOVER: Duration = Duration::from_secs(8);

/// The chat service: keeps rooms, users and messages, and registers its procedures in the binder so
/// that clients find it. Without a command it runs.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,

    /// Where to listen, without a port on 9000. Keep the default for one machine; use 0.0.0.0 together with
    /// --advertise so that others in the network can join, or port 0 to take any free port.
    #[arg(
        long,
        env = "CHAT_SERVER_LISTEN",
        value_name = "HOST[:PORT]",
        default_value = "127.0.0.1"
    )]
    pub(crate) listen: Address,

    #[command(flatten)]
    pub(crate) ports: PortOffset,

    /// Answer monitors at this address: GET /healthz says whether clients can be sent here, GET /metrics what
    /// the server does, as Prometheus reads it. They ask for no password; listen on more than this machine only
    /// where everybody may see how busy it is.
    #[arg(long, env = "CHAT_SERVER_METRICS_LISTEN", value_name = "HOST:PORT")]
    pub(crate) metrics_listen: Option<Endpoint>,

    /// Where to serve clients that log in with a password (dialect accounts), or "off" to serve none.
    /// Both kinds of clients meet in the same rooms. [default: the host of --listen, port 8000]
    #[arg(long, env = "CHAT_SERVER_ACCOUNTS_LISTEN", value_name = "HOST[:PORT]|off", value_parser = listen_or_off)]
    pub(crate) accounts_listen: Option<AccountsListen>,

    /// Where to keep the chat, so that it goes on after a restart, or "off" to keep it in memory alone.
    /// [default: distributed-chat/chat-server-PORT in the user's state directory; off with port 0]
    #[arg(long, env = "CHAT_SERVER_DATA", value_name = "DIR|off")]
    pub(crate) data: Option<PathBuf>,

    /// Share the chat with other servers through etcd, so that it outlives any one machine: the members of
    /// etcd, the nearest first. It takes the place of --data, which is refused beside it; a directory that
    /// only the environment names is left alone.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD",
        value_name = "HOST:PORT,...",
        value_delimiter = ',',
        conflicts_with = "keep_log"
    )]
    pub(crate) etcd: Vec<Endpoint>,

    /// What the keys of this chat in etcd begin with. Servers with the same prefix are one chat; set it for
    /// several chats in one etcd.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_PREFIX",
        value_name = "PREFIX",
        default_value = "chat",
        value_parser = etcd_prefix,
        requires = "etcd"
    )]
    pub(crate) etcd_prefix: String,

    /// The user for an etcd with authentication.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_USER",
        value_name = "NAME",
        requires = "etcd_password_file"
    )]
    pub(crate) etcd_user: Option<String>,

    /// The file with the password of --etcd-user, in its first line.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_PASSWORD_FILE",
        value_name = "FILE",
        requires = "etcd_user"
    )]
    pub(crate) etcd_password_file: Option<PathBuf>,

    /// Keep all of the log, so that any moment can be looked at again with "chat-server replay". Without it
    /// only what is needed to start again is kept.
    #[arg(long, env = "CHAT_SERVER_KEEP_LOG", value_parser = FalseyValueParser::new())]
    pub(crate) keep_log: bool,

    /// Take over the accounts of an accounts file, which earlier versions kept. Names that are registered
    /// already stay as they are.
    #[arg(long, env = "CHAT_SERVER_IMPORT_ACCOUNTS", value_name = "FILE")]
    pub(crate) import_accounts: Option<PathBuf>,

    /// What earlier versions had in its place.
    #[arg(long, env = "CHAT_SERVER_ACCOUNTS_FILE", value_name = "FILE", hide = true, value_parser = gone)]
    pub(crate) accounts_file: Option<Infallible>,

    /// Whether an account acts only from addresses from which it has logged in. Turn it off where addresses
    /// change during a lesson. [default: on while listening on more than this machine]
    #[arg(long, env = "CHAT_SERVER_ACCOUNT_FROM_LOGIN_ADDRESS", value_name = "on|off", value_parser = on_or_off)]
    pub(crate) account_from_login_address: Option<bool>,

    /// The binder to register in. Set it when the binder runs on another machine or port.
    /// Without a port it is 5000. With several the server registers in each that answers.
    #[arg(
        long,
        env = "CHAT_SERVER_BINDER",
        value_name = "HOST[:PORT],…",
        value_delimiter = ',',
        default_value = "localhost"
    )]
    pub(crate) binder: Vec<Address>,

    /// The host name or address that the binder gives to clients. Needed as soon as the
    /// server listens on more than this machine: name one that the others can reach.
    #[arg(long, env = "CHAT_SERVER_ADVERTISE", value_name = "HOST")]
    pub(crate) advertise: Option<String>,

    /// How long an empty room is kept after its last use. Shorten it to show a class how rooms go.
    #[arg(long, env = "CHAT_SERVER_ROOM_TTL", value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) room_ttl: Duration,

    /// How often empty rooms are looked for. Shorten it together with --room-ttl.
    #[arg(long, env = "CHAT_SERVER_SWEEP_EVERY", value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) sweep_every: Duration,

    /// How many messages a room keeps, the newest. Lower it to bound the memory of a small machine.
    #[arg(long, env = "CHAT_SERVER_HISTORY", value_name = "MESSAGES", default_value_t = Policy::default().history)]
    pub(crate) history: usize,

    /// About how much memory the messages of all rooms may take, in bytes. Beyond it the sender who has
    /// most loses its oldest messages. Raise it on a large machine with many rooms.
    #[arg(long, env = "CHAT_SERVER_HISTORY_MEMORY", value_name = "BYTES", default_value_t = Policy::default().memory, value_parser = at_least_one)]
    pub(crate) history_memory: usize,

    /// Print every call as indented XML on standard error, to show what goes over the wire.
    #[arg(long, env = "CHAT_SERVER_WIRE", value_parser = FalseyValueParser::new())]
    pub(crate) wire: bool,

    /// How long a user stays after its client has stopped polling. Raise it where laptops sleep through
    /// breaks.
    #[arg(long, env = "CHAT_SERVER_SILENT_AFTER", value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) silent_after: Duration,

    /// How long a user must be silent before another client that asks for the name gets it. It lets a
    /// student come back under the same name after a terminal died.
    #[arg(long, env = "CHAT_SERVER_TAKEOVER_AFTER", value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) takeover_after: Duration,

    /// How long a user stays who has never asked for messages: some clients only send, and some sit
    /// outside every room. Lower it where names are scarce.
    #[arg(long, env = "CHAT_SERVER_NEVER_POLLED_AFTER", value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub(crate) never_polled_after: Duration,

    #[command(flatten)]
    pub(crate) verbosity: Verbosity,

    /// How many rooms there may be. What exists goes on working when it is reached.
    #[arg(long, env = "CHAT_SERVER_MAX_ROOMS", value_name = "COUNT", default_value_t = Policy::default().rooms, value_parser = at_least_one, help_heading = "Limits")]
    pub(crate) max_rooms: usize,

    /// How many users may be registered, accounts included.
    #[arg(long, env = "CHAT_SERVER_MAX_USERS", value_name = "COUNT", default_value_t = Policy::default().users, value_parser = at_least_one, help_heading = "Limits")]
    pub(crate) max_users: usize,

    #[command(flatten)]
    pub(crate) limits: LimitFlags,

    #[command(flatten)]
    pub(crate) board: BoardFlags,
}

/// What to do instead of running.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Print the log: every command that changed the chat, with its outcome. It works beside a running
    /// server.
    Log {
        #[command(flatten)]
        source: Source,

        /// Go on printing what is appended.
        #[arg(long)]
        follow: bool,

        #[command(flatten)]
        elsewhere: Elsewhere,
    },
    /// Print the chat as it was: its rooms, their users and their last messages.
    Replay {
        #[command(flatten)]
        source: Source,

        /// After which entry of the log. [default: the last]
        #[arg(long, value_name = "POSITION")]
        to: Option<u64>,

        #[command(flatten)]
        elsewhere: Elsewhere,
    },
    #[command(flatten)]
    Print(Documentation),
}

/// Where dialect accounts is served, if at all.
pub(crate) type AccountsListen = Option<Address>;

impl Flags {
    /// Reads the command line and the environment. A mistake ends the program with a message.
    pub(crate) fn read() -> Self {
        Self::of(&Self::command().get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// A server has one log. Two on the command line are a mistake; a directory in the environment may be
    /// what the machine sets for all servers.
    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let flags = Self::from_arg_matches(matches)?;
        let is_typed = matches.value_source("data") == Some(ValueSource::CommandLine);
        if is_typed && !flags.etcd.is_empty() {
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                "--data cannot be used with --etcd or CHAT_SERVER_ETCD: a chat is in a directory or in etcd",
            ));
        }
        elsewhere::check(&flags, matches)?;
        Ok(flags)
    }

    /// Whether a directory is named that the server does not use.
    pub(crate) fn leaves_directory_alone(&self) -> bool {
        let named = self.data.as_deref();
        named.is_some_and(|named| named != Path::new("off")) && !self.etcd.is_empty()
    }

    pub(crate) fn data(&self) -> anyhow::Result<Data> {
        if !self.etcd.is_empty() {
            anyhow::ensure!(
                self.takeover_after >= SHORTEST_SHARED_TAKEOVER,
                "--takeover-after must be at least {} s with --etcd: who calls the other servers is recorded only every \
                 few seconds",
                SHORTEST_SHARED_TAKEOVER.as_secs()
            );
            return Ok(Data::Etcd(self.etcd()?));
        }
        let keep = if self.keep_log {
            Keep::Everything
        } else {
            Keep::Newest
        };
        let named = self.data.as_deref();
        Data::of_server(named, self.listen().port, keep).context(
            "name a directory with --data DIR, or use --data off to keep the chat in memory alone",
        )
    }

    /// Where the log in etcd is.
    fn etcd(&self) -> anyhow::Result<EtcdSettings> {
        let credentials = match (&self.etcd_user, &self.etcd_password_file) {
            (Some(user), Some(path)) => {
                let text = std::fs::read_to_string(path).with_context(|| {
                    format!("cannot read --etcd-password-file {}", path.display())
                })?;
                Some(Credentials {
                    user: user.clone(),
                    password: text.lines().next().unwrap_or_default().to_owned(),
                })
            }
            _ => None,
        };
        let listen = self.listen();
        let host = self.advertise.as_ref().unwrap_or(&listen.address);
        Ok(EtcdSettings {
            endpoints: self.etcd.iter().map(ToString::to_string).collect(),
            prefix: self.etcd_prefix.clone(),
            credentials,
            server: format!("{host}:{}", listen.port),
        })
    }

    /// Where dialect classic is served.
    pub(crate) fn listen(&self) -> Endpoint {
        self.ports.endpoint(&self.listen, classic::PORT)
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            room_ttl: self.room_ttl,
            history: self.history,
            memory: self.history_memory,
            rooms: self.max_rooms,
            users: self.max_users,
            timeouts: Timeouts {
                polling: self.silent_after,
                never_polled: self.never_polled_after,
                takeover: self.takeover_after,
            },
            per_address: self.limits.per_address(),
        }
    }
}

fn gone(_: &str) -> Result<Infallible, &'static str> {
    Err(
        "accounts are kept with the chat by now; take this file over with --import-accounts FILE, once",
    )
}

fn listen_or_off(text: &str) -> Result<AccountsListen, String> {
    if text == "off" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: EndpointError| format!("{error}, or off"))
}

#[cfg(test)]
mod tests {
    use chat_server::Settings;

    use super::*;

    pub(super) fn read(line: &[&str]) -> Result<Flags, clap::Error> {
        let words = ["chat-server"].iter().chain(line);
        Flags::of(&Flags::command().try_get_matches_from(words)?)
    }

    /// Times are written as people write them, which is not how they would be printed.
    #[test]
    fn the_default_times_are_those_of_the_library() {
        let flags = read(&[]).unwrap();
        let per_address = flags.limits.per_address();
        let expected = Policy {
            per_address,
            ..Policy::default()
        };
        assert_eq!(flags.policy(), expected);
        assert_eq!(flags.sweep_every, Settings::default().sweep_every);
    }

    #[test]
    fn a_directory_and_etcd_on_one_command_line_are_refused() {
        let error = read(&["--data", "x", "--etcd", "localhost:2379"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        assert!(error.to_string().contains("--data"), "{error}");
        let error = read(&["--keep-log", "--etcd", "localhost:2379"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        let flags = read(&["--etcd", "a:2379,b:2379"]).unwrap();
        assert_eq!(flags.etcd.len(), 2);
        assert!(!flags.leaves_directory_alone());
    }

    #[test]
    fn a_name_is_not_taken_at_another_server_before_it_can_know_its_holder() {
        let etcd = ["--etcd", "a:2379", "--takeover-after"];
        let error = read(&[&etcd[..], &["7s"]].concat()).unwrap().data();
        assert!(error.unwrap_err().to_string().contains("at least 8 s"));
        assert!(read(&[&etcd[..], &["8s"]].concat()).unwrap().data().is_ok());
    }
}
