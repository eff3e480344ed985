//! The task that appends to a log that several servers share, and applies what all of them append.
//!
//! One batch is on its way at a time. It is sent under the same number until its fate is known, and carried
//! out when it comes back from the log; so the order of the log is the order of all servers. A caller waits
//! for at most [`WAIT`].

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{Local, TimeDelta};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{debug, error, info, warn};

use super::in_flight::{InFlight, Underway};
use super::standing::{OUT_OF_TOUCH_AFTER, Standing};
use super::submission::Submission;
use super::writer::Submitted;
use super::{Refused, Shared};
use crate::chat::{Admission, Chat, Notice, WriterId};
use crate::log::Position;
use crate::log::shared::{
    AttemptError, BATCH_BYTES, Batch, Followed, SharedLog, encode, encoded_bytes,
};

/// How long a caller waits for the log before its command is refused.
pub(crate) const WAIT: Duration = Duration::from_secs(5);

/// How soon an attempt follows one that failed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How long an attempt takes that finds no connection.
const ATTEMPT: Duration = Duration::from_millis(1_500);

/// How often deadlines and the standing are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long the answer to an attempt is waited for when the batch has come back from the log already. Giving
/// the attempt up at once would cost a connection.
const ANSWER_LINGERS: Duration = Duration::from_millis(100);

/// How many commands a batch has at most, so that the chat is not locked for long while they are applied.
const BATCH: usize = 2_048;

type Attempt = Pin<Box<dyn Future<Output = Result<(), AttemptError>> + Send>>;

/// The task, as those who submit see it.
#[derive(Debug)]
pub(super) struct Follower {
    submissions: Option<UnboundedSender<(Instant, Submitted)>>,
    pub(super) standing: watch::Receiver<Standing>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Runs the task on a thread of its own, so that it needs no runtime to end.
    ///
    /// # Errors
    /// When the system gives no thread or runtime.
    pub(super) fn start<L: SharedLog>(
        shared: Arc<Shared>,
        open: impl FnOnce() -> L + Send + 'static,
        from: Position,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (submissions, submitted) = unbounded_channel();
        let (standing, watched) = watch::channel(Standing::behind(from));
        let callers = Handle::try_current().ok();
        let run = move || {
            runtime.block_on(async move {
                let following = Following::new(shared, open(), submitted, standing, callers);
                following.run().await;
            });
        };
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(run)?;
        Ok(Self {
            submissions: Some(submissions),
            standing: watched,
            thread: Some(thread),
        })
    }

    /// Runs the task on the runtime of a test, with its clock.
    #[cfg(test)]
    pub(super) fn spawn<L: SharedLog>(
        shared: Arc<Shared>,
        log: L,
        from: Position,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (submissions, submitted) = unbounded_channel();
        let (standing, watched) = watch::channel(Standing::behind(from));
        let following = Following::new(shared, log, submitted, standing, None);
        let task = tokio::spawn(following.run());
        let follower = Self {
            submissions: Some(submissions),
            standing: watched,
            thread: None,
        };
        (follower, task)
    }

    pub(super) fn submit(&self, submitted: Submitted) {
        if let Some(submissions) = &self.submissions {
            // The task lives as long as this sender, unless the log cannot be followed any more. Then the
            // callers find that their command was dropped.
            let _ = submissions.send((Instant::now(), submitted));
        }
    }
}

/// Waits until everything that was submitted is written or refused.
impl Drop for Follower {
    fn drop(&mut self) {
        self.submissions = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the follower of the log panicked");
        }
    }
}

struct Waiting {
    submission: Submission,
    deadline: Instant,
}

struct Following<L> {
    shared: Arc<Shared>,
    log: L,
    submitted: UnboundedReceiver<(Instant, Submitted)>,
    standing: watch::Sender<Standing>,
    /// Where callers are waked: a thread of their runtime does that at a fraction of the cost.
    callers: Option<Handle>,
    queue: VecDeque<Waiting>,
    /// Whether what was noted of activity is to be recorded.
    activity_is_due: bool,
    last_number: u64,
    in_flight: Option<InFlight>,
    attempt: Option<Attempt>,
    /// Until when the answer to an attempt is waited for that need not be known any more.
    attempt_ends: Option<Instant>,
    position: Position,
    /// Where the log ended when it was last asked, and when that was.
    end: Option<(Instant, Position)>,
    /// When the chat was last known to be as the log is.
    current_at: Option<Instant>,
    is_closing: bool,
    is_over: bool,
    is_refusing: bool,
}

impl<L: SharedLog> Following<L> {
    fn new(
        shared: Arc<Shared>,
        log: L,
        submitted: UnboundedReceiver<(Instant, Submitted)>,
        standing: watch::Sender<Standing>,
        callers: Option<Handle>,
    ) -> Self {
        let position = standing.borrow().position;
        Self {
            shared,
            log,
            submitted,
            standing,
            callers,
            queue: VecDeque::new(),
            activity_is_due: false,
            last_number: 0,
            in_flight: None,
            attempt: None,
            attempt_ends: None,
            position,
            end: None,
            current_at: None,
            is_closing: false,
            is_over: false,
            is_refusing: false,
        }
    }

