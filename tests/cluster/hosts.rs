//! Three hosts, each with a member of etcd and a chat server.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use support::{Program, binaries, eventually};

pub(crate) const HOSTS: usize = 3;

/// A frame to this address reaches no interface: a cut link loses everything, and says nothing.
const NOWHERE: &str = "02:00:00:00:00:99";

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Etcd,
    Chat,
}

/// An end of a link. The clients and the witness are outside of the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Host(usize),
    Clients,
}

struct Host {
    address: String,
    /// Ports of etcd for clients and among members, and of the chat server.
    ports: [u16; 3],
    etcd: Option<Program>,
    chat: Option<Program>,
    chat_runs: usize,
}

pub(crate) struct Hosts {
    hosts: Vec<Host>,
    /// What the names of interfaces and namespaces begin with, if there are any.
    network: Option<String>,
    directory: PathBuf,
}

impl Hosts {
    pub(crate) fn start() -> Self {
        let id = std::process::id();
        let directory = binaries::temporary().join(format!("cluster-{id}"));
        std::fs::create_dir_all(&directory).unwrap();
        let network = network(id);
        if network.is_none() {
            eprintln!("no network namespaces here: links are not cut");
        }
        let host = |index: usize| Host {
            address: match network {
                Some(_) => address(id, index + 1),
                None => "127.0.0.1".to_owned(),
            },
            ports: match network {
                Some(_) => [2379, 2380, 9000],
                None => [free_port(), free_port(), free_port()],
            },
            etcd: None,
            chat: None,
            chat_runs: 0,
        };
        let mut hosts = Self {
            hosts: (0..HOSTS).map(host).collect(),
            network,
            directory,
        };
        (0..HOSTS).for_each(|index| hosts.run(index, Part::Etcd));
        (0..HOSTS).for_each(|index| hosts.run(index, Part::Chat));
        for index in 0..HOSTS {
            let chat = hosts.hosts[index].chat.as_ref().unwrap();
            chat.wait_until_printed("chat-server listening on");
        }
        hosts
    }

    pub(crate) fn can_cut(&self) -> bool {
        self.network.is_some()
    }

    pub(crate) fn endpoints(&self) -> Vec<String> {
        let client = |host: &Host| format!("{}:{}", host.address, host.ports[0]);
        self.hosts.iter().map(client).collect()
    }

    /// The chat servers.
    pub(crate) fn servers(&self) -> Vec<String> {
        let chat = |host: &Host| format!("{}:{}", host.address, host.ports[2]);
        self.hosts.iter().map(chat).collect()
    }

    /// Starts a part that does not run, on the data that it has.
    pub(crate) fn run(&mut self, index: usize, part: Part) {
        let (command, name) = match part {
            Part::Etcd => (self.etcd(index), "etcd"),
            Part::Chat => {
                self.hosts[index].chat_runs += 1;
                (self.chat(index), "chat-server")
            }
        };
        let mut command = match &self.network {
            Some(network) => {
                let namespace = format!("{network}{}", index + 1);
                binaries::under(&["ip", "netns", "exec", &namespace], command)
            }
            None => command,
        };
        let program = Program::start(format!("{name} {}", index + 1), &mut command);
        let host = &mut self.hosts[index];
        match part {
            Part::Etcd => host.etcd = Some(program),
            Part::Chat => host.chat = Some(program),
        }
    }

    fn etcd(&self, index: usize) -> Command {
        let url =
            |host: &Host, port: usize| format!("http://{}:{}", host.address, host.ports[port]);
        let host = &self.hosts[index];
        let (clients, members) = (url(host, 0), url(host, 1));
        let cluster: Vec<_> = self
            .hosts
            .iter()
            .enumerate()
            .map(|(index, host)| format!("chat{}={}", index + 1, url(host, 1)))
            .collect();
        let mut command = Command::new("etcd");
        command
            .args(["--name", &format!("chat{}", index + 1), "--data-dir"])
            .arg(self.directory.join(format!("etcd-{}", index + 1)))
            .args(["--listen-client-urls", &clients])
            .args(["--advertise-client-urls", &clients])
            .args(["--listen-peer-urls", &members])
            .args(["--initial-advertise-peer-urls", &members])
            .args(["--initial-cluster", &cluster.join(",")])
            .args(["--initial-cluster-state", "new"])
            .args(["--quota-backend-bytes", "2147483648"]);
        command
    }

    fn chat(&self, index: usize) -> Command {
        let host = &self.hosts[index];
        let mut endpoints = self.endpoints();
        // The nearest first.
        endpoints.rotate_left(index);
        let mut command = binaries::command("chat-server");
        command
            .args(["--listen", &format!("{}:{}", host.address, host.ports[2])])
            .args(["--accounts-listen", "off", "--etcd", &endpoints.join(",")])
            // There is none: the clients of these tests know the servers.
            .args(["--binder", "127.0.0.1:1"]);
        command
    }

