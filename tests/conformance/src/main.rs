//! The program `chat-conformance`: checks a binder, a chat server, a client, or all three, and reports.

use std::fs::{self, Metadata};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use conformance::{Commands, Language, Patience, Profile, Report};
use program::Documentation;
use program::limits::duration;
use protocol::endpoint::Endpoint;

/// Checks any implementation of the chat against the protocol or the assignment, and says what to fix
/// first. It calls only the programs named, and removes the names and rooms that it made.
#[derive(Debug, Parser)]
#[command(version, name = "chat-conformance")]
struct Flags {
    #[command(subcommand)]
    task: Task,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Task {
    #[command(flatten)]
    Check(Check),
    #[command(flatten)]
    Print(Documentation),
}

/// What is checked.
#[derive(Debug, Subcommand)]
enum Check {
    /// Check a binder that is running.
    Binder {
        /// Where it listens.
        #[arg(value_name = "HOST:PORT")]
        address: Endpoint,
    },
    /// Check a chat server that is running.
    Server {
        /// Where it listens.
        #[arg(value_name = "HOST:PORT")]
        address: Endpoint,
    },
    /// Check a client: it is started again and again with scripted servers, and typed to.
    Client {
        /// The command that starts it, after all flags of the checker. In it, {binder} is where the binder is,
        /// as HOST:PORT, and {host} and {port} are its parts; without these the binder is at port 5000.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<String>,
    },
    /// Check all three together: they are started, used, killed and started again. Each command may have
    /// {binder}, {host} and {port} for where the binder is, and {server_port} for a port of the chat server's
    /// own; without them the well-known ports are used.
    System {
        /// The command that starts the binder.
        #[arg(long, value_name = "COMMAND")]
        binder: String,
        /// The command that starts the chat server.
        #[arg(long, value_name = "COMMAND")]
        server: String,
        /// The command that starts a client.
        #[arg(long, value_name = "COMMAND")]
        client: String,
    },
}

#[derive(Debug, Args)]
struct Options {
    /// What to check against: classic, accounts, or the assignment. [default: what the server's answers
    /// suggest; the assignment for a binder]
    #[arg(long, global = true)]
    profile: Option<Profile>,

    /// Show the calls of each finding as XML.
    #[arg(long, global = true)]
    wire: bool,

    /// The language of the report. [default: pt where the locale is Portuguese, else en]
    #[arg(long, global = true, value_name = "en|pt")]
    lang: Option<Language>,

    /// Wait the five minutes after which an empty room goes.
    #[arg(long, global = true)]
    slow: bool,

    /// After which time an empty room goes, where the server was started with less than five minutes.
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    room_ttl: Option<Duration>,

    /// Write the report as JSON.
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the report as JUnit's XML.
    #[arg(long, global = true, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write the report as the results.json of a Gradescope autograder.
    #[arg(long, global = true, value_name = "FILE")]
    gradescope: Option<PathBuf>,
}

impl Options {
    /// The files into which the report is written, in the order of its documents.
    const fn files(&self) -> [&Option<PathBuf>; 3] {
        [&self.json, &self.junit, &self.gradescope]
    }
}

/// Exit code: something is not met.
const FAILED: u8 = 1;

/// Exit code: it could not be checked.
const NOT_CHECKED: u8 = 2;

fn main() -> ExitCode {
    let flags = Flags::parse();
    conformance::adopt_orphans();
    end_with_everything_started();
    let outcome = match &flags.task {
        Task::Check(check) => {
            run(check, &flags.options).map(|report| match report.first_to_mend() {
                None => ExitCode::SUCCESS,
                Some(_) => ExitCode::from(FAILED),
            })
        }
        Task::Print(documentation) => documentation
            .print(Flags::command())
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
    };
    // What has hidden from the end of its program.
    conformance::end_all();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            let reason = format!("chat-conformance: {error:#}");
            eprintln!("{reason}");
            let documents = conformance::not_checked(&reason);
            for (path, document) in flags.options.files().into_iter().zip(documents) {
                if let Some(path) = path
                    && let Err(error) = fs::write(path, document)
                {
                    eprintln!("chat-conformance: {}: {error}", cannot_write(path));
                }
            }
            ExitCode::from(NOT_CHECKED)
        }
    }
}

/// Lets Ctrl-C end the programs under test, too: they are no part of this one's group, and would keep their ports.
fn end_with_everything_started() {
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            return;
        };
        runtime.block_on(async { program::termination::listen().await });
        conformance::end_all();
        eprintln!("chat-conformance: interrupted");
        std::process::exit(NOT_CHECKED.into());
    });
}

/// Writes into the files that nothing has been checked, so that none has the result of an earlier run in it, however
/// this one ends. That one cannot be written is to be known before the check and not after it.
fn begin(files: [&Option<PathBuf>; 3]) -> anyhow::Result<()> {
    let documents = conformance::not_checked("the check has not come to its end");
    for (path, document) in files.into_iter().zip(documents) {
        let Some(path) = path else { continue };
        // To open a pipe would wait for its reader.
        let is_other = |found: Metadata| !found.is_file() && !found.is_dir();
        if !path.metadata().is_ok_and(is_other) {
            fs::write(path, document).with_context(|| cannot_write(path))?;
        }
    }
    Ok(())
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn run(check: &Check, options: &Options) -> anyhow::Result<Report> {
    let files = options.files();
    begin(files)?;
    let patience = Patience {
        room_ttl: options.room_ttl,
        slow: options.slow,
        ..Patience::default()
    };
    let language = options.lang.unwrap_or_else(Language::of_environment);
    let report = match check {
        Check::Binder { address } => {
            let profile = options.profile.unwrap_or(Profile::Assignment);
            conformance::binder(address, profile, language)?
        }
        Check::Server { address } => {
            conformance::server(address, options.profile, patience, language)?
        }
        Check::Client { command } => conformance::client(command, options.profile)?,
        Check::System {
            binder,
            server,
            client,
        } => conformance::system(
            &Commands::new(binder, server, client),
            options.profile,
            patience,
            language,
        )?,
    };
    let text = report.text(language, options.wire);
    // A reader that closes the pipe has seen what it wanted.
    let _ = std::io::stdout().write_all(text.as_bytes());
    for (path, document) in files.into_iter().zip(report.documents(language)?) {
        if let Some(path) = path {
            fs::write(path, document).with_context(|| cannot_write(path))?;
        }
    }
    Ok(report)
}
