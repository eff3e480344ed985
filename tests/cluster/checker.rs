//! Replays the log and compares every answer that a client got with it.

use std::collections::{HashMap, HashSet};

use chat_server::chat::commands::{AnyCommand, AnyOutcome, SendMessageOutcome};
use chat_server::chat::{Admission, Chat, Policy, Recipient, WriterId};
use chat_server::log::shared::Batch;
use etcd::{Client, Config, Event, KeyValue, Keys, WatchOptions, Watched};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::hosts::Hosts;
use crate::workload::{Fate, ROOM, Record};

/// Follows the log from its beginning.
pub(crate) struct Witness {
    finish: oneshot::Sender<i64>,
    task: JoinHandle<Vec<KeyValue>>,
}

impl Witness {
    pub(crate) async fn start(hosts: &Hosts) -> Self {
        let client = Client::new(Config::new(hosts.endpoints())).unwrap();
        let (finish, finished) = oneshot::channel();
        let task = tokio::spawn(follow(client, finished));
        Self { finish, task }
    }

    pub(crate) async fn finish(self, hosts: &Hosts) -> Vec<KeyValue> {
        let client = Client::new(Config::new(hosts.endpoints())).unwrap();
        let end = client.get("chat/end").await.unwrap().unwrap();
        self.finish.send(end.mod_revision).unwrap();
        self.task.await.unwrap()
    }
}

async fn follow(client: Client, mut finish: oneshot::Receiver<i64>) -> Vec<KeyValue> {
    let mut watch = client.watch(WatchOptions {
        keys: Keys::prefix("chat/log/"),
        from: 1,
        puts_only: true,
        probe: "chat/end".to_owned(),
    });
    let (mut log, mut last): (Vec<KeyValue>, _) = (Vec::new(), None);
    loop {
        if last.is_some() && log.last().map(|batch| batch.mod_revision) >= last {
            return log;
        }
        tokio::select! {
            end = &mut finish, if last.is_none() => last = Some(end.unwrap()),
            watched = watch.next() => match watched {
                Watched::Events(events) => log.extend(events.into_iter().filter_map(|event| match event {
                    Event::Put(pair) => Some(pair),
                    Event::Deleted { .. } => None,
                })),
                Watched::Compacted => panic!("the witness has fallen behind"),
                Watched::InTouch { .. } | Watched::Interrupted(_) => {}
            }
        }
    }
}

/// A message that the log has.
struct Stored {
    text: String,
    /// The only reader, of a private one.
    to: Option<String>,
}

fn replay(log: &[KeyValue]) -> Vec<Stored> {
    let mut chat = Chat::new(Policy::default());
    let mut stored: Vec<Stored> = Vec::new();
    let mut sequences = HashSet::new();
    for pair in log {
        let key = pair.key.strip_prefix("chat/log/").unwrap();
        let (writer, number) = key.rsplit_once('/').unwrap();
        let batch = Batch::read(&pair.value).unwrap();
        let admission = chat.admit(&WriterId(writer.into()), number.parse().unwrap(), batch.at);
        if admission != Admission::Admitted {
            continue;
        }
        for command in batch.commands().unwrap() {
            let sent = match &command {
                AnyCommand::SendMessage(send) => Some(send.clone()),
                _ => None,
            };
            let outcome = command.apply(&mut chat, batch.at);
            chat.take_notices();
            if let (Some(send), AnyOutcome::SendMessage(SendMessageOutcome::Sent(receipt))) =
                (sent, outcome)
                // A repeated identifier has the receipt of the first time.
                && sequences.insert(receipt.sequence)
            {
                let to = match send.recipient {
                    Recipient::Named(name) => Some(name),
                    _ => None,
                };
                let text = send.text.to_string();
                stored.push(Stored { text, to });
            }
        }
    }
    assert!(chat.users(ROOM).is_some());
    stored
}

/// Checks every answer, and sums them up.
pub(crate) fn check(log: &[KeyValue], records: &[Record]) -> String {
    let stored = replay(log);
    let mut places = HashMap::new();
    for (place, message) in stored.iter().enumerate() {
        // The last message may be sent more than once until it is acknowledged.
        let earlier = places.insert(message.text.as_str(), place);
        assert!(
            earlier.is_none() || message.text == "fim",
            "twice: {}",
            short(&message.text)
        );
    }
    let (mut acknowledged, mut refused, mut unknown) = (Vec::new(), 0, 0);
    for sent in records.iter().flat_map(|records| &records.sent) {
        let place = places.get(sent.text.as_str());
        match sent.fate {
            Fate::Acknowledged => {
                let place = place.unwrap_or_else(|| panic!("lost: {}", short(&sent.text)));
                acknowledged.push((*place, sent));
            }
            Fate::Refused => {
                refused += 1;
                assert!(
                    place.is_none(),
                    "stored though refused: {}",
                    short(&sent.text)
                );
            }
            Fate::Unknown => unknown += 1,
        }
    }
    // Of two messages of which one was acknowledged before the other was sent, it comes first.
    acknowledged.sort_by_key(|(place, _)| *place);
    let mut latest_call = None;
    for (_, sent) in &acknowledged {
        assert!(
            latest_call.is_none_or(|called| called <= sent.ended),
            "out of order: {}",
            short(&sent.text)
        );
        latest_call = latest_call.max(Some(sent.called));
    }
    for one in records {
        let may_read = stored
            .iter()
            .filter(|message| message.to.as_ref().is_none_or(|to| *to == one.name));
        let expected: Vec<_> = may_read
            .map(|message| short(&message.text))
            .take_while(|text| *text != "fim")
            .collect();
        let read: Vec<_> = one.read.iter().map(|text| short(text)).collect();
        assert!(
            expected == read,
            "{} has read something else than the log has:\n{read:?}\n{expected:?}",
            one.name
        );
    }
    format!(
        "{} batches, {} messages stored; {} acknowledged, {refused} refused, {unknown} unknown",
        log.len(),
        stored.len(),
        acknowledged.len()
    )
}

/// Without the padding.
fn short(text: &str) -> &str {
    text.trim_end_matches('x').trim_end()
}