    pub(crate) fn kill(&mut self, index: usize, part: Part) {
        let host = &mut self.hosts[index];
        let program = match part {
            Part::Etcd => host.etcd.take(),
            Part::Chat => host.chat.take(),
        };
        if let Some(program) = program {
            program.kill();
        }
    }

    pub(crate) fn pause(&self, index: usize, part: Part) {
        if let Some(program) = self.program(index, part) {
            program.pause();
        }
    }

    pub(crate) fn resume(&self, index: usize, part: Part) {
        if let Some(program) = self.program(index, part) {
            program.resume();
        }
    }

    fn program(&self, index: usize, part: Part) -> Option<&Program> {
        let host = &self.hosts[index];
        match part {
            Part::Etcd => host.etcd.as_ref(),
            Part::Chat => host.chat.as_ref(),
        }
    }

    /// The host of etcd's leader.
    pub(crate) fn leader(&self) -> Option<usize> {
        (0..HOSTS).find(|index| {
            let status = Command::new("etcdctl")
                .env("ETCDCTL_API", "3")
                .args([
                    "--command-timeout=1s",
                    "--endpoints",
                    &self.endpoints()[*index],
                ])
                .args(["endpoint", "status"])
                .output();
            // The fifth column says whether the member is the leader.
            status.is_ok_and(|status| {
                let text = String::from_utf8_lossy(&status.stdout).into_owned();
                text.split(", ").nth(4) == Some("true")
            })
        })
    }

    /// Cuts a link, or heals it.
    pub(crate) fn link(&self, one: End, other: End, is_up: bool) {
        let Some(network) = &self.network else {
            return;
        };
        for (here, there) in [(one, other), (other, one)] {
            let id = std::process::id();
            let (wrapper, interface) = match here {
                End::Host(index) => (
                    format!("ip netns exec {network}{} ", index + 1),
                    "eth0".to_owned(),
                ),
                End::Clients => (String::new(), format!("{network}b")),
            };
            let there = match there {
                End::Host(index) => address(id, index + 1),
                End::Clients => address(id, 254),
            };
            let change = if is_up {
                format!("ip neigh del {there} dev {interface}")
            } else {
                format!("ip neigh replace {there} lladdr {NOWHERE} dev {interface} nud permanent")
            };
            let done = shell(&format!("{wrapper}{change}"));
            assert!(done || is_up, "{change}");
        }
    }

    /// Makes everything work again.
    pub(crate) fn heal(&mut self) {
        for index in 0..HOSTS {
            self.link(End::Host(index), End::Host((index + 1) % HOSTS), true);
            self.link(End::Host(index), End::Clients, true);
            for part in [Part::Etcd, Part::Chat] {
                match self.program(index, part) {
                    Some(program) => program.resume(),
                    None => self.run(index, part),
                }
            }
        }
        for host in &self.hosts {
            let at = format!("{}:{}", host.address, host.ports[2]);
            eventually("the chat server listens", || {
                std::net::TcpStream::connect(&at).ok()
            });
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in &mut self.hosts {
            drop((host.chat.take(), host.etcd.take()));
        }
        if let Some(network) = &self.network {
            remove(network);
        }
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// A network of this process alone.
fn address(id: u32, host: usize) -> String {
    format!("10.{}.{}.{host}", 200 + id / 250 % 50, id % 250)
}

/// Makes namespaces with an interface each on a bridge; `None` where that is not allowed.
fn network(id: u32) -> Option<String> {
    let network = format!("dc{id}-");
    let bridge = format!("{network}b");
    let clients = address(id, 254);
    let made = shell(&format!(
        "ip link add {bridge} type bridge && ip addr add {clients}/24 dev {bridge} && ip link set {bridge} up"
    )) && (1..=HOSTS).all(|host| {
        let (namespace, address) = (format!("{network}{host}"), address(id, host));
        let within = format!("ip netns exec {namespace}");
        shell(&format!(
            "ip netns add {namespace} && \
             ip link add {namespace} type veth peer name eth0 netns {namespace} && \
             ip link set {namespace} master {bridge} up && \
             {within} ip addr add {address}/24 dev eth0 && {within} ip link set eth0 up && \
             {within} ip link set lo up"
        ))
    });
    if !made {
        remove(&network);
    }
    made.then_some(network)
}

fn remove(network: &str) {
    for host in 1..=HOSTS {
        shell(&format!("ip netns del {network}{host}"));
    }
    shell(&format!("ip link del {network}b"));
}

fn shell(line: &str) -> bool {
    let output = Command::new("sh").args(["-c", line]).output();
    output.is_ok_and(|output| output.status.success())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
