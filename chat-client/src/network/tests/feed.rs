//! Feeds from our server, and from one that can be made to fail.

use std::sync::Arc;

use dxr::Value;
use parking_lot::Mutex;
use protocol::classic::message::Delivery;
use protocol::classic::procedures;
use protocol::{classic, fault};
use rpc::{Answer, Methods, Observers};

use super::*;
use crate::network::chat_server::ChatServer;
use crate::network::discovery::ServerFinder;
use crate::network::support::{Servers, next_text, nowhere, serve, soon, until};
use crate::network::{Arrivals, Dialect, Event, Identity};

/// How often the rooms here are polled.
const OFTEN: Duration = Duration::from_millis(2);

/// A room on a server, with the user alone in it.
#[derive(Clone, Debug, Default)]
struct Fake {
    messages: Vec<classic::Message>,
    failing: bool,
    polls: usize,
    /// Whether all messages can be asked for, as at every original server.
    answers_all: bool,
}

fn message(number: usize) -> classic::Message {
    classic::Message {
        delivery: Delivery::Broadcast,
        origin: "bia".into(),
        destination: None,
        content: number.to_string(),
        timestamp: "2025-03-09 07:05:01".into(),
    }
}

/// A chat in which the user is in a room of a fake server, and polls it.
async fn polling(room: &Arc<Mutex<Fake>>) -> (Chat, Arrivals) {
    let (joined, polled, read) = (Arc::clone(room), Arc::clone(room), Arc::clone(room));
    let methods = Methods::new()
        .immediate(&procedures::REGISTER_USER, |_| Ok(Answer::text("oi")))
        .immediate(&procedures::LIST_USERS, |_| Ok(Answer::texts(["ana"])))
        .immediate(&procedures::JOIN_ROOM, move |_| {
            let messages = joined.lock().messages.clone();
            let messages = messages.iter().map(classic::Message::to_value).collect();
            Answer::members([
                ("users", Answer::texts(["ana"])),
                ("messages", Answer::Value(Value::Array(messages))),
            ])
        })
        .immediate(&procedures::RECEIVE_MESSAGES, move |_| {
            let room = read.lock();
            if !room.answers_all {
                return Err(fault::application("de jeito nenhum"));
            }
            let messages = room.messages.iter().map(classic::Message::to_value);
            Ok(Answer::Value(Value::Array(messages.collect())))
        })
        .immediate(&procedures::RECEIVE_NEW_MESSAGES, move |arguments| {
            let after = arguments.text(2)?;
            let mut room = polled.lock();
            room.polls += 1;
            if room.failing {
                return Err(fault::application("de novo nao"));
            }
            let newer = room
                .messages
                .iter()
                .filter(|message| message.timestamp.as_str() > after)
                .map(classic::Message::to_value);
            Ok(Answer::Value(Value::Array(newer.collect())))
        });
    let endpoint = serve(methods).await;
    let server = ChatServer::at(Dialect::Classic, &endpoint, Observers::none()).unwrap();
    let binder = nowhere().await;
    let finder = ServerFinder::new(Dialect::Classic, binder, Observers::none());
    let (chat, mut arrivals) = Chat::with(finder, server);
    chat.sign_in(Identity::guest("ana")).await.unwrap();
    let joined = chat.join_room("geral", Receiving::Every(OFTEN)).await;
    arrivals.listen(joined.unwrap().feed);
    (chat, arrivals)
}

#[tokio::test]
async fn what_comes_after_the_history_arrives_in_order() {
    let room = Arc::new(Mutex::new(Fake {
        messages: vec![message(0)],
        ..Fake::default()
    }));
    let (_chat, mut arrivals) = polling(&room).await;
    for number in 1..=2 * BUFFERED {
        room.lock().messages.push(message(number));
    }
    for number in 1..=2 * BUFFERED {
        assert_eq!(next_text(&mut arrivals).await, number.to_string());
    }
}

#[tokio::test]
async fn when_the_clock_of_an_original_server_goes_back_nothing_is_missed() {
    let at = |number: usize, timestamp: &str| classic::Message {
        timestamp: timestamp.to_owned(),
        ..message(number)
    };
    let room = Arc::new(Mutex::new(Fake {
        messages: vec![at(0, "2025-03-09 07:05:01")],
        answers_all: true,
        ..Fake::default()
    }));
    let (_chat, mut arrivals) = polling(&room).await;
    // An hour back, as at the end of summer time; then past the hour in which it was set back; and
    // back again. Two messages are alike.
    let script = [
        "2025-03-09 07:05:02",
        "2025-03-09 06:05:03",
        "2025-03-09 06:05:03",
        "2025-03-09 06:59:59",
        "2025-03-09 07:05:02",
        "2025-03-09 07:05:02",
        "2025-03-09 07:05:09",
        "2025-03-09 07:05:07",
        "2025-03-09 07:05:10",
    ];
    for (number, timestamp) in script.iter().enumerate() {
        room.lock().messages.push(at(number / 2, timestamp));
        assert_eq!(next_text(&mut arrivals).await, (number / 2).to_string());
    }
    // All at once. What is later than everything before is seen first.
    let texts = || (100..100 + script.len()).map(|number| number.to_string());
    for (number, timestamp) in script.iter().enumerate() {
        room.lock().messages.push(at(100 + number, timestamp));
    }
    let mut shown = Vec::new();
    for _ in texts() {
        shown.push(next_text(&mut arrivals).await);
    }
    shown.sort();
    assert_eq!(shown, texts().collect::<Vec<_>>());
    // And nothing is shown twice: what comes next is the next one.
    let polls = room.lock().polls;
    soon(async {
        while room.lock().polls < polls + 40 {
            room.lock().messages.push(at(7, "2025-03-09 07:06:00"));
            assert_eq!(next_text(&mut arrivals).await, "7");
        }
    })
    .await;
    assert!(arrivals.ready().is_none());
}

