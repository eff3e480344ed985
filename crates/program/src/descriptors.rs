//! File descriptors: the system's soft limit is often 1,024, far below the connections that a server
//! promises.

use rpc::Limits;

/// Descriptors that are kept for everything else: the log and its files, accounts that are written, calls
/// to other servers.
#[cfg(unix)]
const RESERVE: usize = 64;

/// Raises the limit of file descriptors as far as the system allows it, so that `ports` can take their
/// connections. Where it is too low for them, there are fewer connections, and the log says so.
pub fn fit(limits: Limits, ports: usize) -> Limits {
    #[cfg(unix)]
    {
        let granted = raise(limits.connections.saturating_mul(ports) + RESERVE);
        let connections = fitting(limits.connections, ports, granted);
        if connections < limits.connections {
            tracing::warn!(
                descriptors = granted,
                connections,
                wanted = limits.connections,
                "the system grants too few file descriptors for --max-connections; more connections have \
                 to wait. Raise its hard limit (ulimit -Hn)"
            );
        }
        Limits {
            connections,
            ..limits
        }
    }
    #[cfg(not(unix))]
    {
        // Where there is no limit of descriptors, there is none for the ports to share.
        let _ = ports;
        limits
    }
}

/// The connections to one of so many ports for which the descriptors suffice.
#[cfg(unix)]
fn fitting(connections: usize, ports: usize, descriptors: usize) -> usize {
    let reserve = RESERVE.min(descriptors / 2);
    connections.min((descriptors - reserve) / ports).max(1)
}

/// Raises the soft limit to `wanted`, at most to the hard limit, and gives what it is then.
#[cfg(unix)]
fn raise(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let unlimited = u64::MAX;
    let (soft, hard) = (
        limit.current.unwrap_or(unlimited),
        limit.maximum.unwrap_or(unlimited),
    );
    let raised = hard.min(wanted as u64);
    if raised <= soft {
        return usize::try_from(soft).unwrap_or(usize::MAX);
    }
    let new = Rlimit {
        current: Some(raised),
        ..limit
    };
    let granted = match setrlimit(Resource::Nofile, new) {
        Ok(()) => raised,
        // Some systems have another limit below the hard one.
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of file descriptors");
            soft
        }
    };
    usize::try_from(granted).unwrap_or(usize::MAX)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_left_and_ports_share_the_rest() {
        assert_eq!(fitting(10_000, 2, 20_064), 10_000);
        assert_eq!(fitting(10_000, 2, 1_024), 480);
        assert_eq!(fitting(10_000, 1, 1_024), 960);
        assert_eq!(fitting(10_000, 1, 64), 32);
        assert_eq!(fitting(10_000, 3, 2), 1);
        assert_eq!(fitting(10, 1, usize::MAX), 10);
    }
}
