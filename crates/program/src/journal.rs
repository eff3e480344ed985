//! Standard error as systemd's journal reads it: each line begins with its priority, and has no time, because the
//! journal has its own.

use std::io::{self, StderrLock, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Standard error, with priorities if the journal reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandardError {
    Plain,
    Journal,
}

impl StandardError {
    /// Which of the two it is. systemd says which device and file is its own, because standard error may have
    /// been redirected since.
    pub(crate) fn of_this_process() -> Self {
        let announced = std::env::var("JOURNAL_STREAM").ok();
        match announced.as_deref().and_then(parse) {
            Some(journal) if device_and_file() == Some(journal) => Self::Journal,
            _ => Self::Plain,
        }
    }
}

fn parse(stream: &str) -> Option<(u64, u64)> {
    let (device, file) = stream.split_once(':')?;
    Some((device.parse().ok()?, file.parse().ok()?))
}

#[cfg(unix)]
fn device_and_file() -> Option<(u64, u64)> {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let descriptor = io::stderr().as_fd().try_clone_to_owned().ok()?;
    let metadata = std::fs::File::from(descriptor).metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
const fn device_and_file() -> Option<(u64, u64)> {
    None
}

impl<'writer> MakeWriter<'writer> for StandardError {
    type Writer = Line;

    fn make_writer(&'writer self) -> Line {
        Line::of(io::stderr().lock(), None)
    }

    fn make_writer_for(&'writer self, metadata: &Metadata<'_>) -> Line {
        let priority = match self {
            Self::Plain => None,
            Self::Journal => Some(priority(*metadata.level())),
        };
        Line::of(io::stderr().lock(), priority)
    }
}

/// The marks of syslog's priorities, from sd-daemon(3).
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// One line of the log. The lock keeps other threads from writing between the priority and the line.
#[derive(Debug)]
pub(crate) struct Line<W = StderrLock<'static>> {
    output: W,
    priority: Option<&'static str>,
}

impl<W: Write> Line<W> {
    const fn of(output: W, priority: Option<&'static str>) -> Self {
        Self { output, priority }
    }
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(priority) = self.priority.take() {
            self.output.write_all(priority.as_bytes())?;
        }
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_its_priority_however_it_is_written() {
        let mut output = Vec::new();
        let mut line = Line::of(&mut output, Some(priority(Level::WARN)));
        line.write_all(b" WARN the limit").unwrap();
        line.write_all(b" is low\n").unwrap();
        Line::of(&mut output, None).write_all(b"plain\n").unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "<4> WARN the limit is low\nplain\n"
        );
    }

    #[test]
    fn the_journal_is_named_by_device_and_file() {
        assert_eq!(parse("8:1234"), Some((8, 1234)));
        for wrong in ["", "8", "8:", ":1", "8:x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
