//! Commands that are written where they are submitted, beside those that the thread of the log writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use parking_lot::Mutex;

use super::fixtures::send;
use super::tests::enter;
use super::writer::{BATCHES_OF_ONE_CLIENT, Writer};
use super::{LogAccess, Refused, Replica};
use crate::chat::commands::SendMessageOutcome;
use crate::chat::snapshot::Snapshot;
use crate::chat::{Chat, Policy};
use crate::log::{AppendError, Entry, Log};

/// What was appended, and by which threads.
#[derive(Default)]
struct Appended {
    entries: Mutex<Vec<Entry>>,
    batches: AtomicUsize,
    largest: AtomicUsize,
    threads: Mutex<Vec<ThreadId>>,
    /// An append takes as long as a slow disk.
    is_slow: AtomicBool,
    panics: AtomicBool,
    is_snapshot_due: AtomicBool,
    /// By which thread the last snapshot was taken.
    snapshot_by: Mutex<Option<ThreadId>>,
}

struct Recording(Arc<Appended>);

impl Log for Recording {
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        let Self(appended) = self;
        assert!(!appended.panics.load(Ordering::Relaxed), "a bug");
        if appended.is_slow.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        appended.entries.lock().extend_from_slice(entries);
        appended.batches.fetch_add(1, Ordering::Relaxed);
        appended.largest.fetch_max(entries.len(), Ordering::Relaxed);
        let mut threads = appended.threads.lock();
        let this = std::thread::current().id();
        if !threads.contains(&this) {
            threads.push(this);
        }
        Ok(())
    }

    fn is_snapshot_due(&self) -> bool {
        self.0.is_snapshot_due.load(Ordering::Relaxed)
    }

    fn snapshot(&mut self, _: Snapshot) {
        self.0.is_snapshot_due.store(false, Ordering::Relaxed);
        *self.0.snapshot_by.lock() = Some(std::thread::current().id());
    }
}

async fn replica() -> (Arc<Replica>, Arc<Appended>) {
    let appended = Arc::new(Appended::default());
    let log = Recording(Arc::clone(&appended));
    let replica = Replica::with_own_log(Chat::new(Policy::default()), log).unwrap();
    enter(&replica).await.unwrap();
    (Arc::new(replica), appended)
}

async fn say(replica: &Replica, number: usize) -> Result<SendMessageOutcome, Refused> {
    replica
        .submit(send(number, ["ana", "bia"][number % 2]))
        .await
}

/// The numbers of all messages, in the order of the log.
fn numbers(appended: &Appended) -> Vec<usize> {
    let entries = appended.entries.lock();
    let texts = entries.iter().filter_map(|entry| {
        let fields: serde_json::Value = serde_json::from_str(&entry.fields).unwrap();
        fields.get("text")?.as_str()?.parse().ok()
    });
    texts.collect()
}

/// Says as much as a single client must before it writes itself, and forgets which threads have written it.
async fn become_single_client(replica: &Replica, appended: &Appended) {
    for number in 0..BATCHES_OF_ONE_CLIENT as usize {
        say(replica, number).await.unwrap();
    }
    writer(replica).wait_until_idle();
    appended.threads.lock().clear();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_client_writes_itself_once_it_is_known_to_be_single() {
    let (replica, appended) = replica().await;
    let known_after = BATCHES_OF_ONE_CLIENT as usize;
    let (submitting, appending) = (Arc::clone(&replica), Arc::clone(&appended));
    let sender = tokio::spawn(async move {
        become_single_client(&submitting, &appending).await;
        for number in known_after..known_after + 20 {
            let sent = say(&submitting, number).await.unwrap();
            assert!(matches!(sent, SendMessageOutcome::Sent(_)));
        }
    });
    sender.await.unwrap();
    let all: Vec<usize> = (0..known_after + 20).collect();
    assert_eq!(numbers(&appended), all);
    let log = writer(&replica).thread_of_log();
    assert!(!appended.threads.lock().contains(&log));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_is_due_after_a_single_clients_write_is_taken_by_the_thread_of_the_log() {
    let (replica, appended) = replica().await;
    let (submitting, appending) = (Arc::clone(&replica), Arc::clone(&appended));
    let sender = tokio::spawn(async move {
        become_single_client(&submitting, &appending).await;
        appending.is_snapshot_due.store(true, Ordering::Relaxed);
        say(&submitting, 99).await.unwrap();
    });
    sender.await.unwrap();
    let log = writer(&replica).thread_of_log();
    assert!(!appended.threads.lock().contains(&log));
    let taken = async {
        while appended.snapshot_by.lock().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let taken = tokio::time::timeout(Duration::from_secs(20), taken).await;
    taken.expect("no snapshot");
    assert_eq!(*appended.snapshot_by.lock(), Some(log));
}

fn writer(replica: &Replica) -> &Writer {
    match &replica.log_access {
        LogAccess::Own(writer) => writer,
        _ => panic!("no writer"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_many_tasks_are_written_once_each_task_in_its_order_and_together() {
    const TASKS: usize = 8;
    const SENDS: usize = 60;
    let (replica, appended) = replica().await;
    appended.is_slow.store(true, Ordering::Relaxed);
    let tasks = (0..TASKS).map(|task| {
        let replica = Arc::clone(&replica);
        tokio::spawn(async move {
            for number in 0..SENDS {
                say(&replica, task * SENDS + number).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let all = numbers(&appended);
    for task in 0..TASKS {
        let of_task: Vec<usize> = all
            .iter()
            .copied()
            .filter(|number| number / SENDS == task)
            .collect();
        let expected: Vec<usize> = (task * SENDS..(task + 1) * SENDS).collect();
        assert_eq!(of_task, expected);
    }
    let batches = appended.batches.load(Ordering::Relaxed);
    assert!(batches < TASKS * SENDS / 2, "{batches} batches");
    assert!(appended.largest.load(Ordering::Relaxed) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_panic_nothing_is_written_and_no_caller_waits() {
    let (replica, appended) = replica().await;
    appended.panics.store(true, Ordering::Relaxed);
    // Several at the same time: one panics where it was submitted or on the thread of the log, and the others wait.
    let tasks = (0..6).map(|number| {
        let replica = Arc::clone(&replica);
        tokio::spawn(async move { say(&replica, number).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        // A panic ends the task in which it happened.
        assert!(matches!(task.await, Err(_) | Ok(Err(Refused::Unknown))));
    }
    appended.panics.store(false, Ordering::Relaxed);
    let later = tokio::time::timeout(Duration::from_secs(20), say(&replica, 7)).await;
    assert_eq!(later.unwrap().unwrap_err(), Refused::Unknown);
    assert_eq!(numbers(&appended), [] as [usize; 0]);
}
