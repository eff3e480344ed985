//! The program `chat-server`: reads its flags, takes its port, runs until a signal ends it.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use board::{BoardFlags, WireLog};
use chat_server::accounts::AccountsFile;
use chat_server::chat::{Policy, Timeouts};
use chat_server::past::{self, Source};
use chat_server::{ChatServer, Data, EtcdSettings, Keep, Listeners, OpenChat, Settings};
use clap::builder::FalseyValueParser;
use clap::{CommandFactory as _, Parser, Subcommand};
use etcd::Credentials;
use program::limits::{at_least_one, duration, on_or_off};
use program::{Documentation, LimitFlags, Verbosity};
use protocol::binder::{Endpoint, EndpointError};

use tokio::net::TcpListener;

/// The chat service: keeps rooms, users and messages, and registers its procedures in the binder so
/// that clients find it. Without a command it runs.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    #[command(subcommand)]
    task: Option<Task>,

    /// Where to listen. Keep the default for one machine; use 0.0.0.0:9000 together with --advertise
    /// so that others in the network can join, or port 0 to take any free port.
    #[arg(
        long,
        env = "CHAT_SERVER_LISTEN",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:9000"
    )]
    listen: Endpoint,

    /// Where to serve clients that log in with a password (dialect accounts), or "off" to serve none.
    /// Both kinds of clients meet in the same rooms. [default: the host of --listen, port 8000]
    #[arg(long, env = "CHAT_SERVER_ACCOUNTS_LISTEN", value_name = "HOST:PORT|off", value_parser = listen_or_off)]
    accounts_listen: Option<AccountsListen>,

    /// Where to keep the chat, so that it goes on after a restart, or "off" to keep it in memory alone.
    /// [default: distributed-chat/chat-server-PORT in the user's state directory; off with port 0]
    #[arg(long, env = "CHAT_SERVER_DATA", value_name = "DIR|off")]
    data: Option<PathBuf>,

    /// Share the chat with other servers through etcd, so that it outlives any one machine: the members of
    /// etcd, the nearest first. It takes the place of --data.
    #[arg(long, env = "CHAT_SERVER_ETCD", value_name = "HOST:PORT,...", value_delimiter = ',', conflicts_with_all = ["data", "keep_log"])]
    etcd: Vec<Endpoint>,

    /// What the keys of this chat in etcd begin with. Servers with the same prefix are one chat; set it for
    /// several chats in one etcd.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_PREFIX",
        value_name = "PREFIX",
        default_value = "chat"
    )]
    etcd_prefix: String,

    /// The user for an etcd with authentication.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_USER",
        value_name = "NAME",
        requires = "etcd_password_file"
    )]
    etcd_user: Option<String>,

    /// The file with the password of --etcd-user, in its first line.
    #[arg(
        long,
        env = "CHAT_SERVER_ETCD_PASSWORD_FILE",
        value_name = "FILE",
        requires = "etcd_user"
    )]
    etcd_password_file: Option<PathBuf>,

    /// Keep all of the log, so that any moment can be looked at again with "chat-server replay". Without it
    /// only what is needed to start again is kept.
    #[arg(long, env = "CHAT_SERVER_KEEP_LOG", value_parser = FalseyValueParser::new())]
    keep_log: bool,

    /// Take over the accounts of an accounts file, which earlier versions kept. Names that are registered
    /// already stay as they are.
    #[arg(long, env = "CHAT_SERVER_IMPORT_ACCOUNTS", value_name = "FILE")]
    import_accounts: Option<PathBuf>,

    /// What earlier versions had in its place.
    #[arg(long, env = "CHAT_SERVER_ACCOUNTS_FILE", value_name = "FILE", hide = true, value_parser = gone)]
    accounts_file: Option<Infallible>,

    /// Whether an account acts only from addresses from which it has logged in. Turn it off where addresses
    /// change during a lesson. [default: on while listening on more than this machine]
    #[arg(long, env = "CHAT_SERVER_ACCOUNT_FROM_LOGIN_ADDRESS", value_name = "on|off", value_parser = on_or_off)]
    account_from_login_address: Option<bool>,

    /// The binder to register in. Set it when the binder runs on another machine or port.
    /// Without a port it is 5000. With several the server registers in each that answers.
    #[arg(
        long,
        env = "CHAT_SERVER_BINDER",
        value_name = "HOST[:PORT],…",
        value_delimiter = ',',
        value_parser = Endpoint::of_binder,
        default_value = "localhost:5000"
    )]
    binder: Vec<Endpoint>,

    /// The host name or address that the binder gives to clients. Needed as soon as the
    /// server listens on more than this machine: name one that the others can reach.
    #[arg(long, env = "CHAT_SERVER_ADVERTISE", value_name = "HOST")]
    advertise: Option<String>,

    /// How long an empty room is kept after its last use. Shorten it to show a class how rooms go.
    #[arg(long, env = "CHAT_SERVER_ROOM_TTL", value_name = "TIME", default_value = "5m", value_parser = duration)]
    room_ttl: Duration,

    /// How often empty rooms are looked for. Shorten it together with --room-ttl.
    #[arg(long, env = "CHAT_SERVER_SWEEP_EVERY", value_name = "TIME", default_value = "60s", value_parser = duration)]
    sweep_every: Duration,

    /// How many messages a room keeps, the newest. Lower it to bound the memory of a small machine.
    #[arg(
        long,
        env = "CHAT_SERVER_HISTORY",
        value_name = "MESSAGES",
        default_value_t = 10_000
    )]
    history: usize,

    /// About how much memory the messages of all rooms may take, in bytes. Beyond it the sender who has
    /// most loses its oldest messages. Raise it on a large machine with many rooms.
    #[arg(long, env = "CHAT_SERVER_HISTORY_MEMORY", value_name = "BYTES", default_value_t = Policy::default().memory, value_parser = at_least_one)]
    history_memory: usize,

    /// Print every call as indented XML on standard error, to show what goes over the wire.
    #[arg(long, env = "CHAT_SERVER_WIRE", value_parser = FalseyValueParser::new())]
    wire: bool,

    /// How long a user stays after its client has stopped polling. Raise it where laptops sleep through
    /// breaks.
    #[arg(long, env = "CHAT_SERVER_SILENT_AFTER", value_name = "TIME", default_value = "15m", value_parser = duration)]
    silent_after: Duration,

    /// How long a user must be silent before another client that asks for the name gets it. It lets a
    /// student come back under the same name after a terminal died.
    #[arg(long, env = "CHAT_SERVER_TAKEOVER_AFTER", value_name = "TIME", default_value = "60s", value_parser = duration)]
    takeover_after: Duration,

    /// How long a user stays who has never asked for messages: some clients only send, and some sit
    /// outside every room. Lower it where names are scarce.
    #[arg(long, env = "CHAT_SERVER_NEVER_POLLED_AFTER", value_name = "TIME", default_value = "24h", value_parser = duration)]
    never_polled_after: Duration,

    #[command(flatten)]
    verbosity: Verbosity,

    /// How many rooms there may be. What exists goes on working when it is reached.
    #[arg(long, env = "CHAT_SERVER_MAX_ROOMS", value_name = "COUNT", default_value_t = Policy::default().rooms, value_parser = at_least_one, help_heading = "Limits")]
    max_rooms: usize,

    /// How many users may be registered, accounts included.
    #[arg(long, env = "CHAT_SERVER_MAX_USERS", value_name = "COUNT", default_value_t = Policy::default().users, value_parser = at_least_one, help_heading = "Limits")]
    max_users: usize,

    #[command(flatten)]
    limits: LimitFlags,

    #[command(flatten)]
    board: BoardFlags,
}

