//! What one of many readers sees of what many clients write.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::concurrency::WRITING;
use super::losses::Losses;
use super::timestamps;
use crate::chat::Chat;
use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::Diagnosis;
use crate::value::texts_of;
use crate::words::{Words, words};

/// How long readers may take to see the last message, which a slow machine is long in sending.
const READING: Duration = Duration::from_secs(40);

/// How many fetches without anything new, after the last message was sent, show that nothing more comes.
const FETCHES_IN_VAIN: usize = 3;

/// What is wrong with what was seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// This message was twice in one answer.
    Doubled(String),
    /// Of the messages of a writer, some are missing.
    Missing {
        writer: String,
        missing: usize,
        of: usize,
    },
    /// The messages of this writer are in another order.
    Order(String),
}

impl Wrong {
    pub(super) fn words(&self) -> Words {
        match self {
            Self::Doubled(message) => words!(
                "{message} twice in one answer",
                "{message} duas vezes em uma resposta"
            ),
            Self::Missing {
                writer,
                missing,
                of,
            } => words!(
                "{missing} of {of} messages of {writer} are missing",
                "faltam {missing} de {of} mensagens de {writer}"
            ),
            Self::Order(writer) => words!(
                "the messages of {writer} are in another order",
                "as mensagens de {writer} estão em outra ordem"
            ),
        }
    }
}

/// What one reader saw.
pub(super) struct Reader<'a> {
    mark: &'a str,
    /// The numbers of each writer in the order in which they were first seen.
    seen: HashMap<String, Vec<usize>>,
    /// A message that one answer had twice.
    pub(super) doubled: Option<String>,
    /// The orders in which two messages of one writer came in one answer.
    orders: Orders,
    /// Where messages are missing.
    pub(super) losses: Losses,
    /// Whether two messages of one answer had the same timestamp.
    has_equal_timestamps: bool,
    /// A fetch that got no answer. By the sheet the messages in it are given to nobody again.
    pub(super) unanswered: Option<Reply>,
}

/// What else is known of a server that loses messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Whether readers fetch what is later than a timestamp.
    pub(super) by_timestamp: bool,
    /// How many messages a list of the server has at most, where all readers lost what did not fit in.
    pub(super) limit: Option<usize>,
    /// Whether one reader gets what the others do not get any more.
    pub(super) first_reader_only: bool,
    /// Whether several threads may be the cause: not in a server of one thread, nor in one that does the same to a
    /// single client.
    pub(super) may_be_threads: bool,
}

/// Which orders there were.
#[derive(Default)]
struct Orders {
    oldest_first: bool,
    newest_first: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(mark: &'a str) -> Self {
        Self {
            mark,
            seen: HashMap::new(),
            doubled: None,
            orders: Orders::default(),
            losses: Losses::default(),
            has_equal_timestamps: false,
            unanswered: None,
        }
    }

    /// Fetches until everything acknowledged was seen, or nothing new has come for a while.
    pub(super) fn read(
        mut self,
        mut chat: Chat,
        user: &str,
        room: &str,
        acknowledged: &OnceLock<HashMap<String, usize>>,
    ) -> Self {
        let (began, mut last_news, mut in_vain) = (Instant::now(), Instant::now(), 0);
        while began.elapsed() < READING {
            let sent = acknowledged.get();
            let has_all = sent.is_some_and(|sent| self.judge(sent).is_none());
            let reply = chat.fetch(user, room);
            let is_new = matches!(&reply, Reply::Value(answer) if self.take(answer));
            if !reply.is_answer() {
                self.unanswered = Some(reply);
            }
            if is_new {
                (last_news, in_vain) = (Instant::now(), 0);
            } else if sent.is_some() {
                in_vain += 1;
            }
            let has_ended = in_vain >= FETCHES_IN_VAIN && last_news.elapsed() >= WRITING * 3;
            // One fetch more than needed would bring what is doubled.
            if has_all || has_ended {
                break;
            }
            // As often as an eager client.
            thread::sleep(Duration::from_millis(100));
        }
        self
    }

    /// Takes the messages of an answer; whether there were new ones.
    fn take(&mut self, answer: &Json) -> bool {
        self.has_equal_timestamps |= timestamps::are_repeated(answer);
        let mut is_new = false;
        let mut here: Vec<(String, usize)> = Vec::new();
        for text in texts_of(answer) {
            for piece in text.split(self.mark).skip(1) {
                let Some((writer, number)) = piece
                    .strip_prefix('[')
                    .and_then(|piece| piece.split_once(']'))
                    .and_then(|(inside, _)| inside.split_once('#'))
                else {
                    continue;
                };
                let Ok(number) = number.parse::<usize>() else {
                    continue;
                };
                let message = (writer.to_owned(), number);
                if here.contains(&message) {
                    self.doubled = Some(format!("{writer}#{number}"));
                }
                if let Some((_, before)) = here.iter().rev().find(|(other, _)| *other == writer) {
                    self.orders.oldest_first |= *before < number;
                    self.orders.newest_first |= *before > number;
                }
                here.push(message);
                let numbers = self.seen.entry(writer.to_owned()).or_default();
                if !numbers.contains(&number) {
                    numbers.push(number);
                    is_new = true;
                }
            }
        }
        self.losses.note(&here);
        is_new
    }

