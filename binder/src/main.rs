//! The program `binder`: reads its flags, takes its port, runs until a signal ends it.

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use binder::proxy::Ports;
use binder::query::{Query, QueryError, visible};
use binder::{Etcd, ProxySettings, Settings};
use board::{BoardFlags, WireLog};
use clap::builder::FalseyValueParser;
use clap::{CommandFactory as _, Parser, Subcommand};
use metrics::Metrics;
use program::limits::at_least_one;
use program::{Documentation, LimitFlags, PortOffset, Verbosity, etcd_prefix};
use protocol::accounts;
use protocol::binder::{Address, Endpoint, PORT};

/// The name service of the distributed chat: servers register where their procedures live, clients
/// look them up here. Without a command it runs.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    #[command(subcommand)]
    task: Option<Task>,

    /// Where to listen, without a port on 5000. Keep the default for one machine; use 0.0.0.0 so that others
    /// in the network can look names up, or port 0 to take any free port.
    #[arg(
        long,
        env = "BINDER_LISTEN",
        value_name = "HOST[:PORT]",
        default_value = "127.0.0.1"
    )]
    listen: Address,

    #[command(flatten)]
    ports: PortOffset,

    /// Answer monitors at this address: GET /healthz says whether the binder is ready, GET /metrics what it
    /// does, as Prometheus reads it. They ask for no password; listen on more than this machine only where
    /// everybody may see how busy it is.
    #[arg(long, env = "BINDER_METRICS_LISTEN", value_name = "HOST:PORT")]
    metrics_listen: Option<Endpoint>,

    /// Keep the names in etcd, so that any number of binders have the same and any of them may die: the members
    /// of etcd, the nearest first. Without it this binder keeps its names in memory.
    #[arg(
        long,
        env = "BINDER_ETCD",
        value_name = "HOST:PORT,…",
        value_delimiter = ',',
        help_heading = "Etcd"
    )]
    etcd: Vec<Endpoint>,

    /// What the keys in etcd begin with. Binders with the same prefix have the same names.
    #[arg(
        long,
        env = "BINDER_ETCD_PREFIX",
        value_name = "PREFIX",
        default_value = "binder",
        value_parser = etcd_prefix,
        requires = "etcd",
        help_heading = "Etcd"
    )]
    etcd_prefix: String,

    /// The user for an etcd with authentication.
    #[arg(
        long,
        env = "BINDER_ETCD_USER",
        value_name = "NAME",
        requires = "etcd_password_file",
        help_heading = "Etcd"
    )]
    etcd_user: Option<String>,

    /// The file with the password of --etcd-user, in its first line.
    #[arg(
        long,
        env = "BINDER_ETCD_PASSWORD_FILE",
        value_name = "FILE",
        requires = "etcd_user",
        help_heading = "Etcd"
    )]
    etcd_password_file: Option<PathBuf>,

    /// Pass calls on to the servers: look-ups are answered with a port of this binder, and what is called there
    /// goes to the server and back unchanged. So the board and the lab see the calls of every server, and
    /// clients live through the restart of one. From the network, only servers that name the machine from which
    /// they are registered are called.
    #[arg(long, env = "BINDER_PROXY", value_parser = FalseyValueParser::new(), help_heading = "Proxy")]
    proxy: bool,

    /// The ports for --proxy, one for each server. Set them where a firewall has to let them through.
    /// [default: the 64 after that of --listen]
    #[arg(
        long,
        env = "BINDER_PROXY_PORTS",
        value_name = "FIRST-LAST",
        help_heading = "Proxy"
    )]
    proxy_ports: Option<Ports>,

    /// Ask these binders, the first that answers, for names that are not registered here, and pass the calls on as
    /// with --proxy. On the machine of a client, such a binder is a bridge that goes on when the other one dies.
    #[arg(
        long,
        env = "BINDER_UPSTREAM",
        value_name = "HOST[:PORT],…",
        value_delimiter = ',',
        conflicts_with = "etcd",
        help_heading = "Proxy"
    )]
    upstream: Vec<Address>,

    /// Print every call as indented XML on standard error, to show what goes over the wire.
    #[arg(long, env = "BINDER_WIRE", value_parser = FalseyValueParser::new())]
    wire: bool,

    #[command(flatten)]
    verbosity: Verbosity,

    /// How many names are kept. Raise it for a binder that serves many chats.
    #[arg(long, env = "BINDER_MAX_NAMES", value_name = "COUNT", default_value_t = binder::NAMES, value_parser = at_least_one, help_heading = "Limits")]
    max_names: usize,

    #[command(flatten)]
    limits: LimitFlags,

    #[command(flatten)]
    board: BoardFlags,
}

