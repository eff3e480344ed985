//! etcd for tests: members as processes of their own, on free ports of this machine.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::{Program, binaries, eventually};

/// A cluster of etcd. Dropping it ends all members and removes their data.
pub struct Etcd {
    /// Declared first, so that the members end before their data is removed.
    members: Vec<Member>,
    flags: Vec<String>,
    directory: TempDir,
}

struct Member {
    program: Option<Program>,
    clients: u16,
    peers: u16,
}

impl Etcd {
    /// Starts so many members with these flags besides, and waits until they answer.
    pub fn start(members: usize, flags: &[&str]) -> Self {
        Self::start_on(
            members,
            flags,
            tempfile::tempdir_in(binaries::temporary()).unwrap(),
        )
    }

    /// The same with the data in this directory, a subdirectory for each member.
    pub fn start_on(members: usize, flags: &[&str], directory: TempDir) -> Self {
        let member = |_| Member {
            program: None,
            clients: free_port(),
            peers: free_port(),
        };
        let mut etcd = Self {
            members: (0..members).map(member).collect(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            directory,
        };
        (0..members).for_each(|index| etcd.run(index));
        etcd.wait_until_healthy();
        etcd
    }

    /// `HOST:PORT` of all members.
    pub fn endpoints(&self) -> Vec<String> {
        let endpoint = |member: &Member| format!("127.0.0.1:{}", member.clients);
        self.members.iter().map(endpoint).collect()
    }

    /// What `--etcd` of the programs takes.
    pub fn flag(&self) -> String {
        self.endpoints().join(",")
    }

    /// Starts a member that does not run, on the data that it has.
    pub fn run(&mut self, index: usize) {
        let peers = |member: &Member| format!("http://127.0.0.1:{}", member.peers);
        let cluster: Vec<String> = (self.members.iter().enumerate())
            .map(|(index, member)| format!("{}={}", name(index), peers(member)))
            .collect();
        let member = &self.members[index];
        let (clients, peers) = (
            format!("http://127.0.0.1:{}", member.clients),
            peers(member),
        );
        let mut command = Command::new("etcd");
        command
            .args(["--name", &name(index), "--data-dir"])
            .arg(self.data(index))
            .args(["--listen-client-urls", &clients])
            .args(["--advertise-client-urls", &clients])
            .args(["--listen-peer-urls", &peers])
            .args(["--initial-advertise-peer-urls", &peers])
            .args(["--initial-cluster", &cluster.join(",")])
            .args(["--initial-cluster-state", "new"])
            .args(&self.flags);
        let program = Program::start(format!("etcd {}", name(index)), &mut command);
        self.members[index].program = Some(program);
    }

    pub fn kill(&mut self, index: usize) {
        if let Some(program) = self.members[index].program.take() {
            program.kill();
        }
    }

    pub fn kill_all(&mut self) {
        (0..self.members.len()).for_each(|index| self.kill(index));
    }

    /// Starts all members, which are killed if they run, on other data: a subdirectory for each.
    pub fn restart_on(&mut self, directory: TempDir) {
        self.kill_all();
        self.directory = directory;
        (0..self.members.len()).for_each(|index| self.run(index));
        self.wait_until_healthy();
    }

    pub fn data(&self, index: usize) -> PathBuf {
        self.directory.path().join(name(index))
    }

    /// Waits until every member that runs has a leader.
    pub fn wait_until_healthy(&self) {
        let running = || {
            self.members
                .iter()
                .filter(|member| member.program.is_some())
        };
        let endpoints: Vec<String> = running()
            .map(|member| format!("127.0.0.1:{}", member.clients))
            .collect();
        eventually("etcd is healthy", || {
            self.try_control(&["--endpoints", &endpoints.join(","), "endpoint", "health"])
                .ok()
        });
    }

    /// Runs `etcdctl` and gives what it prints.
    #[track_caller]
    pub fn control(&self, arguments: &[&str]) -> String {
        self.try_control(arguments)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Runs `etcdctl` and gives what it prints, or what it prints of its failure.
    pub fn try_control(&self, arguments: &[&str]) -> Result<String, String> {
        let endpoints = self.flag();
        let mut all = vec!["--command-timeout=5s"];
        if !arguments.contains(&"--endpoints") {
            all.extend(["--endpoints", &endpoints]);
        }
        all.extend(arguments);
        let output = Command::new("etcdctl")
            .env("ETCDCTL_API", "3")
            .args(all)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    /// Stops all members where they are.
    pub fn pause(&self) {
        self.running().for_each(Program::pause);
    }

    pub fn resume(&self) {
        self.running().for_each(Program::resume);
    }

    fn running(&self) -> impl Iterator<Item = &Program> {
        self.members
            .iter()
            .filter_map(|member| member.program.as_ref())
    }
}

fn name(index: usize) -> String {
    format!("chat{}", index + 1)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
