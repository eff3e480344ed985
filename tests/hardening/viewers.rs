//! Viewers of the board that do not read, too many of them, and passwords in calls of every shape.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use support::{
    Caller, DEADLINE, Server, eventually,
    wire::{Connection, call_with, post, respond},
};

/// Viewers of the whole board, and of one address.
const PLACES: (usize, usize) = (32, 16);

/// How long a viewer may take nothing, and what a busy machine and the watchdog's steps may add.
const STALLED: Duration = Duration::from_secs(30 + 11 + 20);

const REQUEST: &str = "GET /board/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What was read of a stream, as far as it came.
struct Viewer {
    stream: TcpStream,
    seen: String,
}

impl Viewer {
    fn open(server: &str) -> Self {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(REQUEST.as_bytes()).unwrap();
        let seen = String::new();
        Self { stream, seen }
    }

    /// Reads what is there, without waiting, and forgets what was there before.
    fn keep_up(&mut self) -> &str {
        self.seen.clear();
        self.stream.set_nonblocking(true).unwrap();
        let mut piece = [0; 64 << 10];
        while let Ok(length @ 1..) = self.stream.read(&mut piece) {
            self.seen += &String::from_utf8_lossy(&piece[..length]);
        }
        self.stream.set_nonblocking(false).unwrap();
        &self.seen
    }

    /// Reads until the text came, in whatever pieces.
    #[track_caller]
    fn read_until(&mut self, text: &str) -> &str {
        let mut piece = [0; 64 << 10];
        while !self.seen.contains(text) {
            let length = self.stream.read(&mut piece).unwrap();
            assert!(length > 0, "{text:?} is not in {}", self.seen);
            self.seen += &String::from_utf8_lossy(&piece[..length]);
        }
        &self.seen
    }
}

/// A connection from this address that asks for the events, and the beginning of the answer.
fn status(source: [u8; 4], server: &str) -> (Connection, u16) {
    let mut connection = Connection::open_narrow_from(Ipv4Addr::from(source), server);
    connection.send(REQUEST);
    let status = connection.status();
    (connection, status)
}

#[test]
fn viewers_that_do_not_read_take_little_memory_and_only_until_they_are_dropped() {
    let chat = Server::our_chat(&["--data", "off"]);
    let before = chat.program.peak_memory().unwrap();
    let mut deaf: Vec<_> = (0..PLACES.1)
        .map(|_| status([127, 0, 0, 2], &chat.address))
        .collect();
    assert!(deaf.iter().all(|(_, status)| *status == 200));
    // Another address has places, this one has none, and is given the reason.
    let (mut refused, code) = status([127, 0, 0, 2], &chat.address);
    assert_eq!(code, 503);
    assert!(refused.response().text().contains("error"));
    let mut reading = Viewer::open(&chat.address);
    reading.read_until("event: hello");

    // Calls with long arguments, until the system's buffers are full.
    let argument = format!("<param><value>{}</value></param>", "é".repeat(80));
    let calls = post(call_with("create_room", &argument.repeat(20))).repeat(100);
    let mut caller = Connection::open(&chat.address);
    let began = Instant::now();
    while deaf.iter().any(|(connection, _)| !connection.is_closed()) {
        assert!(began.elapsed() < 2 * STALLED, "some are still open");
        caller.send_all(&calls);
        for _ in 0..100 {
            caller.response();
        }
        reading.keep_up();
    }
    deaf.clear();
    // Each of them could have taken 128 MB, and did so for ever.
    let grown = chat.program.peak_memory().unwrap() - before;
    assert!(grown < 96, "{grown} MiB");
    eventually("their places are free", || {
        let (_, status) = status([127, 0, 0, 2], &chat.address);
        (status == 200).then_some(())
    });
    // A viewer that reads may have missed some, and has an event that says so; it goes on.
    eventually("calls are shown again", || {
        chat.caller().call("list_rooms", &[]);
        let seen = reading.keep_up();
        seen.contains("\"method\":\"list_rooms\"").then_some(())
    });
}

#[test]
fn all_places_of_the_board_are_not_to_be_had_from_one_address() {
    let binder = Server::our_binder(&[]);
    let mut open = Vec::new();
    let mut taken_from = |last: u8| {
        let viewers = (0..PLACES.0).map(|_| status([127, 0, 0, last], &binder.address));
        let (taken, _): (Vec<_>, Vec<_>) = viewers.partition(|(_, status)| *status == 200);
        open.extend(taken);
        open.len()
    };
    assert_eq!(
        [1, 2, 3].map(&mut taken_from),
        [PLACES.1, PLACES.0, PLACES.0]
    );
    // Calls are another matter.
    binder.caller().answer("list_procedures", &[]);
}