/// What to do instead of running.
#[derive(Debug, Subcommand)]
enum Task {
    /// Print the log: every command that changed the chat, with its outcome. It works beside a running
    /// server.
    Log {
        #[command(flatten)]
        source: Source,

        /// Go on printing what is appended.
        #[arg(long)]
        follow: bool,
    },
    /// Print the chat as it was: its rooms, their users and their last messages.
    Replay {
        #[command(flatten)]
        source: Source,

        /// After which entry of the log. [default: the last]
        #[arg(long, value_name = "POSITION")]
        to: Option<u64>,
    },
    #[command(flatten)]
    Print(Documentation),
}

/// Where dialect accounts is served, if at all.
type AccountsListen = Option<Endpoint>;

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let outcome = match &flags.task {
        None => run(flags).await,
        Some(Task::Log { source, follow }) => {
            past::print_log(source, *follow, &mut std::io::stdout()).map_err(Into::into)
        }
        Some(Task::Replay { source, to }) => {
            past::print_replay(source, *to, &mut std::io::stdout()).map_err(Into::into)
        }
        Some(Task::Print(documentation)) => {
            documentation.print(Flags::command()).map_err(Into::into)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    flags.verbosity.log_to_standard_error();
    program::clock::check()?;
    // Before anything listens: a client must not find a server that cannot serve.
    let (data, policy) = (data(&flags)?, policy(&flags));
    let accounts = flags.import_accounts.as_deref().map(AccountsFile::read);
    let accounts = accounts.transpose()?;
    let chat = OpenChat::open(&data, policy.clone()).await?;
    if let Some(accounts) = accounts {
        chat.import_accounts(accounts).await?;
    }
    let classic = program::listen(&flags.listen, "--listen").await?;
    let address = classic
        .local_addr()
        .context("cannot tell the address taken")?;
    let accounts_listen = match flags.accounts_listen {
        Some(chosen) => chosen,
        None => Some(beside(&flags.listen)),
    };
    let accounts = match &accounts_listen {
        Some(endpoint) => Some(program::listen(endpoint, "--accounts-listen").await?),
        None => None,
    };
    let accounts_address = accounts
        .as_ref()
        .map(TcpListener::local_addr)
        .transpose()
        .context("cannot tell the address taken for accounts")?;
    let is_open = accounts_address.is_some_and(|address| !address.ip().is_loopback());
    let settings = Settings {
        account_from_login_address: flags.account_from_login_address.unwrap_or(is_open),
        binders: flags.binder,
        advertise: advertised(flags.advertise, address, accounts_address)?,
        policy,
        data,
        limits: flags.limits.limits(1 + usize::from(accounts.is_some())),
        sweep_every: flags.sweep_every,
        observers: WireLog::observers(flags.wire),
        lab: flags.board.lab(),
        board: flags
            .board
            .show_on(address.ip())
            .then(|| flags.board.private()),
        board_hosts: flags.board.hosts().to_vec(),
    };
    let termination = program::termination::listen();
    let listeners = Listeners { classic, accounts };
    let server = ChatServer::new(chat, listeners, settings)?;
    // Scripts wait for the last of these lines; a closed standard output is no reason to stop.
    if let Some(address) = accounts_address {
        let _ = writeln!(
            std::io::stdout(),
            "chat-server accounts listening on {address}"
        );
    }
    let _ = writeln!(std::io::stdout(), "chat-server listening on {address}");
    server.run(termination).await?;
    Ok(())
}

/// Where the chat is kept.
fn data(flags: &Flags) -> anyhow::Result<Data> {
    if !flags.etcd.is_empty() {
        return Ok(Data::Etcd(etcd(flags)?));
    }
    let keep = if flags.keep_log {
        Keep::Everything
    } else {
        Keep::Newest
    };
    let named = flags.data.as_deref();
    Data::of_server(named, flags.listen.port, keep).context(
        "name a directory with --data DIR, or use --data off to keep the chat in memory alone",
    )
}

/// Where the log in etcd is.
fn etcd(flags: &Flags) -> anyhow::Result<EtcdSettings> {
    let credentials = match (&flags.etcd_user, &flags.etcd_password_file) {
        (Some(user), Some(path)) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read --etcd-password-file {}", path.display()))?;
            Some(Credentials {
                user: user.clone(),
                password: text.lines().next().unwrap_or_default().to_owned(),
            })
        }
        _ => None,
    };
    let host = flags.advertise.as_ref().unwrap_or(&flags.listen.address);
    Ok(EtcdSettings {
        endpoints: flags.etcd.iter().map(ToString::to_string).collect(),
        prefix: flags.etcd_prefix.clone(),
        credentials,
        server: format!("{host}:{}", flags.listen.port),
    })
}

