//! The program that is checked, as a peer that is called: every call is recorded with its answer.

use std::collections::VecDeque;
use std::fmt;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::value::{from_json, to_json};
use parking_lot::Mutex;
use protocol::endpoint::Endpoint;
use rpc::observe::{Call, Exchange, Observer};
use rpc::{CallError, Caller, Observers};
use serde_json::Value as Json;
use tokio::runtime::Runtime;

use crate::value::{short, short_text};
use crate::words::{Language, Words, words};

/// How long an answer may take: longer than any program needs, shorter than a class waits.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The same for a server that gave no answer several times in a row: it is down, and there may be hundreds of calls to
/// make.
const TIMEOUTS_OF_SILENCE: [(usize, Duration); 2] = [
    (10, Duration::from_millis(200)),
    (3, Duration::from_secs(1)),
];

/// From when on a call without an answer counts for that. One that is refused takes no time.
const LONG: Duration = Duration::from_millis(100);

/// The same for many calls at the same moment. Python's servers let five connections wait, and those beyond
/// try again after 1, 3 and 7 seconds.
const TIMEOUT_IN_A_CROWD: Duration = Duration::from_secs(20);

/// How many calls are kept for one requirement, the last ones: enough to see what happened, not all of a
/// load.
pub(crate) const RECORDED: usize = 12;

/// The largest document that is kept with a call.
const LARGEST_KEPT: usize = 64 << 10;

/// How hyper's reasons begin where it cannot read an answer as HTTP.
const NOT_HTTP: &str = "invalid HTTP";

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A value.
    Value(Json),
    /// A fault of the server.
    Fault {
        /// Its code.
        code: i64,
        /// Its text.
        text: String,
    },
    /// An HTTP status in place of an answer.
    Status(u16),
    /// No answer in time.
    TimedOut,
    /// No connection.
    Unreachable(String),
    /// The connection ended before the answer.
    Interrupted(String),
    /// What came is not an answer of HTTP.
    NotHttp(String),
    /// An answer that is not XML-RPC.
    NotXmlRpc(String),
}

impl Reply {
    /// Whether the server answered the call, with a value or a fault.
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::Value(_) | Self::Fault { .. })
    }
}

impl Reply {
    /// The reply in both languages; what the program said is as it said it.
    pub(crate) fn words(&self) -> Words {
        let shown = self.to_string();
        match self {
            Self::TimedOut => Words::new("no answer in time", "nenhuma resposta a tempo"),
            Self::Unreachable(_) => words!("no connection: {shown}", "sem conexão: {shown}"),
            Self::Interrupted(_) => words!(
                "the connection ended before the answer: {shown}",
                "a conexão terminou antes da resposta: {shown}"
            ),
            Self::NotHttp(_) => words!(
                "an answer that is not HTTP: {shown}",
                "uma resposta que não é HTTP: {shown}"
            ),
            Self::NotXmlRpc(_) => words!(
                "an answer that is not XML-RPC: {shown}",
                "uma resposta que não é XML-RPC: {shown}"
            ),
            Self::Value(_) | Self::Fault { .. } | Self::Status(_) => Words::same(shown),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => formatter.write_str(&short(value)),
            Self::Fault { code, text } => {
                write!(formatter, "fault {code}: {}", short_text(text))
            }
            Self::Status(status) => write!(formatter, "HTTP {status}"),
            Self::TimedOut => formatter.write_str("no answer in time"),
            Self::Unreachable(reason)
            | Self::Interrupted(reason)
            | Self::NotHttp(reason)
            | Self::NotXmlRpc(reason) => formatter.write_str(&short_text(reason)),
        }
    }
}

/// A call with its answer.
#[derive(Clone, Debug)]
pub struct RecordedCall {
    /// The method.
    pub method: String,
    /// The parameters.
    pub parameters: Vec<Json>,
    /// The answer.
    pub answer: Words,
    /// How long it took.
    pub took: Duration,
    /// Request and answer as they were on the wire, if they are not too large to be kept.
    pub documents: (Bytes, Bytes),
}

impl RecordedCall {
    /// The call and its answer in one line.
    pub(crate) fn line(&self, language: Language) -> String {
        let (method, answer) = (&self.method, self.answer.of(language));
        let parameters: Vec<String> = self.parameters.iter().map(short).collect();
        format!("{method}({}) → {answer}", parameters.join(", "))
    }
}

/// A document as it is kept in a report, which has hundreds of them.
fn kept(document: Bytes) -> Bytes {
    match document.len() {
        0..=LARGEST_KEPT => document,
        length => format!("<too-large>{length} bytes</too-large>").into(),
    }
}

/// How long a connection may take: a server of one thread lets a few wait.
const CONNECTING: Duration = Duration::from_secs(5);

