//! A log that delays, loses and repeats.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use crate::chat::snapshot::{Snapshot, restored};
use crate::chat::{Chat, Policy, WriterId};
use crate::log::Position;
use crate::log::shared::{AttemptError, Followed, SharedLog};

/// The fate of what a server sends that is cut off.
const CUT: u32 = 99;

/// The log itself: all that was ever appended, and where it begins for those who follow.
#[derive(Default)]
pub(super) struct Core {
    pub(super) batches: Vec<(WriterId, u64, Vec<u8>)>,
    pub(super) keys: HashSet<(WriterId, u64)>,
    pub(super) snapshot: Option<(Position, Chat)>,
}

impl Core {
    fn append(&mut self, writer: &WriterId, number: u64, batch: Vec<u8>) {
        if self.keys.insert((writer.clone(), number)) {
            self.batches.push((writer.clone(), number, batch));
        }
    }

    pub(super) fn end(&self) -> Position {
        Position(self.batches.len() as u64)
    }

    /// As a restart finds it.
    pub(super) fn start(&self) -> (Chat, Position) {
        match &self.snapshot {
            Some((position, chat)) => (copy(chat), *position),
            None => (Chat::new(Policy::default()), Position(0)),
        }
    }
}

/// The log as one server sees it.
pub(super) struct View {
    pub(super) core: Arc<Mutex<Core>>,
    pub(super) writer: WriterId,
    pub(super) position: Position,
    pub(super) is_cut: Arc<Mutex<bool>>,
    pub(super) random: Arc<Mutex<fastrand::Rng>>,
    pub(super) probe_at: Instant,
}

impl SharedLog for View {
    fn writer(&self) -> &WriterId {
        &self.writer
    }

    fn append(
        &self,
        number: u64,
        batch: Vec<u8>,
    ) -> impl Future<Output = Result<(), AttemptError>> + Send + 'static {
        let (core, writer, is_cut) = (
            Arc::clone(&self.core),
            self.writer.clone(),
            Arc::clone(&self.is_cut),
        );
        let random = Arc::clone(&self.random);
        async move {
            let fate = if *is_cut.lock() {
                CUT
            } else {
                random.lock().u32(..10)
            };
            let delay = Duration::from_millis(random.lock().u64(1..30));
            sleep(delay).await;
            let unknown = || Err(AttemptError::Unknown("as planned".to_owned()));
            match fate {
                // Appended, and the answer lost.
                0 => core.lock().append(&writer, number, batch),
                // Lost, and so is the answer.
                1 => {}
                2 => return Err(AttemptError::NotAppended("as planned".to_owned())),
                3 => return Err(AttemptError::Refused("as planned".to_owned())),
                // Appended at any time later.
                4 | CUT => {
                    let later = Duration::from_millis(random.lock().u64(..20_000));
                    tokio::spawn(async move {
                        sleep(later).await;
                        core.lock().append(&writer, number, batch);
                    });
                    sleep(Duration::from_secs(2)).await;
                }
                _ => {
                    core.lock().append(&writer, number, batch);
                    return Ok(());
                }
            }
            unknown()
        }
    }

    async fn next(&mut self) -> Followed {
        loop {
            if !*self.is_cut.lock() {
                let core = self.core.lock();
                if let Some((position, chat)) = &core.snapshot
                    && self.position < *position
                {
                    self.position = *position;
                    return Followed::Skipped {
                        position: *position,
                        chat: Box::new(copy(chat)),
                    };
                }
                let index = usize::try_from(self.position.0).unwrap();
                if let Some((writer, number, batch)) = core.batches.get(index) {
                    self.position = self.position.next();
                    return Followed::Batch {
                        position: self.position,
                        writer: writer.clone(),
                        number: *number,
                        batch: batch.clone(),
                    };
                }
                if self.probe_at <= Instant::now() {
                    self.probe_at = Instant::now() + Duration::from_millis(500);
                    return Followed::InTouch {
                        asked_at: Instant::now(),
                        end: core.end(),
                    };
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn is_snapshot_due(&self) -> bool {
        true
    }

    fn snapshot(&mut self, position: Position, chat: Snapshot) {
        let mut core = self.core.lock();
        let newest = core.snapshot.as_ref().map(|(position, _)| *position);
        if newest < Some(position) && self.random.lock().u32(..20) == 0 {
            core.snapshot = Some((position, restored(&chat)));
            // A batch that is repeated after this is appended again.
            let dropped = usize::try_from(position.0).unwrap();
            let Core { batches, keys, .. } = &mut *core;
            for (writer, number, _) in &batches[..dropped] {
                keys.remove(&(writer.clone(), *number));
            }
        }
    }
}

pub(super) fn copy(chat: &Chat) -> Chat {
    restored(&chat.snapshot())
}
