//! A program under test: a child process with everything it has printed so far.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{DEADLINE, eventually};

/// One of the two streams a program prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// What has been printed so far, as bytes: a piece may end in the middle of a character.
#[derive(Debug, Default)]
struct Printed {
    out: Vec<u8>,
    err: Vec<u8>,
    ended: usize,
}

impl Printed {
    fn text(&self, stream: Stream) -> String {
        let bytes = match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        };
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// What a program that ended leaves behind.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal killed it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A running program. Dropping it kills it.
pub struct Program {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    printed: Arc<(Mutex<Printed>, Condvar)>,
    /// Up to where standard output has been waited for, in bytes.
    seen: usize,
}

impl Program {
    /// Starts `command`; `name` is what failures call it.
    pub fn start(name: impl Into<String>, command: &mut Command) -> Self {
        Self::spawn(name.into(), command.stderr(Stdio::piped()))
    }

    /// Starts `command` with its standard error shown instead of collected.
    pub fn start_visible(name: impl Into<String>, command: &mut Command) -> Self {
        Self::spawn(name.into(), command.stderr(Stdio::inherit()))
    }

    fn spawn(name: String, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started ({command:?}): {error}"));
        let printed = Arc::new((Mutex::new(Printed::default()), Condvar::new()));
        collect(child.stdout.take().unwrap(), Stream::Out, &printed);
        match child.stderr.take() {
            Some(err) => collect(err, Stream::Err, &printed),
            None => printed.0.lock().unwrap().ended += 1,
        }
        Self {
            name,
            input: child.stdin.take(),
            child,
            printed,
            seen: 0,
        }
    }

    /// All of standard output so far.
    pub fn out(&self) -> String {
        self.printed.0.lock().unwrap().text(Stream::Out)
    }

    /// All of standard error so far.
    pub fn err(&self) -> String {
        self.printed.0.lock().unwrap().text(Stream::Err)
    }

    /// Gives the program text as input, as it is.
    #[track_caller]
    pub fn type_text(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the input is still open");
        if let Err(error) = input.write_all(text.as_bytes()) {
            panic!("cannot type {text:?}: {error}\n{}", self.report());
        }
    }

    #[track_caller]
    pub fn type_line(&mut self, line: &str) {
        self.type_text(&format!("{line}\n"));
    }

    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits until `text` is printed to standard output after what was waited for before.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let at = self.wait_until(Stream::Out, self.seen, text);
        self.seen = at + text.len();
    }

    /// Waits for the rest of the line on standard output after what was waited for before.
    #[track_caller]
    pub fn next_line(&mut self) -> String {
        let start = self.seen;
        let end = self.wait_until(Stream::Out, start, "\n");
        self.seen = end + 1;
        let printed = self.printed.0.lock().unwrap();
        String::from_utf8_lossy(&printed.out[start..end]).into_owned()
    }

    /// Waits until `text` is anywhere on standard output: for what has no fixed place in it.
    #[track_caller]
    pub fn wait_until_printed(&self, text: &str) {
        self.wait_until(Stream::Out, 0, text);
    }

    /// Waits until `text` was printed to standard error `times` more often than now.
    #[track_caller]
    pub fn wait_until_logged_again(&self, text: &str, times: usize) {
        let count = || self.err().matches(text).count();
        let wanted = count() + times;
        eventually(&format!("{text:?} is logged {times} times more"), || {
            (count() >= wanted).then_some(())
        });
    }

    /// Waits until `text` is anywhere on standard error.
    #[track_caller]
    pub fn wait_until_logged(&self, text: &str) {
        self.wait_until(Stream::Err, 0, text);
    }

