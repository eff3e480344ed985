//! The details of the newest calls, kept for clicks on the page.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::procedure::Procedure;
use rpc::observe::{CallId, Exchange, HttpFacts};

use crate::events::{Details, HttpDetails, Range};
use crate::secrets::PrivateTexts;
use crate::{pretty, secrets};

const MAX_CALLS: usize = 1_000;

/// Polls that brought nothing are most calls of a class, and the least informative.
const MAX_EMPTY_POLLS: usize = 500;

/// Bytes of all bodies that are kept.
const MAX_BYTES: usize = 8 << 20;

/// Bytes of the XML in one answer with a range of calls.
const MAX_RANGE_BYTES: usize = 512 << 10;

/// Most bodies are below one kibibyte; of a long history, the beginning is enough for a class.
const MAX_BODY_BYTES: usize = 16 << 10;

#[derive(Clone, Debug)]
enum Body {
    /// The bytes, copied: they were part of a connection's buffer, which would otherwise stay in memory.
    /// They are rendered on demand, which is rare.
    Whole(Box<[u8]>),
    /// The rendered beginning of a large body.
    Cut {
        /// Indented, masked and truncated.
        shown: Box<str>,
        /// Bytes of the complete body.
        bytes: usize,
    },
}

impl Body {
    /// Large bodies are rendered at once and truncated then: masking needs the complete body, because the
    /// end may mark something as secret.
    fn keep(body: &[u8], private: PrivateTexts, procedure: Option<&'static Procedure>) -> Self {
        if body.len() <= MAX_BODY_BYTES {
            return Self::Whole(body.into());
        }
        let mut shown = pretty::document(body, private, procedure);
        let end = (0..=MAX_BODY_BYTES.min(shown.len()))
            .rev()
            .find(|&end| shown.is_char_boundary(end))
            .unwrap_or_default();
        shown.truncate(end);
        Self::Cut {
            // Releases the spare capacity.
            shown: shown.into(),
            bytes: body.len(),
        }
    }

    /// A body of which nothing is shown but its size.
    fn hidden(body: &[u8]) -> Self {
        Self::Cut {
            shown: format!("({} bytes, not shown)", body.len()).into(),
            bytes: body.len(),
        }
    }

    fn shown(&self, private: PrivateTexts, procedure: Option<&'static Procedure>) -> String {
        match self {
            Self::Whole(body) if body.is_empty() => String::new(),
            Self::Whole(body) => pretty::document(body, private, procedure),
            Self::Cut { shown, .. } => shown.to_string(),
        }
    }

    fn bytes_kept(&self) -> usize {
        match self {
            Self::Whole(body) => body.len(),
            Self::Cut { shown, .. } => shown.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Whole(body) => body.len(),
            Self::Cut { bytes, .. } => *bytes,
        }
    }
}

/// A call with its bodies.
#[derive(Debug)]
pub(crate) struct KeptCall {
    id: CallId,
    peer: String,
    procedure: Option<&'static Procedure>,
    request: Body,
    answer: Body,
    http: HttpFacts,
    duration: Duration,
}

impl KeptCall {
    /// Rendering a large body takes a while, so this runs outside the lock.
    pub(crate) fn of(exchange: &Exchange, peer: String, private: PrivateTexts) -> Self {
        let keep = |body: &Bytes| Body::keep(body, private, exchange.procedure);
        let (request, answer) = match exchange.method.as_deref() {
            // Secrets in an unreadable request cannot be found, and its answer quotes it.
            None => (
                Body::hidden(&exchange.request),
                Body::hidden(&exchange.answer),
            ),
            // It quotes the name of the method.
            Some(method) if secrets::visible_method(method) != method => {
                (keep(&exchange.request), Body::hidden(&exchange.answer))
            }
            Some(_) => (keep(&exchange.request), keep(&exchange.answer)),
        };
        Self {
            id: exchange.id,
            peer,
            procedure: exchange.procedure,
            request,
            answer,
            http: exchange.http.clone(),
            duration: exchange.duration,
        }
    }

    fn bytes_kept(&self) -> usize {
        self.request.bytes_kept() + self.answer.bytes_kept()
    }

    /// The call in full. This takes a while, too.
    pub(crate) fn details(&self, private: PrivateTexts) -> Details {
        let is_cut = |body: &Body| matches!(body, Body::Cut { .. });
        Details {
            answer: self.answer.shown(private, self.procedure),
            call: self.id.0,
            cut: is_cut(&self.request) || is_cut(&self.answer),
            http: HttpDetails {
                agent: self.http.agent.clone(),
                answer_bytes: self.answer.bytes(),
                keep_alive: self.http.keep_alive,
                path: self.http.path.clone(),
                request_bytes: self.request.bytes(),
                version: self.http.version,
            },
            milliseconds: self.duration.as_secs_f64() * 1_000.0,
            peer: self.peer.clone(),
            request: self.request.shown(private, self.procedure),
        }
    }
}

