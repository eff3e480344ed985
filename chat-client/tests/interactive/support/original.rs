//! The Python programs that the client has to work with, as processes of their own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::Terminal;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/python");

/// A running Python server. It is killed when this is dropped.
pub(crate) struct Original {
    process: Child,
    pub(crate) address: String,
}

impl Original {
    pub(crate) fn binder() -> Self {
        Self::start("binder.py", &[])
    }

    /// A chat server, known to the binder.
    pub(crate) fn chat_server(script: &str, binder: &Self) -> Self {
        Self::start(script, &["--binder", &binder.address])
    }

    fn start(script: &str, flags: &[&str]) -> Self {
        let mut process = Command::new("python3")
            .arg(format!("{FOLDER}/{script}"))
            .args(["--port", "0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { process, address }
    }

    /// Stops it, as one that hangs: its system still takes connections.
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let process = Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    /// The Python client at a terminal of its own, which finds its chat server by this binder.
    pub(crate) fn client(&self, script: &str, flags: &[&str]) -> Terminal {
        let script = format!("{FOLDER}/{script}");
        let often = ["--poll-seconds", "0.2"];
        let flags = [&[&script, "--binder", &self.address][..], &often, flags].concat();
        let path = std::env::var("PATH").unwrap_or_default();
        Terminal::open("python3", &flags, &[("PATH", &path), ("PYTHONUTF8", "1")])
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
