//! Questions to running binders, one of them an original.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;

use parking_lot::Mutex;
use program::PortOffset;
use protocol::accounts;
use protocol::binder::REGISTER_PROCEDURE;
use protocol::classic::procedures::CREATE_ROOM;
use protocol::fault;
use rpc::{Answer, Methods};
use tokio::net::TcpListener;

use dxr::Value;
use protocol::binder::LOOKUP_PROCEDURE;
use protocol::classic::procedures::LIST_ROOMS;

use super::changes::parse_endpoint;
use super::client::caller;
use super::*;

pub(super) async fn listener() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = "127.0.0.1".to_owned();
    (listener, Endpoint { address, port })
}

pub(super) async fn run_binder() -> Endpoint {
    run_binder_with(Vec::new()).await
}

pub(super) async fn run_binder_with(built_in: Vec<(String, Endpoint)>) -> Endpoint {
    let (listener, endpoint) = listener().await;
    let settings = crate::Settings {
        built_in,
        ..crate::Settings::default()
    };
    tokio::spawn(crate::run(listener, settings, pending()));
    endpoint
}

/// An original binder, which answers an unknown name with nil, or one like that of the accounts
/// system, which cannot send nil and answers even a registration with a fault.
pub(super) async fn run_original(with_nil: bool) -> Endpoint {
    let names = Arc::new(Mutex::new(HashMap::<String, Value>::new()));
    let registered = Arc::clone(&names);
    let without_nil = move |answer: Value| match with_nil {
        true => Ok(Answer::Value(answer)),
        false => Err(fault::application("cannot marshal None")),
    };
    run_methods(
        Methods::new()
            .immediate(&REGISTER_PROCEDURE, move |arguments: &rpc::Arguments| {
                let place = Endpoint {
                    address: arguments.text(1)?.to_owned(),
                    port: u16::try_from(arguments.integer(2)?).unwrap(),
                };
                let name = arguments.text(0)?.to_owned();
                registered.lock().insert(name, place.to_value());
                without_nil(Value::String("registrado".into()))
            })
            .immediate(
                &LOOKUP_PROCEDURE,
                move |arguments: &rpc::Arguments| match names.lock().get(arguments.text(0)?) {
                    Some(place) => Ok(Answer::Value(place.clone())),
                    None => without_nil(Value::Nil),
                },
            ),
    )
    .await
}

async fn run_methods(methods: Methods) -> Endpoint {
    let (listener, endpoint) = listener().await;
    tokio::spawn(rpc::serve(listener, rpc::Service::new(methods), pending()));
    endpoint
}

/// A server of rooms, as far as it is asked here.
pub(super) async fn run_chat_server() -> Endpoint {
    let no_rooms = |_: &rpc::Arguments| Ok(Answer::texts(["geral"]));
    run_methods(Methods::new().immediate(&LIST_ROOMS, no_rooms)).await
}

