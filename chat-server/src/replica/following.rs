//! The task that appends to a log that several servers share, and applies what all of them append.
//!
//! One batch is on its way at a time. It is sent under the same number until its fate is known, and carried
//! out when it comes back from the log; so the order of the log is the order of all servers. A caller waits
//! for at most [`WAIT`](super::queue::WAIT).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{debug, error, info, warn};

use super::in_flight::InFlight;
use super::log_status::{Comparison, LogStatus};
use super::queue::Queue;
use super::replica_state::ReplicaState;
use super::submission::{Refused, Submission, Submitted};
use crate::chat::commands::DecodeError;
use crate::chat::{Admission, Chat, Notice, WriterId};
use crate::log::Position;
use crate::log::shared::{AttemptError, Batch, Followed, SharedLog, encode};

/// How soon an attempt follows one that failed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How long an attempt takes that finds no connection.
const ATTEMPT: Duration = Duration::from_millis(1_500);

/// How often deadlines and the status are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long the answer to an attempt is waited for when the batch has come back from the log already. Giving
/// the attempt up at once would cost a connection.
const ANSWER_LINGERS: Duration = Duration::from_millis(100);

type Attempt = Pin<Box<dyn Future<Output = Result<(), AttemptError>> + Send>>;

pub(super) struct Following<L> {
    shared: Arc<ReplicaState>,
    log: L,
    submitted: UnboundedReceiver<(Instant, Submitted)>,
    comparison: Comparison,
    /// Where callers are waked: a thread of their runtime does that at a fraction of the cost.
    callers: Option<Handle>,
    queue: Queue,
    /// Whether what was noted of activity is to be recorded.
    activity_is_due: bool,
    last_number: u64,
    in_flight: Option<InFlight>,
    attempt: Option<Attempt>,
    /// Until when the answer to an attempt is waited for that need not be known any more.
    attempt_ends: Option<Instant>,
    is_closing: bool,
    is_over: bool,
    is_refusing: bool,
}

impl<L: SharedLog> Following<L> {
    pub(super) fn new(
        shared: Arc<ReplicaState>,
        mut log: L,
        submitted: UnboundedReceiver<(Instant, Submitted)>,
        log_status: watch::Sender<LogStatus>,
        callers: Option<Handle>,
    ) -> Self {
        log.mark_snapshots(shared.snapshot_time.clone());
        Self {
            shared,
            log,
            submitted,
            comparison: Comparison::new(log_status),
            callers,
            queue: Queue::default(),
            activity_is_due: false,
            last_number: 0,
            in_flight: None,
            attempt: None,
            attempt_ends: None,
            is_closing: false,
            is_over: false,
            is_refusing: false,
        }
    }

    /// Goes on until the last sender is gone, and everything that was submitted is written or refused.
    pub(super) async fn run(mut self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_over {
            self.begin_next();
            if self.is_closing && self.queue.is_empty() && !self.is_batch_awaited() {
                return;
            }
            tokio::select! {
                followed = self.log.next() => self.take(followed),
                outcome = attempt(&mut self.attempt) => self.attempted(outcome),
                submitted = self.submitted.recv(), if !self.is_closing => self.enqueue(submitted),
                _ = ticks.tick() => self.look_at_clock(),
            }
        }
    }

    /// Whether a server that ends waits for the fate of the batch in flight. A server that is behind may never learn
    /// it, and nothing depends on it once the callers have been refused.
    fn is_batch_awaited(&self) -> bool {
        let in_flight = self.in_flight.as_ref();
        in_flight.is_some_and(|batch| batch.has_callers() || !self.comparison.is_behind())
    }

    fn enqueue(&mut self, submitted: Option<(Instant, Submitted)>) {
        let Some(mut next) = submitted else {
            self.is_closing = true;
            return;
        };
        loop {
            match next {
                (since, Submitted::Command(submission)) => self.queue.push(since, submission),
                (_, Submitted::RecordActivity) => self.activity_is_due = true,
            }
            match self.submitted.try_recv() {
                Ok(another) => next = another,
                Err(_) => return,
            }
        }
    }

