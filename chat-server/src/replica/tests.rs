//! A replica on a log that fails: what was answered is what the log gives, and nothing else is.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use proptest::prelude::*;
use protocol::classic::procedures::LIST_ROOMS;
use rpc::{Answer, Methods};
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;

use super::fixtures::{create_room, guest, register, room, send, start};
use super::*;
use crate::activity::Activities;
use crate::chat::commands::{
    AnyCommand, Join, JoinOutcome, RecordActivity, RegisterUserOutcome, SendMessageOutcome,
    UnregisterUser,
};
use crate::chat::snapshot::{Snapshot, restored};
use crate::chat::{PersonId, Policy};
use crate::chat::{RoomName, Timeouts};
use crate::log::{AppendError, Entry};

/// What one append does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    NoRoom,
    /// It fails, and the entries were kept all the same.
    BrokenAndKept,
    BrokenAndLost,
}

/// What outlives the process: the entries, and the newest snapshot with the number of entries in it.
#[derive(Debug, Default)]
struct Disk {
    entries: Vec<Entry>,
    snapshot: Option<(usize, Chat)>,
}

impl Disk {
    /// The chat as a restart finds it.
    fn restore(&self) -> Chat {
        let (applied, mut chat) = match &self.snapshot {
            Some((applied, chat)) => (*applied, chat.clone()),
            None => (0, Chat::new(Policy::default())),
        };
        for entry in &self.entries[applied..] {
            let command = AnyCommand::decode(entry.kind, &entry.fields).unwrap();
            command.apply(&mut chat, entry.at);
        }
        chat.take_notices();
        chat
    }
}

/// A log that does to each append what the test planned, and then keeps everything.
struct FaultyLog {
    disk: Arc<Mutex<Disk>>,
    fates: std::vec::IntoIter<Fate>,
    is_broken: bool,
    snapshots_every: usize,
}

impl Log for FaultyLog {
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        if self.is_broken {
            return Err(AppendError::Stopped);
        }
        let fate = self.fates.next().unwrap_or(Fate::Kept);
        if matches!(fate, Fate::Kept | Fate::BrokenAndKept) {
            self.disk.lock().entries.extend_from_slice(entries);
        }
        self.is_broken = matches!(fate, Fate::BrokenAndKept | Fate::BrokenAndLost);
        match fate {
            Fate::Kept => Ok(()),
            Fate::NoRoom => Err(AppendError::DiskFull),
            Fate::BrokenAndKept | Fate::BrokenAndLost => {
                Err(AppendError::Broken("as told".to_owned()))
            }
        }
    }

    fn is_snapshot_due(&self) -> bool {
        let disk = self.disk.lock();
        let applied = disk.snapshot.as_ref().map_or(0, |(applied, _)| *applied);
        disk.entries.len() - applied >= self.snapshots_every
    }

    fn snapshot(&mut self, state: Snapshot) {
        let mut disk = self.disk.lock();
        let applied = disk.entries.len();
        disk.snapshot = Some((applied, restored(&state)));
    }
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        12 => Just(Fate::Kept),
        3 => Just(Fate::NoRoom),
        1 => Just(Fate::BrokenAndKept),
        1 => Just(Fate::BrokenAndLost),
    ];
    prop::collection::vec(fate, 0..40)
}

/// Two users in a room, whatever was there before; it is begun again until the log takes it.
pub(super) async fn enter(replica: &Replica) -> Result<(), Refused> {
    replica.submit(start()).await?;
    replica.submit(create_room()).await?;
    for name in ["ana", "bia"] {
        replica.submit(register(name)).await?;
    }
    for name in ["ana", "bia"] {
        let (caller, room) = (guest(name), room());
        let joined = replica.submit(Join { caller, room }).await?;
        assert!(matches!(joined, JoinOutcome::Joined { .. }));
    }
    Ok(())
}

/// A log without room for the record of activity, as long as its disk is full.
struct FullLog(Arc<AtomicBool>);

