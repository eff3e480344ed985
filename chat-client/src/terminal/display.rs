//! The queue of texts to show.
//!
//! rustyline prints from other threads by its `ExternalPrinter`, which has two traps. It writes straight
//! to the terminal whenever no line is being read at that moment: into the line that was just ended, or
//! into a prompt that is just being drawn. And it blocks at the second text while the first is not shown
//! yet. So nothing but a wake-up without any effect of its own goes through it; the texts wait here, and
//! the thread that reads writes them above its prompt whenever it draws that.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use board::WireLog;
use parking_lot::{Condvar, Mutex};
use rpc::Observers;
use rustyline::ExternalPrinter;

/// One row up and one down. `ExternalPrinter` needs a text that ends a line, and when it writes that
/// one at a wrong moment nothing is spoiled.
const WAKE_UP: &str = "\x1b[A\n";

/// Where texts wait to be shown. A clone is the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Display {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whole lines, not shown yet.
    waiting: String,
    /// Whether a line is being typed, so that a wake-up is needed and heard.
    reading: bool,
    /// Whether the line must be redrawn although no text waits.
    stale: bool,
    /// Whether a wake-up was sent for it.
    woken: bool,
    closed: bool,
}

impl State {
    fn needs_waking(&self) -> bool {
        self.reading && !self.woken && (self.stale || !self.waiting.is_empty())
    }
}

impl Display {
    /// Shows lines above whatever is being typed. They are written as they are: nothing in them may
    /// be a stranger's control character.
    pub(crate) fn show(&self, lines: &str) {
        let mut state = self.shared.state.lock();
        state.waiting.push_str(lines);
        if !lines.ends_with('\n') {
            state.waiting.push('\n');
        }
        self.shared.changed.notify_one();
    }

    pub(super) fn redraw(&self) {
        self.shared.state.lock().stale = true;
        self.shared.changed.notify_one();
    }

    /// What waits, for the thread that reads, which is about to draw its prompt.
    pub(super) fn take_while_reading(&self) -> String {
        let mut state = self.shared.state.lock();
        state.reading = true;
        state.woken = false;
        state.stale = false;
        std::mem::take(&mut state.waiting)
    }

    pub(crate) fn is_reading(&self) -> bool {
        self.shared.state.lock().reading
    }

    pub(super) fn stop_reading(&self) {
        self.shared.state.lock().reading = false;
    }

    /// The waiting texts, to be written without a prompt below them.
    pub(crate) fn take(&self) -> String {
        std::mem::take(&mut self.shared.state.lock().waiting)
    }

    /// Wakes the thread that reads when something waits, until closed.
    pub(super) fn run_waker(&self, mut printer: impl ExternalPrinter) {
        loop {
            {
                let mut state = self.shared.state.lock();
                while !state.closed && !state.needs_waking() {
                    self.shared.changed.wait(&mut state);
                }
                if state.closed {
                    return;
                }
                state.woken = true;
            }
            // Not under the lock: it may have to wait for the thread that reads.
            if let Err(error) = printer.print(WAKE_UP.to_owned()) {
                tracing::warn!(%error, "cannot wake the screen; texts wait for the next key");
                return;
            }
        }
    }

    /// Ends [`Self::run_waker`].
    pub(super) fn close(&self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

/// Where the wire log is written. Clones share it.
///
/// It goes to standard error. If that is the terminal of a conversation, it would be written into the line
/// being typed; so while there is a screen, it is shown there like all other texts.
#[derive(Clone, Debug, Default)]
pub struct WireOutput {
    screen: Arc<Mutex<Option<Display>>>,
}

impl WireOutput {
    /// The wire log that is written here, if it is asked for.
    pub fn log(&self, asked_for: bool) -> Observers {
        if !asked_for || !io::stderr().is_terminal() {
            return WireLog::observers(asked_for);
        }
        let output = self.clone();
        Observers::none().and(Arc::new(WireLog::written_by(move |text| {
            output.write(text)
        })))
    }

    fn write(&self, text: &str) {
        match &*self.screen.lock() {
            Some(display) => display.show(text),
            // A closed standard error cannot be reported anywhere.
            None => drop(io::stderr().write_all(text.as_bytes())),
        }
    }

    /// From now on it is shown there, or written past all screens again.
    pub(crate) fn show_on(&self, screen: Option<&Display>) {
        *self.screen.lock() = screen.cloned();
    }
}

/// Writes to the terminal directly. A closed standard output is ignored: reading ends then, too.
pub(super) fn write(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
    let _ = io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Ample on a busy machine.
    const DEADLINE: Duration = Duration::from_secs(10);

    struct Printer(mpsc::Sender<String>);

    impl ExternalPrinter for Printer {
        fn print(&mut self, text: String) -> rustyline::Result<()> {
            self.0.send(text).unwrap();
            Ok(())
        }
    }

    #[test]
    fn one_wake_up_is_sent_while_a_line_is_typed_and_none_otherwise() {
        let (display, (sender, woken)) = (Display::default(), mpsc::channel());
        let waking = thread::spawn({
            let display = display.clone();
            move || display.run_waker(Printer(sender))
        });
        display.show("a");
        assert_eq!(display.take_while_reading(), "a\n");
        display.show("b");
        display.show("c\n");
        assert_eq!(woken.recv_timeout(DEADLINE).unwrap(), WAKE_UP);
        assert_eq!(display.take_while_reading(), "b\nc\n");
        display.show("d");
        assert_eq!(woken.recv_timeout(DEADLINE).unwrap(), WAKE_UP);
        display.stop_reading();
        assert_eq!(display.take(), "d\n");
        display.show("e");
        display.close();
        waking.join().unwrap();
        assert!(woken.recv().is_err(), "woken although nobody types");
    }
}
