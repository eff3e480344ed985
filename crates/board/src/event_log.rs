//! The newest events, numbered, so that a viewer that reconnects continues where it was. A viewer that is too slow
//! skips the events that are no longer kept.

use std::collections::VecDeque;

use bytes::Bytes;

/// The beginnings and ends of the newest thousand calls.
const MAX_EVENTS: usize = 2_000;

/// Bytes of the events that are kept. Most have a few hundred.
const MAX_BYTES: usize = 2 << 20;

/// Bytes that are handed to one viewer at once: what it has not read yet is in memory for it alone.
const MAX_BATCH_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
pub(crate) struct EventLog {
    last_id: u64,
    /// With their numbers, in which skipped events leave gaps.
    events: VecDeque<(u64, Bytes)>,
    bytes: usize,
}

/// What comes next for a viewer.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Messages of the stream, oldest first.
    pub(crate) events: Vec<Bytes>,
    /// How many before them are lost.
    pub(crate) missed: u64,
    /// The number of the last of all these.
    pub(crate) last: u64,
}

impl EventLog {
    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Forgets the events. Their numbers are not given again.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    /// Adds an event with its number in the message, and returns the number.
    pub(crate) fn push(&mut self, message: impl FnOnce(u64) -> String) -> u64 {
        self.last_id += 1;
        let message = Bytes::from(message(self.last_id));
        self.bytes += message.len();
        self.events.push_back((self.last_id, message));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
        self.last_id
    }

    /// Counts events that are not kept, and returns the number of the last.
    pub(crate) fn skip(&mut self, events: u64) -> u64 {
        self.last_id += events;
        self.last_id
    }

    /// The next events after the one with this number, up to a gap, as many as may be in memory for one viewer.
    pub(crate) fn after(&self, seen: u64) -> Batch {
        let start = self.events.partition_point(|(id, _)| *id <= seen);
        let first = self
            .events
            .get(start)
            .map_or(self.last_id + 1, |(id, _)| *id);
        let missed = first - seen - 1;
        let mut last = seen + missed;
        let (mut events, mut bytes) = (Vec::new(), 0);
        for (id, message) in self.events.iter().skip(start) {
            bytes += message.len();
            if *id != last + 1 || (bytes > MAX_BATCH_BYTES && !events.is_empty()) {
                break;
            }
            last = *id;
            events.push(message.clone());
        }
        Batch {
            events,
            missed,
            last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut EventLog) -> u64 {
        log.push(|id| id.to_string())
    }

    fn ids(batch: &Batch) -> Vec<u64> {
        let text = |message: &Bytes| String::from_utf8(message.to_vec()).unwrap();
        let messages = batch.events.iter().map(text);
        messages.map(|message| message.parse().unwrap()).collect()
    }

    #[test]
    fn what_is_no_longer_kept_is_missed() {
        let mut log = EventLog::default();
        for _ in 0..MAX_EVENTS + 5 {
            push(&mut log);
        }
        let batch = log.after(0);
        assert_eq!((batch.missed, ids(&batch)[0]), (5, 6));
    }

    #[test]
    fn what_is_handed_over_at_once_is_bounded_and_nothing_is_left_out_for_that() {
        let mut log = EventLog::default();
        for _ in 0..100 {
            log.push(|_| "x".repeat(1_000));
        }
        let mut received = 0;
        let mut seen = 0;
        while seen < 100 {
            let batch = log.after(seen);
            let bytes: usize = batch.events.iter().map(Bytes::len).sum();
            assert!(bytes <= MAX_BATCH_BYTES);
            assert_eq!(batch.missed, 0);
            received += batch.events.len();
            seen = batch.last;
        }
        assert_eq!(received, 100);
    }

    #[test]
    fn what_was_skipped_is_reported_where_it_is_missing() {
        let mut log = EventLog::default();
        push(&mut log);
        log.skip(7);
        push(&mut log);
        log.skip(2);
        let mut batches = Vec::new();
        let mut seen = 0;
        while seen < log.last_id() {
            let batch = log.after(seen);
            seen = batch.last;
            batches.push((batch.missed, ids(&batch)));
        }
        assert_eq!(batches, [(0, vec![1]), (7, vec![9]), (2, vec![])]);
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes() {
        let mut log = EventLog::default();
        for _ in 0..MAX_EVENTS {
            log.push(|_| "x".repeat(4 << 10));
        }
        let bytes: usize = log.events.iter().map(|(_, message)| message.len()).sum();
        assert_eq!(bytes, log.bytes);
        assert!(bytes <= MAX_BYTES && bytes > MAX_BYTES / 2, "{bytes}");
    }
}
