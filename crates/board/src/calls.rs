//! The details of the newest calls, for whoever clicks on one.

use std::collections::VecDeque;
use std::time::Duration;

use crate::masking::PrivateTexts;
use crate::pretty;
use bytes::Bytes;
use rpc::observe::{CallId, Exchange, HttpFacts};

use crate::events::{Details, HttpDetails};
/// Calls that are kept.
const MAX_CALLS: usize = 1_000;

/// Bytes of a body that are kept. Most bodies are below one kibibyte; a history may be large, and a
/// class reads its beginning.
const MAX_BODY_BYTES: usize = 16 << 10;

/// A body as it is kept.
#[derive(Clone, Debug)]
enum Body {
    /// As it came, in memory of its own: it was a part of a connection's buffer, all of which would be
    /// kept with it. It is made readable when somebody asks for it, which is rare.
    Whole(Box<[u8]>),
    /// What is shown of a large one, and how large it was.
    Cut {
        /// Indented, masked and shortened.
        shown: Box<str>,
        /// Bytes of the whole.
        bytes: usize,
    },
}

impl Body {
    /// Of a large body only what will be shown is kept. What is masked is found in the whole body: a
    /// cut could take away what says that it is secret.
    fn keep(body: &[u8], private: PrivateTexts) -> Self {
        if body.len() <= MAX_BODY_BYTES {
            return Self::Whole(body.into());
        }
        let mut shown = pretty::document(body, private);
        let end = (0..=MAX_BODY_BYTES.min(shown.len()))
            .rev()
            .find(|&end| shown.is_char_boundary(end))
            .unwrap_or_default();
        shown.truncate(end);
        Self::Cut {
            // Without the room that the rest of it took.
            shown: shown.into(),
            bytes: body.len(),
        }
    }

    fn shown(&self, private: PrivateTexts) -> String {
        match self {
            Self::Whole(body) if body.is_empty() => String::new(),
            Self::Whole(body) => pretty::document(body, private),
            Self::Cut { shown, .. } => shown.to_string(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Whole(body) => body.len(),
            Self::Cut { bytes, .. } => *bytes,
        }
    }
}

/// One call with its bodies, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptCall {
    id: CallId,
    peer: String,
    request: Body,
    answer: Body,
    http: HttpFacts,
    duration: Duration,
}

impl KeptCall {
    /// What is kept of a call. To find what is masked in a large body takes a while.
    pub(crate) fn of(exchange: &Exchange, peer: String, private: PrivateTexts) -> Self {
        let body = |body: &Bytes| match exchange.method {
            Some(_) => Body::keep(body, private),
            // What is secret in a request that cannot be read cannot be told, and its answer quotes it.
            None => Body::Cut {
                shown: format!("({} bytes, not shown)", body.len()).into(),
                bytes: body.len(),
            },
        };
        Self {
            id: exchange.id,
            peer,
            request: body(&exchange.request),
            answer: body(&exchange.answer),
            http: exchange.http.clone(),
            duration: exchange.duration,
        }
    }
}

/// The newest calls, up to a number.
#[derive(Debug)]
pub(crate) struct Calls {
    private: PrivateTexts,
    /// In the order in which they ended.
    kept: VecDeque<KeptCall>,
}

impl Calls {
    /// No calls yet. Private messages are shown or masked for all of them.
    pub(crate) const fn new(private: PrivateTexts) -> Self {
        Self {
            private,
            kept: VecDeque::new(),
        }
    }

    /// Keeps a call.
    pub(crate) fn keep(&mut self, call: KeptCall) {
        if self.kept.len() == MAX_CALLS {
            self.kept.pop_front();
        }
        self.kept.push_back(call);
    }

    /// What the page gets of a call, if it is still kept.
    pub(crate) fn details(&self, id: CallId) -> Option<Details> {
        // From the newest: that is what people click on.
        let kept = self.kept.iter().rev().find(|kept| kept.id == id)?;
        let is_cut = |body: &Body| matches!(body, Body::Cut { .. });
        Some(Details {
            answer: kept.answer.shown(self.private),
            call: kept.id.0,
            cut: is_cut(&kept.request) || is_cut(&kept.answer),
            http: HttpDetails {
                agent: kept.http.agent.clone(),
                answer_bytes: kept.answer.bytes(),
                keep_alive: kept.http.keep_alive,
                path: kept.http.path.clone(),
                request_bytes: kept.request.bytes(),
                version: kept.http.version,
            },
            milliseconds: kept.duration.as_secs_f64() * 1_000.0,
            peer: kept.peer.clone(),
            request: kept.request.shown(self.private),
        })
    }
}

#[cfg(test)]
mod tests {
    use rpc::observe::{Outcome, Peer};

    use super::*;

    fn exchange(id: u64, answer: Bytes) -> Exchange {
        Exchange {
            id: CallId(id),
            peer: Peer::Server("localhost:9000".into()),
            method: Some("receive_messages".to_owned()),
            request: Bytes::new(),
            answer,
            outcome: Outcome::Answered,
            http: HttpFacts::default(),
            effect: None,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn the_newest_calls_are_kept_and_of_large_bodies_the_beginning() {
        let mut calls = Calls::new(PrivateTexts::Masked);
        let text = "é".repeat(100);
        let value = format!("<value>{text}</value>");
        let answer = Bytes::from(format!(
            "<methodResponse><params>{}</params></methodResponse>",
            value.repeat(1_000)
        ));
        let small = answer.slice(..100);
        let keep = |calls: &mut Calls, id, answer| {
            let peer = "127.0.0.1:1".to_owned();
            calls.keep(KeptCall::of(
                &exchange(id, answer),
                peer,
                PrivateTexts::Masked,
            ));
        };
        for id in 0..MAX_CALLS as u64 {
            keep(&mut calls, id, small.clone());
        }
        assert!(calls.details(CallId(0)).is_some());
        let newest = MAX_CALLS as u64;
        keep(&mut calls, newest, answer.clone());
        assert!(calls.details(CallId(0)).is_none());
        let details = calls.details(CallId(newest)).unwrap();
        let shown = details.answer;
        assert!(
            (MAX_BODY_BYTES - 3..=MAX_BODY_BYTES).contains(&shown.len()),
            "{}",
            shown.len()
        );
        assert!(details.cut);
        assert_eq!(details.http.answer_bytes, answer.len());
        // Of the buffer that all of these were parts of, nothing is kept.
        drop(small);
        assert!(answer.is_unique());
    }
}
