//! The limits of a server, as flags.

use std::time::Duration;

use clap::builder::FalseyValueParser;
use rpc::Limits;
use rpc::xml::values::DEEPEST;

/// What a stranger may ask of the server. The defaults suit a class; change them for a machine that
/// is much smaller or a crowd that is much larger.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Largest request body in bytes, also after unpacking. Lower it on a small machine.
    #[arg(long, env = "CHAT_MAX_BODY", value_name = "BYTES", default_value_t = Limits::default().body)]
    max_body: usize,

    /// How deep values may be nested in a request, from 5 to 100. Lower it to show a class what is
    /// refused.
    #[arg(long, env = "CHAT_MAX_DEPTH", value_name = "LEVELS", default_value_t = Limits::default().depth, value_parser = depth)]
    max_depth: usize,

    /// Connections at the same time; more wait until one closes. Raise it for a larger crowd. The system
    /// must grant as many file descriptors (ulimit -Hn); otherwise the start says how many it can serve.
    #[arg(long, env = "CHAT_MAX_CONNECTIONS", value_name = "COUNT", default_value_t = Limits::default().connections, value_parser = at_least_one)]
    max_connections: usize,

    /// How long the header of a request may take, and its body after that. Raise it for very slow
    /// links.
    #[arg(long, env = "CHAT_REQUEST_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = duration)]
    request_timeout: Duration,

    /// How long a connection may rest between two calls. Lower it when connections are scarce;
    /// clients reconnect by themselves.
    #[arg(long, env = "CHAT_IDLE_TIMEOUT", value_name = "TIME", default_value = "2m", value_parser = duration)]
    idle_timeout: Duration,

    /// Whether one address has at most half of the places (connections, users, rooms, names in the binder) and
    /// its part of the memory for messages, so that the rest stays for others. Turn it off where all come from one address, such
    /// as a class behind a router, and there are so many that half is too little.
    #[arg(long, env = "CHAT_PER_ADDRESS", value_name = "on|off", default_value = "on", value_parser = on_or_off, action = clap::ArgAction::Set)]
    per_address: bool,

    /// Compress large answers for clients that take it. It costs more than it saves, except on slow
    /// links.
    #[arg(long, env = "CHAT_COMPRESS", value_parser = FalseyValueParser::new())]
    compress: bool,
}

impl LimitFlags {
    /// The limits of a server with so many ports, as far as the system's file descriptors suffice.
    pub fn limits(&self, ports: usize) -> Limits {
        let limits = Limits {
            body: self.max_body,
            depth: self.max_depth,
            connections: self.max_connections,
            per_address: self.per_address,
            request: self.request_timeout,
            idle: self.idle_timeout,
            compress: self.compress,
            ..Limits::default()
        };
        crate::descriptors::fit(limits, ports)
    }

    /// Whether one address has at most its part of what there is.
    pub const fn per_address(&self) -> bool {
        self.per_address
    }
}

/// Reads `on` or `off`.
pub fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("expected on or off".to_owned()),
    }
}

/// Reads a time such as `5m` or `1s 500ms` that is longer than nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 90s, 5m or 1h")),
    }
}

/// What a batch needs: it is an array of structs, each with an array of parameters, which may be arrays
/// themselves.
const LEAST_DEPTH: usize = 5;

fn depth(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(depth) if (LEAST_DEPTH..=DEEPEST).contains(&depth) => Ok(depth),
        _ => Err(format!("expected a number from {LEAST_DEPTH} to {DEEPEST}")),
    }
}

/// Reads a count of at least one.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("expected a whole number".to_owned()),
    }
}
