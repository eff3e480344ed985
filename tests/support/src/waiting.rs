//! Waiting for something to become true, but not for ever.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long anything may take. Ample on a busy machine: nothing here takes that long unless it is
/// broken.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How soon a condition is looked at again. Short against everything that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Waits until `look` finds something, and gives it.
///
/// # Panics
/// At the deadline, with `what` was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < DEADLINE,
            "{what}: not within {DEADLINE:?}"
        );
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Waits until the clock shows another second.
///
/// The original client keeps only what is strictly later than the last timestamp it saw, and the
/// original server's timestamps have whole seconds: between those two, what is to be seen must be
/// sent in a second of its own.
pub fn next_second() {
    let now = second();
    eventually("the next second", || (second() != now).then_some(()));
}

/// The second that the clock shows, in seconds since 1970.
fn second() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
