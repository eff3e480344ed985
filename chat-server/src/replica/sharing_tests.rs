//! Several replicas on one log that delays, loses and repeats: the log is the witness.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use proptest::prelude::*;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::follower::Follower;
use super::*;
use crate::chat::commands::{
    AnyCommand, AnyOutcome, CreateRoom, Join, RegisterUser, SendMessage, SendMessageOutcome,
    StartServer,
};
use crate::chat::snapshot::{Snapshot, restored};
use crate::chat::{
    Admission, Caller, ChatId, Credential, MessageText, Policy, Receipt, Recipient, RoomName,
    Username, WriterId,
};
use crate::log::shared::{AttemptError, Batch, Followed};

const SERVERS: usize = 3;
/// The fate of what a server sends that is cut off.
const CUT: u32 = 99;
const CLIENTS: [&str; 4] = ["ana", "bia", "caio", "davi"];

/// The log itself: all that was ever appended, and where it begins for those who follow.
#[derive(Default)]
struct Core {
    batches: Vec<(WriterId, u64, Vec<u8>)>,
    keys: HashSet<(WriterId, u64)>,
    snapshot: Option<(Position, Chat)>,
}

impl Core {
    fn append(&mut self, writer: &WriterId, number: u64, batch: Vec<u8>) {
        if self.keys.insert((writer.clone(), number)) {
            self.batches.push((writer.clone(), number, batch));
        }
    }

    fn end(&self) -> Position {
        Position(self.batches.len() as u64)
    }

    /// As a restart finds it.
    fn start(&self) -> (Chat, Position) {
        match &self.snapshot {
            Some((position, chat)) => (copy(chat), *position),
            None => (Chat::new(Policy::default()), Position(0)),
        }
    }
}

/// The log as one server sees it.
struct View {
    core: Arc<Mutex<Core>>,
    writer: WriterId,
    position: Position,
    /// Whether the server is cut off.
    is_cut: Arc<Mutex<bool>>,
    random: Arc<Mutex<fastrand::Rng>>,
    probe_at: Instant,
    snapshot_is_due: bool,
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
        self.snapshot_is_due
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

/// A server that can be cut off and restarted.
struct Server {
    replica: Arc<Replica>,
    task: JoinHandle<()>,
    is_cut: Arc<Mutex<bool>>,
}

struct Cluster {
    core: Arc<Mutex<Core>>,
    random: Arc<Mutex<fastrand::Rng>>,
    servers: Mutex<Vec<Server>>,
}

impl Cluster {
    fn start(seed: u64) -> Arc<Self> {
        let cluster = Arc::new(Self {
            core: Arc::default(),
            random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))),
            servers: Mutex::default(),
        });
        for index in 0..SERVERS {
            let server = cluster.server(index);
            cluster.servers.lock().push(server);
        }
        cluster
    }

    fn server(&self, index: usize) -> Server {
        let (chat, position) = self.core.lock().start();
        let run = self.random.lock().u64(..);
        let is_cut = Arc::new(Mutex::new(false));
        let view = View {
            core: Arc::clone(&self.core),
            writer: WriterId(format!("{index}/{run}").into()),
            position,
            is_cut: Arc::clone(&is_cut),
            random: Arc::clone(&self.random),
            probe_at: Instant::now(),
            snapshot_is_due: true,
        };
        let shared = Arc::new(Shared::new(chat));
        let (follower, task) = Follower::spawn(Arc::clone(&shared), view, position);
        let replica = Arc::new(Replica {
            shared,
            road: Road::Shared(follower),
        });
        Server {
            replica,
            task,
            is_cut,
        }
    }

    fn replica(&self, index: usize) -> Arc<Replica> {
        Arc::clone(&self.servers.lock()[index].replica)
    }

    /// Ends a server as `kill -9` does, and starts it again.
    fn restart(&self, index: usize) {
        let server = self.server(index);
        let killed = std::mem::replace(&mut self.servers.lock()[index], server);
        killed.task.abort();
    }

    fn cut(&self, index: usize, is_cut: bool) {
        *self.servers.lock()[index].is_cut.lock() = is_cut;
    }

    /// Submits until it is done; the outcome of a repetition does not matter.
    async fn insist<C: Command>(&self, command: C) {
        while self.replica(0).submit(command.clone()).await.is_err() {}
    }
}

/// The answer that a client got.
struct Told {
    number: usize,
    called: Instant,
    answered: Instant,
    outcome: Result<SendMessageOutcome, Refused>,
}

fn copy(chat: &Chat) -> Chat {
    restored(&chat.snapshot())
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
        // So that the chat itself finds no repetition.
        once: None,
    }
}

async fn client(cluster: Arc<Cluster>, index: usize, told: Arc<Mutex<Vec<Told>>>) {
    for count in 0..12 {
        let number = index * 100 + count;
        let server = cluster.random.lock().usize(..SERVERS);
        let pause = cluster.random.lock().u64(..1_500);
        let called = Instant::now();
        let outcome = cluster
            .replica(server)
            .submit(send(number, CLIENTS[index]))
            .await;
        let answered = Instant::now();
        let waited = answered - called;
        assert!(waited < Duration::from_millis(5_200), "{waited:?}");
        told.lock().push(Told {
            number,
            called,
            answered,
            outcome,
        });
        sleep(Duration::from_millis(pause)).await;
    }
}

/// What the log says.
struct Replayed {
    chat: Chat,
    /// The receipts of the messages that were stored, by their texts.
    receipts: HashMap<String, Receipt>,
}

