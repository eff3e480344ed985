//! Requests that etcd carries out long after they were sent: a member that was stopped finds them in its socket, when
//! the server has repeated them elsewhere and gone on.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use etcd::{Client, Config};
use support::{Etcd, Server, eventually, runtime, wire::Connection};

use crate::compaction::texts_at;

/// Stands before a member of etcd, and keeps what is sent to it.
struct Recorder {
    address: String,
    /// What came over each connection.
    streams: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    fn start(member: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let streams: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let kept = Arc::clone(&streams);
        thread::spawn(move || {
            for from in listener.incoming().map_while(Result::ok) {
                let Ok(to) = TcpStream::connect(&member) else {
                    continue;
                };
                let (mut answers, mut back) = (to.try_clone().unwrap(), from.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut answers, &mut back));
                let kept = Arc::clone(&kept);
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(Vec::new());
                    kept.len() - 1
                };
                thread::spawn(move || {
                    pass_on(from, to, |bytes| {
                        kept.lock().unwrap()[number].extend(bytes);
                    })
                });
            }
        });
        Self { address, streams }
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

fn pass_on(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut buffer = [0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
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

#[test]
fn late_deletions_leave_the_newest_snapshot_whole() {
    let etcd = Etcd::start(1, &[]);
    let member = etcd.endpoints().remove(0);
    let client = Client::new(Config::new(etcd.endpoints())).unwrap();
    let recorder = Recorder::start(member.clone());
    let server = Server::unregistered_chat(&["--etcd", &recorder.address]);
    let mut caller = server.caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let text = "x".repeat(16_000);
    for snapshots in 1..=2 {
        // As many as it takes.
        let before = named(&client);
        for number in 0..2_000 {
            if named(&client) != before {
                break;
            }
            caller.say("ana", "geral", &format!("{snapshots} {number} {text}"), "");
        }
        eventually("what it replaces is deleted", || {
            let written = server.program.err().matches("snapshot written").count();
            (written == snapshots).then_some(())
        });
        let deletions = recorder.deletions();
        assert!(deletions.len() >= 3 * snapshots, "{}", deletions.len());
        for deletion in deletions {
            let response = Connection::open(&member).ask(deletion);
            assert_eq!(response.status, 200, "{}", response.text());
        }
        let later = Server::unregistered_chat(&["--etcd", &member]);
        let expected = texts_at(&server);
        eventually("a server that starts later has all messages", || {
            (texts_at(&later) == expected).then_some(())
        });
    }
}
