//! Our programs as processes, with what the system gives them limited or watched.

use std::process::Command;

use crate::stage::{Program, Server, binaries};

/// A server that was started through a shell, which can take things from it first.
pub(crate) struct Watched {
    pub(crate) server: Server,
    pid: u32,
}

impl Watched {
    /// Runs `first` in a shell, and then the program `name` with these flags in its place.
    pub(crate) fn start(first: &str, name: &str, flags: &[&str]) -> Self {
        let program = binaries::command(name);
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg(format!("{first}; echo \"pid $$\"; exec \"$0\" \"$@\""))
            .arg(program.get_program())
            .args(flags);
        for (variable, value) in program.get_envs() {
            if value.is_none() {
                shell.env_remove(variable);
            }
        }
        let mut program = Program::start(format!("{name} after {first:?}"), &mut shell);
        let line = program.next_line();
        let pid = line.strip_prefix("pid ").unwrap().parse().unwrap();
        Self {
            server: Server::ready(program),
            pid,
        }
    }

    /// The most memory that it has had at one time, in mebibytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM:") / 1024
    }

    /// How much time of a processor it has used, in milliseconds.
    pub(crate) fn cpu_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
        // The name before it, in brackets, may hold anything.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
        // Linux counts in hundredths of a second here, whatever the kernel counts in.
        (ticks(11) + ticks(12)) * 10
    }

    fn status(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}