    async fn run(mut self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_over {
            self.begin_next();
            if self.is_closing && self.in_flight.is_none() && self.queue.is_empty() {
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

    fn enqueue(&mut self, submitted: Option<(Instant, Submitted)>) {
        let Some(mut next) = submitted else {
            self.is_closing = true;
            return;
        };
        loop {
            match next {
                (since, Some(submission)) => {
                    let deadline = since + WAIT;
                    self.queue.push_back(Waiting {
                        submission,
                        deadline,
                    });
                }
                (_, None) => self.activity_is_due = true,
            }
            match self.submitted.try_recv() {
                Ok(another) => next = another,
                Err(_) => return,
            }
        }
    }

    /// Sends what waits, if nothing is on its way. Nothing new is sent while the log is out
    /// of touch: what waits can be refused with the certainty that it was not done, and a clock that was
    /// stopped would stamp it with a time that is past.
    fn begin_next(&mut self) {
        if self.in_flight.is_some() || self.attempt.is_some() || !self.is_in_touch() {
            return;
        }
        let now = Instant::now();
        self.refuse_expired(now);
        if self.queue.is_empty() && !self.activity_is_due {
            return;
        }
        let needs_activity = |waiting: &Waiting| waiting.submission.depends_on_activity;
        let mut activity = None;
        if self.activity_is_due || self.queue.iter().any(needs_activity) {
            // Recorded even if there is none: a server that writes every few seconds is a server that could
            // hear its clients.
            activity = Some(self.shared.take_all_activity());
        }
        self.activity_is_due = false;
        let at = self.shared.clock.now();
        let mut commands = Vec::new();
        let mut bytes = 0;
        if let Some(Ok((submission, _))) = activity.clone().map(Submission::of) {
            let (entry, _) = submission.split(at);
            bytes += encoded_bytes(&entry);
            commands.push(Underway {
                entry,
                deadline: now + WAIT,
                pending: None,
            });
        }
        while commands.len() < BATCH
            && let Some(first) = self.queue.front()
            && (commands.is_empty() || bytes + first.submission.bytes() <= BATCH_BYTES)
            && let Some(Waiting {
                submission,
                deadline,
            }) = self.queue.pop_front()
        {
            let (entry, pending) = submission.split(at);
            bytes += encoded_bytes(&entry);
            commands.push(Underway {
                entry,
                deadline,
                pending: Some(pending),
            });
        }
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
                    self.log.snapshot(self.position, chat);
                }
            }
            Followed::InTouch { asked_at, end } => self.end = Some((asked_at, end)),
            Followed::Interrupted(reason) => debug!(%reason, "the log is followed elsewhere"),
            Followed::Skipped { position, chat } => self.skip(position, *chat),
            Followed::Unreadable(reason) => {
                error!(%reason, "the log cannot be followed any more");
                self.give_up(reason);
                return;
            }
        }
        if let Some((asked_at, end)) = self.end
            && end <= self.position
        {
            if self.current_at.is_none() {
                // The first time: the time since the last batch counts as downtime.
                let last = self.shared.state.lock().chat.last_moment();
                self.shared.clock.resume(last);
            }
            self.current_at = self.current_at.max(Some(asked_at));
        }
        self.update_standing();
    }

    fn apply(
        &mut self,
        position: Position,
        writer: &WriterId,
        number: u64,
        batch: &[u8],
    ) -> Result<(), crate::chat::commands::DecodeError> {
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
        self.position = position;
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
        self.position = position;
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
        self.refuse_expired(now);
        self.update_standing();
    }

    /// Refuses those who waited for too long behind the batch on its way, or for the log to be reached. What
    /// they submitted was never sent.
    fn refuse_expired(&mut self, now: Instant) {
        while self
            .queue
            .front()
            .is_some_and(|first| first.deadline <= now)
            && let Some(expired) = self.queue.pop_front()
        {
            expired.submission.pending.reply(Some(Refused::NotNow));
        }
    }

    fn is_in_touch(&self) -> bool {
        let current_at = self.current_at;
        current_at.is_some_and(|at| at.elapsed() < OUT_OF_TOUCH_AFTER)
    }

    fn update_standing(&mut self) {
        let is_in_touch = self.is_in_touch();
        let position = self.position;
        let before = self.standing.borrow().clone();
        let stale_since = match (is_in_touch, before.stale_since) {
            (true, None) => None,
            (true, Some(_)) => {
                info!(%position, "the chat is as the log is");
                None
            }
            (false, Some(since)) => Some(since),
            (false, None) => {
                let ago = self.current_at.map(|at| at.elapsed()).unwrap_or_default();
                let since = Local::now() - TimeDelta::from_std(ago).unwrap_or_default();
                let since = since.fixed_offset();
                warn!(
                    since = %since.format("%H:%M:%S"),
                    "out of touch with the log: commands are refused, and what is read is stale"
                );
                Some(since)
            }
        };
        let standing = Standing {
            position,
            stale_since,
            ended: None,
        };
        self.standing.send_if_modified(|known| {
            let is_news = known.stale_since != standing.stale_since;
            *known = standing;
            is_news
        });
    }

    fn give_up(&mut self, reason: String) {
        self.is_over = true;
        let position = self.position;
        self.standing.send_replace(Standing {
            ended: Some(reason.into()),
            ..Standing::behind(position)
        });
    }
}

/// The outcome of the attempt, if one is made.
async fn attempt(attempt: &mut Option<Attempt>) -> Result<(), AttemptError> {
    match attempt {
        Some(attempt) => attempt.await,
        None => std::future::pending().await,
    }
}