impl Log for FullLog {
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        let is_long = entries.iter().any(|entry| entry.kind == "RecordActivity");
        if is_long && self.0.load(Ordering::Relaxed) {
            return Err(AppendError::DiskFull);
        }
        Ok(())
    }
}

/// A connection that is open as long as its other end is.
async fn connection() -> (Connection, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut other_end = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (connections, mut found) = unbounded_channel();
    let methods = Methods::new().immediate(&LIST_ROOMS, move |arguments| {
        let _ = connections.send(arguments.connection().clone());
        Ok(Answer::texts(std::iter::empty::<RoomName>()))
    });
    let service = rpc::Service::new(methods);
    tokio::spawn(rpc::serve(listener, service, std::future::pending()));
    let body = "<methodCall><methodName>list_rooms</methodName></methodCall>";
    let length = body.len();
    let call = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    other_end.write_all(call.as_bytes()).unwrap();
    (found.recv().await.unwrap(), other_end)
}

#[tokio::test]
async fn a_full_disk_takes_no_name_from_a_guest_who_calls() {
    let policy = Policy {
        timeouts: Timeouts {
            takeover: Duration::from_millis(200),
            ..Timeouts::default()
        },
        ..Policy::default()
    };
    let is_full = Arc::new(AtomicBool::new(false));
    let log = FullLog(Arc::clone(&is_full));
    let replica = Replica::with_own_log(Chat::new(policy), log).unwrap();
    replica.submit(register("ana")).await.unwrap();
    is_full.store(true, Ordering::Relaxed);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(300) {
        replica.note_activity("ana", Kind::Guest, Activity::Call, None);
        replica.record_activity();
        std::thread::sleep(Duration::from_millis(20));
    }
    // There is room for this command, but not for what decides it.
    assert_eq!(replica.submit(register("ana")).await, Err(Refused::NotNow));
    is_full.store(false, Ordering::Relaxed);
    let taken = replica.submit(register("ana")).await;
    assert_eq!(taken, Ok(RegisterUserOutcome::NameTaken));
}

#[tokio::test]
async fn after_a_failed_write_later_commands_are_certainly_not_done() {
    for fate in [Fate::BrokenAndKept, Fate::BrokenAndLost] {
        let log = FaultyLog {
            disk: Arc::default(),
            fates: vec![fate].into_iter(),
            is_broken: false,
            snapshots_every: usize::MAX,
        };
        let replica = Replica::with_own_log(Chat::new(Policy::default()), log).unwrap();
        assert_eq!(replica.submit(register("ana")).await, Err(Refused::Unknown));
        for _ in 0..2 {
            assert_eq!(replica.submit(register("bia")).await, Err(Refused::NotNow));
        }
    }
}

#[tokio::test]
async fn an_open_connection_is_recorded_only_for_users_who_are_there() {
    let replica = Replica::in_memory(Chat::new(Policy::default()));
    let (connection, _other_end) = connection().await;
    for _ in 0..10 {
        replica.submit(register("ana")).await.unwrap();
        replica.note_activity("ana", Kind::Guest, Activity::Call, Some(&connection));
        let caller = guest("ana");
        replica.submit(UnregisterUser { caller }).await.unwrap();
    }
    let noted = || replica.shared.state.lock().activities.len();
    assert_eq!(noted(), 1);
    replica.record_activity();
    assert_eq!(noted(), 0);
}

