//! The program `chat-server`: reads its flags, takes its port, runs until a signal ends it.

mod flags;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use board::WireLog;
use chat_server::accounts::AccountsFile;
use chat_server::past;
use chat_server::{ChatServer, Listeners, OpenChat, Settings};
use clap::CommandFactory as _;
use flags::{Flags, Task};
use metrics::Metrics;
use program::PortOffset;
use protocol::binder::Endpoint;
use protocol::{accounts, classic};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::read();
    let outcome = match &flags.task {
        None => run(flags).await,
        Some(Task::Log { source, follow, .. }) => {
            let source = source.on_port(flags.ports.of(classic::PORT));
            past::print_log(&source, *follow, &mut std::io::stdout()).map_err(Into::into)
        }
        Some(Task::Replay { source, to, .. }) => {
            let source = source.on_port(flags.ports.of(classic::PORT));
            past::print_replay(&source, *to, &mut std::io::stdout()).map_err(Into::into)
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
    let listen = flags.listen();
    program::clock::check()?;
    // Before anything listens: a client must not find a server that cannot serve.
    let (data, policy) = (flags.data()?, flags.policy());
    if flags.leaves_directory_alone() {
        tracing::warn!("CHAT_SERVER_DATA is not used: the chat is in etcd");
    }
    let accounts = flags.import_accounts.as_deref().map(AccountsFile::read);
    let accounts = accounts.transpose()?;
    let chat = OpenChat::open(&data, policy.clone()).await?;
    if let Some(accounts) = accounts {
        chat.import_accounts(accounts).await?;
    }
    let classic = program::listen(&listen, "--listen").await?;
    let address = classic
        .local_addr()
        .context("cannot tell the address taken")?;
    let accounts_listen = match flags.accounts_listen {
        Some(chosen) => chosen.map(|chosen| flags.ports.endpoint(&chosen, accounts::PORT)),
        None => Some(beside(&listen, flags.ports)),
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
    let monitors = match &flags.metrics_listen {
        Some(endpoint) => Some(program::listen(endpoint, "--metrics-listen").await?),
        None => None,
    };
    let is_open = accounts_address.is_some_and(|address| !address.ip().is_loopback());
    let settings = Settings {
        account_from_login_address: flags.account_from_login_address.unwrap_or(is_open),
        binders: flags.ports.binders(&flags.binder),
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
        metrics: monitors.is_some().then(Metrics::default),
    };
    let monitors_address = monitors
        .as_ref()
        .map(TcpListener::local_addr)
        .transpose()
        .context("cannot tell the address taken for monitors")?;
    let termination = program::termination::listen();
    let listeners = Listeners { classic, accounts };
    let metrics = settings.metrics.clone();
    let server = ChatServer::new(chat, listeners, settings)?;
    // Scripts wait for the last of these lines; a closed standard output is no reason to stop.
    if let Some(address) = monitors_address {
        let _ = writeln!(
            std::io::stdout(),
            "chat-server metrics listening on {address}"
        );
    }
    if let Some(address) = accounts_address {
        let _ = writeln!(
            std::io::stdout(),
            "chat-server accounts listening on {address}"
        );
    }
    let _ = writeln!(std::io::stdout(), "chat-server listening on {address}");
    let serving = server.run(program::supervisor::report(termination));
    match metrics.zip(monitors) {
        Some((metrics, monitors)) => metrics.serve_beside(monitors, serving).await?,
        None => serving.await?,
    }
    Ok(())
}

/// Where dialect accounts is served by default: beside the other one. A free port for the one
/// means a free port for the other.
fn beside(listen: &Endpoint, ports: PortOffset) -> Endpoint {
    Endpoint {
        address: listen.address.clone(),
        port: if listen.port == 0 {
            0
        } else {
            ports.of(accounts::PORT)
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
