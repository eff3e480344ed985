//! At most some tens of log lines of one kind in a second. A peer that registers ten thousand names would
//! otherwise write megabytes of log in a second, and a bug that panics in each call likewise.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// Lines of one kind in [`WINDOW`]. A server with a few dozen names logs them all at its start.
const MOST: u32 = 50;

const WINDOW: Duration = Duration::from_secs(1);

/// Counts the lines of each kind, which is the place in the code that writes it.
#[derive(Debug, Default)]
pub(crate) struct Repetition(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    kinds: HashMap<Identifier, Kind>,
    /// Whether a thread waits to report what was left out.
    is_reporting: bool,
}

#[derive(Debug)]
struct Kind {
    since: Instant,
    lines: u32,
    left_out: u64,
    /// The message of the first line that was left out.
    message: String,
}

impl<S: Subscriber> Filter<S> for Repetition {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        // What is more detailed was asked for.
        if *event.metadata().level() > Level::INFO
            || event.metadata().fields().field(LEFT_OUT).is_some()
        {
            return true;
        }
        let mut counts = self.0.lock();
        let now = Instant::now();
        let kind = counts
            .kinds
            .entry(event.metadata().callsite())
            .or_insert_with(|| Kind {
                since: now,
                lines: 0,
                left_out: 0,
                message: String::new(),
            });
        if now.duration_since(kind.since) >= WINDOW {
            kind.since = now;
            kind.lines = 0;
        }
        if kind.lines < MOST {
            kind.lines += 1;
            return true;
        }
        if kind.left_out == 0 {
            event.record(&mut Message(&mut kind.message));
        }
        kind.left_out += 1;
        if !counts.is_reporting {
            counts.is_reporting = true;
            drop(counts);
            self.report_soon();
        }
        false
    }
}

/// The field of the line that reports what was left out, which is not limited itself.
const LEFT_OUT: &str = "left_out";

impl Repetition {
    /// Reports what was left out after a while, even when no other line comes.
    fn report_soon(&self) {
        let counts = Arc::clone(&self.0);
        let report = move || {
            std::thread::sleep(WINDOW);
            let left_out = {
                let mut counts = counts.lock();
                counts.is_reporting = false;
                let taken = counts.kinds.values_mut().filter(|kind| kind.left_out > 0);
                taken
                    .map(|kind| {
                        (
                            std::mem::take(&mut kind.left_out),
                            std::mem::take(&mut kind.message),
                        )
                    })
                    .collect::<Vec<_>>()
            };
            for (left_out, like) in left_out {
                tracing::warn!(left_out, like, "lines of the log were left out");
            }
        };
        // Without a thread the next line that is left out tries again.
        if std::thread::Builder::new()
            .name("log".into())
            .spawn(report)
            .is_err()
        {
            self.0.lock().is_reporting = false;
        }
    }
}

/// Keeps the beginning of the message of a line.
struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            *self.0 = format!("{value:?}").chars().take(80).collect();
        }
    }
}
