//! The file descriptors of this process, of which each connection of a test takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sees that this process may have so many files open. The programs that it starts may, too.
pub fn allow_open_files(needed: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|soft| soft >= needed) {
        return;
    }
    let raised = Rlimit {
        current: Some(needed),
        ..limit
    };
    let outcome = setrlimit(Resource::Nofile, raised);
    assert!(
        outcome.is_ok(),
        "{needed} open files (ulimit -Hn): {outcome:?}"
    );
}
