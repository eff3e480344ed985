//! Reading lines, on a thread of its own.
//!
//! A read from a terminal cannot be cancelled. So it happens on a plain thread that nobody waits for:
//! when the program ends, it ends, wherever that thread stands. (A task of tokio's would be waited
//! for.)

use std::io::{self, BufRead};
use std::thread;

use tokio::sync::mpsc;

/// Lines that may be read ahead: enough to keep a script going, few enough to hold no file in memory.
const READ_AHEAD: usize = 16;

/// The lines that somebody types, or that a script has in them.
#[derive(Debug)]
pub struct Lines {
    lines: mpsc::Receiver<String>,
}

impl Lines {
    /// The lines of standard input, read from now on.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn of_standard_input() -> io::Result<Self> {
        let (sender, lines) = mpsc::channel(READ_AHEAD);
        thread::Builder::new()
            .name("standard input".to_owned())
            .spawn(move || read_lines(io::stdin().lock(), &sender))?;
        Ok(Self { lines })
    }

    /// The next line without its end, or `None` at the end of input. May be cancelled without losing
    /// a line.
    pub async fn next(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}

impl From<mpsc::Receiver<String>> for Lines {
    /// Lines from elsewhere: of a test, or of another way to type them.
    fn from(lines: mpsc::Receiver<String>) -> Self {
        Self { lines }
    }
}

fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<String>) {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match input.read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "standard input cannot be read; taken for its end");
                return;
            }
        }
        // Bytes that are not UTF-8 are no reason to end a conversation.
        let text = String::from_utf8_lossy(&bytes);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        // A script written on Windows.
        let line = line.strip_suffix('\r').unwrap_or(line);
        if lines.blocking_send(line.to_owned()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_taken_off_and_the_last_line_needs_none() {
        let (sender, mut lines) = mpsc::channel(READ_AHEAD);
        read_lines(b" ana \r\n\nol\xc3\xa1\xff\nexit".as_slice(), &sender);
        drop(sender);
        let mut read = Vec::new();
        while let Some(line) = lines.blocking_recv() {
            read.push(line);
        }
        assert_eq!(read, [" ana ", "", "olá\u{fffd}", "exit"]);
    }
}
