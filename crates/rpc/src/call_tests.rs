//! What is repeated and what is not, and which connections are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dxr::Value;
use protocol::endpoint::Endpoint;
use protocol::procedure::{LIST_METHODS, Procedure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{CallError, Caller};
use crate::Observers;

/// A procedure that must not be repeated.
const CHANGE: Procedure = Procedure {
    name: "change",
    changes_nothing: false,
    ..LIST_METHODS
};

/// Ample on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a server does with the first request on a connection, and with a later one.
#[derive(Clone, Copy, Debug)]
enum Conduct {
    Answers,
    /// Closes the connection instead, without a word.
    Closes,
    /// Says nothing, and keeps the connection.
    IsSilent,
    /// Answers with this HTTP status.
    Refuses(u16),
}

/// A server, and what it has seen.
struct Server {
    endpoint: Endpoint,
    requests: Arc<AtomicU32>,
    connections: Arc<AtomicU32>,
}

impl Server {
    async fn start(first: Conduct, later: Conduct) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = Endpoint {
            address: "127.0.0.1".into(),
            port: listener.local_addr().unwrap().port(),
        };
        let (requests, connections) = (Arc::default(), Arc::default());
        let server = Self {
            endpoint,
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
        };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, [first, later], Arc::clone(&requests)));
            }
        });
        server
    }

    fn caller(&self, timeout: Duration) -> Caller {
        Caller::new(&self.endpoint, timeout, Observers::none()).unwrap()
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::SeqCst)
    }

    fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, [first, later]: [Conduct; 2], requests: Arc<AtomicU32>) {
    let mut conduct = first;
    while read_request(&mut stream).await {
        requests.fetch_add(1, Ordering::SeqCst);
        let (status, body) = match conduct {
            Conduct::Answers => (
                200,
                "<methodResponse><params><param><value><nil/></value></param></params></methodResponse>",
            ),
            Conduct::Refuses(status) => (status, ""),
            Conduct::Closes => return,
            Conduct::IsSilent => std::future::pending().await,
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        conduct = later;
    }
}

/// Whether there was another request before the connection was closed.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(length) if length > 0 => request.extend_from_slice(&piece[..length]),
            _ => return false,
        }
        // None of the calls here has anything behind it.
        if request.trim_ascii_end().ends_with(b"</methodCall>") {
            return true;
        }
    }
}

async fn call(caller: &Caller, procedure: &'static Procedure) -> Result<Value, CallError> {
    caller
        .call(procedure, vec![Value::String("x".into())])
        .await
}

#[tokio::test]
async fn no_look_up_fails_when_kept_connections_are_closed_without_a_word() {
    let server = Server::start(Conduct::Answers, Conduct::Closes).await;
    let caller = server.caller(PATIENCE);
    for number in 0..200 {
        let answer = call(&caller, &LIST_METHODS).await;
        assert!(matches!(answer, Ok(Value::Nil)), "{number}: {answer:?}");
    }
    assert!(server.requests() > 200, "connections were kept");
}

#[tokio::test]
async fn a_call_is_repeated_once_and_only_if_it_changes_nothing() {
    for (procedure, attempts) in [(&LIST_METHODS, 2), (&CHANGE, 1)] {
        let server = Server::start(Conduct::Closes, Conduct::Closes).await;
        let answer = call(&server.caller(PATIENCE), procedure).await;
        assert!(
            matches!(answer, Err(CallError::Interrupted { .. })),
            "{answer:?}"
        );
        assert_eq!(server.requests(), attempts, "{}", procedure.name);
    }
}

#[tokio::test]
async fn a_call_by_name_alone_is_not_repeated() {
    let server = Server::start(Conduct::Closes, Conduct::Closes).await;
    let caller = server.caller(PATIENCE);
    let answer = caller.call(LIST_METHODS.name, Vec::new()).await;
    assert!(answer.is_err());
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_call_that_timed_out_is_not_repeated() {
    let server = Server::start(Conduct::IsSilent, Conduct::IsSilent).await;
    let caller = server.caller(Duration::from_millis(50));
    let answer = call(&caller, &LIST_METHODS).await;
    assert!(
        matches!(answer, Err(CallError::TimedOut { .. })),
        "{answer:?}"
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_http_status_is_a_refusal_unless_a_gateway_says_it() {
    for (status, is_refusal) in [
        (404, true),
        (405, true),
        (501, true),
        (500, true),
        (502, false),
    ] {
        let server = Server::start(Conduct::Refuses(status), Conduct::Closes).await;
        let answer = call(&server.caller(PATIENCE), &LIST_METHODS).await;
        let error = answer.unwrap_err();
        assert_eq!(error.is_refusal(), is_refusal, "{error}");
        assert!(
            error
                .to_string()
                .ends_with(&format!("HTTP status {status}"))
        );
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn connections_are_kept_unless_the_caller_wants_none() {
    let server = Server::start(Conduct::Answers, Conduct::Answers).await;
    let kept = server.caller(PATIENCE);
    for _ in 0..3 {
        call(&kept, &LIST_METHODS).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    let closing = server.caller(PATIENCE).without_kept_connections();
    for _ in 0..3 {
        call(&closing, &LIST_METHODS).await.unwrap();
    }
    assert_eq!(server.connections(), 4);
}
