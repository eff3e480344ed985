//! The runtime of this process.

use std::sync::OnceLock;

use tokio::runtime::Runtime;

/// The runtime of all servers and callers in this process. The tests themselves are ordinary
/// functions, because half of what they use are processes and pipes.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}
