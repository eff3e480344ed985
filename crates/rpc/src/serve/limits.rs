//! The limits of a server.

use std::time::Duration;

use crate::xml::values::DEPTH;

/// The limits of a server, so that no single peer can exhaust its memory, connections or time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest body of a request in bytes. A message may have 16 KiB; a mebibyte leaves room for
    /// batches of calls.
    pub body: usize,
    /// Bytes of everything that requests become, bodies and values, not counting the first 2 KiB of each,
    /// into which an ordinary call fits. One address gets its share of them. When they are exhausted, larger
    /// requests are refused.
    pub requests: usize,
    /// Bytes of all answers that their peers have not read yet, not counting the first 16 KiB of each. One
    /// address gets half of them. When they are exhausted, calls with larger answers are refused.
    pub answers: usize,
    /// Nesting of values. The default exceeds what usual calls need.
    pub depth: usize,
    /// Connections at the same time. Beyond the limit, new ones wait until one closes.
    pub connections: usize,
    /// Whether one address has at most its share of the connections. More from it are turned away.
    pub per_address: bool,
    /// The share of one address: one of so many parts.
    pub parts: usize,
    /// Timeout for the header of a request, from its first byte, and then for its body.
    pub request: Duration,
    /// Idle timeout between two calls. Python's client reconnects by itself.
    pub idle: Duration,
    /// Whether answers are compressed for clients that accept it. Worth its time on slow links only.
    pub compress: bool,
    /// Timeout for calls in flight after shutdown began.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            // With 2 KiB for each connection of two ports, and some 16 MiB for the XML tree of the one body
            // that is read in the lane, it is 128 MiB in all.
            requests: 72 << 20,
            answers: 256 << 20,
            depth: DEPTH,
            connections: 10_000,
            per_address: false,
            parts: 2,
            request: Duration::from_secs(10),
            idle: Duration::from_secs(120),
            compress: false,
            shutdown: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// The limits of a proxy. The servers behind it take all its clients for one address, so what one of them may have
    /// is half of what such an address has there.
    pub fn of_proxy(self) -> Self {
        let parts = 2 * self.parts;
        Self { parts, ..self }
    }

    /// The limits of one of so many servers in a process, which share the memory.
    pub fn shared_by(self, servers: usize) -> Self {
        Self {
            requests: self.requests / servers,
            answers: self.answers / servers,
            ..self
        }
    }
}