fn replay(core: &Core) -> Replayed {
    let mut chat = Chat::new(Policy::default());
    let mut receipts = HashMap::new();
    for (writer, number, batch) in &core.batches {
        let batch = Batch::read(batch).unwrap();
        if chat.admit(writer, *number, batch.at) != Admission::Admitted {
            continue;
        }
        for command in batch.commands().unwrap() {
            let sent = match &command {
                AnyCommand::SendMessage(send) => Some(send.text.to_string()),
                _ => None,
            };
            let outcome = command.apply(&mut chat, batch.at);
            if let (Some(text), AnyOutcome::SendMessage(SendMessageOutcome::Sent(receipt))) =
                (sent, outcome)
            {
                assert_eq!(receipts.insert(text, receipt), None, "stored twice");
            }
        }
    }
    chat.take_notices();
    Replayed { chat, receipts }
}

/// A fault, and how long after the one before.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Cut(usize),
    Heal(usize),
    Restart(usize),
}

fn faults() -> impl Strategy<Value = Vec<(u64, Fault)>> {
    let fault = prop_oneof![
        (0..SERVERS).prop_map(Fault::Cut),
        (0..SERVERS).prop_map(Fault::Heal),
        (0..SERVERS).prop_map(Fault::Restart),
    ];
    prop::collection::vec((0..4_000_u64, fault), 0..14)
}

async fn run(seed: u64, faults: Vec<(u64, Fault)>) {
    let cluster = Cluster::start(seed);
    cluster
        .insist(StartServer {
            rules: 1,
            id: ChatId("a".into()),
            policy: Policy::default(),
        })
        .await;
    cluster
        .insist(CreateRoom {
            room: room(),
            from: None,
        })
        .await;
    for name in CLIENTS {
        let caller = guest(name);
        let (name, credential) = (caller.name.clone(), Credential::Nothing);
        cluster
            .insist(RegisterUser {
                name,
                credential,
                from: None,
            })
            .await;
        let room = room();
        cluster.insist(Join { caller, room }).await;
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let clients: Vec<_> = (0..CLIENTS.len())
        .map(|index| tokio::spawn(client(Arc::clone(&cluster), index, Arc::clone(&told))))
        .collect();
    for (pause, fault) in faults {
        sleep(Duration::from_millis(pause)).await;
        match fault {
            Fault::Cut(index) => cluster.cut(index, true),
            Fault::Heal(index) => cluster.cut(index, false),
            Fault::Restart(index) => cluster.restart(index),
        }
    }
    for client in clients {
        client.await.unwrap();
    }
    // What is still to land has landed by then.
    (0..SERVERS).for_each(|index| cluster.cut(index, false));
    sleep(Duration::from_secs(30)).await;
    check(&cluster, &told.lock());
}

fn check(cluster: &Cluster, told: &[Told]) {
    let Replayed { chat, receipts } = replay(&cluster.core.lock());
    for index in 0..SERVERS {
        let replica = cluster.replica(index);
        let standing = replica.standing().unwrap().borrow().clone();
        assert!(standing.is_current());
        assert_eq!(standing.position, cluster.core.lock().end());
        assert_eq!(replica.query(copy), copy(&chat), "server {index}");
    }
    let stored = chat.newest_messages("geral", None, 10_000).unwrap();
    let texts: HashSet<_> = stored
        .iter()
        .map(|message| message.text.to_string())
        .collect();
    assert_eq!(texts.len(), stored.len(), "stored twice");
    for one in told {
        let receipt = receipts.get(&one.number.to_string());
        match &one.outcome {
            Ok(SendMessageOutcome::Sent(told)) => assert_eq!(Some(told), receipt),
            Ok(other) => panic!("{other:?}"),
            Err(Refused::NotNow) => assert_eq!(receipt, None, "{} was refused", one.number),
            Err(Refused::Unknown) => {}
        }
    }
    let mut acknowledged: Vec<_> = told
        .iter()
        .filter_map(|one| match &one.outcome {
            Ok(SendMessageOutcome::Sent(receipt)) => Some((one, receipt.sequence)),
            _ => None,
        })
        .collect();
    acknowledged.sort_by_key(|(_, sequence)| *sequence);
    for (index, (later, _)) in acknowledged.iter().enumerate() {
        for (earlier, _) in &acknowledged[..index] {
            assert!(
                earlier.called <= later.answered,
                "{} was answered before {} was called, and comes after it",
                later.number,
                earlier.number
            );
        }
    }
}

fn paused(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn what_any_server_answered_is_what_the_log_gives(seed: u64, faults in faults()) {
        paused(run(seed, faults));
    }
}

#[test]
fn a_server_that_is_cut_off_says_so_refuses_and_comes_back() {
    paused(async {
        let cluster = Cluster::start(7);
        cluster
            .insist(CreateRoom {
                room: room(),
                from: None,
            })
            .await;
        let replica = cluster.replica(1);
        let mut standing = replica.standing().unwrap();
        while !replica.query(Chat::has_rooms) {
            sleep(Duration::from_millis(5)).await;
        }
        standing.wait_for(Standing::is_current).await.unwrap();
        cluster.cut(1, true);
        let began = Instant::now();
        standing
            .wait_for(|standing| !standing.is_current())
            .await
            .unwrap();
        assert!(
            began.elapsed() <= Duration::from_millis(2_200),
            "{:?}",
            began.elapsed()
        );
        let began = Instant::now();
        let refused = replica
            .submit(CreateRoom {
                room: room(),
                from: None,
            })
            .await;
        assert_eq!(refused, Err(Refused::NotNow));
        assert!(began.elapsed() >= follower::WAIT);
        assert!(replica.query(Chat::has_rooms), "reading goes on");
        cluster.cut(1, false);
        standing.wait_for(Standing::is_current).await.unwrap();
        while replica
            .submit(CreateRoom {
                room: room(),
                from: None,
            })
            .await
            .is_err()
        {}
    });
}
