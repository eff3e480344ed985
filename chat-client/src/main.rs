//! The program `chat-client`: reads its flags, opens its log, runs, and says how it ended.

use std::io::{self, Write as _};
use std::process::ExitCode;

use chat_client::failure::Failure;
use chat_client::flags::Flags;
use chat_client::interactive::Text;
use chat_client::terminal::escaping::beginning_visible;
use chat_client::{startup, state_files, terminal};
use clap::CommandFactory as _;

/// Bytes of a complaint that are shown.
const LONGEST_COMPLAINT: usize = 4 << 10;

fn main() -> ExitCode {
    let matches = Flags::command().get_matches();
    let flags = Flags::read(&matches).unwrap_or_else(|error| error.exit());
    if let Some(documentation) = &flags.documentation {
        return match documentation.print(Flags::command()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let language = flags.language();
    // An unwritable default file is reported only to a user who asked for a log.
    let wants_log = flags.log_file.is_some() || matches.get_count("verbose") > 0;
    match state_files::open_log(flags.log_file.as_deref()) {
        Ok(file) => flags.verbosity.log_to_file(file),
        Err(error) if wants_log => complain(&error),
        Err(_) => {}
    }
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has what it wanted.
        Err(failure) if failure.is_reader_gone() => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!(%failure, "ended");
            match language {
                Some(language) => {
                    let line = complaint(&language.say(&Text::Ended(&failure)));
                    write(&terminal::wrapped(&line));
                }
                None => complain(&failure),
            }
            failure.exit_status().into()
        }
    }
}

fn run(flags: Flags) -> Result<(), Failure> {
    program::clock::check()?;
    // Two threads at least, or a write to a terminal that is held would keep signals from being seen.
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(2))
        .enable_all()
        .build()?;
    let outcome =
        runtime.block_on(async { startup::run(flags, program::termination::listen()).await });
    // Not waited for: a write to a terminal that is held may never return.
    runtime.shutdown_background();
    outcome
}

fn complain(error: &dyn std::fmt::Display) {
    write(&complaint(error));
}

/// One line. Escaped and bounded, because a server's words may be in it.
fn complaint(error: &dyn std::fmt::Display) -> String {
    beginning_visible(&format!("chat-client: {error}"), LONGEST_COMPLAINT)
}

fn write(line: &str) {
    // If standard error is closed, the exit code remains.
    let _ = writeln!(io::stderr(), "{line}");
}
