//! What one hostile peer can take from the others: memory, time, places.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dxr::Value;
use flate2::Compression;
use flate2::write::GzEncoder;
use protocol::fault;

use crate::latency::Latency;
use support::{
    DEADLINE, Server, allow_open_files, eventually,
    wire::{Connection, ask, call, post, post_with},
};

/// The text that costs most memory as a value.
const STRUCT: &str = "<value><struct><member><name/><value/></member></struct></value>";

/// A chat server with three guests in one room.
fn chat(flags: &[&str]) -> Server {
    let chat = Server::unregistered_chat(&[&["-q"], flags].concat());
    ask(&chat.address, call("create_room", &["geral"])).unwrap();
    for user in ["ana", "bia", "eva"] {
        ask(&chat.address, call("register_user", &[user])).unwrap();
        ask(&chat.address, call("join_room", &[user, "geral"])).unwrap();
    }
    chat
}

fn wait(user: &str) -> String {
    let texts: String = [user, "geral", ""]
        .iter()
        .map(|text| format!("<param><value>{text}</value></param>"))
        .collect();
    let timeout = "<param><value><int>20000</int></value></param>";
    support::wire::call_with("wait_messages", &(texts + timeout))
}

/// A batch of `length` bytes whose first call waits, and whose values stay meanwhile.
fn waiting_batch(user: &str, length: usize) -> String {
    let first = format!(
        "<value><struct><member><name>methodName</name><value>wait_messages</value></member>\
        <member><name>params</name><value><array><data><value>{user}</value><value>geral</value><value></value>\
        <value><int>30000</int></value></data></array></value></member><member><name>x</name><value><array><data>"
    );
    let last = "</data></array></value></member></struct></value>";
    let calls = |filling: &str| {
        let batch = format!(
            "<param><value><array><data>{first}{filling}{last}</data></array></value></param>"
        );
        support::wire::call_with("system.multicall", &batch)
    };
    let filling = STRUCT.repeat((length - calls("").len()) / STRUCT.len());
    calls(&filling)
}

fn packed(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    post_with(&[("Content-Encoding", "gzip")], encoder.finish().unwrap())
}

#[test]
fn waiting_batches_get_their_part_of_the_memory_and_no_more() {
    // In all they would take some 4,000 and 400 MiB.
    for (length, connections, most) in [(1 << 20, 254, 2), (16 << 10, 2_000, 150)] {
        allow_open_files(connections as u64 + 500);
        let chat = chat(&[]);
        // One user has a few waits only.
        let users: Vec<String> = (0..100).map(|number| format!("user {number}")).collect();
        for user in &users {
            ask(&chat.address, call("register_user", &[user])).unwrap();
            ask(&chat.address, call("join_room", &[user, "geral"])).unwrap();
        }
        let mut waiting: Vec<Connection> = (0..connections)
            .map(|number| {
                let request = packed(&waiting_batch(&users[number % users.len()], length));
                assert!(request.len() < 6_000, "{} bytes", request.len());
                let mut connection = Connection::open(&chat.address);
                connection.send(request);
                connection
            })
            .collect();
        let mut refused = 0;
        // The bodies are read one after the other, which takes a slow machine minutes, but some each second.
        let mut progress = Instant::now();
        while waiting.len() > most {
            let before = waiting.len();
            waiting.retain_mut(|connection| {
                let waits = connection.is_quiet_for(Duration::from_millis(1));
                // The first waits may be over before the last body is read.
                if !waits && let Err(refusal) = connection.response().answer() {
                    assert_eq!(refusal.code(), fault::TRANSPORT, "{}", refusal.string());
                    refused += 1;
                }
                waits
            });
            if waiting.len() < before {
                progress = Instant::now();
            }
            assert!(progress.elapsed() < DEADLINE, "{} wait", waiting.len());
        }
        assert!(refused > 0, "as many as fit are carried out");
        // Ordinary calls are answered, and large ones from other addresses.
        let sent = ask(&chat.address, ordinary());
        assert_eq!(sent, Ok(Value::String("Mensagem enviada.".to_owned())));
        let mut other = Connection::open_from(Ipv4Addr::new(127, 0, 0, 2), &chat.address);
        let long = "x".repeat(16 << 10);
        assert!(
            other
                .ask(post(call("send_message", &["ana", "geral", &long, "bia"])))
                .answer()
                .is_ok()
        );
        let (peak, waiting) = (chat.program.peak_memory().unwrap(), waiting.len());
        println!("{connections} batches of {length} bytes: {waiting} wait, {peak} MiB");
        assert!(peak < 128, "{peak} MiB");
    }
}

