//! The details of the newest calls, kept for clicks on the page.

use std::collections::VecDeque;
use std::time::Duration;

use crate::masking::PrivateTexts;
use crate::pretty;
use bytes::Bytes;
use rpc::observe::{CallId, Exchange, HttpFacts};

use crate::events::{Details, HttpDetails};
const MAX_CALLS: usize = 1_000;

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
            // Releases the spare capacity.
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

/// A call with its bodies.
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
    /// Rendering a large body takes a while, so this runs outside the lock.
    pub(crate) fn of(exchange: &Exchange, peer: String, private: PrivateTexts) -> Self {
        let body = |body: &Bytes| match exchange.method {
            Some(_) => Body::keep(body, private),
            // Secrets in an unreadable request cannot be found, and its answer quotes it.
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

#[derive(Debug)]
pub(crate) struct Calls {
    private: PrivateTexts,
    /// In the order of their ends.
    kept: VecDeque<KeptCall>,
}

impl Calls {
    pub(crate) const fn new(private: PrivateTexts) -> Self {
        Self {
            private,
            kept: VecDeque::new(),
        }
    }

    pub(crate) fn keep(&mut self, call: KeptCall) {
        if self.kept.len() == MAX_CALLS {
            self.kept.pop_front();
        }
        self.kept.push_back(call);
    }

    /// The details of a call, if it is still kept.
    pub(crate) fn details(&self, id: CallId) -> Option<Details> {
        // Newest first: those are clicked on.
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
        // The shared buffer is not kept.
        drop(small);
        assert!(answer.is_unique());
    }
}