/// What to do instead of running.
#[derive(Debug, Subcommand)]
enum Task {
    #[command(flatten)]
    Query(Query),
    #[command(flatten)]
    Print(Documentation),
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let outcome = match &flags.task {
        None => run(flags).await,
        Some(Task::Query(query)) => match query.run(flags.ports, &mut std::io::stdout()).await {
            // As with `head`, which has all it wanted.
            Err(QueryError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome.map_err(Into::into),
        },
        Some(Task::Print(documentation)) => {
            documentation.print(Flags::command()).map_err(Into::into)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What another binder answered may be in it.
            eprintln!("{}", visible(&format!("binder: {error:#}")));
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    flags.verbosity.log_to_standard_error();
    let etcd = etcd(&flags)?;
    program::clock::check()?;
    let listener = program::listen(&flags.ports.endpoint(&flags.listen, PORT), "--listen").await?;
    let address = listener
        .local_addr()
        .context("cannot tell the address taken")?;
    let monitors = match &flags.metrics_listen {
        Some(endpoint) => Some(program::listen(endpoint, "--metrics-listen").await?),
        None => None,
    };
    let shows_board = flags.board.show_on(address.ip());
    if shows_board {
        tracing::info!("the board is at http://{}/", browsable(address));
    }
    let termination = program::termination::listen();
    // Scripts wait for the last of these lines; a closed standard output is no reason to stop.
    if let Some(monitors) = &monitors {
        let address = monitors
            .local_addr()
            .context("cannot tell the address taken for monitors")?;
        let _ = writeln!(std::io::stdout(), "binder metrics listening on {address}");
    }
    let proxy = proxy(&flags, address.port());
    if let Some(settings) = &proxy
        && let Some(own) = settings.own_upstream(address.port()).await
    {
        anyhow::bail!("--upstream {own} is this binder itself; name another one");
    }
    let _ = writeln!(std::io::stdout(), "binder listening on {address}");
    // With a proxy, a call takes a connection on each side, beside those to the binder itself.
    let limits = match proxy {
        None => flags.limits.limits(1),
        Some(_) => flags.limits.limits(3).shared_by(2),
    };
    let settings = Settings {
        limits,
        names: flags.max_names,
        etcd,
        proxy,
        per_address: flags.limits.per_address(),
        built_in: match flags.upstream.is_empty() {
            true => binder::built_in_names(address.ip(), flags.ports.of(accounts::PORT)),
            // The other binder knows better.
            false => Vec::new(),
        },
        observers: WireLog::observers(flags.wire),
        lab: flags.board.lab(),
        board: shows_board.then(|| flags.board.private()),
        names_in_network: [flags.board.hosts(), &[flags.listen.host().to_owned()]].concat(),
        metrics: monitors.is_some().then(Metrics::default),
    };
    let metrics = settings.metrics.clone();
    let serving = binder::run(listener, settings, program::supervisor::report(termination));
    match metrics.zip(monitors) {
        Some((metrics, monitors)) => metrics.serve_beside(monitors, serving).await,
        None => serving.await,
    }
    Ok(())
}

/// How calls are passed on, if they are.
fn proxy(flags: &Flags, own_port: u16) -> Option<ProxySettings> {
    if !flags.proxy && flags.upstream.is_empty() {
        return None;
    }
    // A binder that took a chance port takes chance ports for the servers, too.
    let usual = match flags.ports.endpoint(&flags.listen, PORT).port {
        0 => Ports::Free,
        _ => Ports::after(own_port),
    };
    Some(ProxySettings {
        upstream: flags.ports.binders(&flags.upstream),
        ..ProxySettings::new(flags.proxy_ports.unwrap_or(usual))
    })
}

/// Where the names are kept, if not in memory.
fn etcd(flags: &Flags) -> anyhow::Result<Option<Etcd>> {
    if flags.etcd.is_empty() {
        return Ok(None);
    }
    let mut config = etcd::Config::new(flags.etcd.iter().map(ToString::to_string).collect());
    if let (Some(user), Some(path)) = (&flags.etcd_user, &flags.etcd_password_file) {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read --etcd-password-file {}", path.display()))?;
        config.credentials = Some(etcd::Credentials {
            user: user.clone(),
            password: text.lines().next().unwrap_or_default().to_owned(),
        });
    }
    Ok(Some(Etcd {
        client: etcd::Client::new(config)?,
        prefix: flags.etcd_prefix.clone(),
    }))
}

/// The address as it is typed into a browser on this machine.
fn browsable(address: SocketAddr) -> String {
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}