/// Calls in the order of their ends.
#[derive(Debug, Default)]
struct Queue {
    kept: VecDeque<Arc<KeptCall>>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, call: KeptCall) {
        self.bytes += call.bytes_kept();
        self.kept.push_back(Arc::new(call));
    }

    /// Removes the oldest calls until there are at most so many, with so many bytes.
    fn shrink(&mut self, calls: usize, bytes: usize) {
        while self.kept.len() > calls || self.bytes > bytes {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes_kept();
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Calls {
    news: Queue,
    empty_polls: Queue,
}

impl Calls {
    pub(crate) fn keep(&mut self, call: KeptCall, is_empty_poll: bool) {
        if is_empty_poll {
            self.empty_polls.push(call);
        } else {
            self.news.push(call);
        }
        self.news.shrink(MAX_CALLS, MAX_BYTES);
        self.empty_polls
            .shrink(MAX_EMPTY_POLLS, MAX_BYTES - self.news.bytes);
    }

    fn kept(&self) -> impl DoubleEndedIterator<Item = &Arc<KeptCall>> {
        self.empty_polls.kept.iter().chain(&self.news.kept)
    }

    /// The call with this number, if it is still kept.
    pub(crate) fn get(&self, id: CallId) -> Option<Arc<KeptCall>> {
        // Newest first: those are clicked on.
        self.kept().rev().find(|kept| kept.id == id).cloned()
    }

    /// The kept calls with numbers in a range, in their order.
    pub(crate) fn range(&self, from: CallId, to: CallId) -> Vec<Arc<KeptCall>> {
        let is_in_range = |kept: &&Arc<KeptCall>| (from..=to).contains(&kept.id);
        let mut calls: Vec<_> = self.kept().filter(is_in_range).cloned().collect();
        calls.sort_by_key(|kept| kept.id);
        calls
    }
}

/// As many of these calls in full as one answer may hold.
pub(crate) fn details_of(calls: &[Arc<KeptCall>], private: PrivateTexts) -> Range {
    let mut bytes = 0;
    let mut range = Range {
        calls: Vec::new(),
        next: None,
    };
    for call in calls {
        let details = call.details(private);
        bytes += details.request.len() + details.answer.len();
        if bytes > MAX_RANGE_BYTES && !range.calls.is_empty() {
            range.next = Some(call.id.0);
            break;
        }
        range.calls.push(details);
    }
    range
}

#[cfg(test)]
mod tests {
    use rpc::observe::Outcome;

    use super::*;
    use crate::contract_tests::exchange;

    fn keep(calls: &mut Calls, id: u64, answer: Bytes) {
        calls.keep(kept(id, answer), false);
    }

    fn kept(id: u64, answer: Bytes) -> KeptCall {
        let exchange = Exchange {
            request: Bytes::new(),
            answer,
            ..exchange(id, Some("receive_messages"), "", Outcome::Answered)
        };
        let peer = "127.0.0.1:1".to_owned();
        KeptCall::of(&exchange, peer, PrivateTexts::Masked)
    }

    /// An answer with this many values of two hundred bytes.
    fn answer(values: usize) -> Bytes {
        let value = format!("<value>{}</value>", "é".repeat(100));
        let params = value.repeat(values);
        format!("<methodResponse><params>{params}</params></methodResponse>").into()
    }

    #[test]
    fn the_newest_calls_are_kept_and_of_large_bodies_the_beginning() {
        let mut calls = Calls::default();
        let answer = answer(1_000);
        let small = answer.slice(..100);
        for id in 0..MAX_CALLS as u64 {
            keep(&mut calls, id, small.clone());
        }
        assert!(calls.get(CallId(0)).is_some());
        let newest = MAX_CALLS as u64;
        keep(&mut calls, newest, answer.clone());
        assert!(calls.get(CallId(0)).is_none());
        let details = calls
            .get(CallId(newest))
            .unwrap()
            .details(PrivateTexts::Masked);
        let shown = details.answer;
        assert!(
            (MAX_BODY_BYTES - 3..=MAX_BODY_BYTES).contains(&shown.len()),
            "{}",
            shown.len()
        );
        assert!(details.cut);
        assert_eq!(details.http.answer_bytes, answer.len());
        // The shared buffer is not kept.
        drop(small);
        assert!(answer.is_unique());
    }

    #[test]
    fn polls_that_bring_nothing_replace_only_each_other() {
        let mut calls = Calls::default();
        let answer = answer(1);
        keep(&mut calls, 0, answer.clone());
        let polls = 2 * MAX_CALLS as u64;
        for id in 1..=polls {
            calls.keep(kept(id, answer.clone()), true);
        }
        assert!(calls.get(CallId(0)).is_some());
        assert!(calls.get(CallId(1)).is_none());
        assert!(calls.get(CallId(polls)).is_some());
        assert_eq!(
            calls.range(CallId(0), CallId(polls)).len(),
            1 + MAX_EMPTY_POLLS
        );
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes_and_so_is_an_answer_with_many_calls() {
        let mut calls = Calls::default();
        let answer = answer(60);
        let count = MAX_CALLS as u64;
        // In the order of their ends, which is not that of their numbers.
        for id in (0..count).rev() {
            keep(&mut calls, id, answer.clone());
        }
        let kept: usize = calls.kept().map(|call| call.bytes_kept()).sum();
        assert_eq!(kept, calls.news.bytes);
        assert!(kept <= MAX_BYTES, "{kept}");

        let (mut from, mut received) = (CallId(0), Vec::new());
        loop {
            let range = details_of(&calls.range(from, CallId(count)), PrivateTexts::Masked);
            let bytes: usize = range.calls.iter().map(|call| call.answer.len()).sum();
            assert!(bytes <= MAX_RANGE_BYTES, "{bytes}");
            received.extend(range.calls.iter().map(|call| call.call));
            match range.next {
                Some(next) => from = CallId(next),
                None => break,
            }
        }
        assert_eq!(
            received,
            (0..calls.kept().count() as u64).collect::<Vec<_>>()
        );
        assert!(calls.range(CallId(5), CallId(4)).is_empty());
    }
}