    /// Sends what waits, if nothing is on its way. Nothing new is sent while the replica is behind: what waits can be
    /// refused with the certainty that it was not done, and a clock that was stopped would stamp it with a time that is
    /// past.
    fn begin_next(&mut self) {
        if self.in_flight.is_some() || self.attempt.is_some() || self.comparison.is_behind() {
            return;
        }
        let now = Instant::now();
        self.queue.refuse_expired(now);
        if self.queue.is_empty() && !self.activity_is_due {
            return;
        }
        // Recorded even if there is none: a server that writes every few seconds is a server that could hear
        // its clients.
        let activity = (self.activity_is_due || self.queue.depends_on_activity())
            .then(|| self.shared.take_all_activity());
        self.activity_is_due = false;
        let at = self.shared.clock.now();
        let record = activity.clone().map(Submission::of).and_then(Result::ok);
        let record = record.map(|(submission, _)| submission);
        let commands = self.queue.take_batch(record, now, at);
        self.last_number += 1;
        let batch = encode(at, commands.iter().map(|command| &command.entry));
        self.attempt = Some(Box::pin(self.log.append(self.last_number, batch.clone())));
        self.in_flight = Some(InFlight {
            number: self.last_number,
            at,
            batch,
            commands,
            activity,
            may_be_appended: false,
        });
    }

    /// An attempt to append the batch has ended.
    fn attempted(&mut self, outcome: Result<(), AttemptError>) {
        self.attempt = None;
        self.attempt_ends = None;
        let Some(in_flight) = &mut self.in_flight else {
            return;
        };
        match outcome {
            // It comes back by the log.
            Ok(()) => {
                in_flight.may_be_appended = true;
                return;
            }
            Err(AttemptError::Refused(reason)) if !in_flight.may_be_appended => {
                if !std::mem::replace(&mut self.is_refusing, true) {
                    error!(%reason, "commands are refused; reading goes on");
                }
                *self.shared.trouble.lock() = Some(reason);
                self.withdraw();
                return;
            }
            Err(AttemptError::Unknown(reason)) => {
                in_flight.may_be_appended = true;
                debug!(%reason, "it is not known whether a batch was appended");
            }
            Err(cause) => {
                debug!(%cause, "a batch was not appended");
                if !in_flight.may_be_appended && in_flight.expires_before(Instant::now() + ATTEMPT)
                {
                    self.withdraw();
                    return;
                }
            }
        }
        let again = self.log.append(in_flight.number, in_flight.batch.clone());
        self.attempt = Some(Box::pin(async move {
            tokio::time::sleep(RETRY_AFTER).await;
            again.await
        }));
    }

    /// Takes back a batch that the log certainly has not and will not get.
    fn withdraw(&mut self) {
        let Some(mut in_flight) = self.in_flight.take() else {
            return;
        };
        // Its number is used by the next one.
        self.last_number -= 1;
        self.attempt = None;
        if let Some(activity) = in_flight.activity.take() {
            self.shared.state.lock().activities.put_back(activity);
        }
        in_flight.reply(Some(Refused::NotNow));
    }

    fn take(&mut self, followed: Followed) {
        match followed {
            Followed::Batch {
                position,
                writer,
                number,
                batch,
            } => {
                let (writer, batch) = (&writer, &batch);
                if let Err(cause) = self.apply(position, writer, number, batch) {
                    error!(%position, %cause, "the log cannot be followed any more");
                    self.give_up(cause.to_string());
                    return;
                }
                if self.log.is_snapshot_due() {
                    let chat = self.shared.state.lock().chat.snapshot();
                    self.log.snapshot(position, chat);
                }
            }
            Followed::InTouch { asked_at, end } => {
                if !self.comparison.log_ended(asked_at, end) {
                    let reason = format!(
                        "it ends at {end} now, before what was read: was a backup restored?"
                    );
                    error!(%reason, "the log cannot be followed any more");
                    self.give_up(reason);
                    return;
                }
            }
            Followed::Interrupted(reason) => debug!(%reason, "the log is followed elsewhere"),
            Followed::Skipped { position, chat } => self.skip(position, *chat),
            Followed::Unreadable(reason) => {
                error!(%reason, "the log cannot be followed any more");
                self.give_up(reason);
                return;
            }
        }
        if self.comparison.compare() {
            // The first time: the time since the last batch counts as downtime.
            let last = self.shared.state.lock().chat.last_moment();
            self.shared.clock.resume(last);
        }
    }

