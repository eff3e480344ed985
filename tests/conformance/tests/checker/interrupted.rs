//! The checker itself is ended.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::binaries;

/// How long everything may take.
const DEADLINE: Duration = Duration::from_secs(30);

fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_interrupt_ends_the_programs_under_test() {
    let started = binaries::temporary().join("interrupted");
    let _ = fs::remove_file(&started);
    let line = format!(
        "echo $$ > {} && sleep 600; true {{binder}}",
        started.display()
    );
    let mut checker = Command::new(env!("CARGO_BIN_EXE_chat-conformance"))
        .args(["client", &line])
        .spawn()
        .unwrap();
    let program: i32 = wait("the program starts", || {
        fs::read_to_string(&started).ok()?.trim().parse().ok()
    });
    let id = i32::try_from(checker.id()).unwrap();
    kill(Pid::from_raw(id), Signal::SIGINT).unwrap();
    let status = wait("the checker ends", || checker.try_wait().unwrap());
    assert_eq!(status.code(), Some(2));
    wait("the program has ended", || {
        let state = fs::read_to_string(format!("/proc/{program}/stat"));
        // One that nobody has waited for has ended, too.
        state
            .map_or(true, |state| state.contains(") Z "))
            .then_some(())
    });
}
