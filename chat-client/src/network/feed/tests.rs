//! Feeds from a server that can be told to fail.

use std::sync::{Arc, Mutex};

use dxr::Value;
use protocol::binder::Endpoint;
use protocol::classic::message::Delivery;
use protocol::classic::procedures::RECEIVE_NEW_MESSAGES;
use protocol::fault;
use rpc::{Answer, Methods, Observers};
use tokio::net::TcpListener;

use super::*;

/// Ample on a busy machine; nothing takes that long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(10);

const OFTEN: Duration = Duration::from_millis(2);

/// A room on a server.
#[derive(Clone, Debug, Default)]
struct Room {
    messages: Vec<Message>,
    failing: bool,
    polls: usize,
}

fn message(number: usize) -> Message {
    Message {
        delivery: Delivery::Broadcast,
        origin: "bia".into(),
        destination: None,
        content: number.to_string(),
        timestamp: "2025-03-09 07:05:01".into(),
    }
}

async fn server(room: &Arc<Mutex<Room>>) -> ChatServer {
    let room = Arc::clone(room);
    let methods = Methods::new().immediate(&RECEIVE_NEW_MESSAGES, move |arguments| {
        let after = arguments.text(2)?;
        let mut room = room.lock().unwrap();
        room.polls += 1;
        if room.failing {
            return Err(fault::application("de novo nao"));
        }
        let newer = room
            .messages
            .iter()
            .filter(|message| message.timestamp.as_str() > after)
            .map(Message::to_value);
        Ok(Answer::Value(Value::Array(newer.collect())))
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = Endpoint {
        address: "127.0.0.1".into(),
        port: listener.local_addr().unwrap().port(),
    };
    let service = rpc::Service::new(methods);
    tokio::spawn(rpc::serve(listener, service, std::future::pending()));
    ChatServer::at(&endpoint, Observers::none()).unwrap()
}

async fn feed(room: &Arc<Mutex<Room>>) -> Feed {
    let history = room.lock().unwrap().messages.clone();
    let server = server(room).await;
    Feed::start(server, "ana".into(), "geral".into(), history, OFTEN)
}

async fn next(feed: &mut Feed) -> Arrival {
    tokio::time::timeout(DEADLINE, feed.next()).await.unwrap()
}

#[tokio::test]
async fn what_comes_after_the_history_arrives_in_order() {
    let room = Arc::new(Mutex::new(Room {
        messages: vec![message(0)],
        ..Room::default()
    }));
    let mut feed = feed(&room).await;
    for number in 1..=2 * WAITING {
        room.lock().unwrap().messages.push(message(number));
    }
    for number in 1..=2 * WAITING {
        assert_eq!(next(&mut feed).await, Arrival::Message(message(number)));
    }
}

#[tokio::test]
async fn an_outage_is_told_once_and_nothing_of_it_is_missed() {
    let room = Arc::new(Mutex::new(Room {
        failing: true,
        ..Room::default()
    }));
    let mut feed = feed(&room).await;
    assert_eq!(next(&mut feed).await, Arrival::ServerSilent);
    assert!(room.lock().unwrap().polls >= FAILURES_TOLD as usize);
    {
        let mut room = room.lock().unwrap();
        room.messages.push(message(1));
        room.failing = false;
    }
    assert_eq!(next(&mut feed).await, Arrival::ServerBack);
    assert_eq!(next(&mut feed).await, Arrival::Message(message(1)));
}

#[tokio::test]
async fn a_single_failure_is_not_told() {
    let room = Arc::new(Mutex::new(Room {
        failing: true,
        messages: Vec::new(),
        polls: 0,
    }));
    let mut poller = Poller {
        server: server(&room).await,
        user: "ana".into(),
        room: "geral".into(),
        seen: Seen::after(Vec::new()),
        failures: 0,
        arrivals: mpsc::channel(WAITING).0,
    };
    // Nobody receives, so that telling anything would fail.
    assert!(poller.poll().await.is_ok());
    room.lock().unwrap().failing = false;
    assert!(poller.poll().await.is_ok());
    assert_eq!(poller.failures, 0);
}
