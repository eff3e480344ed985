//! The whole endpoint of a chat server, from arbitrary bytes on a connection to the bytes that come
//! back: each complete response is HTTP, and each answer of the RPC path is an answer.

#![no_main]

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chat_server::chat::{Chat, Policy};
use chat_server::dialects::classic;
use chat_server::replica::Replica;
use chat_server::service::ChatService;
use libfuzzer_sys::fuzz_target;
use rpc::{Limits, Observers, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime can be built")
});

/// A chat that lives as long as the run, so that calls meet what earlier ones left behind. Small, so
/// that its bounds are met too.
static SERVICE: LazyLock<Arc<Service>> = LazyLock::new(|| {
    let policy = Policy {
        history: 20,
        memory: 64 << 10,
        rooms: 20,
        users: 20,
        ..Policy::default()
    };
    let chat = Arc::new(ChatService::new(Replica::in_memory(Chat::new(policy))));
    Arc::new(Service {
        methods: classic::methods(&chat),
        limits: Limits {
            body: 64 << 10,
            request: Duration::from_millis(20),
            idle: Duration::from_millis(20),
            ..Limits::default()
        },
        observers: Observers::none(),
        lab: None,
        pages: None,
        meter: None,
    })
});

/// What a peer gets that sends these bytes and then no more.
fn exchange(bytes: &[u8]) -> Vec<u8> {
    RUNTIME.block_on(async {
        let (mut peer, ours) = tokio::io::duplex(16 << 20);
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let talk = async {
            peer.write_all(bytes)
                .await
                .expect("there is room for all of it");
            peer.shutdown().await.expect("the stream can be ended");
            let mut came = Vec::new();
            let _ = peer.read_to_end(&mut came).await;
            came
        };
        let serve = rpc::serve::serve_stream(ours, nobody, Arc::clone(&SERVICE));
        tokio::join!(talk, serve).0
    })
}

fn check(mut came: &[u8]) {
    while !came.is_empty() {
        let end = came.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.expect("a response has a whole header");
        let head = std::str::from_utf8(&came[..end]).expect("a header is text");
        assert!(head.starts_with("HTTP/1."), "{head}");
        came = &came[end + 4..];
        if head.contains(" 100 ") {
            continue;
        }
        let header = |wanted: &str| {
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value)
        };
        let length = header("content-length").map_or(0, |value| value.parse().expect("a number"));
        if header("content-type") == Some("text/xml") {
            let body = came.get(..length).expect("the body is whole");
            match rpc::xml::read::answer(body).expect("an answer can be read") {
                Err(fault) if fault.code() == -32603 => panic!("{}", fault.string()),
                _ => {}
            }
        }
        // The answer to HEAD has a length and has no body; what follows is the end, or the next one. No
        // body of ours begins like that.
        if !came.starts_with(b"HTTP/1.") {
            came = came.get(length..).unwrap_or_default();
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    check(&exchange(bytes));
    // A body alone finds the way to the handlers sooner than a whole request.
    let head = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    check(&exchange(&[head.as_bytes(), bytes].concat()));
});
