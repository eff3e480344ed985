//! The log of a program: fields, on standard error or in a file.
//!
//! What peers send is in it. So all fields are escaped and shortened in one place, and lines of one kind are limited.

use std::fmt::Write as _;
use std::fs::File;
use std::io::IsTerminal as _;
use std::sync::Mutex;

use protocol::characters::Escaped;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter};
use tracing_subscriber::fmt::{FormatFields, MakeWriter, format};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::journal::StandardError;
use crate::repetition::Repetition;

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Verbosity {
    /// Log more: -v for what is decided, -vv for every connection. Use it to find out why something
    /// does not arrive. The variable RUST_LOG says the same in words (debug, trace) and wins.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,

    /// Log less: -q for warnings and errors alone, -qq for errors. Use it to keep a terminal quiet.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "verbose")]
    quiet: u8,
}

impl Verbosity {
    fn filter(self) -> EnvFilter {
        let level = match i16::from(self.verbose) - i16::from(self.quiet) {
            ..=-2 => LevelFilter::ERROR,
            -1 => LevelFilter::WARN,
            0 => LevelFilter::INFO,
            1 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        // RUST_LOG still selects single modules, to debug this project itself.
        EnvFilter::builder()
            .with_default_directive(level.into())
            .from_env_lossy()
    }

    /// Logs to standard error from now on, panics included.
    pub fn log_to_standard_error(self) {
        let output = StandardError::of_this_process();
        let line = LineFormat {
            // Colours are for eyes; in a file or a pipe they are noise.
            has_colours: std::io::stderr().is_terminal(),
            has_time: output == StandardError::Plain,
            has_target: false,
        };
        subscriber(self.filter(), output, line).init();
        std::panic::set_hook(Box::new(|panic| {
            let (thread, at) = (std::thread::current(), panic.location());
            let payload = panic.payload();
            let text = payload
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("a value that is not a text");
            tracing::error!(
                thread = thread.name().unwrap_or("unnamed"),
                at = at.map(tracing::field::display),
                "panicked: {text}"
            );
        }));
    }

    /// Logs to `file` from now on: for programs with a conversation on their terminal.
    pub fn log_to_file(self, file: File) {
        let line = LineFormat {
            has_colours: false,
            has_time: true,
            has_target: true,
        };
        subscriber(self.filter(), Mutex::new(file), line).init();
    }
}

/// What a line has besides its level, its message and its fields.
#[derive(Clone, Copy, Debug)]
struct LineFormat {
    has_colours: bool,
    has_time: bool,
    has_target: bool,
}

/// What writes the log.
fn subscriber<W>(
    filter: EnvFilter,
    writer: W,
    line: LineFormat,
) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(fields())
        .with_writer(writer)
        .with_ansi(line.has_colours)
        .with_target(line.has_target);
    let lines = if line.has_time {
        lines.boxed()
    } else {
        lines.without_time().boxed()
    };
    tracing_subscriber::registry().with(lines.with_filter(filter.and(Repetition::default())))
}

/// Bytes of a message or a field. A binder's fault has up to 64 MiB, a name that is looked up up to one.
const MAX_BYTES: usize = 4 << 10;

/// Writes the first bytes, and an ellipsis in place of the others.
struct Short<W> {
    writer: W,
    left: usize,
}

impl<W: std::fmt::Write> std::fmt::Write for Short<W> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.left == 0 {
            return Ok(());
        }
        if text.len() <= self.left {
            self.left -= text.len();
            return self.writer.write_str(text);
        }
        let ends = text
            .char_indices()
            .map(|(start, one)| start + one.len_utf8());
        let end = ends
            .take_while(|end| *end <= self.left)
            .last()
            .unwrap_or_default();
        self.left = 0;
        self.writer.write_str(text.get(..end).unwrap_or_default())?;
        self.writer.write_char('…')
    }
}

/// The message and the fields, each in one line whatever is in it, and short.
fn fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    format::debug_fn(|writer, field, value| {
        let mut escaped = Escaped(Short {
            writer,
            left: MAX_BYTES,
        });
        match field.name() {
            "message" => write!(escaped, "{value:?}"),
            name => write!(escaped, "{name}={value:?}"),
        }
    })
    .delimited(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
            let kept = self.clone();
            let line = LineFormat {
                has_colours: false,
                has_time: true,
                has_target: false,
            };
            subscriber(EnvFilter::new("info"), move || kept.clone(), line)
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_text_of_others_acts_on_the_terminal_or_begins_a_line() {
        let hostile = "a\n2026 INFO forged\u{1b}[2J\u{9b}31m\u{202e}";
        let log = Log::default();
        tracing::subscriber::with_default(log.subscriber(), || {
            tracing::info!(shown = %hostile, quoted = hostile, debug = ?hostile, "said {hostile}");
            let error = std::io::Error::other(hostile);
            tracing::warn!(%error, error = &error as &dyn std::error::Error, "failed");
        });
        let log = log.text();
        assert_eq!(log.lines().count(), 2, "{log}");
        let acts = |character: &char| protocol::characters::is_deceptive(*character);
        let acting: Vec<char> = log.chars().filter(acts).collect();
        assert_eq!(acting, ['\n', '\n'], "{log}");
        assert!(log.contains("said a\\n2026 INFO forged\\u{1b}[2J"), "{log}");
        assert!(log.contains(" shown=a\\n2026"), "{log}");
        assert!(log.contains(" quoted=\"a\\n2026"), "{log}");
    }

    #[test]
    fn a_line_is_short_whatever_is_in_it() {
        let log = Log::default();
        tracing::subscriber::with_default(log.subscriber(), || {
            let (long, escaped) = ("n".repeat(1 << 20), "\u{202e}".repeat(1 << 20));
            tracing::info!(name = %long, quoted = long, escaped, "asked for {long}");
            tracing::info!(name = %"é".repeat(MAX_BYTES), after = 1, "asked for");
        });
        let log = log.text();
        let lines: Vec<&str> = log.lines().collect();
        let [one, other] = lines[..] else {
            panic!("two lines: {log:.1000}");
        };
        assert!(one.len() < 5 * MAX_BYTES, "{} bytes", one.len());
        assert!(one.contains("nnn… name=nnn"), "{one}");
        assert!(other.contains("éé… after=1"), "{other}");
    }

    #[test]
    fn lines_of_one_kind_are_limited_and_counted_and_others_are_not() {
        let log = Log::default();
        // For all threads, because what was left out is reported by another one.
        tracing::subscriber::set_global_default(log.subscriber()).unwrap();
        let mut others = 0;
        for number in 0..10_000 {
            tracing::info!(number, "registered");
            if number % 1_000 == 0 {
                tracing::info!("another");
                others += 1;
            }
        }
        let began = Instant::now();
        while !log.text().contains("left_out=") && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::info!(number = 10_000, "registered");
        let log = log.text();
        let count = |text: &str| log.matches(text).count();
        assert_eq!(count("another"), others);
        assert!(log.contains("number=49\n"), "{log}");
        assert!(log.contains("number=10000\n"), "{log}");
        // A slow machine takes more than a second for them.
        assert!(count(" registered") < 500, "{log}");
        let left_out = log.split_once("left_out=").unwrap().1;
        let (left_out, like) = left_out.split_once(' ').unwrap();
        assert!(left_out.parse::<u64>().unwrap() > 5_000, "{log}");
        assert!(like.starts_with("like=\"registered\""), "{log}");
    }
}
