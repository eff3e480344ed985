//! When the checker ends, nothing that it started is left.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{binaries, eventually};

/// A program that writes its number into a file and stays.
struct Staying {
    file: PathBuf,
}

impl Staying {
    fn new(name: &str) -> Self {
        let file = binaries::temporary().join(name);
        let _ = fs::remove_file(&file);
        Self { file }
    }

    /// The line for the shell that waits until it runs.
    fn is_there(&self) -> String {
        format!("while [ ! -s {} ]; do sleep 0.1; done", self.file.display())
    }

    /// The line for the shell that starts it.
    fn line(&self) -> String {
        format!(
            "sh -c 'echo $$ > {} && exec sleep 600'",
            self.file.display()
        )
    }

    fn id(&self) -> i32 {
        eventually("the program starts", || {
            fs::read_to_string(&self.file).ok()?.trim().parse().ok()
        })
    }

    #[track_caller]
    fn must_end(&self) {
        let id = self.id();
        eventually("the program has ended", || {
            let state = fs::read_to_string(format!("/proc/{id}/stat"));
            // A zombie has ended, too.
            state
                .map_or(true, |state| state.contains(") Z "))
                .then_some(())
        });
    }
}

/// The checker, which checks a client that a line of the shell starts.
fn checker(line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_chat-conformance"))
        .args(["client", line])
        .spawn()
        .unwrap()
}

fn exit_code(checker: &mut Child) -> Option<i32> {
    eventually("the checker ends", || checker.try_wait().unwrap()).code()
}

#[track_caller]
fn an_interrupt_ends(name: &str, start: &str) {
    let program = Staying::new(name);
    let line = program.line();
    let mut checker = checker(&format!("{start} {line} & sleep 600; true {{binder}}"));
    program.id();
    let id = i32::try_from(checker.id()).unwrap();
    kill(Pid::from_raw(id), Signal::SIGINT).unwrap();
    assert_eq!(exit_code(&mut checker), Some(2));
    program.must_end();
}

#[test]
fn an_interrupt_ends_the_programs_under_test() {
    an_interrupt_ends("interrupted", "");
}

#[test]
fn an_interrupt_ends_a_program_that_has_left_its_group() {
    an_interrupt_ends("interrupted-in-another-group", "setsid");
}

#[track_caller]
fn the_end_of_a_check_ends(name: &str, start: &str) {
    let program = Staying::new(name);
    let (line, is_there) = (program.line(), program.is_there());
    // Its parent ends at once, and then the client.
    let mut checker = checker(&format!("({start} {line} &); {is_there}; true {{binder}}"));
    assert_eq!(exit_code(&mut checker), Some(1));
    program.must_end();
}

#[test]
fn the_end_of_a_check_ends_a_program_that_has_left_its_group() {
    the_end_of_a_check_ends("in-another-group", "setsid");
}

/// It is not known whose it is, so it ends with the checker.
#[test]
fn the_end_of_a_check_ends_a_program_without_its_environment() {
    the_end_of_a_check_ends("without-environment", "env -i $(command -v setsid)");
}