    /// Whether messages are missing and there is a reason in their timestamps: a caller that asks for what is
    /// later than the last one it has does not get another one of the same time.
    fn misses_equal_timestamps(&self, sent: &HashMap<String, usize>) -> bool {
        let acknowledged: usize = sent.values().sum();
        let seen: usize = self.seen.values().map(Vec::len).sum();
        self.has_equal_timestamps && self.doubled.is_none() && seen < acknowledged
    }

    /// The cause of what is wrong, if it is a known one.
    pub(super) fn cause(
        &self,
        wrong: &Wrong,
        sent: &HashMap<String, usize>,
        known: &Known,
    ) -> Option<Diagnosis> {
        match wrong {
            Wrong::Order(_) if self.orders.newest_first && !self.orders.oldest_first => {
                Some(diagnosis::newest_first())
            }
            // A writer sends the next message when the one before was answered: no two threads have them at once.
            Wrong::Order(_) => Some(diagnosis::other_order()),
            Wrong::Missing { .. } if known.first_reader_only => Some(diagnosis::one_mark_for_all()),
            Wrong::Missing { .. } if known.by_timestamp && self.misses_equal_timestamps(sent) => {
                Some(diagnosis::whole_seconds())
            }
            Wrong::Missing { .. } if known.limit.is_some() => {
                known.limit.map(diagnosis::limited_list)
            }
            Wrong::Missing { .. } | Wrong::Doubled(_) => {
                known.may_be_threads.then(diagnosis::without_lock)
            }
        }
    }

    /// What is wrong with what was seen, if anything is. What is missing comes first.
    pub(super) fn judge(&self, sent: &HashMap<String, usize>) -> Option<Wrong> {
        if let Some(message) = &self.doubled {
            return Some(Wrong::Doubled(message.clone()));
        }
        let mut other_order = None;
        for (writer, &count) in sent {
            let none = Vec::new();
            let numbers = self.seen.get(writer).unwrap_or(&none);
            let missing = (0..count)
                .filter(|number| !numbers.contains(number))
                .count();
            if missing > 0 {
                return Some(Wrong::Missing {
                    writer: writer.clone(),
                    missing,
                    of: count,
                });
            }
            if !numbers.is_sorted() {
                other_order = Some(Wrong::Order(writer.clone()));
            }
        }
        other_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reader(answers: &[Json]) -> Reader<'static> {
        let mut reader = Reader::new("m.");
        for answer in answers {
            reader.take(answer);
        }
        reader
    }

    #[test]
    fn lost_doubled_and_swapped_messages_are_found() {
        let sent = HashMap::from([("ana".to_owned(), 2)]);
        let judged = |answers: &[Json]| reader(answers).judge(&sent).is_none();
        assert!(judged(&[json!(["m.[ana#0]"]), json!(["m.[ana#1]"])]));
        assert!(judged(&[
            json!(["m.[ana#0]"]),
            json!(["m.[ana#0]", "m.[ana#1]"])
        ]));
        assert!(!judged(&[json!(["m.[ana#0]"])]), "one is missing");
        assert!(!judged(&[json!(["m.[ana#1]", "m.[ana#0]"])]), "swapped");
        assert!(
            !judged(&[json!(["m.[ana#0]", "m.[ana#0]", "m.[ana#1]"])]),
            "doubled"
        );
    }

    #[test]
    fn a_message_of_the_same_second_is_missed_because_of_its_timestamp() {
        let sent = HashMap::from([("ana".to_owned(), 3)]);
        let message = |number: usize, timestamp: &str| json!({"content": format!("m.[ana#{number}]"), "timestamp": timestamp});
        let missed = |answer: Json| reader(&[answer]).misses_equal_timestamps(&sent);
        assert!(missed(json!([
            message(0, "10:30:00"),
            message(1, "10:30:00")
        ])));
        assert!(!missed(json!([
            message(0, "10:30:00"),
            message(1, "10:30:01")
        ])));
        assert!(!missed(json!(
            [0, 1, 2].map(|number| message(number, "10:30:00"))
        )));
    }

    #[test]
    fn another_order_has_a_cause_of_its_own() {
        let sent = HashMap::from([("ana".to_owned(), 3)]);
        let (threads, nothing) = (
            Known {
                by_timestamp: false,
                limit: None,
                first_reader_only: false,
                may_be_threads: true,
            },
            Known {
                by_timestamp: false,
                limit: None,
                first_reader_only: false,
                may_be_threads: false,
            },
        );
        let cause = |answers: &[Json], known| {
            let reader = reader(answers);
            let wrong = reader.judge(&sent).unwrap();
            reader.cause(&wrong, &sent, &known)
        };
        let newest_first = [json!(["m.[ana#1]", "m.[ana#0]"]), json!(["m.[ana#2]"])];
        assert_eq!(
            cause(&newest_first, threads),
            Some(diagnosis::newest_first())
        );
        let mixed = [json!(["m.[ana#2]", "m.[ana#0]", "m.[ana#1]"])];
        assert_eq!(cause(&mixed, threads), Some(diagnosis::other_order()));
        let lost = [json!(["m.[ana#1]", "m.[ana#0]"])];
        assert_eq!(cause(&lost, threads), Some(diagnosis::without_lock()));
        assert_eq!(cause(&lost, nothing), None);
        let limited = Known {
            limit: Some(2),
            ..nothing
        };
        assert_eq!(cause(&lost, limited), Some(diagnosis::limited_list(2)));
        let first_only = Known {
            first_reader_only: true,
            ..limited
        };
        assert_eq!(
            cause(&lost, first_only),
            Some(diagnosis::one_mark_for_all())
        );
    }
}
