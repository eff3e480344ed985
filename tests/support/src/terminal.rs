//! A terminal: a real pseudo-terminal with a program at it, and an emulator that shows what is to be
//! seen on it.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::DEADLINE;
use crate::rewrapping::rewrapped;

/// How a terminal is when no program has changed it.
const USUAL: LocalModes = LocalModes::ECHO.union(LocalModes::ICANON);

/// rustyline's mark of a complete drawing.
const END_OF_DRAWING: &str = "\x1b[?2026l";

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// A program at a terminal. It is killed when this is dropped.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Mutex<Box<dyn Write + Send>>,
    child: Mutex<Box<dyn Child + Send + Sync>>,
    shown: Arc<Shown>,
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: vt100::Parser,
    written: Vec<u8>,
    /// Whether the program's end of the terminal is closed.
    ended: bool,
}

impl Terminal {
    /// Starts `program` with these flags, in Portuguese, with a state directory of its own unless the
    /// environment that is given says otherwise.
    pub fn open(program: &str, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(ROWS, COLUMNS)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(flags);
        // The environment of the tests may set flags, languages and colours.
        command.env_clear();
        let state = tempfile::tempdir().unwrap();
        for (variable, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "pt_BR.UTF-8"),
            ("XDG_STATE_HOME", state.path().to_str().unwrap()),
        ]
        .iter()
        .chain(environment)
        {
            command.env(variable, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let shown = Arc::new(Shown {
            state: Mutex::new(State {
                emulator: vt100::Parser::new(at_least_one(ROWS), at_least_one(COLUMNS), 1_000),
                written: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let mut output = pair.master.try_clone_reader().unwrap();
        std::thread::spawn({
            let shown = Arc::clone(&shown);
            move || {
                // Removed when the program has ended.
                let _state = state;
                shown.read(&mut output);
            }
        });
        Self {
            keys: Mutex::new(pair.master.take_writer().unwrap()),
            master: pair.master,
            child: Mutex::new(child),
            shown,
        }
    }

    /// Takes nothing of what the program writes until the guard is dropped, as after Ctrl-S.
    pub fn hold(&self) -> impl Drop {
        self.shown.state.lock().unwrap()
    }

    pub fn press(&self, keys: &str) {
        self.press_bytes(keys.as_bytes());
    }

    /// Presses keys of a terminal that does not send UTF-8.
    pub fn press_bytes(&self, keys: &[u8]) {
        let mut writer = self.keys.lock().unwrap();
        writer.write_all(keys).unwrap();
        writer.flush().unwrap();
    }

    /// Types a line, and Enter.
    pub fn type_line(&self, line: &str) {
        self.press(&format!("{line}\r"));
    }

    /// Types a line, and waits until a text is shown.
    #[track_caller]
    pub fn enter(&self, line: &str, shown: &str) {
        self.type_line(line);
        self.wait_for(shown);
    }

    /// Makes the terminal larger or smaller, as terminals do that rewrap their content, and notifies the
    /// program.
    pub fn resize(&self, rows: u16, columns: u16) {
        let mut state = self.shown.state.lock().unwrap();
        state.emulator = rewrapped(
            state.emulator.screen(),
            at_least_one(rows),
            at_least_one(columns),
        );
        self.master.resize(size(rows, columns)).unwrap();
    }

    /// Makes the terminal larger or smaller, as terminals do that cut lines off, and notifies the
    /// program.
    pub fn resize_cutting_off(&self, rows: u16, columns: u16) {
        let mut state = self.shown.state.lock().unwrap();
        state
            .emulator
            .set_size(at_least_one(rows), at_least_one(columns));
        self.master.resize(size(rows, columns)).unwrap();
    }

    /// Does something that makes the program redraw its prompt, and waits for it.
    #[track_caller]
    pub fn await_drawing(&self, doing: impl FnOnce()) {
        // The end of an earlier drawing would be taken for the end of this one.
        self.await_end_of_drawing();
        let before = self.shown.state.lock().unwrap().written.len();
        doing();
        let drawn = self.wait(|state| {
            String::from_utf8_lossy(&state.written[before..]).contains(END_OF_DRAWING)
        });
        assert!(drawn, "nothing is drawn:\n{}", self.rows().join("\n"));
        self.await_end_of_drawing();
    }

    /// Waits until a drawing that has begun is whole.
    #[track_caller]
    pub fn await_end_of_drawing(&self) {
        let whole = self.wait(|state| state.written.ends_with(END_OF_DRAWING.as_bytes()));
        assert!(whole, "still drawing:\n{}", self.rows().join("\n"));
    }

    /// What is to be seen, row by row, without the empty rows at the end.
    pub fn rows(&self) -> Vec<String> {
        rows(self.shown.state.lock().unwrap().emulator.screen())
    }

    pub fn screen(&self) -> vt100::Screen {
        self.shown.state.lock().unwrap().emulator.screen().clone()
    }

    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.shown.state.lock().unwrap().written).into_owned()
    }

    #[track_caller]
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&[String]) -> bool) {
        let seen = self.wait(|state| wanted(&rows(state.emulator.screen())));
        assert!(
            seen,
            "{what} is not to be seen, but:\n{}",
            self.rows().join("\n")
        );
    }

    /// Waits until the terminal is in this state. Whether it came to that before the deadline, and
    /// before the program ended.
    fn wait(&self, wanted: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + DEADLINE;
        let mut state = self.shown.state.lock().unwrap();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if wanted(&state) {
                return true;
            }
            if left.is_zero() || state.ended {
                return false;
            }
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until the text is to be seen in one line, which may go over several rows: those that the
    /// terminal goes on to by itself, and those that the client indents.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let seen = self.wait(|state| {
            let contents = state.emulator.screen().contents();
            let joined = joined(&contents);
            contents
                .lines()
                .chain(joined.lines())
                .any(|line| (line.to_owned() + " ").contains(text))
        });
        assert!(
            seen,
            "{text:?} is not to be seen, but:\n{}",
            self.rows().join("\n")
        );
    }

    /// Waits until the program has written a text.
    #[track_caller]
    pub fn wait_for_written(&self, text: &str) {
        let written = self.wait(|state| String::from_utf8_lossy(&state.written).contains(text));
        assert!(written, "{text:?} was not written");
    }

    /// Waits until the last rows are these, with the cursor in the last one.
    #[track_caller]
    pub fn wait_for_end(&self, last: &[&str]) {
        self.wait_until(&format!("{last:?} at the end"), |rows| {
            let start = rows.len().saturating_sub(last.len());
            rows[start..].iter().eq(last.iter())
        });
    }

    /// Waits until the program has ended, and gives how.
    pub fn wait_for_exit(&self) -> ExitStatus {
        let ended = self.wait(|state| state.ended);
        assert!(ended, "the program goes on:\n{}", self.rows().join("\n"));
        // It closed its terminal by ending.
        self.child.lock().unwrap().wait().unwrap()
    }

    /// How the program has ended, if it has.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.child.lock().unwrap().try_wait().unwrap()
    }

    pub fn process(&self) -> u32 {
        self.child.lock().unwrap().process_id().unwrap()
    }

    /// Whether the terminal echoes what is typed and reads it line by line, as it does when no program
    /// has changed that.
    pub fn is_as_usual(&self) -> bool {
        let modes = tcgetattr(self.as_fd()).unwrap().local_modes;
        modes.contains(USUAL)
    }

    /// Has it echo what is typed and read it line by line, whatever the program wants.
    pub fn make_usual(&self) {
        let terminal = self.as_fd();
        let mut mode = tcgetattr(&terminal).unwrap();
        mode.local_modes.insert(USUAL);
        tcsetattr(&terminal, OptionalActions::Now, &mode).unwrap();
    }

    fn as_fd(&self) -> std::fs::File {
        // The terminal itself rather than its other end.
        let name = self.master.tty_name().unwrap();
        std::fs::File::open(Path::new(&name)).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.lock().unwrap().kill();
    }
}

impl Shown {
    fn read(&self, output: &mut dyn Read) {
        let mut bytes = [0; 4_096];
        loop {
            // A terminal cannot be read after its program has ended.
            let length = output.read(&mut bytes).unwrap_or(0);
            let mut state = self.state.lock().unwrap();
            state.emulator.process(&bytes[..length]);
            state.written.extend_from_slice(&bytes[..length]);
            state.ended = length == 0;
            self.changed.notify_all();
            if length == 0 {
                return;
            }
        }
    }
}

fn rows(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    let mut rows: Vec<String> = screen
        .rows(0, columns.get())
        .map(|row| row.trim_end().to_owned())
        .collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

/// The lines of a screen without the breaks that the client made between words.
fn joined(contents: &str) -> String {
    let mut joined = String::new();
    for line in contents.lines() {
        match line.strip_prefix("  ") {
            Some(rest) => joined.push_str(&format!(" {}", rest.trim_start())),
            None => joined.push_str(&format!("\n{line}")),
        }
    }
    joined
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}
