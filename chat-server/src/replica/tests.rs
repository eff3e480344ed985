//! A replica on a log that fails: what was answered is what the log gives, and nothing else is.

use std::sync::Arc;

use futures_util::future::join_all;
use parking_lot::Mutex;
use proptest::prelude::*;

use super::*;
use crate::chat::Policy;
use crate::chat::commands::{
    AnyCommand, CreateRoom, Join, JoinOutcome, RegisterUser, SendMessage, SendMessageOutcome,
    StartServer,
};
use crate::chat::snapshot::copy;
use crate::chat::{
    Caller, ChatId, Credential, MessageId, MessageText, Recipient, RoomName, Username,
};

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
            Some((applied, chat)) => (*applied, copy(chat)),
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
        let broken = || Err(AppendError::Broken("as told".to_owned()));
        if self.is_broken {
            return broken();
        }
        let fate = self.fates.next().unwrap_or(Fate::Kept);
        if matches!(fate, Fate::Kept | Fate::BrokenAndKept) {
            self.disk.lock().entries.extend_from_slice(entries);
        }
        self.is_broken = matches!(fate, Fate::BrokenAndKept | Fate::BrokenAndLost);
        match fate {
            Fate::Kept => Ok(()),
            Fate::NoRoom => Err(AppendError::DiskFull),
            Fate::BrokenAndKept | Fate::BrokenAndLost => broken(),
        }
    }

    fn is_snapshot_due(&self) -> bool {
        let disk = self.disk.lock();
        let applied = disk.snapshot.as_ref().map_or(0, |(applied, _)| *applied);
        disk.entries.len() - applied >= self.snapshots_every
    }

    fn snapshot(&mut self, chat: Chat) {
        let mut disk = self.disk.lock();
        let applied = disk.entries.len();
        disk.snapshot = Some((applied, chat));
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

fn guest(name: &str) -> Caller {
    Caller {
        name: Username::parse(name).unwrap(),
        kind: Kind::Guest,
    }
}

fn room() -> RoomName {
    RoomName::parse("geral").unwrap()
}

fn send(number: usize, from: &str) -> SendMessage {
    SendMessage {
        caller: guest(from),
        room: room(),
        text: MessageText::parse(&number.to_string()).unwrap(),
        recipient: Recipient::Empty,
        once: Some(MessageId::parse(&number.to_string()).unwrap()),
    }
}

/// Two users in a room, whatever was there before; it is begun again until the log takes it.
async fn enter(replica: &Replica) -> Result<(), Refused> {
    let start = StartServer {
        rules: 1,
        id: ChatId("a".into()),
        policy: Policy::default(),
    };
    replica.submit(start).await?;
    replica.submit(CreateRoom { room: room() }).await?;
    for name in ["ana", "bia"] {
        let name = Username::parse(name).unwrap();
        let credential = Credential::Nothing;
        replica.submit(RegisterUser { name, credential }).await?;
    }
    for name in ["ana", "bia"] {
        let (caller, room) = (guest(name), room());
        let joined = replica.submit(Join { caller, room }).await?;
        assert!(matches!(joined, JoinOutcome::Joined { .. }));
    }
    Ok(())
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
        let replica = Replica::following(chat, log).unwrap();
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
