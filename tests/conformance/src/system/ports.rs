//! Ports of this machine: which are free, and what listens at them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::ops::Range;
use std::process;

use protocol::endpoint::Endpoint;

use super::REACTION;
use crate::client::{Program, wait};
use crate::peer::connect;

/// Where ports are chosen: below those that Linux, macOS and Windows give to outgoing connections. One of these could
/// take the port while the program that was given it is started again.
const CHOSEN: Range<u16> = 20_000..32_000;

/// A port for a program.
pub(super) struct Port {
    pub(super) number: u16,
    /// The UDP port of the same number, bound so that no other checker chooses this one: a program that was given a
    /// port does not listen at once, or always. The programs that are checked use TCP only.
    _claim: Option<UdpSocket>,
}

impl Port {
    /// A port for a program that can be given one, and the well-known one for another.
    pub(super) fn choose(is_free_choice: bool, well_known: u16) -> io::Result<Self> {
        if !is_free_choice {
            return Ok(Self {
                number: well_known,
                _claim: None,
            });
        }
        // Checkers that start together try different ports first.
        let first = process::id() as usize % CHOSEN.len();
        let mut in_turn = CHOSEN.cycle().skip(first).take(CHOSEN.len());
        in_turn
            .find_map(Self::claim)
            .ok_or_else(|| io::ErrorKind::AddrInUse.into())
    }

    /// This port, if no other checker has chosen it and no program listens there.
    fn claim(number: u16) -> Option<Self> {
        let claim = UdpSocket::bind(("127.0.0.1", number)).ok()?;
        (!is_taken(number)).then_some(Self {
            number,
            _claim: Some(claim),
        })
    }
}

pub(super) fn is_reachable(place: &Endpoint) -> bool {
    connect(place).is_some()
}

/// Whether something listens at a port of this machine.
fn is_taken(port: u16) -> bool {
    TcpStream::connect(("localhost", port)).is_ok()
}

/// Waits until a program that was killed listens no more. What a shell started may end later than the shell: it
/// would hold the port, or be taken for the next one.
pub(super) fn wait_for_end_at(place: &Endpoint) {
    let _ = wait(REACTION, || (!is_reachable(place)).then_some(()));
}

/// Waits until a program listens, and answers whether it goes on running. That it does not listen is found by
/// the first call.
pub(super) fn wait_for_port(port: u16, program: &mut Program) -> bool {
    let _ = wait(REACTION, || {
        (is_taken(port) || !program.is_running()).then_some(())
    });
    program.is_running()
}

/// What listens on this machine at one moment.
pub(super) struct Listening {
    /// Each socket as its port and its inode, where the system says it.
    sockets: BTreeSet<(u16, u64)>,
    /// Elsewhere, the usual ports of chat servers that were taken.
    usual: Vec<u16>,
}

impl Listening {
    /// What listens now.
    pub(super) fn now() -> Self {
        let sockets = sockets();
        let usual = if sockets.is_empty() {
            let usual = [protocol::classic::PORT, protocol::accounts::PORT];
            usual.into_iter().filter(|&port| is_taken(port)).collect()
        } else {
            Vec::new()
        };
        Self { sockets, usual }
    }

    /// Whether what listens at a port now is what listened there then.
    pub(super) fn still_has(&self, port: u16) -> bool {
        self.usual.contains(&port)
            || sockets()
                .iter()
                .any(|socket| socket.0 == port && self.sockets.contains(socket))
    }
}

/// Whether one of these processes listens at a port, where the system says it.
pub(super) fn is_listened_at_by(processes: &BTreeSet<i32>, port: u16) -> bool {
    let at_port: BTreeSet<String> = sockets()
        .into_iter()
        .filter(|socket| socket.0 == port)
        .map(|(_, inode)| format!("socket:[{inode}]"))
        .collect();
    let descriptors = processes
        .iter()
        .filter_map(|id| fs::read_dir(format!("/proc/{id}/fd")).ok())
        .flatten();
    descriptors
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .any(|target| target.to_str().is_some_and(|name| at_port.contains(name)))
}

/// The sockets that listen, as Linux lists them.
fn sockets() -> BTreeSet<(u16, u64)> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(listening).collect::<Vec<_>>())
        .collect()
}

/// Port and inode of a line of such a table, if that socket listens.
fn listening(line: &str) -> Option<(u16, u64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, port) = fields.get(1)?.rsplit_once(':')?;
    if *fields.get(3)? != "0A" {
        return None;
    }
    Some((
        u16::from_str_radix(port, 16).ok()?,
        fields.get(9)?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_port_is_chosen_by_one_checker_at_a_time() {
        // Other tests choose from the other end.
        let first = CHOSEN.rev().find_map(Port::claim).unwrap();
        let number = first.number;
        assert!(Port::claim(number).is_none());
        drop(first);
        let listens = TcpListener::bind(("127.0.0.1", number)).unwrap();
        assert!(Port::claim(number).is_none());
        drop(listens);
        assert!(Port::claim(number).is_some());
        let chosen = || Port::choose(true, 9000).unwrap();
        let (one, another) = (chosen(), chosen());
        assert_ne!(one.number, another.number);
    }

    #[test]
    fn a_socket_that_listens_is_read_from_the_table() {
        let line = "   0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 48213 1 0000000000000000 100 0 0 10 0";
        assert_eq!(listening(line), Some((9000, 48213)));
        assert_eq!(listening(&line.replace(" 0A ", " 01 ")), None);
        let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
        assert_eq!(listening(heading), None);
    }

    #[test]
    fn a_port_that_another_program_has_taken_since_is_another_ones() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let then = Listening::now();
        assert!(then.still_has(port));
        drop(first);
        let _second = TcpListener::bind(("127.0.0.1", port)).unwrap();
        assert!(!then.still_has(port));
    }
}
