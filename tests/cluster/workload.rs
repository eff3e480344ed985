//! Clients that send and read at any server, and remember every answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dxr::Value;
use protocol::classic::texts;
use rpc::{Caller, Observers};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::hosts::Hosts;

pub(crate) const ROOM: &str = "geral";

const CLIENTS: usize = 6;

/// Longer than a server waits before it refuses.
const TIMEOUT: Duration = Duration::from_secs(7);

/// Longer than a reader's call waits for messages.
const READER_TIMEOUT: Duration = Duration::from_secs(3);

/// What became of a message as far as its sender knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Acknowledged,
    /// Every server that was asked has said that nothing was stored.
    Refused,
    Unknown,
}

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) text: String,
    pub(crate) called: Instant,
    pub(crate) ended: Instant,
    pub(crate) fate: Fate,
}

/// What one client sent and read.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) sent: Vec<Sent>,
    /// The texts that it read, in their order.
    pub(crate) read: Vec<String>,
}

pub(crate) struct Workload {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<(String, Vec<Sent>)>>,
    readers: Vec<JoinHandle<Vec<String>>>,
}

pub(crate) fn name(index: usize) -> String {
    format!("user{index}")
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// Asks one server after the other until one answers.
#[derive(Clone)]
pub(crate) struct Anywhere {
    servers: Vec<Caller>,
    at: usize,
}

impl Anywhere {
    pub(crate) fn new(hosts: &Hosts, first: usize, timeout: Duration) -> Self {
        let caller = |server: &String| {
            Caller::new(&server.parse().unwrap(), timeout, Observers::none()).unwrap()
        };
        Self {
            servers: hosts.servers().iter().map(caller).collect(),
            at: first,
        }
    }

    /// `None`: no answer; the next call goes to another server.
    async fn call(&mut self, method: &str, parameters: Vec<Value>) -> Option<Value> {
        let server = &self.servers[self.at % self.servers.len()];
        let answer = server.call(method, parameters).await.ok();
        if answer.is_none() {
            self.at += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        answer
    }

    /// Calls until the answer is not that the log was out of reach.
    pub(crate) async fn insist(&mut self, method: &str, parameters: Vec<Value>) -> Value {
        loop {
            match self.call(method, parameters.clone()).await {
                Some(Value::String(text)) if is_unwritten(&text) => self.at += 1,
                Some(answer) => return answer,
                None => {}
            }
        }
    }
}

fn is_unwritten(text: &str) -> bool {
    text == texts::CANNOT_WRITE_NOW || text == texts::UNKNOWN_WHETHER_WRITTEN
}

impl Workload {
    pub(crate) async fn start(hosts: &Hosts, seed: u64) -> Self {
        let mut setup = Anywhere::new(hosts, 0, TIMEOUT);
        setup.insist("create_room", vec![text(ROOM)]).await;
        for index in 0..CLIENTS {
            let name = name(index);
            setup.insist("register_user", vec![text(&name)]).await;
            setup
                .insist("join_room", vec![text(&name), text(ROOM)])
                .await;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut readers = Vec::new();
        for index in 0..CLIENTS {
            let mut anywhere = Anywhere::new(hosts, index, READER_TIMEOUT);
            let beginning = beginning(&mut anywhere, index).await;
            readers.push(tokio::spawn(read(
                anywhere,
                index,
                beginning,
                Arc::clone(&stop),
            )));
        }
        let client = |index| {
            let random = fastrand::Rng::with_seed(seed ^ index as u64);
            let anywhere = Anywhere::new(hosts, index, TIMEOUT);
            tokio::spawn(send(anywhere, index, random, Arc::clone(&stop)))
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self {
            stop,
            clients,
            readers,
        }
    }

    /// Ends when every reader has read up to a last message.
    pub(crate) async fn finish(self, hosts: &Hosts) -> Vec<Record> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sent = Vec::new();
        for client in self.clients {
            sent.push(client.await.unwrap());
        }
        let mut anywhere = Anywhere::new(hosts, 0, TIMEOUT);
        let (from, end) = (name(0), text(END));
        loop {
            let message = vec![text(&from), text(ROOM), end.clone()];
            let answer = anywhere.insist("send_message", message).await;
            if answer == text(texts::MESSAGE_SENT) {
                break;
            }
        }
        let mut records = Vec::new();
        for ((name, sent), reader) in sent.into_iter().zip(self.readers) {
            let read = tokio::time::timeout(Duration::from_secs(60), reader);
            let read = read.await.expect("a reader waits for ever").unwrap();
            records.push(Record { name, sent, read });
        }
        records
    }
}

/// The last message.
const END: &str = "fim";

async fn send(
    mut anywhere: Anywhere,
    index: usize,
    mut random: fastrand::Rng,
    stop: Arc<AtomicBool>,
) -> (String, Vec<Sent>) {
    let (name, mut sent) = (name(index), Vec::new());
    // Long enough for snapshots within a minute.
    let padding = "x".repeat(2_000);
    while !stop.load(Ordering::Relaxed) {
        let recipient = match random.usize(..5) {
            0 => crate::workload::name(random.usize(..CLIENTS)),
            _ => String::new(),
        };
        let message = format!("{name} {} {recipient} {padding}", sent.len());
        let id = format!("{index}-{}", sent.len());
        let parameters = [&name, ROOM, &message, &recipient, &id].map(text).to_vec();
        let (called, mut fate) = (Instant::now(), Fate::Refused);
        // A client of ours repeats under the same identifier as well.
        for _ in 0..4 {
            match anywhere.call("send_message_once", parameters.clone()).await {
                Some(answer) if answer == text(texts::MESSAGE_SENT) => {
                    fate = Fate::Acknowledged;
                    break;
                }
                Some(answer) if answer == text(texts::CANNOT_WRITE_NOW) => anywhere.at += 1,
                Some(answer) if answer == text(texts::UNKNOWN_WHETHER_WRITTEN) => {
                    fate = Fate::Unknown;
                    anywhere.at += 1;
                }
                Some(other) => panic!("{other:?}"),
                None => fate = Fate::Unknown,
            }
        }
        sent.push(Sent {
            text: message,
            called,
            ended: Instant::now(),
            fate,
        });
        if random.usize(..20) == 0 {
            anywhere.at += 1;
        }
        tokio::time::sleep(Duration::from_millis(random.u64(..60))).await;
    }
    (name, sent)
}

fn wait_messages(name: &str, cursor: &str, milliseconds: i32) -> Vec<Value> {
    let timeout = Value::Integer(milliseconds);
    vec![text(name), text(ROOM), text(cursor), timeout]
}

fn next_cursor(page: &BTreeMap<String, Value>) -> String {
    match page.get("cursor") {
        Some(Value::String(next)) => next.clone(),
        _ => panic!("{page:?}"),
    }
}

/// The cursor of the empty room. Without one a first call has only the latest messages, and a fault could make
/// that call late.
async fn beginning(anywhere: &mut Anywhere, index: usize) -> String {
    let parameters = wait_messages(&name(index), "", 0);
    match anywhere.insist("wait_messages", parameters).await {
        Value::Struct(page) => next_cursor(&page),
        other => panic!("{other:?}"),
    }
}

async fn read(
    mut anywhere: Anywhere,
    index: usize,
    mut cursor: String,
    stop: Arc<AtomicBool>,
) -> Vec<String> {
    let (name, mut read) = (name(index), Vec::new());
    loop {
        let parameters = wait_messages(&name, &cursor, 1_000);
        if let Some(Value::Struct(page)) = anywhere.call("wait_messages", parameters).await {
            cursor = next_cursor(&page);
            let Some(Value::Array(messages)) = page.get("messages") else {
                panic!("{page:?}");
            };
            for message in messages {
                let Value::Struct(message) = message else {
                    panic!("{message:?}");
                };
                let Some(Value::String(content)) = message.get("content") else {
                    panic!("{message:?}");
                };
                if content == END {
                    return read;
                }
                read.push(content.clone());
            }
        }
        if !stop.load(Ordering::Relaxed) && fastrand::usize(..10) == 0 {
            anywhere.at += 1;
        }
    }
}
