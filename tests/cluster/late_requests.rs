//! Requests that etcd carries out long after they were sent: a member that was stopped finds them in its socket, when
//! the server has repeated them elsewhere and gone on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use etcd::{Client, Config};
use support::{Caller, Etcd, Server, eventually, runtime, wire::Connection};

use crate::compaction::texts_at;

/// In a request that sets the key which names the newest snapshot: `chat/snapshot`, as etcd's gateway has keys.
const NAMING: [&str; 2] = ["request_put", "\"Y2hhdC9zbmFwc2hvdA==\""];

/// Stands before a member of etcd, and keeps what is sent to it.
struct Recorder {
    address: String,
    /// Whether namings of snapshots are carried out and not answered.
    swallows_namings: Arc<AtomicBool>,
    /// What came over each connection.
    streams: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    fn start(member: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let streams: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let swallows_namings: Arc<AtomicBool> = Arc::default();
        let (kept, swallows) = (Arc::clone(&streams), Arc::clone(&swallows_namings));
        thread::spawn(move || {
            for from in listener.incoming().map_while(Result::ok) {
                let Ok(to) = TcpStream::connect(&member) else {
                    continue;
                };
                // Whether the next answer is swallowed.
                let swallow: Arc<AtomicBool> = Arc::default();
                let (answers, back) = (to.try_clone().unwrap(), from.try_clone().unwrap());
                let is_swallowed = Arc::clone(&swallow);
                thread::spawn(move || pass_on(answers, back, |_| !is_swallowed.load(Relaxed)));
                let (kept, swallows) = (Arc::clone(&kept), Arc::clone(&swallows));
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(Vec::new());
                    kept.len() - 1
                };
                let keep = move |bytes: &[u8]| {
                    kept.lock().unwrap()[number].extend(bytes);
                    let text = String::from_utf8_lossy(bytes);
                    let names = NAMING.iter().all(|part| text.contains(part));
                    swallow.fetch_or(names && swallows.load(Relaxed), Relaxed);
                    true
                };
                thread::spawn(move || pass_on(from, to, keep));
            }
        });
        Self {
            address,
            swallows_namings,
            streams,
        }
    }

    /// All requests that delete.
    fn deletions(&self) -> Vec<String> {
        let streams = self.streams.lock().unwrap();
        let requests = streams.iter().flat_map(|stream| requests(stream));
        let deletes = |request: &String| {
            request.contains("deleterange") || request.contains("request_delete_range")
        };
        requests.filter(deletes).collect()
    }
}

/// Passes on what `may_pass`, and closes both ends with the first that may not.
fn pass_on(mut from: TcpStream, mut to: TcpStream, may_pass: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !may_pass(&buffer[..count]) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// The complete requests in what came over a connection.
fn requests(stream: &[u8]) -> Vec<String> {
    let mut rest = std::str::from_utf8(stream).unwrap();
    let mut requests = Vec::new();
    while let Some(end) = rest.find("\r\n\r\n") {
        let head = rest[..end].to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        let Some(request) = rest.get(..end + 4 + length) else {
            break;
        };
        requests.push(request.to_owned());
        rest = &rest[request.len()..];
    }
    requests
}

/// The name of the newest snapshot.
fn named(client: &Client) -> Option<Vec<u8>> {
    let name = runtime().block_on(client.get("chat/snapshot")).unwrap();
    name.map(|name| name.value)
}

/// A chat on one member of etcd, which its server reaches through a recorder.
struct Recorded {
    etcd: Etcd,
    recorder: Recorder,
    server: Server,
    caller: Caller,
    client: Client,
}

impl Recorded {
    fn start() -> Self {
        let etcd = Etcd::start(1, &[]);
        let recorder = Recorder::start(etcd.flag());
        let server = Server::unregistered_chat(&["--etcd", &recorder.address]);
        let mut caller = server.caller();
        caller.enter("ana", "geral");
        caller.enter("bia", "geral");
        let client = Client::new(Config::new(etcd.endpoints())).unwrap();
        Self {
            etcd,
            recorder,
            server,
            caller,
            client,
        }
    }

    /// Sends as many messages as it takes until there is another snapshot.
    fn send_until_snapshot(&mut self) {
        let before = named(&self.client);
        let text = "x".repeat(16_000);
        for number in 0..2_000 {
            if named(&self.client) != before {
                return;
            }
            let text = format!("{number} {text}");
            self.caller.say("ana", "geral", &text, "");
        }
        panic!("no snapshot");
    }

    fn all_is_found_by_a_later_server(&self) {
        let later = Server::unregistered_chat(&["--etcd", &self.etcd.flag()]);
        let expected = texts_at(&self.server);
        eventually("a server that starts later has all messages", || {
            (texts_at(&later) == expected).then_some(())
        });
    }
}

#[test]
fn a_snapshot_whose_naming_is_not_answered_is_whole() {
    let mut chat = Recorded::start();
    chat.recorder.swallows_namings.store(true, Relaxed);
    chat.send_until_snapshot();
    let program = &chat.server.program;
    program.wait_until_logged("the snapshot was not written");
    chat.all_is_found_by_a_later_server();
}

#[test]
fn late_deletions_leave_the_newest_snapshot_whole() {
    let mut chat = Recorded::start();
    for snapshots in 1..=2 {
        chat.send_until_snapshot();
        eventually("what it replaces is deleted", || {
            let log = chat.server.program.err();
            let written = log.matches("snapshot written").count();
            (written == snapshots).then_some(())
        });
        let deletions = chat.recorder.deletions();
        assert!(deletions.len() >= 3 * snapshots, "{}", deletions.len());
        for deletion in deletions {
            let response = Connection::open(&chat.etcd.flag()).ask(deletion);
            assert_eq!(response.status, 200, "{}", response.text());
        }
        chat.all_is_found_by_a_later_server();
    }
}
