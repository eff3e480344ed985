//! The JSON for the page, byte for byte: the page and this crate change independently.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::masking::PrivateTexts;
use dxr::{Fault, Value};
use futures_util::FutureExt as _;
use protocol::classic::procedures::{JOIN_ROOM, WAIT_MESSAGES};
use rpc::Lab;
use rpc::observe::{Call, CallId, Exchange, HttpFacts, Outcome, Peer};

use crate::events::{Event, Log, Name, Names, Range, Room, Rooms, json};
use crate::{Board, Identity, Snapshot};

const SNAPSHOT: &str = include_str!("events.txt");

fn peer() -> Peer {
    Peer::Caller(SocketAddr::from(([127, 0, 0, 1], 40_001)))
}

fn exchange(id: u64, method: Option<&str>, answer: &str, outcome: Outcome) -> Exchange {
    Exchange {
        id: CallId(id),
        peer: peer(),
        method: method.map(str::to_owned),
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
        duration: Duration::from_micros(1_500),
    }
}

/// A board with an event of each kind.
fn board() -> (Arc<Board>, Vec<String>) {
    let rules = ["send_message=delay:0.5", "join_room=drop-answer:1"];
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
        Box::new(|| Snapshot {
            key: String::new(),
            event: Log { position: 0 }.into(),
        }),
    );
    let mut viewer = board.feed.subscribe(None).unwrap();
    let observer = board.observer("classic");
    let text = |text: &str| Value::String(text.to_owned());
    let began = |id, procedure: &'static protocol::procedure::Procedure, parameters: &[Value]| {
        observer.began(&Call {
            id: CallId(id),
            peer: &peer(),
            method: procedure.name,
            procedure: Some(procedure),
            parameters,
            agent: Some("Python-xmlrpc/3.11"),
        });
    };
    began(1, &JOIN_ROOM, &[text("ana"), text("geral")]);
    let value = "<methodResponse><params><param><value><struct><member><name>messages</name><value>\
                 <array><data></data></array></value></member></struct></value></param></params>\
                 </methodResponse>";
    observer.ended(&exchange(1, Some("join_room"), value, Outcome::Answered));
    let wait = [text("ana"), text("geral"), text(""), Value::Integer(5)];
    began(2, &WAIT_MESSAGES, &wait);
    observer.ended(&exchange(
        2,
        Some("wait_messages"),
        value,
        Outcome::Answered,
    ));
    let refused = Outcome::Fault(Fault::new(1, "Sala não existe.".to_owned()));
    observer.ended(&exchange(3, Some("join_room"), "", refused));
    let unreadable = Outcome::Fault(Fault::new(-32700, "quotes the request".to_owned()));
    observer.ended(&exchange(4, None, "", unreadable));
    observer.ended(&Exchange {
        effect: Some("drop-answer"),
        ..exchange(5, Some("join_room"), "", Outcome::Nothing)
    });
    let batch = viewer.next().now_or_never().flatten().unwrap();
    let events = batch.events.iter().map(|(_, event)| line(event)).collect();
    (board, events)
}

fn line(Event { kind, json }: &Event) -> String {
    format!("{kind} {json}")
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

#[test]
fn the_page_gets_the_same_json_as_ever() {
    let (board, mut lines) = board();
    lines.insert(0, line(&board.hello(7)));
    lines.push(line(&board.rules().unwrap().into()));
    let name = Name {
        address: "localhost".to_owned(),
        age: 3,
        built_in: false,
        lease: Some(30),
        name: "create_room".to_owned(),
        port: 9_000,
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
    let log = Log { position: 17 };
    lines.extend([names.into(), rooms.into(), log.into()].map(|event| line(&event)));
    for call in [1, 4] {
        let details = board.calls.lock().details(CallId(call)).unwrap();
        lines.push(format!("details {}", json(&details)));
    }
    let details = board.calls.lock().details(CallId(4)).unwrap();
    let range = Range {
        calls: vec![details],
        next: Some(5),
    };
    lines.push(format!("calls {}", json(&range)));
    let lines: Vec<String> = lines
        .iter()
        .map(|line| normalized(&normalized(line, "at", "0.0"), "life", "\"1\""))
        .collect();
    assert_eq!(format!("{}\n", lines.join("\n")), SNAPSHOT);
}