#[test]
fn the_place_of_a_viewer_that_goes_is_free_at_once() {
    let chat = Server::our_chat(&["--data", "off"]);
    let viewers: Vec<_> = (0..PLACES.1)
        .map(|_| status([127, 0, 0, 2], &chat.address))
        .collect();
    assert!(viewers.iter().all(|(_, status)| *status == 200));
    drop(viewers);
    let began = Instant::now();
    eventually("a place", || {
        let (_, status) = status([127, 0, 0, 2], &chat.address);
        (status == 200).then_some(())
    });
    // Before the next event that could not be sent to them.
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn no_event_is_large_and_none_shows_a_password() {
    const PASSWORD: &str = "girassol-42";
    let chat = Server::our_chat(&["--board-private"]);
    let mut viewer = Viewer::open(&chat.address);
    let names: Vec<_> = (0..30).map(|_| "\u{e9}\"".repeat(40)).collect();
    let ports = [&chat.address, chat.accounts.as_ref().unwrap()];
    for (number, address) in ports.into_iter().enumerate() {
        let mut caller = Caller::python(address);
        for method in ["login_user", "register_user"] {
            for parameters in [
                json!([PASSWORD]),
                json!(["ana", PASSWORD]),
                json!([["ana", PASSWORD]]),
                json!(["ana", PASSWORD, PASSWORD]),
                json!([{"username": "ana", "password": PASSWORD}]),
            ] {
                let parameters = parameters.as_array().unwrap();
                let is_guest = address == &chat.address && method == "register_user";
                if !(is_guest && parameters == &[json!(PASSWORD)]) {
                    caller.call(method, parameters);
                }
                caller.call(&format!("system.{method}"), parameters);
            }
            caller.call(&format!("{method}(ana,{PASSWORD})"), &[]);
            for entry in [
                json!([method, "ana", PASSWORD]),
                json!({"methodName": method, "params": ["ana"], "password": PASSWORD}),
                json!({"methodName": format!("{method} {PASSWORD}"), "params": []}),
            ] {
                caller.call("system.multicall", &[json!([entry])]);
                caller.call("system.multiCall", &[json!([entry])]);
            }
        }
        for method in ["send_message", "register_lease", "create_room"] {
            let all: Vec<_> = names.iter().map(|name| json!([name, name])).collect();
            caller.call(method, &all);
        }
        caller.call(&format!("last_call_{number}"), &[]);
    }
    let seen = viewer.read_until("last_call_1");
    assert!(!seen.contains(PASSWORD), "{seen}");
    let longest = seen.lines().map(str::len).max().unwrap();
    assert!(longest < 4_200, "{longest} bytes");

    // Nor is it in the details.
    let calls = "GET /board/calls?from=0&to=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let details = respond(&chat.address, calls).text();
    assert!(
        details.contains("login_user") && !details.contains(PASSWORD),
        "{details}"
    );
}

#[test]
fn a_message_is_shown_with_its_place_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let chat = Server::our_chat(&["--data", data]);
    let mut viewer = Viewer::open(&chat.address);
    let position = |seen: &str| {
        let (_, after) = seen
            .rsplit_once("event: log\ndata: {\"position\":")
            .unwrap();
        let number = after.split([',', '}']).next().unwrap();
        number.parse::<u64>().unwrap()
    };
    let start = position(viewer.read_until("event: log\n"));
    assert!(start > 0);
    let mut caller = chat.caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let send = [
        json!("ana"),
        json!("geral"),
        json!("oi"),
        json!(""),
        json!("m-1"),
    ];
    for is_repeated in [false, true] {
        let before = format!("before_{is_repeated}");
        caller.call(&before, &[]);
        viewer.read_until(&format!("no method '{before}'"));
        viewer.seen.clear();
        caller.call("send_message_once", &send);
        let repeated = format!("\"repeated\":{is_repeated},");
        let seen = viewer.read_until(&repeated);
        let line = seen.lines().find(|line| line.contains(&repeated)).unwrap();
        let (_, after) = line.split_once("\"position\":").unwrap();
        let place: u64 = after.split(',').next().unwrap().parse().unwrap();
        assert!(place > start + 4, "{line}");
    }
    // What changes nothing has no place.
    caller.call("before", &[]);
    viewer.read_until("no method 'before'");
    viewer.seen.clear();
    caller.call("list_rooms", &[]);
    assert!(
        viewer
            .read_until("event: ended")
            .contains("\"position\":null")
    );
}

#[test]
fn a_server_that_stops_shows_the_answers_that_it_still_gives() {
    let chat = Server::our_chat(&["--data", "off"]);
    chat.caller().enter("ana", "geral");
    let mut viewer = Viewer::open(&chat.address);
    viewer.read_until("event: hello");
    let mut waiting = Connection::open(&chat.address);
    let texts = ["ana", "geral", ""].map(|text| format!("<param><value>{text}</value></param>"));
    let milliseconds = "<param><value><int>25000</int></value></param>";
    waiting.send_all(post(call_with(
        "wait_messages",
        &(texts.concat() + milliseconds),
    )));
    viewer.read_until("\"method\":\"wait_messages\"");

    let began = Instant::now();
    chat.program.terminate();
    assert!(waiting.response().text().contains("cursor"));
    let mut rest = String::new();
    viewer.stream.read_to_string(&mut rest).unwrap();
    assert!(
        rest.contains("event: ended") && rest.contains("\"outcome\":\"answer\""),
        "{rest}"
    );
    // It waited for this answer only.
    assert!(began.elapsed() < Duration::from_secs(2));
}
