//! The binder and the chat server as programs: built, started, killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use protocol::binder::Endpoint;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Why a program does not run.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// The system cannot start it or tell about it.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// It cannot be built.
    #[error("the servers cannot be built, see above")]
    Build,
    /// It ended, or said something else, where it should have said where it listens.
    #[error("{name} does not say where it listens but {said:?}")]
    Silent {
        /// Which program.
        name: &'static str,
        /// What it said instead.
        said: Option<String>,
    },
}

/// The programs, built.
#[derive(Debug)]
pub struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Builds them in the profile of this program. They are packages of their own, and Cargo has built
    /// only the one it was told to run.
    ///
    /// # Errors
    /// When they cannot be built.
    pub async fn build() -> Result<Self, ProgramError> {
        // This program is TARGET/PROFILE/soak; the others become its neighbours.
        let this = std::env::current_exe()?;
        let (directory, target) = match this.ancestors().collect::<Vec<_>>().as_slice() {
            [_, directory, target, ..] => (directory.to_path_buf(), *target),
            _ => return Err(ProgramError::Build),
        };
        let profile = match directory.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(named) => named,
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            // This package too, though it is built: together the packages have the features that they
            // were compiled with.
            .args(["build", "--quiet", "-p", "soak", "-p", "binder"])
            .args(["-p", "chat-server", "--profile", profile, "--target-dir"])
            .arg(target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .status()
            .await?;
        if built.success() {
            Ok(Self { directory })
        } else {
            Err(ProgramError::Build)
        }
    }

    /// Starts the program of this name with these flags.
    ///
    /// # Errors
    /// When the system cannot start it.
    pub(crate) fn start(&self, name: &'static str, flags: &[&str]) -> Result<Server, ProgramError> {
        let mut command = Command::new(self.directory.join(name));
        // Each flag has an environment variable beside it, and the machine may have some of them set.
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy();
            if ["BINDER_", "CHAT_", "RUST_LOG"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&variable);
            }
        }
        let mut process = command
            // Errors are shown. That the binder goes away, of which the chat server warns, is intended.
            .arg("-qq")
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or(ProgramError::Build)?;
        Ok(Server {
            name,
            process,
            output: BufReader::new(output).lines(),
        })
    }
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Where it listens, once it says so: a line ends in `listening on HOST:PORT`.
    ///
    /// # Errors
    /// When it says something else.
    pub(crate) async fn address(&mut self) -> Result<Endpoint, ProgramError> {
        let said = self.output.next_line().await?;
        let address = said
            .as_deref()
            .and_then(|line| line.rsplit_once(" listening on "))
            .and_then(|(_, address)| address.parse().ok());
        address.ok_or(ProgramError::Silent {
            name: self.name,
            said,
        })
    }

    /// Kills it, without a chance to finish anything.
    ///
    /// # Errors
    /// When the system cannot.
    pub(crate) async fn kill(&mut self) -> std::io::Result<()> {
        self.process.kill().await
    }

    /// The most memory that it has had at one time, in mebibytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024)
    }
}
