//! Forwards what is typed from the terminal to the editor.
//!
//! rustyline gives a line up at the first byte that is not UTF-8, and with it everything that it has read
//! ahead: half a line typed at a Latin-1 terminal, the rest of an old file that was pasted. It reads the
//! descriptor of standard input itself, wants a terminal there, and has no place for a filter. So standard
//! input becomes a pseudo-terminal, and a thread passes on to it what the real terminal sends. Each byte
//! that is not UTF-8 becomes `\xe1`, as if that had been typed.
//!
//! The editor's job control would act on the pseudo-terminal, so Ctrl-Z is obeyed here.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::IntoRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcsetattr};
use tokio::sync::mpsc;

use super::display::Display;
use super::mode::TerminalMode;
use super::question::Input;
use super::tall::Tall;

/// How long the rest of a character may take to arrive. A terminal sends its bytes together; a network
/// in between may split them.
const REST_OF_CHARACTER: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// How long the system may take to stop the process. It does not stop one that no shell could continue.
const TIME_TO_STOP: Duration = Duration::from_millis(500);

/// Ctrl-C, at which the editor discards the line.
const INTERRUPT: u8 = 0x03;

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// The thread that passes on what is typed. Dropping it ends the thread, and what is typed after that is
/// left to the next program that reads the terminal.
#[derive(Debug)]
pub(super) struct Keyboard {
    _end: UnixStream,
}

impl Keyboard {
    /// Inserts itself between the terminal and standard input.
    pub(super) fn open(
        mode: Arc<TerminalMode>,
        display: Display,
        tall: Tall,
        sender: mpsc::UnboundedSender<Input>,
    ) -> io::Result<Self> {
        let terminal = File::from(mode.terminal().try_clone_to_owned()?);
        let (ours, editors) = pseudo_terminal()?;
        // The keys by which the editor is interrupted and ended are read from there.
        tcsetattr(&editors, OptionalActions::Now, mode.while_open())?;
        let (end, ended) = UnixStream::pair()?;
        let passing = Forwarder {
            terminal,
            editor: ours,
            ended,
            mode,
            display,
            tall,
            sender,
        };
        rustix::stdio::dup2_stdin(&editors)?;
        thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || passing.run())
            .inspect_err(|_| tracing::warn!("standard input is lost"))?;
        Ok(Self { _end: end })
    }
}

/// Our end and the editor's.
fn pseudo_terminal() -> io::Result<(File, File)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    // Not a flag above, because macOS has none for it.
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let editors = OpenOptions::new()
        .read(true)
        .write(true)
        // It is not the terminal that the process is controlled by.
        .custom_flags(OpenptFlags::NOCTTY.bits().cast_signed())
        .open(std::ffi::OsStr::from_bytes(name.as_bytes()))?;
    Ok((ours.into(), editors))
}

struct Forwarder {
    terminal: File,
    editor: File,
    ended: UnixStream,
    mode: Arc<TerminalMode>,
    display: Display,
    tall: Tall,
    sender: mpsc::UnboundedSender<Input>,
}

enum Next {
    /// Bytes; none when a character was begun and its rest does not come.
    Typed(Vec<u8>),
    Ended,
    Gone,
}

impl Forwarder {
    fn run(mut self) {
        let mut decoder = Decoder::default();
        let mut suspends = Key::by(self.mode.suspend_key());
        let mut interrupts = Key::by(Some(INTERRUPT));
        let mut known = BTreeSet::new();
        loop {
            let typed = match self.read(decoder.is_within_character()) {
                Ok(Next::Typed(typed)) => typed,
                Ok(Next::Ended) => {
                    // The editor may be in the middle of a line, and must not write at its end: below the
                    // last words by now. So its terminal stays until the process ends.
                    let _ = self.editor.into_raw_fd();
                    return;
                }
                Ok(Next::Gone) => return,
                Err(error) => {
                    // The editor finds the end of its input when its terminal is closed.
                    tracing::debug!(%error, "the terminal cannot be read");
                    return;
                }
            };
            let mut rest = typed.as_slice();
            loop {
                let (before, after) = suspends.split(rest);
                let decoded = decoder.decode(before, typed.is_empty() || after.is_some());
                for byte in decoded.not_utf8 {
                    if known.insert(byte) {
                        // Nothing is lost when the conversation is over.
                        let _ = self.sender.send(Input::NotUtf8(byte));
                    }
                }
                let mut text = decoded.text.as_bytes();
                while let (before, Some(after)) = interrupts.split(text) {
                    let key = if self.tall.interrupt() {
                        b'\r'
                    } else {
                        INTERRUPT
                    };
                    if self.editor.write_all(&[before, &[key]].concat()).is_err() {
                        return;
                    }
                    text = after;
                }
                if self.editor.write_all(text).is_err() {
                    return;
                }
                let Some(after) = after else { break };
                self.suspend();
                rest = after;
            }
        }
    }

