//! One viewer's stream of events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::board::Board;
use crate::event_log::Batch;
use crate::events::{Event, Rules};
use crate::feed::Viewer;

/// Interval of checks whether the server's state has changed.
const STATE_INTERVAL: Duration = Duration::from_secs(1);

/// Ticks after which the state is sent unchanged: it corrects countdowns on the page, and detects closed
/// connections.
const RESEND_AFTER: u32 = 5;

/// Milliseconds after which a browser that lost the stream asks for it again. A server that starts again is
/// back within a moment, and its first calls are worth seeing.
const RETRY: u32 = 250;

/// What one viewer gets, as pieces of the stream.
pub(crate) struct EventStream {
    board: Arc<Board>,
    viewer: Viewer,
    ticks: Interval,
    /// Pieces to send next.
    ready: VecDeque<Bytes>,
    /// The keys of the state that was sent last.
    sent_keys: Vec<String>,
    sent_rules: Option<Rules>,
    /// Of the lab's rules, if there is one.
    rule_changes: Option<watch::Receiver<()>>,
    /// Since the state was sent.
    ticks_since_sent: u32,
}

impl EventStream {
    pub(crate) fn new(board: Arc<Board>, viewer: Viewer) -> Self {
        let mut ticks = interval_at(Instant::now() + STATE_INTERVAL, STATE_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let rule_changes = board.lab.as_ref().map(|lab| lab.changes());
        let mut stream = Self {
            board,
            viewer,
            ticks,
            ready: VecDeque::new(),
            sent_keys: Vec::new(),
            sent_rules: None,
            rule_changes,
            ticks_since_sent: 0,
        };
        // The number of the last event before this stream, from which a viewer can resume that has received none yet.
        let after = stream.viewer.after();
        let hello = stream.board.hello(0).message();
        let first = format!("retry: {RETRY}\nid: {after}\n{hello}");
        stream.ready.push_back(first.into());
        stream.queue_state();
        stream
    }

    /// The next piece; `None` when the server stops.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            tokio::select! {
                batch = self.viewer.next() => self.queue_batch(batch?),
                _ = self.ticks.tick() => self.queue_state(),
                () = changed(&mut self.rule_changes) => self.queue_rules(false),
            }
        }
    }

    fn queue_batch(&mut self, batch: Batch) {
        if batch.missed > 0 {
            let hello = self.board.hello(batch.missed).message();
            self.ready.push_back(hello.into());
        }
        self.ready.extend(batch.events);
    }

    /// Queues the server's state, as far as it is due.
    fn queue_state(&mut self) {
        self.ticks_since_sent += 1;
        let is_due = self.ticks_since_sent >= RESEND_AFTER;
        let snapshots = self.board.snapshots();
        for (position, snapshot) in snapshots.iter().enumerate() {
            if is_due || self.sent_keys.get(position) != Some(&snapshot.key) {
                self.ready.push_back(snapshot.messages.clone());
            }
        }
        self.sent_keys = snapshots.iter().map(|sent| sent.key.clone()).collect();
        self.queue_rules(is_due);
        if is_due {
            self.ticks_since_sent = 0;
        }
    }

    fn queue_rules(&mut self, is_due: bool) {
        let rules = self.board.rules();
        if let Some(rules) = &rules
            && (is_due || self.sent_rules.as_ref() != Some(rules))
        {
            let message = Event::from(rules.clone()).message();
            self.ready.push_back(message.into());
        }
        self.sent_rules = rules;
    }
}

/// Waits until the rules have changed; for ever, where there are none.
async fn changed(rules: &mut Option<watch::Receiver<()>>) {
    if let Some(rules) = rules
        && rules.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use rpc::Lab;
    use rpc::serve::lab::{Rule, When};

    use super::*;
    use crate::board::Identity;
    use crate::secrets::PrivateTexts;

    fn stream_of(lab: &Arc<Lab>) -> EventStream {
        let identity = Identity {
            role: "chat-server",
            address: "127.0.0.1:9000".to_owned(),
            ports: vec![9_000],
        };
        let lab = Some(Arc::clone(lab));
        let board = Board::new(identity, PrivateTexts::Masked, lab, Box::new(Vec::new));
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let viewer = board.feed.subscribe(None, here).unwrap();
        EventStream::new(board, viewer)
    }

    #[tokio::test(start_paused = true)]
    async fn rules_are_sent_again_in_case_a_page_has_another_answer() {
        let mut stream = stream_of(&Arc::default());
        let mut sent = 0;
        let until = RESEND_AFTER * STATE_INTERVAL + Duration::from_millis(1);
        let sending = async {
            while let Some(piece) = stream.next().await {
                sent += usize::from(piece.starts_with(b"event: lab\n"));
            }
        };
        tokio::time::timeout(until, sending).await.unwrap_err();
        assert_eq!(sent, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_rule_is_sent_at_once() {
        let lab = Arc::new(Lab::default());
        let mut stream = stream_of(&lab);
        let began = Instant::now();
        for _ in ["hello", "lab"] {
            stream.next().await.unwrap();
        }
        let rule = Rule::new("twice", When::Next, None, None).unwrap();
        for (rule, count) in [(Some(rule), 1), (None, 0)] {
            lab.set("list_rooms", rule).unwrap();
            let piece = stream.next().await.unwrap();
            let text = String::from_utf8(piece.to_vec()).unwrap();
            assert_eq!(text.matches("list_rooms").count(), count, "{text}");
            assert!(text.starts_with("event: lab\n"), "{text}");
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
