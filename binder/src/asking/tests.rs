//! Questions to running binders, one of them an original.

use std::future::pending;

use protocol::binder::REGISTER_PROCEDURE;
use protocol::classic::procedures::{CREATE_ROOM, LIST_ROOMS};
use rpc::{Answer, Methods};
use tokio::net::TcpListener;

use super::*;

async fn listener() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = "127.0.0.1".to_owned();
    (listener, Endpoint { address, port })
}

async fn run_binder() -> Endpoint {
    let (listener, endpoint) = listener().await;
    tokio::spawn(crate::run(listener, crate::Settings::default(), pending()));
    endpoint
}

async fn run_methods(methods: Methods) -> Endpoint {
    let (listener, endpoint) = listener().await;
    tokio::spawn(rpc::serve(listener, rpc::Service::new(methods), pending()));
    endpoint
}

/// A server of rooms, as far as it is asked here.
async fn run_chat_server() -> Endpoint {
    let no_rooms = |_: &rpc::Arguments| Ok(Answer::texts(["geral"]));
    run_methods(Methods::new().immediate(&LIST_ROOMS, no_rooms)).await
}

async fn register(binder: &Endpoint, name: &str, at: &Endpoint) {
    let parameters = vec![
        Value::String(name.to_owned()),
        Value::String(at.address.clone()),
        Value::Integer(i32::from(at.port)),
    ];
    caller(binder)
        .unwrap()
        .call(REGISTER_PROCEDURE.name, parameters)
        .await
        .unwrap();
}

fn whom(binder: &Endpoint) -> Whom {
    Whom {
        binder: binder.clone(),
    }
}

async fn answer(question: Question) -> Result<String, String> {
    let mut output = Vec::new();
    let outcome = question.ask(&mut output).await;
    let output = String::from_utf8(output).unwrap();
    outcome.map(|()| output).map_err(|error| error.to_string())
}

async fn list(binder: &Endpoint) -> Result<String, String> {
    answer(Question::List { whom: whom(binder) }).await
}

async fn lookup(binder: &Endpoint, name: &str) -> Result<String, String> {
    answer(Question::Lookup {
        name: name.to_owned(),
        whom: whom(binder),
    })
    .await
}

async fn ping(binder: &Endpoint, name: Option<&str>) -> Result<String, String> {
    answer(Question::Ping {
        name: name.map(str::to_owned),
        whom: whom(binder),
    })
    .await
}

/// The words of each line, so that a test does not depend on widths.
fn words(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[tokio::test]
async fn our_binder_lists_what_it_has_with_lease_and_age() {
    let binder = run_binder().await;
    assert_eq!(list(&binder).await.unwrap(), "Nothing is registered.\n");
    let service = run_chat_server().await;
    register(&binder, CREATE_ROOM.name, &service).await;
    let at = service.to_string();
    let expected = [
        vec!["NAME", "ADDRESS", "LEASE", "AGE"],
        vec!["create_room", &at, "for", "good", "0s"],
    ];
    assert_eq!(words(&list(&binder).await.unwrap()), expected);
    assert_eq!(
        words(&lookup(&binder, "create_room").await.unwrap()),
        expected
    );
    assert_eq!(
        lookup(&binder, "nothing").await.unwrap_err(),
        format!(
            "the binder at {binder} does not know nothing; a chat server registers itself, start \
             `chat-server --binder {binder}`"
        )
    );
}

#[tokio::test]
async fn an_original_binder_is_asked_for_the_names_of_chat_servers() {
    let place = Endpoint {
        address: "localhost".into(),
        port: 9000,
    };
    let answer = place.to_value();
    let binder = run_methods(Methods::new().immediate(
        &LOOKUP_PROCEDURE,
        move |arguments: &rpc::Arguments| {
            let known = arguments.text(0)? == CREATE_ROOM.name;
            Ok(Answer::Value(if known {
                answer.clone()
            } else {
                Value::Nil
            }))
        },
    ))
    .await;
    let listed = list(&binder).await.unwrap();
    let rows = words(&listed);
    assert_eq!(rows[1], ["NAME", "ADDRESS", "LEASE", "AGE"]);
    assert_eq!(rows[2..], [["create_room", "localhost:9000", "?", "?"]]);
    let looked_up = lookup(&binder, "create_room").await.unwrap();
    assert_eq!(
        words(&looked_up)[1],
        ["create_room", "localhost:9000", "?", "?"]
    );
}

#[tokio::test]
async fn a_ping_goes_through_to_the_service_and_times_each_hop() {
    let (binder, service) = (run_binder().await, run_chat_server().await);
    register(&binder, CREATE_ROOM.name, &service).await;
    let answer = ping(&binder, None).await.unwrap();
    let lines: Vec<&str> = answer.lines().collect();
    for (line, (hop, address)) in lines[1..].iter().zip([
        ("binder: where is create_room?", &binder),
        ("service: list_rooms", &service),
        ("binder: where is chat_server?", &binder),
    ]) {
        assert!(line.starts_with(hop), "{answer}");
        assert!(line.contains(&address.to_string()), "{answer}");
        assert!(line.ends_with(" ms"), "{answer}");
    }
    assert_eq!(lines.len(), 4, "{answer}");
}

#[tokio::test]
async fn what_does_not_answer_is_named_with_the_hop() {
    let (_, nobody) = listener().await;
    assert_eq!(
        list(&nobody).await.unwrap_err(),
        format!(
            "no binder at {nobody}: cannot connect to {nobody}: Connection refused; start \
             `binder`, or name the one to ask with --binder HOST:PORT"
        )
    );
    let binder = run_binder().await;
    let error = ping(&binder, None).await.unwrap_err();
    assert!(
        error.starts_with(&format!(
            "the binder at {binder} does not know create_room or chat_server; "
        )),
        "{error}"
    );
    register(&binder, "create_room", &nobody).await;
    assert_eq!(
        ping(&binder, Some("create_room")).await.unwrap_err(),
        format!(
            "{nobody}, where the binder says that create_room lives, does not answer: cannot \
             connect to {nobody}: Connection refused"
        )
    );
}
