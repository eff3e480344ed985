//! Where etcd is, and how it is asked.

use std::time::Duration;

/// Where etcd is, and how it is asked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The members, as `HOST:PORT`. The first is asked first, and none twice.
    pub endpoints: Vec<String>,
    /// For an etcd with authentication.
    pub credentials: Option<Credentials>,
    /// How long an answer may take before the next endpoint is asked.
    pub timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

impl Config {
    /// These endpoints, without authentication, and with timeouts for a local network: an answer takes
    /// milliseconds, and electing a leader takes 1 to 2 s.
    pub fn new(endpoints: Vec<String>) -> Self {
        Self {
            endpoints,
            credentials: None,
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(500),
        }
    }
}

/// A user of etcd.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Without the password.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
