//! The program `soak`: runs the system under chance for a while and says whether all held.

mod client;
mod failure;
mod faults;
mod figures;
mod progress;
mod run;
mod settings;
mod system;
mod text;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use settings::Settings;

/// Runs a binder and a chat server, which are killed and started again all the while, with many clients of
/// both dialects. The clients send, change rooms, disconnect, come back and break their connections at
/// random. The end is a check that every acknowledged message was seen exactly once, in one order, by
/// everyone who could see it. The exit code is 0 if every check held, and 1 if not.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// How long to talk, in seconds. Reading the rest and checking comes after it.
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// How many clients.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    clients: u32,

    /// What chance begins with, printed at the start; by default another one each time. The same seed
    /// makes the same decisions; what comes of them also depends on the machine.
    #[arg(long)]
    seed: Option<u64>,

    /// How long a client rests between two actions, on average, in milliseconds.
    #[arg(long, default_value_t = 50)]
    pause: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let settings = Settings {
        time: Duration::from_secs(flags.seconds),
        clients: flags.clients,
        // Short enough to be typed again.
        seed: flags.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
        pause: Duration::from_millis(flags.pause),
    };
    let mut out = std::io::stdout();
    // A closed output does not change the result.
    let _ = writeln!(
        out,
        "soak: {} clients for {} s, --seed {}",
        settings.clients, flags.seconds, settings.seed
    );
    match run::run(settings).await {
        Ok(figures) => {
            let _ = writeln!(
                out,
                "{figures}HELD: every acknowledged message was seen once, in one order"
            );
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(out, "FAILED (--seed {}): {failure}", settings.seed);
            ExitCode::FAILURE
        }
    }
}
