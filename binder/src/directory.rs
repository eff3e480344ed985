//! What is registered: a name, and where it lives.

use std::collections::HashMap;

use protocol::binder::Endpoint;

/// The names that servers registered. A plain map: whoever shares it brings the lock.
#[derive(Debug, Default)]
pub struct Directory {
    names: HashMap<String, Endpoint>,
}

impl Directory {
    /// Registers `name` as living at `endpoint`, and tells where it lived before.
    pub fn register(&mut self, name: &str, endpoint: Endpoint) -> Option<Endpoint> {
        self.names.insert(name.to_owned(), endpoint)
    }

    /// Where `name` lives, if somebody registered it.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<&Endpoint> {
        self.names.get(name)
    }
}
