//! Bodies that are larger than the limit, whichever way they come.

use std::io::Write as _;
use std::time::Duration;

use dxr::{Fault, Value};
use flate2::Compression;
use flate2::write::GzEncoder;
use protocol::fault;
use rpc::Limits;

use support::{
    InProcess, eventually,
    in_process::pong,
    wire::{Connection, ask, call, chunks, head, post, post_with, respond},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A thousand mebibytes of white space in few bytes. Its end is missing, which is never reached.
fn bomb() -> Vec<u8> {
    let mebibyte = vec![b' '; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut ends = [0, 0];
    for end in &mut ends {
        encoder.write_all(&mebibyte).unwrap();
        // What is flushed ends at a byte and says the same wherever it stands.
        encoder.flush().unwrap();
        *end = encoder.get_ref().len();
    }
    let packed = encoder.get_ref();
    let again = packed[ends[0]..ends[1]].repeat(1_000);
    [&packed[..ends[1]], &again].concat()
}

/// The default limit is a mebibyte, and the fault names it.
#[track_caller]
fn is_refused(connection: &mut Connection) {
    let response = connection.response();
    let refusal = response.fault();
    assert_eq!(refusal.code(), fault::TRANSPORT);
    assert_eq!(refusal.string(), "the body is larger than 1048576 bytes");
    assert_eq!(response.header("connection"), Some("close"));
    connection.closes_within(Duration::from_secs(5));
}

#[test]
fn a_body_of_a_mebibyte_is_read_and_one_byte_more_is_not() {
    let (server, _) = InProcess::counting(Limits::default());
    let envelope = call("echo", &[""]).len();
    let largest = call("echo", &[&"x".repeat((1 << 20) - envelope)]);
    assert_eq!(largest.len(), 1 << 20);
    assert!(ask(&server.address, &largest).is_ok());
    let mut connection = Connection::open(&server.address);
    connection.send(post(format!("{largest}\n")));
    is_refused(&mut connection);
}

#[test]
fn a_body_that_says_it_is_too_large_is_answered_before_it_comes() {
    let (server, count) = InProcess::counting(Limits::default());
    let mut connection = Connection::open(&server.address);
    connection.send(head(&[("Content-Length", "1048577")]));
    is_refused(&mut connection);
    // It also is for a client that asks before sending it.
    let mut connection = Connection::open(&server.address);
    connection.send(head(&[
        ("Content-Length", "99999999999"),
        ("Expect", "100-continue"),
    ]));
    is_refused(&mut connection);
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn a_client_that_is_still_sending_gets_the_answer() {
    let (server, _) = InProcess::counting(Limits::default());
    let mut connection = Connection::open(&server.address);
    // More than the buffers of a connection hold, so that most is sent after the refusal.
    connection.send_all(post(vec![b'x'; 12 << 20]));
    is_refused(&mut connection);
}

#[test]
fn chunks_are_refused_as_soon_as_they_are_too_many() {
    let (server, _) = InProcess::counting(Limits::default());
    let mut connection = Connection::open(&server.address);
    connection.send(head(&[("Transfer-Encoding", "chunked")]));
    let endless = chunks(&vec![b'x'; (1 << 20) + 1], 4096);
    // Without the end of the body: nothing more is waited for.
    connection.send(&endless[..endless.len() - 5]);
    is_refused(&mut connection);
}

#[test]
fn chunks_that_are_none_are_refused_with_the_reason() {
    let (server, _) = InProcess::counting(Limits::default());
    for (chunks, reason) in [
        ("0x5\r\n", "Invalid Size"),
        ("fffffffffffffffff\r\n", "overflow"),
        (&format!("5;{}\r\n", "x".repeat(100_000)), "extension"),
    ] {
        let mut connection = Connection::open(&server.address);
        connection.send(head(&[("Transfer-Encoding", "chunked")]));
        let refusal = connection.ask(chunks).fault();
        assert_eq!(refusal.code(), fault::TRANSPORT);
        assert!(refusal.string().contains(reason), "{}", refusal.string());
    }
}

#[test]
fn what_only_gets_too_large_when_unpacked_is_unpacked_no_further() {
    let (server, _) = InProcess::counting(Limits::default());
    let packed = [("Content-Encoding", "gzip")];
    let bomb = bomb();
    assert!(bomb.len() <= 1 << 20, "{}", bomb.len());
    let began = std::time::Instant::now();
    let mut connection = Connection::open(&server.address);
    connection.send(post_with(&packed, bomb));
    is_refused(&mut connection);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // One byte too much is too much here as well.
    let mut connection = Connection::open(&server.address);
    connection.send(post_with(&packed, gzip(&vec![b' '; (1 << 20) + 1])));
    is_refused(&mut connection);
    let ping = post_with(&packed, gzip(call("ping", &[]).as_bytes()));
    assert_eq!(respond(&server.address, ping).answer(), Ok(pong()));
}

#[test]
fn what_is_not_packed_as_it_says_is_refused() {
    let (server, _) = InProcess::counting(Limits::default());
    let packed = gzip(call("ping", &[]).as_bytes());
    for (encoding, body, reason) in [
        (
            "gzip",
            call("ping", &[]).into_bytes(),
            "is not the gzip it claims to be",
        ),
        (
            "gzip",
            packed[..packed.len() / 2].to_vec(),
            "is not the gzip it claims to be",
        ),
        ("gzip", Vec::new(), "is not the gzip it claims to be"),
        (
            "gzip",
            [packed.as_slice(), b"more"].concat(),
            "is not the gzip it claims to be",
        ),
        ("br", packed.clone(), "only gzip is read"),
        ("gzip, gzip", packed, "only gzip is read"),
    ] {
        let request = post_with(&[("Content-Encoding", encoding)], body);
        let refusal = respond(&server.address, request).fault();
        assert_eq!(refusal.code(), fault::TRANSPORT);
        assert!(refusal.string().contains(reason), "{}", refusal.string());
    }
}

#[test]
fn large_bodies_share_a_budget_and_ordinary_calls_need_none() {
    let limits = Limits {
        requests: 2 << 20,
        // The slow peer stays until both are refused, and packed bodies are unpacked by a thread of low priority.
        request: Duration::from_secs(300),
        ..Limits::default()
    };
    let (server, _) = InProcess::counting(limits);
    // More than half has arrived from a peer that does not go on.
    let mut slow = Connection::open(&server.address);
    slow.send(head(&[("Content-Length", "1048576")]));
    slow.send(vec![b' '; 700 << 10]);
    let large = call("echo", &[&"x".repeat(700 << 10)]);
    let packed = post_with(&[("Content-Encoding", "gzip")], gzip(large.as_bytes()));
    // What the slow peer has sent may be read after this one, which then waits for the costly calls of other tests: there
    // is one thread for these in a process.
    let _ = respond(&server.address, post(&large));
    let refused = |request: &[u8]| {
        eventually("a large body is refused", || {
            respond(&server.address, request).answer().err()
        })
    };
    for request in [&post(&large), &packed] {
        let refusal = refused(request);
        assert_eq!(refusal.code(), fault::TRANSPORT);
        assert_eq!(
            refusal.string(),
            "too many large bodies at the same time; send it again later"
        );
    }
    let ordinary = call("echo", &[&"x".repeat(15 << 10)]);
    assert!(ask(&server.address, &ordinary).is_ok());
    // A closed connection releases its share.
    drop(slow);
    eventually("there is room again", || ask(&server.address, &large).ok());
    assert!(ask(&server.address, &large).is_ok());
}

#[test]
fn unread_answers_share_a_budget_and_ordinary_calls_need_none() {
    let limits = Limits {
        answers: 2 << 20,
        ..Limits::default()
    };
    let (server, _) = InProcess::counting(limits);
    // More than the system keeps for a peer, so that the rest stays with the server.
    let large = call("echo", &[&"x".repeat(900 << 10)]);
    let large = post_with(&[("Content-Encoding", "gzip")], gzip(large.as_bytes()));
    let mut deaf: Vec<Connection> = (0..8).map(|_| Connection::open(&server.address)).collect();
    let full = "too many large answers at the same time; ask again later";
    let refused = || {
        let answer = respond(&server.address, &large).answer();
        answer.is_err_and(|refusal| refusal.string() == full)
    };
    for connection in &mut deaf {
        for _ in 0..16 {
            connection.send(&large);
        }
    }
    eventually("the budget is used up", || refused().then_some(()));
    // What fits into 16 KiB is answered all the same.
    let small = "x".repeat(15 << 10);
    let answer = ask(&server.address, call("echo", &[&small]));
    assert_eq!(answer, Ok(Value::String(small)));
    drop(deaf);
    eventually("the budget is free again", || (!refused()).then_some(()));
}

#[test]
fn the_limit_is_a_setting() {
    let limits = Limits {
        body: 200,
        ..Limits::default()
    };
    let (server, _) = InProcess::counting(limits);
    assert_eq!(ask(&server.address, call("ping", &[])), Ok(pong()));
    let refusal = ask(&server.address, call("echo", &[&"x".repeat(100)])).unwrap_err();
    assert_eq!(refusal.string(), "the body is larger than 200 bytes");
}

const MESSAGE: &str = "Mensagem inválida: tem mais de 16384 bytes";
const ROOM: &str = "Nome de sala inválido: tem mais de 64 caracteres";
const USER: &str = "Nome de usuário inválido: tem mais de 64 caracteres";

/// What is too large is almost always a text that a person pasted. The answer is what the dialect says of
/// texts that are too long, in the way in which the procedure refuses.
#[test]
fn on_the_ports_of_the_chat_a_large_body_is_refused_in_the_words_of_the_dialect() {
    let server = InProcess::unregistered_chat(chat_server::Settings::default());
    let text = |text: &str| Ok(Value::String(text.to_owned()));
    let refused = |text: &str| Err(fault::application(text));
    let limit = || {
        Err(Fault::new(
            fault::TRANSPORT,
            "the body is larger than 1048576 bytes".into(),
        ))
    };
    let classic = [
        ("send_message", text(MESSAGE)),
        ("send_message_once", text(MESSAGE)),
        ("create_room", text(ROOM)),
        ("join_room", text(ROOM)),
        ("unregister_user", text(USER)),
        // Here the fault is what clients rely on.
        ("register_user", refused(USER)),
        // A client expects a list.
        ("receive_messages", refused(ROOM)),
        ("wait_messages", refused(ROOM)),
        ("no_such_method", refused(MESSAGE)),
        ("system.multicall", limit()),
        ("list_rooms", limit()),
    ];
    let accounts = [
        ("send_message", refused(MESSAGE)),
        ("create_room", refused(ROOM)),
        ("login_user", refused(USER)),
        ("system.methodHelp", limit()),
    ];
    for (address, rows) in [
        (&server.address, &classic[..]),
        (&server.accounts, &accounts),
    ] {
        for (method, expected) in rows {
            let large = call(method, &["ana", "geral", &"x".repeat(1 << 20)]);
            let packed = post_with(&[("Content-Encoding", "gzip")], gzip(large.as_bytes()));
            let chunked = [
                head(&[("Transfer-Encoding", "chunked")]).into_bytes(),
                chunks(large.as_bytes(), 4096),
            ];
            for request in [post(&large), packed, chunked.concat()] {
                let mut connection = Connection::open(address);
                let response = connection.ask(request);
                assert_eq!(response.header("connection"), Some("close"));
                assert_eq!(response.answer(), *expected, "{method}");
            }
        }
    }
}

#[test]
fn a_client_that_waits_for_permission_to_send_a_large_body_gets_none() {
    let server = InProcess::unregistered_chat(chat_server::Settings::default());
    let announced = [("Content-Length", "2000000"), ("Expect", "100-continue")];
    // The other one sends nothing more, and is answered all the same.
    for headers in [&announced[..], &announced[..1]] {
        let response = respond(&server.address, head(headers));
        assert_eq!(response.status, 200);
        assert_eq!(response.fault(), fault::application(MESSAGE));
    }
}