/// What the chat allows.
fn policy(flags: &Flags) -> Policy {
    Policy {
        room_ttl: flags.room_ttl,
        history: flags.history,
        memory: flags.history_memory,
        rooms: flags.max_rooms,
        users: flags.max_users,
        timeouts: Timeouts {
            polling: flags.silent_after,
            never_polled: flags.never_polled_after,
            takeover: flags.takeover_after,
        },
        per_address: flags.limits.per_address(),
    }
}

/// Where dialect accounts is served by default: beside the other one. A free port for the one
/// means a free port for the other.
fn beside(listen: &Endpoint) -> Endpoint {
    Endpoint {
        address: listen.address.clone(),
        port: if listen.port == 0 {
            0
        } else {
            protocol::accounts::PORT
        },
    }
}

/// The host for clients: the one asked for, or one that they can certainly reach.
fn advertised(
    asked_for: Option<String>,
    classic: SocketAddr,
    accounts: Option<SocketAddr>,
) -> anyhow::Result<String> {
    let open = [Some(classic), accounts]
        .into_iter()
        .flatten()
        .find(|address| !address.ip().is_loopback());
    match (asked_for, open) {
        (Some(host), _) if host.trim().is_empty() => {
            bail!("--advertise needs a host name or address")
        }
        (Some(host), Some(_)) => {
            for closed in [Some(classic), accounts].into_iter().flatten() {
                if closed.ip().is_loopback() {
                    tracing::warn!(
                        port = closed.port(),
                        "this port is open to this machine alone, though others are told of it"
                    );
                }
            }
            Ok(host)
        }
        (Some(host), None) => Ok(host),
        (None, None) => Ok("localhost".to_owned()),
        (None, Some(address)) if address.ip().is_unspecified() => bail!(
            "listening on {address}, for the whole network: say with --advertise HOST which name or \
             address of this machine the others can reach, or listen on 127.0.0.1 for this machine alone"
        ),
        // A single address of this machine was chosen on purpose; others reach it there.
        (None, Some(address)) => Ok(address.ip().to_string()),
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