/// How often it is measured until it is fair. Without the limit it never is: the calls of others take hundreds of
/// times as long.
const ATTEMPTS: usize = 4;

/// Measures ordinary calls alone and beside so many peers that repeat a request. What a busy machine does to them
/// for a moment is no fault of the peers.
fn assert_fair(address: &str, request: &[u8], peers: usize) {
    assert_fair_beside(address, peers, |connection| {
        connection.send(request);
        connection.try_discard()
    });
}

/// The same beside peers that repeat something else.
fn assert_fair_beside(
    address: &str,
    peers: usize,
    repeated: impl Fn(&mut Connection) -> io::Result<()> + Sync,
) {
    let mut measured = Vec::new();
    for _ in 0..ATTEMPTS {
        let (alone, beside) = beside(address, peers, &repeated);
        println!("{peers} peers: alone {alone}; beside {beside}");
        let usual = alone.median.max(Duration::from_millis(2));
        let rare = alone.of_99_in_100.max(Duration::from_millis(20));
        if beside.median <= 5 * usual && beside.of_99_in_100 <= 10 * rare {
            return;
        }
        measured.push(format!("alone {alone}; beside {beside}"));
    }
    panic!("{peers} peers: {measured:#?}");
}

/// Ordinary calls alone, and beside so many peers.
fn beside(
    address: &str,
    peers: usize,
    repeated: &(impl Fn(&mut Connection) -> io::Result<()> + Sync),
) -> (Latency, Latency) {
    let (ordinary, time) = (ordinary(), Duration::from_millis(1_500));
    let alone = Latency::of(address, &ordinary, time);
    let over = AtomicBool::new(false);
    let beside = thread::scope(|scope| {
        for _ in 0..peers {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                while !over.load(Ordering::Relaxed) {
                    // It may be refused, or take longer than a test waits.
                    if repeated(&mut connection).is_err() {
                        break;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        let beside = Latency::of(address, &ordinary, time);
        over.store(true, Ordering::Relaxed);
        beside
    });
    (alone, beside)
}

fn ordinary() -> String {
    call("send_message", &["ana", "geral", "oi", "bia"])
}

#[test]
fn costly_bodies_wait_for_each_other_and_ordinary_calls_do_not() {
    let chat = chat(&[]);
    let values = STRUCT.repeat(((1 << 20) - 200) / STRUCT.len());
    let array = format!("<param><value><array><data>{values}</data></array></value></param>");
    let request = packed(&support::wire::call_with("x", &array));
    assert!(request.len() < 4_000, "{} bytes", request.len());
    for peers in [2, 32, 100] {
        assert_fair(&chat.address, &request, peers);
    }
}

#[test]
fn packed_blocks_that_hold_nothing_are_not_unpacked_to_their_end() {
    let chat = chat(&[]);
    // Four empty blocks take five bytes.
    let header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    let blocks = [0x02, 0x08, 0x20, 0x80, 0x00];
    let request = |blocks: Vec<u8>| {
        let body = [&header[..], &blocks].concat();
        post_with(&[("Content-Encoding", "gzip")], body)
    };
    // A mebibyte of them would take four seconds of a processor.
    let longest = request(blocks.repeat(200_000));
    let refusal = Connection::open(&chat.address).ask(&longest).answer();
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.code(), fault::TRANSPORT, "{}", refusal.string());
    assert!(
        refusal.string().contains("too long to unpack"),
        "{}",
        refusal.string()
    );
    let small = [&blocks.repeat(800)[..], &[0x03, 0x00], &[0; 8]].concat();
    for peers in [2, 8] {
        assert_fair(&chat.address, &longest, peers);
        // Those that are small enough to be unpacked at once are a little work there. They end as they should, or
        // they would all be unpacked again in turn, and the turns alone would be fair.
        assert_fair(&chat.address, &request(small.clone()), peers);
    }
}

#[test]
fn polls_of_the_costliest_room_wait_for_each_other_and_ordinary_calls_do_not() {
    let chat = chat(&[]);
    // Each byte is written as five.
    let costliest = "&".repeat(16 << 10);
    let send = post(call("send_message", &["ana", "geral", &costliest]));
    let mut sender = Connection::open(&chat.address);
    for _ in 0..600 {
        sender.ask(&send).answer().unwrap();
    }
    let poll = post(call("receive_messages", &["bia", "geral"]));
    assert!(poll.len() < 400, "{} bytes", poll.len());
    for peers in [4, 50] {
        assert_fair(&chat.address, &poll, peers);
    }
}

#[test]
fn ranges_of_calls_for_the_page_wait_for_each_other_and_ordinary_calls_do_not() {
    let chat = chat(&[]);
    // Calls are kept while a page is open.
    let mut page = Connection::open(&chat.address);
    page.send("GET /board/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(page.status(), 200);
    let mut sender = Connection::open(&chat.address);
    let parameters = "<param><value>x</value></param>".repeat(500);
    let long = post(support::wire::call_with("create_room", &parameters));
    for _ in 0..100 {
        sender.ask(&long).answer().unwrap_err();
    }
    let range = "GET /board/calls?from=0&to=1000000000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // The board keeps up with them a little later.
    eventually("an answer is as long as it can be", || {
        let answer = sender.ask(range);
        (answer.status == 200 && answer.body.len() > 400 << 10).then_some(())
    });
    for peers in [4, 50] {
        assert_fair(&chat.address, range.as_bytes(), peers);
    }
}

#[test]
fn calls_sent_ahead_wait_for_each_other_and_ordinary_calls_do_not() {
    const AHEAD: usize = 64;
    allow_open_files(1_000);
    let chat = chat(&[]);
    let requests = post(call("list_rooms", &[])).repeat(AHEAD);
    assert_fair_beside(&chat.address, 300, |connection| {
        connection.send(&requests);
        for _ in 0..AHEAD {
            connection.try_response()?;
        }
        Ok(())
    });
}

#[test]
fn a_client_that_hangs_up_does_not_wait_any_longer() {
    let chat = chat(&["--max-connections", "20", "--per-address", "off"]);
    let request = |user: &str| post(wait(user));
    type HangUp = fn(&mut Connection);
    let ways: [(&str, HangUp); 3] = [
        ("closed", |_| {}),
        // Bytes that are not read are answered with a reset.
        ("reset", |connection| {
            connection.send(post(call("list_rooms", &[])))
        }),
        ("half of another request", |connection| {
            connection.send("POST")
        }),
    ];
    for (way, before) in ways {
        let began = Instant::now();
        for number in 0..200 {
            let mut connection = Connection::open(&chat.address);
            // Other users, because one has a few waits only.
            let user = ["ana", "bia", "eva"][number % 3];
            if way == "reset" {
                before(&mut connection);
                connection.send(request(user));
                assert!(!connection.is_quiet_for(Duration::from_secs(10)));
            } else {
                connection.send(request(user));
                before(&mut connection);
            }
        }
        assert!(ask(&chat.address, call("list_rooms", &[])).is_ok(), "{way}");
        let took = began.elapsed();
        println!("{way}: 200 waits on 20 places within {took:?}");
        // Each of ten rounds of them would last 20 s.
        assert!(took < Duration::from_secs(60), "{way}: {took:?}");
    }
}

#[test]
fn a_user_has_a_handful_of_waits_and_the_oldest_gives_way() {
    let chat = chat(&[]);
    let mut waiting: Vec<Connection> = Vec::new();
    for _ in 0..20 {
        let mut connection = Connection::open(&chat.address);
        connection.send(post(wait("eva")));
        waiting.push(connection);
    }
    let mut gave_way = 0;
    eventually("twelve of them are answered", || {
        waiting.retain_mut(|connection| {
            let waits = connection.is_quiet_for(Duration::from_millis(1));
            if !waits {
                let answer = format!("{:?}", connection.response().answer().unwrap());
                assert!(answer.contains("\"messages\": Array([])"), "{answer}");
                gave_way += 1;
            }
            waits
        });
        (gave_way == 12).then_some(())
    });
    let sent = call("send_message", &["ana", "geral", "oi"]);
    ask(&chat.address, sent).unwrap();
    for connection in &mut waiting {
        let answer = format!("{:?}", connection.response().answer().unwrap());
        assert!(answer.contains("oi"), "{answer}");
    }
}
