//! The JSON for the page, byte for byte: the page and this crate change independently.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::secrets::PrivateTexts;
use dxr::{Fault, Value};
use protocol::classic::procedures::{JOIN_ROOM, WAIT_MESSAGES};
use rpc::Lab;
use rpc::observe::{Call, CallId, Exchange, HttpFacts, Outcome, Peer, Remarks};
use rpc::xml::write;

use crate::calls::details_of;
use crate::events::{Event, Log, Name, Names, Range, Room, Rooms, json};
use crate::{Board, Identity};

const SNAPSHOT: &str = include_str!("events.txt");

fn peer() -> Peer {
    Peer::Caller(SocketAddr::from(([127, 0, 0, 1], 40_001)))
}

/// An exchange that took 1.5 ms, with this answer.
pub(crate) fn exchange(id: u64, method: Option<&str>, answer: &str, outcome: Outcome) -> Exchange {
    Exchange {
        id: CallId(id),
        peer: peer(),
        method: method.map(str::to_owned),
        procedure: None,
        request: "<methodCall><methodName>m</methodName></methodCall>".into(),
        answer: answer.to_owned().into(),
        outcome,
        http: HttpFacts {
            version: "HTTP/1.1",
            path: "/RPC2".to_owned(),
            agent: Some("Python-xmlrpc/3.11".to_owned()),
            keep_alive: true,
        },
        effect: None,
        remarks: Remarks::default(),
        duration: Duration::from_micros(1_500),
    }
}

/// The calls below begin three times and end five times, once without having begun.
const EVENTS: usize = 8;

/// A board with an event of each kind.
async fn board() -> (Arc<Board>, Vec<String>) {
    let rules = [
        "send_message=delay:0.5",
        "join_room=drop-answer:every=3:client=ana",
        "list_rooms=twice:next",
    ];
    let lab = Lab::with_rules(rules.iter().map(|rule| rule.parse().unwrap()));
    let identity = Identity {
        role: "chat-server",
        address: "127.0.0.1:9000".to_owned(),
        ports: vec![9_000, 8_000],
    };
    let board = Board::new(
        identity,
        PrivateTexts::Masked,
        Some(Arc::new(lab)),
        Box::new(Vec::new),
    );
    let observer = board.observer("classic");
    let passing_on = board.observer_for("classic", "localhost:9000".into());
    let text = |text: &str| Value::String(text.to_owned());
    let began = |id, procedure: &'static protocol::procedure::Procedure, parameters: &[Value]| {
        let request = write::call(procedure.name, parameters.to_vec()).unwrap();
        let observer = if id == 2 { &passing_on } else { &observer };
        observer.began(&Call {
            id: CallId(id),
            peer: &peer(),
            method: procedure.name,
            procedure: Some(procedure),
            request: &request.into(),
            agent: Some("Python-xmlrpc/3.11"),
        });
    };
    let ended = |exchange| observer.ended(&Arc::new(exchange));
    began(1, &JOIN_ROOM, &[text("ana"), text("geral")]);
    let value = "<methodResponse><params><param><value><struct><member><name>messages</name><value>\
                 <array><data></data></array></value></member></struct></value></param></params>\
                 </methodResponse>";
    ended(exchange(1, Some("join_room"), value, Outcome::Answered));
    let wait = [text("ana"), text("geral"), text(""), Value::Integer(5)];
    began(2, &WAIT_MESSAGES, &wait);
    ended(exchange(2, Some("wait_messages"), value, Outcome::Answered));
    let refused = Outcome::Fault(Fault::new(1, "Sala não existe.".to_owned()));
    ended(exchange(3, Some("join_room"), "", refused));
    let unreadable = Outcome::Fault(Fault::new(-32700, "quotes the request".to_owned()));
    ended(exchange(4, None, "", unreadable));
    ended(Exchange {
        effect: Some("drop-answer"),
        ..exchange(5, Some("join_room"), "", Outcome::Nothing)
    });
    // The words are made by a thread of the board.
    let mut viewer = board.feed.subscribe(None, [127, 0, 0, 1].into()).unwrap();
    let mut events = Vec::new();
    while events.len() < EVENTS {
        let batch = tokio::time::timeout(Duration::from_secs(10), viewer.next());
        let batch = batch.await.unwrap().unwrap();
        events.extend(batch.events.iter().map(|message| line_of(message)));
    }
    (board, events)
}

fn line(Event { kind, json }: &Event) -> String {
    format!("{kind} {json}")
}

/// The same of an event as it is in the stream.
fn line_of(message: &[u8]) -> String {
    let text = std::str::from_utf8(message).unwrap();
    let part = |field: &str| text.lines().find_map(|line| line.strip_prefix(field));
    assert!(part("id: ").is_some(), "{text}");
    format!("{} {}", part("event: ").unwrap(), part("data: ").unwrap())
}

/// Replaces a value that differs from run to run.
fn normalized(text: &str, key: &str, value: &str) -> String {
    let start = format!("\"{key}\":");
    let Some((before, after)) = text.split_once(&start) else {
        return text.to_owned();
    };
    let end = after.find([',', '}']).unwrap();
    format!("{before}{start}{value}{}", &after[end..])
}

#[tokio::test]
async fn the_page_gets_the_same_json_as_ever() {
    let (board, mut lines) = board().await;
    lines.insert(0, line(&board.hello(7)));
    lines.push(line(&board.rules().unwrap().into()));
    let name = Name {
        address: "localhost".to_owned(),
        age: 3,
        built_in: false,
        displaced: false,
        group: Some("4f2a".to_owned()),
        lease: Some(30),
        name: "create_room".to_owned(),
        port: 9_000,
        stale: None,
    };
    let names = vec![name];
    let rooms = vec![
        Room {
            messages: 2,
            name: "geral".to_owned(),
            others: 0,
            removal: None,
            users: vec!["ana".to_owned()],
        },
        Room {
            messages: 0,
            name: "jogos".to_owned(),
            others: 0,
            removal: Some(60),
            users: Vec::new(),
        },
    ];
    let (more, part, parts) = (0, 0, 1);
    let names = Names {
        more,
        names,
        part,
        parts,
    };
    let rooms = Rooms {
        more,
        part,
        parts,
        rooms,
    };
    let log = Log {
        position: 17,
        stale: Some(1_500.0),
    };
    lines.extend([names.into(), rooms.into(), log.into()].map(|event| line(&event)));
    for call in [1, 4] {
        let kept = board.calls.lock().get(CallId(call)).unwrap();
        lines.push(format!("details {}", json(&kept.details(board.private))));
    }
    let kept = board.calls.lock().range(CallId(4), CallId(4));
    let range = Range {
        next: Some(5),
        ..details_of(&kept, board.private)
    };
    lines.push(format!("calls {}", json(&range)));
    let lines: Vec<String> = lines
        .iter()
        .map(|line| normalized(&normalized(line, "at", "0.0"), "life", "\"1\""))
        .collect();
    assert_eq!(format!("{}\n", lines.join("\n")), SNAPSHOT);
}
