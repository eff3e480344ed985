//! Ours: the binder and the chat server as a user would run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::process::{Server, System};

/// The programs, built.
pub(crate) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Builds them. They are packages of their own, and Cargo has built only the one it was told to run.
    ///
    /// # Errors
    /// When they cannot be built.
    pub(crate) fn build() -> anyhow::Result<Self> {
        // This program is TARGET/release/bench; the others become its neighbours.
        let this = std::env::current_exe()?;
        let directory = this.parent().context("a program without a directory")?;
        let target = directory.parent().context("a program outside of target/")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--release"])
            // This package too, though it is built: together the packages have the features that
            // they were compiled with.
            .args(["-p", "bench", "-p", "binder", "-p", "chat-server"])
            .arg("--target-dir")
            .arg(target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .status()
            .context("cannot run cargo")?;
        ensure!(built.success(), "the servers cannot be built, see above");
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Starts a binder, and a chat server of dialect classic with these flags besides.
    pub(crate) fn start(&self, flags: &[&str]) -> anyhow::Result<System> {
        let binder = self.start_program("binder", &[])?;
        let address = binder.address().to_string();
        let mut all = vec!["--binder", &address, "--accounts-listen", "off"];
        all.extend(flags);
        Ok(System {
            chat_server: self.start_program("chat-server", &all)?,
            binder,
        })
    }

    fn start_program(&self, name: &str, flags: &[&str]) -> anyhow::Result<Server> {
        let mut command = Command::new(self.directory.join(name));
        command
            // Warnings and errors are shown, everybody who joins is not.
            .args(["--quiet", "--listen", "127.0.0.1:0"])
            .args(flags);
        Server::start(command, &[])
    }
}