pub(super) async fn register(binder: &Endpoint, name: &str, at: &Endpoint) {
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

fn address(binder: &Endpoint) -> BinderAddress {
    BinderAddress {
        binder: vec![binder.clone().into()],
    }
}

async fn answer(query: Query) -> Result<String, String> {
    let mut output = Vec::new();
    let outcome = query.run(PortOffset::default(), &mut output).await;
    let output = String::from_utf8(output).unwrap();
    outcome.map(|()| output).map_err(|error| error.to_string())
}

pub(super) async fn list(binder: &Endpoint) -> Result<String, String> {
    answer(Query::List {
        address: address(binder),
    })
    .await
}

pub(super) async fn lookup(binder: &Endpoint, name: &str) -> Result<String, String> {
    answer(Query::Lookup {
        name: name.to_owned(),
        address: address(binder),
    })
    .await
}

pub(super) async fn ping(binder: &Endpoint, name: Option<&str>) -> Result<String, String> {
    answer(Query::Ping {
        name: name.map(str::to_owned),
        address: address(binder),
    })
    .await
}

pub(super) async fn register_by_hand(
    binder: &Endpoint,
    name: &str,
    at: &str,
) -> Result<String, String> {
    answer(Query::Register {
        name: name.to_owned(),
        place: parse_endpoint(at).unwrap(),
        address: address(binder),
    })
    .await
}

pub(super) async fn unregister_by_hand(
    binder: &Endpoint,
    name: &str,
    at: Option<&str>,
) -> Result<String, String> {
    answer(Query::Unregister {
        name: name.to_owned(),
        place: at.map(|at| at.parse().unwrap()),
        address: address(binder),
    })
    .await
}

/// The error of a ping that fails, and what it has written before.
async fn failed_ping(binder: &Endpoint, name: Option<&str>) -> (String, String) {
    let mut output = Vec::new();
    let query = Query::Ping {
        name: name.map(str::to_owned),
        address: address(binder),
    };
    let outcome = query.run(PortOffset::default(), &mut output).await;
    let output = String::from_utf8(output).unwrap();
    (outcome.unwrap_err().to_string(), output)
}

/// The words of each line, so that a test does not depend on widths.
pub(super) fn words(text: &str) -> Vec<Vec<&str>> {
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
        vec!["create_room", &at, "permanent", "0s"],
    ];
    assert_eq!(words(&list(&binder).await.unwrap()), expected);
    assert_eq!(
        words(&lookup(&binder, "create_room").await.unwrap()),
        expected
    );
    for (name, advice) in [
        (
            "nothing",
            "`binder list` shows what it knows, and `binder register nothing HOST:PORT` registers a server by \
             hand"
                .to_owned(),
        ),
        (
            "send_message",
            format!("a chat server registers itself, start `chat-server --binder {binder}`"),
        ),
    ] {
        assert_eq!(
            lookup(&binder, name).await.unwrap_err(),
            format!("the binder at {binder} does not know {name}; {advice}")
        );
    }
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
        assert!(line.contains(" ms"), "{answer}");
    }
    assert_eq!(lines.len(), 4, "{answer}");
    assert!(lines[1].ends_with(&service.to_string()), "{answer}");
    assert!(lines[2].ends_with("answers"), "{answer}");
    assert!(lines[3].ends_with("not registered"), "{answer}");
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

#[tokio::test]
async fn a_ping_reports_every_service_that_does_not_answer() {
    let (binder, (_, one), (_, other)) = (run_binder().await, listener().await, listener().await);
    register(&binder, CREATE_ROOM.name, &one).await;
    register(&binder, accounts::SERVICE, &other).await;
    let (error, output) = failed_ping(&binder, None).await;
    assert_eq!(
        error,
        format!(
            "{one}, where the binder says that create_room lives, does not answer: cannot connect \
             to {one}: Connection refused; {other}, where the binder says that chat_server lives, \
             does not answer: cannot connect to {other}: Connection refused"
        )
    );
    let silent = output.lines().filter(|line| line.ends_with("no answer"));
    assert_eq!(silent.count(), 2, "{output}");
    // One that answers does not make up for one that does not.
    register(&binder, CREATE_ROOM.name, &run_chat_server().await).await;
    let error = ping(&binder, None).await.unwrap_err();
    assert!(error.starts_with(&other.to_string()), "{error}");
}

#[tokio::test]
async fn a_ping_of_an_unknown_name_fails_and_says_so() {
    for binder in [run_binder().await, run_original(false).await] {
        let (error, output) = failed_ping(&binder, Some("nada")).await;
        assert!(error.contains("does not know nada"), "{error}");
        assert!(output.ends_with("not registered\n"), "{output}");
    }
}

#[tokio::test]
async fn a_chat_server_is_not_taken_for_a_binder() {
    let server = run_chat_server().await;
    let expected = format!(
        "{server} is a chat server, not a binder; name the binder with --binder HOST:PORT (its \
         usual port is 5000)"
    );
    for answer in [
        list(&server).await,
        lookup(&server, "create_room").await,
        ping(&server, None).await,
        register_by_hand(&server, "nome", "localhost:1").await,
        unregister_by_hand(&server, "nome", None).await,
    ] {
        assert_eq!(answer.unwrap_err(), expected);
    }
}
