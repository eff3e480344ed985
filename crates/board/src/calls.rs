//! The details of the newest calls, for whoever clicks on one.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use rpc::observe::{CallId, Exchange, HttpFacts};
use rpc::xml::pretty::{self, Private};
use serde_json::{Value, json};

/// Calls that are kept.
const KEPT: usize = 1_000;

/// Bytes of a body that are kept. Most bodies are below one kibibyte; a history may be large, and a
/// class reads its beginning.
const BODY: usize = 16 << 10;

/// A body as it is kept.
#[derive(Clone, Debug)]
enum Body {
    /// As it came; it is made readable when somebody asks for it, which is rare.
    Whole(Bytes),
    /// What is shown of a large one, and how large it was.
    Cut {
        /// Indented, masked and shortened.
        shown: String,
        /// Bytes of the whole.
        bytes: usize,
    },
}

impl Body {
    /// Of a large body only what will be shown is kept. What is masked is found in the whole body: a
    /// cut could take away what says that it is secret.
    fn keep(body: Bytes, private: Private) -> Self {
        if body.len() <= BODY {
            return Self::Whole(body);
        }
        let mut shown = pretty::document(&body, private);
        let end = (0..=BODY.min(shown.len()))
            .rev()
            .find(|&end| shown.is_char_boundary(end))
            .unwrap_or_default();
        shown.truncate(end);
        Self::Cut {
            shown,
            bytes: body.len(),
        }
    }

    fn shown(&self, private: Private) -> String {
        match self {
            Self::Whole(body) if body.is_empty() => String::new(),
            Self::Whole(body) => pretty::document(body, private),
            Self::Cut { shown, .. } => shown.clone(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Whole(body) => body.len(),
            Self::Cut { bytes, .. } => *bytes,
        }
    }
}

/// One call with its bodies.
#[derive(Clone, Debug)]
struct Kept {
    id: CallId,
    peer: String,
    request: Body,
    answer: Body,
    http: HttpFacts,
    duration: Duration,
}

/// The newest calls, up to a number.
#[derive(Debug)]
pub struct Calls {
    private: Private,
    /// In the order in which they ended.
    kept: VecDeque<Kept>,
}

impl Calls {
    /// No calls yet. Private messages are shown or masked for all of them.
    #[must_use]
    pub const fn new(private: Private) -> Self {
        Self {
            private,
            kept: VecDeque::new(),
        }
    }

    /// Keeps a call.
    pub fn keep(&mut self, exchange: &Exchange, peer: String) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        let body = |body: &Bytes| match exchange.method {
            Some(_) => Body::keep(body.clone(), self.private),
            // What is secret in a request that cannot be read cannot be told, and its answer quotes it.
            None => Body::Cut {
                shown: format!("({} bytes, not shown)", body.len()),
                bytes: body.len(),
            },
        };
        let kept = Kept {
            id: exchange.id,
            peer,
            request: body(&exchange.request),
            answer: body(&exchange.answer),
            http: exchange.http.clone(),
            duration: exchange.duration,
        };
        self.kept.push_back(kept);
    }

    /// What the page gets of a call, if it is still kept.
    #[must_use]
    pub fn details(&self, id: CallId) -> Option<Value> {
        // From the newest: that is what people click on.
        let kept = self.kept.iter().rev().find(|kept| kept.id == id)?;
        let is_cut = |body: &Body| matches!(body, Body::Cut { .. });
        Some(json!({
            "call": kept.id.0,
            "request": kept.request.shown(self.private),
            "answer": kept.answer.shown(self.private),
            "cut": is_cut(&kept.request) || is_cut(&kept.answer),
            "http": {
                "version": kept.http.version,
                "path": kept.http.path,
                "agent": kept.http.agent,
                "request_bytes": kept.request.bytes(),
                "answer_bytes": kept.answer.bytes(),
                "keep_alive": kept.http.keep_alive,
            },
            "milliseconds": kept.duration.as_secs_f64() * 1_000.0,
            "peer": kept.peer,
        }))
    }
}
