//! The comparison of this project's servers with others, in one command:
//!
//! ```text
//! cargo run --release -p bench
//! ```
//!
//! It builds the binder and the chat server, starts them and those they are compared with as processes
//! of their own, makes calls, and reads from the operating system what each process used. What it finds
//! goes to the terminal, and into the tables and charts of `docs/performance.md` and `docs/reliability.md`, which
//! also say what the figures mean.
//!
//! [`servers`] is who is compared, [`load`] makes the calls, [`parts`] are the measurements, [`report`]
//! writes down what came of them.

mod figures;
mod load;
mod part;
mod parts;
mod plan;
mod progress;
mod report;
mod servers;
mod setup;
mod system;

use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;

use part::Part;
use plan::Plan;
use progress::Progress;
use report::Document;
use servers::Role;

/// Compares the binder and the chat server with bare HTTP, plain dxr_server and Python's original, on
/// the machine at hand. Prints tables, and writes them and the charts into docs/.
#[derive(Debug, Parser)]
struct Flags {
    /// Take about a minute instead of eight, by fewer and shorter rounds. Use it for a first look: the
    /// figures are rougher, and nothing is written into docs/.
    #[arg(long)]
    quick: bool,

    /// Measure one part and leave the other tables as they are.
    #[arg(long, value_name = "NAME")]
    only: Option<Part>,

    /// Where the chats of the part durability are kept: a directory on the disk to be measured. Without it
    /// that is the disk with this project's build directory.
    #[arg(long, value_name = "DIR")]
    data_in: Option<PathBuf>,

    /// What this program does as a child of itself.
    #[command(subcommand)]
    role: Option<Role>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    if let Some(role) = flags.role {
        return servers::play(role).await;
    }
    if cfg!(debug_assertions) {
        bail!("figures of an unoptimized build mean nothing; run `cargo run --release -p bench`");
    }
    let mut plan = if flags.quick {
        Plan::quick()
    } else {
        Plan::full()
    };
    plan.data_in = flags.data_in;
    system::allow_open_files(plan.open_files())?;
    let document = Document::open(!flags.quick)?;
    report::print(&report::machine::describe())?;
    for part in Part::chosen(flags.only) {
        let section = parts::measure(part, &plan, &mut Progress::begin(part)).await?;
        report::print(&section.to_string())?;
        document.write(part, &section)?;
    }
    Ok(())
}
