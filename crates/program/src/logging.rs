//! The log of a program: fields, on standard error or in a file.

use std::fs::File;
use std::io::IsTerminal as _;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Verbosity {
    /// Log more: -v for what is decided, -vv for every connection. Use it to find out why something
    /// does not arrive. The variable RUST_LOG says the same in words (debug, trace) and wins.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,

    /// Log less: -q for warnings and errors alone, -qq for errors. Use it to keep a terminal quiet.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "verbose")]
    quiet: u8,
}

impl Verbosity {
    fn filter(self) -> EnvFilter {
        let level = match i16::from(self.verbose) - i16::from(self.quiet) {
            ..=-2 => LevelFilter::ERROR,
            -1 => LevelFilter::WARN,
            0 => LevelFilter::INFO,
            1 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        // RUST_LOG still selects single modules, to debug this project itself.
        EnvFilter::builder()
            .with_default_directive(level.into())
            .from_env_lossy()
    }

    /// Logs to standard error from now on.
    pub fn log_to_standard_error(self) {
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(std::io::stderr)
            // Colours are for eyes; in a file or a pipe they are noise.
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .init();
    }

    /// Logs to `file` from now on: for programs with a conversation on their terminal.
    pub fn log_to_file(self, file: File) {
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(Mutex::new(file))
            .with_ansi(false)
            .init();
    }
}