/// A connection to a server. By itself the system tries for minutes where no machine has the address.
pub(crate) fn connect(server: &Endpoint) -> Option<TcpStream> {
    let mut addresses = (server.address.as_str(), server.port)
        .to_socket_addrs()
        .ok()?;
    addresses.find_map(|address| TcpStream::connect_timeout(&address, CONNECTING).ok())
}

/// A server under test. Each peer is a client of its own, with connections of its own.
pub(crate) struct Peer {
    address: Endpoint,
    caller: Caller,
    runtime: Arc<Runtime>,
    tap: Arc<Tap>,
    /// How many calls in a row took long and got no answer.
    silent: usize,
    /// What the last of them came to within the whole time.
    down: Reply,
    recorded: VecDeque<RecordedCall>,
}

/// Keeps the documents of the last exchange.
#[derive(Default)]
struct Tap(Mutex<(Bytes, Bytes, Duration)>);

impl Observer for Tap {
    fn is_watching(&self) -> bool {
        true
    }

    fn began(&self, _: &Call<'_>) {}

    fn ended(&self, exchange: &Arc<Exchange>) {
        *self.0.lock() = (
            exchange.request.clone(),
            exchange.answer.clone(),
            exchange.duration,
        );
    }
}

impl Peer {
    /// A client of the server at `address`.
    pub(crate) fn new(address: &Endpoint, runtime: &Arc<Runtime>) -> Result<Self, CallError> {
        // A kept connection would hold a server of one thread, and others could not be checked beside it.
        let caller = Caller::new(address, TIMEOUT, Observers::none())?
            .named("conformance")
            .without_kept_connections();
        Ok(Self::of(&caller, address, runtime))
    }

    fn of(caller: &Caller, address: &Endpoint, runtime: &Arc<Runtime>) -> Self {
        let tap = Arc::new(Tap::default());
        let observers = Observers::none().and(Arc::clone(&tap) as Arc<dyn Observer>);
        Self {
            address: address.clone(),
            caller: caller.with_observers(observers),
            runtime: Arc::clone(runtime),
            tap,
            silent: 0,
            down: Reply::TimedOut,
            recorded: VecDeque::new(),
        }
    }

    /// Another client of the same server, one of many that call at the same moment. It has connections of its own: none
    /// is kept.
    pub(crate) fn another(&self) -> Self {
        let caller = self.caller.with_timeout(TIMEOUT_IN_A_CROWD);
        Self::of(&caller, &self.address, &self.runtime)
    }

    /// Where the server is.
    pub(crate) const fn address(&self) -> &Endpoint {
        &self.address
    }

    /// Makes a call.
    pub(crate) fn call(&mut self, method: &str, parameters: &[Json]) -> Reply {
        let values = parameters.iter().map(from_json).collect();
        let shorter = TIMEOUTS_OF_SILENCE
            .iter()
            .find(|(times, _)| self.silent >= *times)
            .map(|&(_, timeout)| self.caller.with_timeout(timeout));
        let is_shorter = shorter.is_some();
        let caller = shorter.as_ref().unwrap_or(&self.caller);
        let answered = self.runtime.block_on(caller.call(method, values));
        let reply = match answered {
            Ok(value) => Reply::Value(to_json(&value)),
            Err(CallError::Fault(fault)) => Reply::Fault {
                code: fault.code().into(),
                text: fault.string().to_owned(),
            },
            Err(CallError::Status { status, .. }) => Reply::Status(status),
            // What would have come, had it been waited for.
            Err(CallError::TimedOut { .. }) if is_shorter => self.down.clone(),
            Err(CallError::TimedOut { .. }) => Reply::TimedOut,
            Err(CallError::Unreachable { reason, .. }) => Reply::Unreachable(reason),
            Err(CallError::Interrupted { reason, .. }) if reason.starts_with(NOT_HTTP) => {
                Reply::NotHttp(reason)
            }
            Err(CallError::Interrupted { reason, .. }) => Reply::Interrupted(reason),
            Err(error) => Reply::NotXmlRpc(error.to_string()),
        };
        let (request, answer, took) = std::mem::take(&mut *self.tap.0.lock());
        if reply.is_answer() {
            self.silent = 0;
        } else if took > LONG {
            self.silent += 1;
            if !is_shorter {
                self.down = reply.clone();
            }
        }
        if self.recorded.len() == RECORDED {
            self.recorded.pop_front();
        }
        self.recorded.push_back(RecordedCall {
            method: method.to_owned(),
            parameters: parameters.to_vec(),
            answer: reply.words(),
            took,
            documents: (kept(request), kept(answer)),
        });
        reply
    }

    /// The calls since the last time.
    pub(crate) fn take_recorded(&mut self) -> Vec<RecordedCall> {
        std::mem::take(&mut self.recorded).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_large_answer_a_line_is_kept() {
        let text = "a".repeat(2 * LARGEST_KEPT);
        assert!(kept(text.clone().into()).len() < 100);
        let shown = Reply::Fault { code: 1, text }.words();
        assert!(shown.of(Language::En).len() < 1000);
    }
}
