//! A program under test as a process: started by a command, typed to, ended with all of its children.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use parking_lot::Mutex;
use protocol::endpoint::Endpoint;

use super::descendants::{self, Mark};
use super::detached;
use crate::words::{Words, words};

/// How often something is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// How long what a program printed or sent before its end may take to arrive.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(200);

/// A command with places for addresses: `{binder}` is `HOST:PORT`, `{host}` and `{port}` are its parts, and
/// `{server_port}` is the port that a chat server takes.
#[derive(Clone, Debug)]
pub(crate) struct Command(Vec<String>);

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

impl Command {
    pub(crate) fn new(words: &[String]) -> Self {
        Self(words.to_vec())
    }

    /// Whether the address of the binder is put into it.
    pub(crate) fn takes_address(&self) -> bool {
        self.has("{binder}") || self.has("{port}")
    }

    /// Whether it has this place.
    pub(crate) fn has(&self, place: &str) -> bool {
        self.0.iter().any(|word| word.contains(place))
    }

    /// The words with addresses in their places.
    fn filled(&self, binder: &Endpoint, server_port: u16) -> Vec<String> {
        self.0
            .iter()
            .map(|word| {
                word.replace("{binder}", &binder.to_string())
                    .replace("{host}", &binder.address)
                    .replace("{server_port}", &server_port.to_string())
                    .replace("{port}", &binder.port.to_string())
            })
            .collect()
    }
}

/// A line for the shell. A single command takes the place of the shell, so that it ends when that is killed.
fn executed(line: &str) -> String {
    let is_single = !line.contains([';', '&', '|', '(', '=', '\n']);
    if is_single {
        format!("exec {line}")
    } else {
        line.to_owned()
    }
}

