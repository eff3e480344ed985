//! Reading lines, on a thread of its own.
//!
//! A read from a terminal cannot be cancelled. So it happens on a plain thread that nothing waits for:
//! when the program ends, the thread ends in the middle of its read. (tokio would wait for a task.)

use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use tokio::sync::mpsc;

use crate::terminal::hidden_typing::{HiddenTyping, Terminal};

/// Lines that may be read ahead: enough to keep a script going, few enough to hold no file in memory.
const READ_AHEAD: usize = 16;

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Text(String),
    /// Bytes that are not UTF-8, so that it is not known which characters they are. Each of these bytes is
    /// shown as `\xe9`; everything else is as it was read.
    NotUtf8(String),
}

impl Line {
    fn read(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::NotUtf8(bytes.utf8_chunks().fold(String::new(), |shown, chunk| {
                shown + chunk.valid() + &chunk.invalid().escape_ascii().to_string()
            })),
        }
    }
}

/// The lines that are typed, or that a script has in them.
#[derive(Debug)]
pub struct Lines {
    lines: mpsc::Receiver<Line>,
    terminal: Option<Terminal>,
}

impl Lines {
    /// The lines of standard input, read from now on.
    pub fn of_standard_input() -> io::Result<Self> {
        Self::read_from(io::stdin(), Terminal::behind(io::stdin()))
    }

    /// The lines of this input, and the terminal that it comes from.
    pub fn read_from(
        input: impl Read + Send + 'static,
        terminal: Option<Terminal>,
    ) -> io::Result<Self> {
        let (sender, lines) = mpsc::channel(READ_AHEAD);
        thread::Builder::new()
            .name("lines".to_owned())
            .spawn(move || read_lines(BufReader::new(input), &sender))?;
        Ok(Self { lines, terminal })
    }

    /// The next line, or `None` at the end of input. May be cancelled without losing a line.
    pub async fn next(&mut self) -> Option<Line> {
        self.lines.recv().await
    }

    /// Hides what is typed, if the lines come from a terminal that would show it.
    pub fn hide_typing(&self) -> Option<HiddenTyping> {
        self.terminal.as_ref()?.hide_typing()
    }
}

impl From<mpsc::Receiver<Line>> for Lines {
    /// Lines that do not come from a terminal.
    fn from(lines: mpsc::Receiver<Line>) -> Self {
        Self {
            lines,
            terminal: None,
        }
    }
}

fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match input.read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the input cannot be read; taken for its end");
                return;
            }
        }
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        // A script written on Windows.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if lines.blocking_send(Line::read(line)).is_err() {
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
        read_lines(
            b" ana \r\n\nJos\xe9 ol\xc3\xa1\xc3\nexit".as_slice(),
            &sender,
        );
        drop(sender);
        let mut read = Vec::new();
        while let Some(line) = lines.blocking_recv() {
            read.push(line);
        }
        let text = |text: &str| Line::Text(text.to_owned());
        assert_eq!(
            read,
            [
                text(" ana "),
                text(""),
                Line::NotUtf8("Jos\\xe9 olá\\xc3".to_owned()),
                text("exit")
            ]
        );
    }
}