    fn read(&mut self, is_within_character: bool) -> io::Result<Next> {
        let mut bytes = [0; 1_024];
        let timeout = is_within_character.then_some(&REST_OF_CHARACTER);
        loop {
            let mut polled = [
                PollFd::new(&self.ended, PollFlags::IN),
                PollFd::new(&self.terminal, PollFlags::IN),
            ];
            match poll(&mut polled, timeout) {
                Ok(0) => return Ok(Next::Typed(Vec::new())),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            if polled.first().is_some_and(|end| !end.revents().is_empty()) {
                return Ok(Next::Ended);
            }
            match self.terminal.read(&mut bytes) {
                Ok(0) => return Ok(Next::Gone),
                Ok(length) => {
                    let typed = bytes.get(..length).unwrap_or_default();
                    return Ok(Next::Typed(typed.to_vec()));
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Stops the process group, as Ctrl-Z does.
    fn suspend(&self) {
        use rustix::process::{Signal, kill_current_process_group};
        self.mode.lend();
        if let Err(error) = kill_current_process_group(Signal::TSTP) {
            tracing::debug!(%error, "the process is not stopped");
        }
        // Another thread may be the one that takes the signal. This one goes on when the shell continues
        // the process, or when there is no shell that could.
        thread::sleep(TIME_TO_STOP);
        self.mode.retake();
        self.display.redraw();
    }
}

/// Finds a key that acts, as the one that suspends. Within pasted text it is an ordinary character.
#[derive(Debug)]
struct Key {
    /// `None` when the terminal has no such key.
    key: Option<u8>,
    is_pasting: bool,
    /// The last bytes, no more than a mark of pasting is long.
    last: Vec<u8>,
}

impl Key {
    const fn by(key: Option<u8>) -> Self {
        Self {
            key,
            is_pasting: false,
            last: Vec::new(),
        }
    }

    /// What is typed before the key, and after it if it is there.
    fn split<'typed>(&mut self, typed: &'typed [u8]) -> (&'typed [u8], Option<&'typed [u8]>) {
        for (position, &byte) in typed.iter().enumerate() {
            if self.last.len() == PASTE_BEGINS.len() {
                self.last.remove(0);
            }
            self.last.push(byte);
            if self.last == PASTE_BEGINS {
                self.is_pasting = true;
            } else if self.last == PASTE_ENDS {
                self.is_pasting = false;
            } else if self.key == Some(byte)
                && !self.is_pasting
                && let Some((before, [_, after @ ..])) = typed.split_at_checked(position)
            {
                return (before, Some(after));
            }
        }
        (typed, None)
    }
}

/// Decodes UTF-8 that arrives in pieces.
#[derive(Debug, Default)]
struct Decoder {
    begun: Vec<u8>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Decoded {
    text: String,
    /// The bytes that are not UTF-8.
    not_utf8: Vec<u8>,
}

impl Decoder {
    const fn is_within_character(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Decodes these bytes. `is_all` when the rest of a character that they end within does not come.
    fn decode(&mut self, bytes: &[u8], is_all: bool) -> Decoded {
        let bytes = [&std::mem::take(&mut self.begun), bytes].concat();
        let mut decoded = Decoded::default();
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            decoded.text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            let may_go_on =
                || std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if chunks.peek().is_none() && !is_all && may_go_on() {
                self.begun = invalid.to_vec();
            } else {
                decoded.text.push_str(&invalid.escape_ascii().to_string());
                decoded.not_utf8.extend_from_slice(invalid);
            }
        }
        decoded
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(pieces: &[&[u8]]) -> (String, Option<u8>) {
        let mut decoder = Decoder::default();
        let mut text = String::new();
        let mut not_utf8 = None;
        for (number, piece) in pieces.iter().enumerate() {
            let is_all = number + 1 == pieces.len();
            let decoded = decoder.decode(piece, is_all);
            text += &decoded.text;
            not_utf8 = not_utf8.or(decoded.not_utf8.first().copied());
        }
        assert!(!decoder.is_within_character());
        (text, not_utf8)
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_and_nothing_is_left_out() {
        for (pieces, text, not_utf8) in [
            (&["olá, 日本語 👍".as_bytes()][..], "olá, 日本語 👍", None),
            (&[b"ol\xe1!"], "ol\\xe1!", Some(0xe1)),
            // At the end of what was read, and of everything.
            (&[b"ol\xe1", b" bia"], "ol\\xe1 bia", Some(0xe1)),
            (&[b"Jos\xe9"], "Jos\\xe9", Some(0xe9)),
            (&[b"a\xc3", b"\xa1"], "aá", None),
            (&[b"\xf0", b"\x9f\x91", b"\x8d"], "👍", None),
            (&[b"\xf0\x9f", b"x"], "\\xf0\\x9fx", Some(0xf0)),
            // Half of a pair, which no text can have.
            (&[b"\xed\xa0\x80"], "\\xed\\xa0\\x80", Some(0xed)),
        ] {
            assert_eq!(decoded(pieces), (text.to_owned(), not_utf8), "{pieces:x?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_split(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            place in 0_usize..40,
        ) {
            let (before, after) = bytes.split_at(place.min(bytes.len()));
            prop_assert_eq!(decoded(&[before, after]), decoded(&[&bytes]));
        }
    }

    #[test]
    fn the_key_that_suspends_is_a_character_in_pasted_text() {
        const KEY: u8 = 0x1a;
        let mut suspends = Key::by(Some(KEY));
        assert_eq!(suspends.split(b"a\x1ab"), (&b"a"[..], Some(&b"b"[..])));
        assert_eq!(suspends.split(b"b\x1b[20"), (&b"b\x1b[20"[..], None));
        assert_eq!(suspends.split(b"0~a\x1ab"), (&b"0~a\x1ab"[..], None));
        assert_eq!(suspends.split(b"\x1b[201~"), (&b"\x1b[201~"[..], None));
        assert_eq!(suspends.split(b"\x1a"), (&b""[..], Some(&b""[..])));
        assert_eq!(Key::by(None).split(b"\0\x1a"), (&b"\0\x1a"[..], None));
    }
}