/// The process groups of the programs that run. On Linux one that has ended is not in it: its number may be that of
/// another program by now, and what it started is found by its mark.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Ends every program that runs with all that it started, and lets no other one start: this one is about to end.
pub fn end_all() {
    let running = RUNNING.lock();
    for group in &*running {
        let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
    let own = i32::try_from(std::process::id()).into_iter().collect();
    let mark = Mark::of_all();
    descendants::end(descendants::of(&own, &mark), &mark);
    std::mem::forget(running);
}

/// A running program in a group of its own, so that its children end with it where they cannot be looked for. Dropping
/// it ends it, and what it started.
pub(crate) struct Program {
    child: Child,
    mark: Mark,
    input: Option<ChildStdin>,
    printed: Arc<Mutex<String>>,
    /// What reads its output, until the end of that was waited for.
    collectors: Vec<JoinHandle<()>>,
    typed: Vec<String>,
    is_killed: bool,
}

impl Program {
    /// Starts a command.
    pub(crate) fn start(
        command: &Command,
        binder: &Endpoint,
        server_port: u16,
    ) -> io::Result<Self> {
        let words = command.filled(binder, server_port);
        // A command in one word is one for the shell.
        let words = match words.as_slice() {
            [line] if line.contains(' ') => vec!["sh".to_owned(), "-c".to_owned(), executed(line)],
            _ => words,
        };
        let Some((program, arguments)) = words.split_first() else {
            return Err(io::Error::other("the command is empty"));
        };
        let mark = Mark::new();
        // Held until the child is in it.
        let mut running = RUNNING.lock();
        let spawned = detached::command(program, arguments).and_then(|mut command| {
            command
                // What is printed has to arrive at once, and in UTF-8.
                .env("PYTHONUNBUFFERED", "1")
                .env("PYTHONUTF8", "1")
                .env(descendants::VARIABLE, mark.value())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        });
        let mut child =
            spawned.map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
        running.extend(i32::try_from(child.id()));
        drop(running);
        let printed = Arc::<Mutex<String>>::default();
        let output = child.stdout.take().map(|pipe| collect(pipe, &printed));
        let errors = child.stderr.take().map(|pipe| collect(pipe, &printed));
        Ok(Self {
            input: child.stdin.take(),
            child,
            mark,
            printed,
            collectors: output.into_iter().chain(errors).collect(),
            typed: Vec::new(),
            is_killed: false,
        })
    }

    /// Types lines. A program that has ended takes none; what it did before is what counts.
    pub(crate) fn type_lines(&mut self, lines: &[&str]) {
        self.typed.extend(lines.iter().map(|&line| line.to_owned()));
        if let Some(input) = &mut self.input {
            for line in lines {
                let _ = input.write_all(format!("{line}\n").as_bytes());
            }
            let _ = input.flush();
        }
    }

    /// Ends the input.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// What was typed so far, in one line. An empty line is an Enter.
    pub(crate) fn typed(&self) -> String {
        let lines: Vec<&str> = self
            .typed
            .iter()
            .map(|line| if line.is_empty() { "⏎" } else { line })
            .collect();
        lines.join(" · ")
    }

    /// What it has printed so far, errors among it.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().clone()
    }

    /// Whether it has printed nothing so far.
    pub(crate) fn is_silent(&self) -> bool {
        self.printed.lock().trim().is_empty()
    }

    /// How it ended, if it does within a time.
    pub(crate) fn wait_for_end(&mut self, within: Duration) -> Option<ExitStatus> {
        wait(within, || self.ended())
    }

    /// Whether it is still running.
    pub(crate) fn is_running(&mut self) -> bool {
        self.status().is_none()
    }

    /// How it has ended, if it has.
    fn status(&mut self) -> Option<ExitStatus> {
        // Held until the number is out of it: it is free from the moment in which the end is known.
        let mut running = RUNNING.lock();
        let status = self.child.try_wait().ok().flatten()?;
        if let Ok(id) = i32::try_from(self.child.id())
            && cfg!(target_os = "linux")
        {
            running.remove(&id);
        }
        Some(status)
    }

    /// How it has ended, if it has. What it printed has arrived then.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.status()?;
        // What it started may go on and keep the output open.
        let collectors = std::mem::take(&mut self.collectors);
        let _ = wait(LAST_WORDS, || {
            collectors.iter().all(JoinHandle::is_finished).then_some(())
        });
        Some(status)
    }

    /// Whether it has ended with an error. One that ended well may have started another one that goes on.
    pub(crate) fn has_failed(&mut self) -> bool {
        self.ended().is_some_and(|status| !status.success())
    }

    /// The processes that are part of it.
    pub(crate) fn processes(&self) -> BTreeSet<i32> {
        let own = i32::try_from(self.child.id()).into_iter().collect();
        let started = descendants::of(&own, &self.mark);
        started.union(&own).copied().collect()
    }

    /// Ends it, and what it started, without a chance to finish anything.
    pub(crate) fn kill(&mut self) {
        if std::mem::replace(&mut self.is_killed, true) {
            return;
        }
        let id = i32::try_from(self.child.id()).ok();
        let running = id.filter(|id| RUNNING.lock().remove(id));
        // Looked for while it runs: some are found by their parents only.
        let mut started = descendants::of(&running.into_iter().collect(), &self.mark);
        if let Some(id) = running {
            started.remove(&id);
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
            // One that has only just been started may have no group yet.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        descendants::end(started, &self.mark);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// With which exit code or by which signal a program ended.
pub(crate) fn how_it_ended(status: ExitStatus) -> Words {
    match (status.code(), status.signal()) {
        (Some(code), _) => words!("with exit code {code}", "com código de saída {code}"),
        (None, Some(signal)) => words!("by signal {signal}", "pelo sinal {signal}"),
        (None, None) => Words::same(status),
    }
}

/// Waits until something is there, for at most a time.
pub(crate) fn wait<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(LOOK);
    }
}

/// How much of a program's output is kept: one that prints without end must not fill the memory.
const MOST_PRINTED: usize = 1 << 20;

fn collect(mut pipe: impl Read + Send + 'static, printed: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut piece) {
            let Some(bytes) = piece.get(..length) else {
                return;
            };
            let mut printed = printed.lock();
            if printed.len() < MOST_PRINTED {
                printed.push_str(&String::from_utf8_lossy(bytes));
            }
        }
    })
}
