//! Ending the chat server while its users talk.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use dxr::Value;
use protocol::classic::message::Message;
use rustix::process::Signal;

use support::{
    Server,
    wire::{Connection, ask, call, call_with, post},
};

const CLIENTS: usize = 16;

/// What one client has seen until the server was gone.
#[derive(Default)]
struct Witnessed {
    /// Sent and acknowledged, in this order.
    acknowledged: Vec<String>,
    /// Of those, the ones after which a poll was answered, with or without them in it.
    looked_for: usize,
    /// Everything it was shown, in this order.
    seen: Vec<String>,
}

fn chat() -> Server {
    Server::unregistered_chat(&[])
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

/// Sends and polls in turn, as fast as it can, until the server does not answer any more. Half of the
/// clients make both calls in one, so that the answer which acknowledges a message also shows it.
fn talk(address: &str, number: usize) -> Witnessed {
    let mut witnessed = Witnessed::default();
    let mut connection = Connection::open(address);
    let mut last = "0000-01-01 00:00:00".to_owned();
    let name = user(number);
    for count in 0.. {
        let text = format!("{number}-{count}");
        let send = ["send_message", &name, "geral", &text];
        let poll = ["receive_new_messages", &name, "geral", &last];
        let answers = if number.is_multiple_of(2) {
            exchange(&mut connection, &batch(&[&send, &poll])).map(both)
        } else {
            exchange(&mut connection, &call(send[0], &send[1..])).map(|answer| (answer, None))
        };
        let Some((sent, polled)) = answers else {
            return witnessed;
        };
        assert_eq!(sent, Value::String("Mensagem enviada.".to_owned()));
        witnessed.acknowledged.push(text);
        let polled = match polled {
            Some(polled) => polled,
            None => match exchange(&mut connection, &call(poll[0], &poll[1..])) {
                Some(polled) => polled,
                None => return witnessed,
            },
        };
        witnessed.looked_for = witnessed.acknowledged.len();
        for message in Message::list_from_value(polled).unwrap() {
            last = message.timestamp;
            witnessed.seen.push(message.content);
        }
    }
    unreachable!("numbers do not end")
}

/// The answer to a call, or nothing when there is none any more.
fn exchange(connection: &mut Connection, body: &str) -> Option<Value> {
    connection.send(post(body));
    let response = connection.try_response().ok()?;
    Some(response.answer().unwrap())
}

fn batch(calls: &[&[&str; 4]]) -> String {
    let calls: String = calls
        .iter()
        .map(|[method, parameters @ ..]| {
            let parameters: String =
                parameters.iter().map(|text| format!("<value>{text}</value>")).collect();
            format!(
                "<value><struct><member><name>methodName</name><value>{method}</value></member><member>\
                 <name>params</name><value><array><data>{parameters}</data></array></value></member></struct></value>"
            )
        })
        .collect();
    let calls = format!("<param><value><array><data>{calls}</data></array></value></param>");
    call_with("system.multicall", &calls)
}

/// The answers of a batch of two.
fn both(answer: Value) -> (Value, Option<Value>) {
    let mut answers = protocol::reading::array(answer)
        .unwrap()
        .into_iter()
        .map(|answer| {
            let [answer] =
                <[Value; 1]>::try_from(protocol::reading::array(answer).unwrap()).unwrap();
            answer
        });
    (answers.next().unwrap(), answers.next())
}

#[test]
fn every_acknowledged_message_was_readable_and_every_readable_one_acknowledged() {
    let server = chat();
    let address = server.address.clone();
    ask(&address, call("create_room", &["geral"])).unwrap();
    for number in 0..CLIENTS {
        ask(&address, call("register_user", &[&user(number)])).unwrap();
        ask(&address, call("join_room", &[&user(number), "geral"])).unwrap();
    }
    let witnessed: Vec<Witnessed> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let address = &address;
                scope.spawn(move || talk(address, number))
            })
            .collect();
        thread::sleep(Duration::from_secs(2));
        server.program.signal(Signal::TERM);
        let began = Instant::now();
        let ended = server.program.wait_for_end(Duration::from_secs(5));
        println!("ended after {:?}", began.elapsed());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(!ended.err.contains("dropped"), "{}", ended.err);
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    assert!(
        TcpStream::connect(&address).is_err(),
        "nobody listens any more"
    );

    let everything: Vec<&String> = witnessed.iter().flat_map(|one| &one.acknowledged).collect();
    println!("{} messages acknowledged", everything.len());
    assert!(everything.len() > 5 * CLIENTS, "hardly any load");
    let acknowledged: BTreeSet<&String> = everything.iter().copied().collect();
    let mut order: BTreeMap<&String, usize> = BTreeMap::new();
    let longest = witnessed.iter().max_by_key(|one| one.seen.len()).unwrap();
    for (place, text) in longest.seen.iter().enumerate() {
        assert_eq!(order.insert(text, place), None, "{text} was shown twice");
    }
    for (number, one) in witnessed.iter().enumerate() {
        // Shown in one order to all, without a gap: what one sees is the beginning of what others see.
        assert_eq!(one.seen, longest.seen[..one.seen.len()], "client {number}");
        for text in &one.acknowledged[..one.looked_for] {
            assert!(
                one.seen.contains(text),
                "{text} was acknowledged and not readable"
            );
        }
        // At the very end at most one message could not be looked for any more.
        assert!(one.acknowledged.len() - one.looked_for <= 1);
    }
    // A call that was carried out was answered, or its sender would repeat it.
    for text in &longest.seen {
        assert!(
            acknowledged.contains(text),
            "{text} was readable and not acknowledged"
        );
    }
}

#[test]
fn a_client_that_waits_for_messages_is_answered_at_once() {
    let server = chat();
    let address = server.address.clone();
    ask(&address, call("create_room", &["geral"])).unwrap();
    ask(&address, call("register_user", &["ana"])).unwrap();
    ask(&address, call("join_room", &["ana", "geral"])).unwrap();
    let text = |text: &str| format!("<param><value>{text}</value></param>");
    let parameters = [
        text("ana"),
        text("geral"),
        text(""),
        text("<int>30000</int>"),
    ]
    .concat();
    let mut waiting = Connection::open(&address);
    waiting.send(post(call_with("wait_messages", &parameters)));
    assert!(waiting.is_quiet_for(Duration::from_millis(300)));
    let mut resting = Connection::open(&address);
    resting.ask(post(call("list_rooms", &[]))).answer().unwrap();
    server.program.signal(Signal::TERM);
    let began = Instant::now();
    let Ok(Value::Struct(answer)) = waiting.response().answer() else {
        panic!("no struct");
    };
    assert_eq!(answer["messages"], Value::Array(Vec::new()));
    waiting.closes_within(Duration::from_secs(5));
    resting.closes_within(Duration::from_secs(5));
    let ended = server.program.wait_for_end(Duration::from_secs(5));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_peer_that_never_finishes_its_request_does_not_hold_it_up() {
    let server = chat();
    let mut stuck: Vec<Connection> = (0..3).map(|_| Connection::open(&server.address)).collect();
    stuck[0].send("POST /RPC2 HTTP/1.1\r\n");
    stuck[1].send(support::wire::head(&[("Content-Length", "500")]));
    // The last one says nothing at all. All of them are accepted before this is answered.
    ask(&server.address, call("list_rooms", &[])).unwrap();
    server.program.signal(Signal::TERM);
    let ended = server.program.wait_for_end(Duration::from_secs(7));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}