#[tokio::test]
async fn open_connections_are_recorded_again_after_a_time_and_not_with_every_registration() {
    let (connection, other_end) = connection().await;
    let [ana, bia]: [PersonId; 2] = serde_json::from_str("[1, 2]").unwrap();
    let mut activities = Activities::default();
    for person in [ana, bia] {
        activities.note(person, Activity::Call, Some(&connection));
    }
    let second = Duration::from_secs(1);
    let take = |activities: &mut Activities, at| activities.take(at, second, |_| true);
    assert_eq!(take(&mut activities, second).called, [ana, bia]);
    activities.note(ana, Activity::Poll, Some(&connection));
    let polled = RecordActivity::polled(ana);
    assert_eq!(take(&mut activities, second * 3 / 2), polled);
    let connected = RecordActivity {
        connected: vec![ana, bia],
        ..RecordActivity::default()
    };
    assert_eq!(take(&mut activities, second * 2), connected);
    // What the log did not take is recorded next time, whenever that is.
    activities.put_back(connected.clone());
    assert_eq!(take(&mut activities, second * 2), connected);
    drop(other_end);
    // The server finds the end of the connection when it looks at it next.
    let closed = async {
        while connection.is_open() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let closed = tokio::time::timeout(Duration::from_secs(30), closed).await;
    closed.expect("the connection stays open");
    assert!(take(&mut activities, second * 4).is_empty());
    assert_eq!(activities.len(), 0);
}

/// Lives of a server, each of which ends as a process does that is killed.
async fn run(lives: Vec<Vec<Fate>>, snapshots_every: usize) {
    let disk = Arc::new(Mutex::new(Disk::default()));
    let mut acknowledged = Vec::new();
    let mut number = 0;
    // Of all lives: a send that was not answered may be found after any of them.
    let mut may_be_kept = Vec::new();
    for fates in lives {
        let mut unknown = Vec::new();
        let chat = disk.lock().restore();
        let log = FaultyLog {
            disk: Arc::clone(&disk),
            fates: fates.into_iter(),
            is_broken: false,
            snapshots_every,
        };
        let replica = Replica::with_own_log(chat, log).unwrap();
        let entered = enter(&replica).await;
        if entered.is_ok() {
            for _ in 0..4 {
                // At the same time, so that several share an append.
                let numbers = number..number + 5;
                number += 5;
                let sends = numbers.clone().map(|number| {
                    let from = ["ana", "bia"][number % 2];
                    replica.submit(send(number, from))
                });
                for (number, outcome) in numbers.zip(join_all(sends).await) {
                    match outcome {
                        Ok(SendMessageOutcome::Sent(receipt)) => {
                            acknowledged.push((number, receipt))
                        }
                        Ok(other) => panic!("not stored: {other:?}"),
                        Err(Refused::NotNow) => {}
                        Err(Refused::Unknown) => unknown.push(number),
                    }
                }
            }
        }
        // What readers can see is what a restart finds, unless the log broke: then a restart finds what
        // was shown, and perhaps what could not be answered.
        let shown = replica.query(Chat::clone);
        drop(replica);
        let found = disk.lock().restore();
        if unknown.is_empty() && entered != Err(Refused::Unknown) {
            assert_eq!(shown, found);
        }
        may_be_kept.extend(unknown);
        let texts = |chat: &Chat| -> Vec<String> {
            let messages = chat
                .newest_messages("geral", None, 10_000)
                .unwrap_or_default();
            messages
                .iter()
                .map(|message| message.text.to_string())
                .collect()
        };
        let (shown, found) = (texts(&shown), texts(&found));
        assert_eq!(
            shown,
            found[..shown.len()],
            "nothing that was shown is taken back"
        );
        for (number, _) in &acknowledged {
            let number = number.to_string();
            assert_eq!(
                found.iter().filter(|text| **text == number).count(),
                1,
                "{number}"
            );
        }
        for text in &found {
            let number: usize = text.parse().unwrap();
            let was_promised = acknowledged.iter().any(|(other, _)| *other == number);
            assert!(
                was_promised || may_be_kept.contains(&number),
                "{number} was refused"
            );
        }
    }
    // A client that lost an answer repeats the send after a restart, and gets the first answer.
    let replica = Replica::in_memory(disk.lock().restore());
    for (number, receipt) in acknowledged.iter().rev().take(20) {
        let again = replica
            .submit(send(*number, ["ana", "bia"][number % 2]))
            .await;
        assert_eq!(again, Ok(SendMessageOutcome::Sent(*receipt)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_answered_is_what_a_restart_finds(
        lives in prop::collection::vec(fates(), 1..5),
        snapshots_every in 1..40_usize,
    ) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(run(lives, snapshots_every));
    }
}
