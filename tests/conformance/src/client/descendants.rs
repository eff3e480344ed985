//! The processes that a program under test started, those among them that left its process group, too.
//!
//! On Linux they are found in `/proc`: by a variable that the checker puts into the environment of each program,
//! which every child inherits, and by their parents. A process without that variable whose parents have ended is a
//! child of the checker itself, once this has asked for it; it is ended with the checker. Elsewhere there is no
//! `/proc`, and a process that leaves the group is not found.

use std::collections::BTreeSet;
use std::fs;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// The variable in the environment of programs under test, and of what they start.
pub(super) const VARIABLE: &str = "CONFORMANCE_STARTED";

/// How often processes are searched for: one that was just killed may have started another.
const ROUNDS: usize = 100;

/// The pause between two searches. A process that was killed needs a moment to end.
const PAUSE: Duration = Duration::from_millis(10);

/// The processes of one program, or of all.
#[derive(Clone, Debug)]
pub(super) struct Mark(String);

impl Mark {
    /// A mark that no other program has.
    pub(super) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(format!("{}{number}.", run()))
    }

    /// The mark of every program that this checker starts.
    pub(super) fn of_all() -> Self {
        Self(run().to_owned())
    }

    /// The value of the variable.
    pub(super) fn value(&self) -> &str {
        &self.0
    }

    fn is_in(&self, environment: &[u8]) -> bool {
        let wanted = format!("{VARIABLE}={}", self.0);
        environment
            .split(|&byte| byte == 0)
            .any(|entry| entry.starts_with(wanted.as_bytes()))
    }
}

/// The beginning of every mark. A number of a process may come again.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| format!("{}.{:08x}.", process::id(), fastrand::u32(..)))
}

/// A process that runs.
struct Process {
    id: i32,
    parent: i32,
}

/// What runs on this machine; nothing where there is no `/proc`.
fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name before it is in parentheses, and may have any character.
            let (_, rest) = stat.rsplit_once(") ")?;
            let mut fields = rest.split(' ');
            // A zombie has ended.
            let has_ended = fields.next() == Some("Z");
            let parent = fields.next()?.parse().ok()?;
            (!has_ended).then_some(Process { id, parent })
        })
        .collect()
}

/// The descendants of processes, and the processes with a mark and theirs.
pub(super) fn of(parents: &BTreeSet<i32>, mark: &Mark) -> BTreeSet<i32> {
    let all = processes();
    let mut found: BTreeSet<i32> = all
        .iter()
        .map(|process| process.id)
        .filter(|id| fs::read(format!("/proc/{id}/environ")).is_ok_and(|read| mark.is_in(&read)))
        .collect();
    loop {
        let before = found.len();
        let children: Vec<i32> = all
            .iter()
            .filter(|process| parents.contains(&process.parent) || found.contains(&process.parent))
            .map(|process| process.id)
            .collect();
        found.extend(children);
        if found.len() == before {
            return found;
        }
    }
}

/// Ends processes, their descendants, and those with a mark, until there are none.
pub(super) fn end(mut known: BTreeSet<i32>, mark: &Mark) {
    for _ in 0..ROUNDS {
        for &id in &known {
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
        }
        thread::sleep(PAUSE);
        for &id in &known {
            // Only a child of the checker can be waited for, which some of them have become.
            let _ = waitpid(Pid::from_raw(id), Some(WaitPidFlag::WNOHANG));
        }
        let found = of(&known, mark);
        if found.is_empty() {
            return;
        }
        known.extend(found);
    }
}

/// Makes processes whose parents have ended children of this one, so that they are found even without the variable.
/// Other systems than Linux cannot.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Where it is refused, what has the variable is found all the same.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_its_own_programs_only() {
        let (one, other) = (Mark::new(), Mark::new());
        let environment = format!("PATH=/bin\0{VARIABLE}={}\0HOME=/", one.value());
        assert!(one.is_in(environment.as_bytes()));
        assert!(Mark::of_all().is_in(environment.as_bytes()));
        assert!(!other.is_in(environment.as_bytes()));
        assert!(!one.is_in(b"PATH=/bin"));
    }
}
