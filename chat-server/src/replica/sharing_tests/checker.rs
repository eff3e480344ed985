//! Replays the log, and compares every answer and every replica with it.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use super::super::Refused;
use super::cluster::{Cluster, SERVERS};
use super::log::{Core, copy};
use crate::chat::commands::{AnyCommand, AnyOutcome, SendMessageOutcome};
use crate::chat::{Admission, Chat, Policy, Receipt};
use crate::log::shared::Batch;

pub(super) struct Answer {
    pub(super) number: usize,
    pub(super) called: Instant,
    pub(super) answered: Instant,
    pub(super) outcome: Result<SendMessageOutcome, Refused>,
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

pub(super) fn check(cluster: &Cluster, answers: &[Answer]) {
    let Replayed { chat, receipts } = replay(&cluster.core.lock());
    for index in 0..SERVERS {
        let replica = cluster.replica(index);
        let log_status = replica.log_status().unwrap().borrow().clone();
        assert!(!log_status.is_behind());
        assert_eq!(log_status.position, cluster.core.lock().end());
        assert_eq!(replica.query(copy), copy(&chat), "server {index}");
    }
    let stored = chat.newest_messages("geral", None, 10_000).unwrap();
    let texts: HashSet<_> = stored
        .iter()
        .map(|message| message.text.to_string())
        .collect();
    assert_eq!(texts.len(), stored.len(), "stored twice");
    for one in answers {
        let receipt = receipts.get(&one.number.to_string());
        match &one.outcome {
            Ok(SendMessageOutcome::Sent(answered)) => assert_eq!(Some(answered), receipt),
            Ok(other) => panic!("{other:?}"),
            Err(Refused::NotNow) => assert_eq!(receipt, None, "{} was refused", one.number),
            Err(Refused::Unknown) => {}
        }
    }
    let mut acknowledged: Vec<_> = answers
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