    fn apply(
        &mut self,
        position: Position,
        writer: &WriterId,
        number: u64,
        batch: &[u8],
    ) -> Result<(), DecodeError> {
        let is_own = writer == self.log.writer()
            && self
                .in_flight
                .as_ref()
                .is_some_and(|own| own.number == number);
        let batch = Batch::read(batch)?;
        let at = batch.at;
        let commands = if is_own {
            Vec::new()
        } else {
            batch.commands()?
        };
        let mut own = self.in_flight.take_if(|_| is_own);
        let (admission, notices) = self.shared.change(|chat| {
            let admission = chat.admit(writer, number, at);
            if admission == Admission::Admitted {
                match &mut own {
                    Some(own) => own.apply(chat, position),
                    None => {
                        for command in commands {
                            command.apply(chat, at);
                        }
                    }
                }
            }
            admission
        });
        self.comparison.applied(position);
        self.shared.note_position(Some(position));
        self.shared.clock.catch_up(at);
        match admission {
            Admission::Admitted => {}
            Admission::Repeated => debug!(%position, number, "a batch came twice"),
            Admission::Late => {
                warn!(%position, ?writer, number, "a batch came so late that all servers refuse it");
            }
        }
        if own.is_some() {
            self.attempt_ends = self.attempt_lingers(ANSWER_LINGERS);
            *self.shared.trouble.lock() = None;
            if std::mem::take(&mut self.is_refusing) {
                info!("the chat can be written again");
            }
        }
        let refused = match admission {
            Admission::Admitted => None,
            Admission::Late => Some(Refused::NotNow),
            Admission::Repeated => Some(Refused::Unknown),
        };
        self.wake(notices, own, refused);
        Ok(())
    }

    /// When the attempt is given up that is not needed any more, if it has not ended already.
    fn attempt_lingers(&self, lingers: Duration) -> Option<Instant> {
        let attempt = self.attempt.as_ref();
        attempt.map(|_| Instant::now() + lingers)
    }

    fn wake(&self, notices: Vec<Notice>, own: Option<InFlight>, refused: Option<Refused>) {
        if notices.is_empty() && own.is_none() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let wake = move || {
            shared.wakeups.notify(notices);
            if let Some(own) = own {
                own.reply(refused);
            }
        };
        match &self.callers {
            Some(callers) => drop(callers.spawn(async move { wake() })),
            None => wake(),
        }
    }

    /// Goes on from a snapshot.
    fn skip(&mut self, position: Position, chat: Chat) {
        info!(%position, "the log is followed on from a snapshot");
        if let Some(last) = chat.last_moment() {
            self.shared.clock.catch_up(last);
        }
        let writer = self.log.writer().clone();
        let own = self
            .in_flight
            .take_if(|own| chat.has_seen(&writer, own.number));
        self.comparison.applied(position);
        self.shared.note_position(Some(position));
        self.shared.state.lock().chat = chat;
        self.shared.wakeups.notify_all();
        if own.is_some() {
            self.attempt_ends = self.attempt_lingers(Duration::ZERO);
        }
        // It is in the snapshot, and its outcome is not.
        self.wake(Vec::new(), own, Some(Refused::Unknown));
    }

    fn look_at_clock(&mut self) {
        let now = Instant::now();
        // The clock must be read regularly, or the time since the last reading counts as a stop.
        let _ = self.shared.clock.now();
        if self.attempt_ends.is_some_and(|ends| ends <= now) {
            self.attempt = None;
            self.attempt_ends = None;
        }
        if let Some(own) = &mut self.in_flight {
            own.expire(now);
        }
        self.queue.refuse_expired(now);
        self.comparison.update();
    }

    fn give_up(&mut self, reason: String) {
        self.is_over = true;
        self.comparison.end(reason.into());
    }
}

/// The outcome of the attempt, if one is made.
async fn attempt(attempt: &mut Option<Attempt>) -> Result<(), AttemptError> {
    match attempt {
        Some(attempt) => attempt.await,
        None => std::future::pending().await,
    }
}