#[tokio::test]
async fn an_outage_is_reported_once_and_nothing_of_it_is_missed() {
    let room = Arc::new(Mutex::new(Fake {
        failing: true,
        ..Fake::default()
    }));
    let (_chat, mut arrivals) = polling(&room).await;
    let lost = soon(arrivals.next()).await;
    assert!(matches!(lost, Event::Lost { .. }), "{lost:?}");
    let polls = room.lock().polls;
    assert!(
        polls >= FAILURES_BEFORE_NOTICE as usize,
        "a single failure is nothing"
    );
    // It goes on failing for a while.
    until(async || room.lock().polls >= 2 * polls).await;
    {
        let mut room = room.lock();
        room.messages.push(message(1));
        room.failing = false;
    }
    let back = soon(arrivals.next()).await;
    assert!(matches!(back, Event::Back), "{back:?}");
    assert_eq!(next_text(&mut arrivals).await, "1");
}

#[tokio::test]
async fn messages_of_either_dialect_arrive_at_once_each_of_them_once() {
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let servers = Servers::start().await;
        let bia = servers.user_in("bia", "geral").await;
        let (chat, mut arrivals) = servers.signed_in(dialect, "ana").await;
        bia.server.sign_in(&Identity::guest("rui")).await.unwrap();
        bia.server.join_room("rui", "geral").await.unwrap();
        bia.says("antes", None).await;
        let joined = chat.join_room("geral", Receiving::AtOnce).await.unwrap();
        assert_eq!(joined.history.len(), 1, "{dialect:?}");
        arrivals.listen(joined.feed);
        // Some of these come before the feed has begun to wait, some while it waits.
        for number in 0..50 {
            bia.says(&number.to_string(), None).await;
            bia.says("segredo", Some("rui")).await;
        }
        bia.says("fim", Some("ana")).await;
        for number in 0..50 {
            assert_eq!(next_text(&mut arrivals).await, number.to_string());
        }
        match soon(arrivals.next()).await {
            Event::Message(message) => assert!(message.is_private() && message.text == "fim"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_did_not_announce_it_is_never_made_to_wait() {
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let servers = Servers::start().await;
        let bia = servers.user_in("bia", "geral").await;
        let watch = Arc::new(Watch::default());
        let observers = Observers::none().and(Arc::clone(&watch) as Arc<dyn rpc::Observer>);
        let server = ChatServer::at(dialect, servers.place(dialect), observers).unwrap();
        let (chat, mut arrivals) = Chat::with(servers.finder(dialect), server);
        let identity = crate::network::support::identity(dialect, "ana");
        chat.sign_in(identity).await.unwrap();
        let joined = chat.join_room("geral", Receiving::AtOnce).await.unwrap();
        arrivals.listen(joined.feed);
        for text in ["oi", "e mais"] {
            bia.says(text, None).await;
            assert_eq!(next_text(&mut arrivals).await, text);
        }
        let called = watch.0.lock();
        let receiving = match dialect {
            Dialect::Classic => "receive_new_messages",
            Dialect::Accounts => "receive_messages",
        };
        assert!(
            called.iter().any(|method| method == receiving),
            "{called:?}"
        );
        assert!(
            !called.iter().any(|method| method == "wait_messages"),
            "{called:?}"
        );
    }
}

#[derive(Default)]
struct Watch(Mutex<Vec<String>>);

impl rpc::Observer for Watch {
    fn is_watching(&self) -> bool {
        true
    }

    fn began(&self, _: &rpc::observe::Call<'_>) {}

    fn ended(&self, exchange: &Arc<rpc::observe::Exchange>) {
        self.0.lock().extend(exchange.method.clone());
    }
}

#[tokio::test]
async fn the_feed_of_a_room_that_was_left_is_over_and_does_not_go_back() {
    let servers = Servers::start().await;
    let bia = servers.user_in("bia", "geral").await;
    for receiving in [Receiving::AtOnce, Receiving::Every(OFTEN)] {
        let (chat, _arrivals) = servers.signed_in(Dialect::Classic, "ana").await;
        let mut feed = chat.join_room("geral", receiving).await.unwrap().feed;
        bia.says("oi", None).await;
        assert_eq!(soon(feed.next()).await.text, "oi");
        chat.leave_room("geral").await.unwrap();
        until(async || feed.receiving.is_finished()).await;
        assert_eq!(chat.users("geral").await.unwrap(), ["bia"]);
        chat.sign_out().await.unwrap();
    }
}