    /// Where `text` is, in bytes, once it is there.
    #[track_caller]
    fn wait_until(&self, stream: Stream, start: usize, text: &str) -> usize {
        let end = Instant::now() + DEADLINE;
        let (printed, changed) = &*self.printed;
        let mut printed = printed.lock().unwrap();
        loop {
            let bytes = match stream {
                Stream::Out => &printed.out,
                Stream::Err => &printed.err,
            };
            let found = bytes[start..]
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            if let Some(at) = found {
                return start + at;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || printed.ended == 2 {
                drop(printed);
                panic!("{text:?} was not printed\n{}", self.report());
            }
            printed = changed.wait_timeout(printed, left).unwrap().0;
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops the program where it is, and waits until it stands still.
    #[track_caller]
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        let path = format!("/proc/{}/stat", self.child.id());
        eventually(&format!("{} stands still", self.name), || {
            let stat = std::fs::read_to_string(&path).unwrap();
            // The name before it, in brackets, may hold anything.
            let (_, state) = stat.rsplit_once(") ")?;
            state.starts_with('T').then_some(())
        });
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Waits until the program ends by itself, and gives what it left.
    ///
    /// # Panics
    /// When it has not ended after `within`.
    #[track_caller]
    pub fn wait_for_end(mut self, within: Duration) -> Ended {
        let began = Instant::now();
        let status = eventually(&format!("the end of {}", self.name), || {
            let status = self.child.try_wait().unwrap();
            assert!(
                status.is_some() || began.elapsed() < within,
                "it does not end within {within:?}\n{}",
                self.report()
            );
            status
        });
        // The pipes are read to their ends, which a program's own children could hold open.
        let (printed, changed) = &*self.printed;
        let (printed, _) = changed
            .wait_timeout_while(printed.lock().unwrap(), DEADLINE, |printed| {
                printed.ended < 2
            })
            .unwrap();
        Ended {
            code: status.code(),
            out: printed.text(Stream::Out),
            err: printed.text(Stream::Err),
        }
    }

    /// Kills the program without a chance to finish anything; it must not have ended by itself.
    #[track_caller]
    pub fn kill(self) {
        self.signal(Signal::KILL);
        let ended = self.wait_for_end(DEADLINE);
        assert_eq!(ended.code, None, "it ended by itself: {}", ended.err);
    }

    /// Ends the program as a user would, by a signal; it must end in time with exit code 0.
    #[track_caller]
    pub fn terminate(self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it has had at one time, in mebibytes, where the system reports it.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024)
    }

    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // The name before it, in brackets, may hold anything.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
        // Linux counts in hundredths of a second here, whatever the kernel counts in.
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Ends the program's input and waits until it ends by itself with exit code 0.
    #[track_caller]
    pub fn finish(mut self) -> Ended {
        self.end_input();
        let name = self.name.clone();
        let ended = self.wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(0), "exit code of {name}: {ended:#?}");
        ended
    }

    /// The name and the output of the program, for the message of a failure.
    pub fn report(&self) -> String {
        let mut report = format!("  program: {}\n", self.name);
        for (stream, text) in [
            ("standard output", self.out()),
            ("standard error", self.err()),
        ] {
            let _ = writeln!(report, "  its {stream}:");
            for line in text.lines() {
                let _ = writeln!(report, "    | {line}");
            }
        }
        report
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which is no error here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a stream to its end on a thread of its own.
fn collect(
    mut pipe: impl Read + Send + 'static,
    stream: Stream,
    printed: &Arc<(Mutex<Printed>, Condvar)>,
) {
    let shared = Arc::clone(printed);
    thread::spawn(move || {
        let (printed, changed) = &*shared;
        let mut piece = [0; 8192];
        loop {
            // An error here is the end of the stream as well.
            let length = pipe.read(&mut piece).unwrap_or(0);
            let mut printed = printed.lock().unwrap();
            match stream {
                Stream::Out => printed.out.extend_from_slice(&piece[..length]),
                Stream::Err => printed.err.extend_from_slice(&piece[..length]),
            }
            printed.ended += usize::from(length == 0);
            changed.notify_all();
            if length == 0 {
                return;
            }
        }
    });
}
