//! Several servers that write one log: each of their batches is carried out once, and none long after it
//! was written.

use std::time::Duration;

use super::moment::Moment;
use super::state::Chat;
use super::writers::{Writer, WriterId};

/// How far the time of the log may be ahead of a batch. A server that is stopped in the middle of sending a
/// batch cannot have it carried out a minute later: the clients have sent the same again elsewhere.
pub const LATE_AFTER: Duration = Duration::from_secs(10);

/// After this long without a batch of any server none could hear a client. They write every few seconds.
const OUTAGE_AFTER: Duration = Duration::from_secs(10);

/// After this long a writer is forgotten. If one of its batches comes twice, the second is late by then.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Whether a batch is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Admitted,
    /// It is not: it was carried out before, or an earlier batch came after it.
    Repeated,
    /// It is not: it was written too long ago.
    Late,
}

impl Chat {
    /// Decides whether batch `number` of a writer is carried out. Every replica decides the same, because
    /// the decision depends on the log alone.
    pub fn admit(&mut self, writer: &WriterId, number: u64, at: Moment) -> Admission {
        if self.has_seen(writer, number) {
            return Admission::Repeated;
        }
        let now = self.clock.now().elapsed;
        let is_late = at.elapsed + LATE_AFTER < now;
        if !is_late {
            let silence = at.elapsed.saturating_sub(now);
            self.clock.advance(at);
            // The first batch of all follows no outage.
            if silence > OUTAGE_AFTER && !self.writers.is_empty() {
                self.clock.restarted();
            }
        }
        let elapsed = self.clock.now().elapsed;
        self.writers
            .insert(writer.clone(), Writer { number, elapsed });
        self.writers
            .retain(|_, writer| writer.elapsed + FORGOTTEN_AFTER >= elapsed);
        if is_late {
            Admission::Late
        } else {
            Admission::Admitted
        }
    }

    /// Whether batch `number` of a writer, or a later one, has come.
    pub fn has_seen(&self, writer: &WriterId, number: u64) -> bool {
        let known = self.writers.get(writer);
        known.is_some_and(|known| number <= known.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Policy;
    use crate::chat::commands::{RegisterUserOutcome, StartServer};
    use crate::chat::fixtures::{at, guest, register};
    use crate::chat::snapshot::restored;
    use Admission::{Admitted, Late, Repeated};

    fn writer(name: &str) -> WriterId {
        WriterId(name.into())
    }

    fn new() -> Chat {
        Chat::new(Policy::default())
    }

    #[test]
    fn a_batch_is_admitted_once() {
        let (mut chat, one, other) = (new(), writer("a"), writer("b"));
        assert_eq!(chat.admit(&one, 1, at(1)), Admitted);
        assert_eq!(chat.admit(&one, 1, at(1)), Repeated);
        assert_eq!(chat.admit(&other, 1, at(1)), Admitted);
        assert_eq!(chat.admit(&one, 2, at(1)), Admitted);
        let mut restored = restored(&chat.snapshot());
        assert_eq!(restored, chat);
        assert_eq!(restored.admit(&one, 2, at(1)), Repeated);
    }

    #[test]
    fn a_batch_that_was_written_too_long_ago_is_always_refused() {
        let (mut chat, one, other) = (new(), writer("a"), writer("b"));
        for second in 0..=20 {
            assert_eq!(chat.admit(&one, second, at(second)), Admitted);
        }
        assert_eq!(chat.admit(&other, 1, at(9)), Late);
        assert_eq!(chat.admit(&other, 1, at(9)), Repeated);
        assert_eq!(chat.admit(&other, 2, at(10)), Admitted);
    }

    #[test]
    fn a_writer_is_forgotten_only_when_its_batches_are_late() {
        let (mut chat, one, other) = (new(), writer("a"), writer("b"));
        assert_eq!(chat.admit(&other, 7, at(0)), Admitted);
        for second in 1..200 {
            assert_eq!(chat.admit(&one, second, at(second)), Admitted);
            let again = restored(&chat.snapshot()).admit(&other, 7, at(0));
            assert_ne!(again, Admitted);
        }
        assert_eq!(chat.writers.len(), 1);
        assert_eq!(chat.admit(&other, 8, at(199)), Admitted);
    }

    /// How the name of a guest who is silent can be had after a gap in the log.
    fn after_a_gap(is_outage: bool) -> RegisterUserOutcome {
        let (mut chat, one) = (new(), writer("a"));
        chat.admit(&one, 1, at(0));
        chat.apply(at(0), register(&guest("ana")));
        if !is_outage {
            for number in 1..12 {
                chat.admit(&one, 1 + number, at(10 * number));
            }
        }
        chat.admit(&one, 99, at(120));
        chat.apply(at(120), register(&guest("ana")))
    }

    #[test]
    fn time_in_which_no_server_could_write_takes_no_name() {
        assert_eq!(after_a_gap(true), RegisterUserOutcome::NameTaken);
        let registered = after_a_gap(false);
        assert!(matches!(registered, RegisterUserOutcome::Registered { .. }));
    }

    #[test]
    fn downtime_before_a_start_is_counted_once() {
        let (mut chat, one, other) = (new(), writer("a"), writer("b"));
        let start = StartServer {
            rules: 1,
            id: crate::chat::ChatId("x".into()),
            policy: Policy::default(),
        };
        chat.admit(&one, 1, at(0));
        chat.apply(at(0), start.clone());
        chat.admit(&other, 1, at(1_000));
        chat.apply(at(1_000), start);
        assert_eq!(chat.clock.now().downtime, Duration::from_secs(1_000));
    }
}
