//! Several chats on one machine: the usual ports of all programs, moved by the same number.

use clap::Args;
use protocol::endpoint::{Address, Endpoint};

/// The largest offset: with it the highest usual port, 9000, is 65535.
const MAX: u16 = u16::MAX - protocol::classic::PORT;

/// By how much the usual ports are moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct PortOffset {
    /// Use the ports 5000, 8000 and 9000 plus this number, wherever no port is named. For a machine that several
    /// users share: each takes a number of their own and gives it to all three programs.
    #[arg(
        long,
        env = "CHAT_PORT_OFFSET",
        value_name = "NUMBER",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=i64::from(MAX)),
        global = true
    )]
    port_offset: u16,
}

impl PortOffset {
    /// The port in the place of a usual one.
    pub fn of(self, usual: u16) -> u16 {
        usual.saturating_add(self.port_offset)
    }

    /// Where an address leads to: its own port, or that in the place of a usual one.
    pub fn endpoint(self, address: &Address, usual: u16) -> Endpoint {
        address.or_port(self.of(usual))
    }

    /// The same of several binders.
    pub fn binders(self, addresses: &[Address]) -> Vec<Endpoint> {
        let binders = addresses.iter();
        binders
            .map(|address| self.endpoint(address, protocol::binder::PORT))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        ports: PortOffset,
    }

    fn read(offset: &str) -> Option<PortOffset> {
        let flags = Flags::try_parse_from(["program", "--port-offset", offset]);
        flags.ok().map(|flags| flags.ports)
    }

    #[test]
    fn a_port_that_is_named_is_not_moved_and_the_usual_ones_are_never_beyond_the_last() {
        let ports = read("100").unwrap();
        for (address, endpoint) in [
            ("localhost", "localhost:5100"),
            ("[::1]", "[::1]:5100"),
            ("localhost:5000", "localhost:5000"),
            ("localhost:0", "localhost:0"),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(ports.endpoint(&address, 5000).to_string(), endpoint);
        }
        assert_eq!(read("56535").unwrap().of(9000), u16::MAX);
        for wrong in ["56536", "-1", "x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
