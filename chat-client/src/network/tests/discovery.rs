use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::binder::LOOKUP_PROCEDURE;
use protocol::classic::procedures::{
    CREATE_ROOM, LEAVE_ROOM, LIST_ROOMS, SEND_MESSAGE_ONCE, WAIT_MESSAGES,
};
use rpc::{Answer, Methods};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::invocation::{Program, command};
use crate::network::support::{self, Servers, nowhere};

fn finder(dialect: Dialect, binder: &Endpoint) -> ServerFinder {
    ServerFinder::new(dialect, binder.clone(), Observers::none())
}

async fn failure(binder: &Endpoint) -> String {
    let finder = finder(Dialect::Classic, binder);
    finder.find().await.unwrap_err().to_string()
}

#[tokio::test]
async fn each_of_the_three_that_can_be_missing_is_named_with_what_to_start() {
    let nobody = nowhere().await;
    assert_eq!(
        failure(&nobody).await,
        format!(
            "no binder at {nobody}: cannot connect to {nobody}: Connection refused; \
             start `{}`, or name the one to ask with --binder HOST:PORT",
            command(Program::Binder, "")
        )
    );

    let mut servers = Servers::start().await;
    servers.kill_server().await;
    let binder = servers.binder().clone();
    let gone = servers.place(Dialect::Classic);
    assert_eq!(
        failure(&binder).await,
        format!(
            "the chat server does not answer at {gone}, where the binder at {binder} says it \
             is: cannot connect to {gone}: Connection refused; \
             start `{}` again",
            command(Program::ChatServer, &format!("--binder {binder}"))
        )
    );

    servers.kill_binder().await;
    servers.start_binder().await;
    assert_eq!(
        failure(&binder).await,
        format!(
            "the binder at {binder} knows no chat server; \
             start `{}`",
            command(Program::ChatServer, &format!("--binder {binder}"))
        )
    );
    let accounts = finder(Dialect::Accounts, &binder).find().await;
    let text = accounts.unwrap_err().to_string();
    assert!(
        text.contains("knows no chat server with accounts; start"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_is_no_binder_is_not_taken_for_one() {
    let endpoint = support::lister().await;
    let failure = failure(&endpoint).await;
    assert!(
        failure.starts_with(&format!("no binder at {endpoint}: ")),
        "{failure}"
    );
}

#[tokio::test]
async fn an_address_that_no_machine_has_is_not_shown_and_not_called() {
    for (address, length) in [("x".repeat(1 << 20), 1 << 20), ("a\u{202e}b".into(), 3)] {
        let found = Endpoint {
            address,
            port: 9000,
        };
        let answer = move |_: &rpc::Arguments| Ok(Answer::from(found.to_value()));
        let binder = support::serve(Methods::new().immediate(&LOOKUP_PROCEDURE, answer)).await;
        assert_eq!(
            failure(&binder).await,
            format!(
                "the binder at {binder} does not say where the chat server is: its answer to a look-up, of {length} \
                 characters, is not an address; name another one with --binder HOST:PORT"
            )
        );
    }
}

#[tokio::test]
async fn a_server_behind_a_proxy_is_seen_and_may_be_called_directly() {
    let servers = Servers::start_with_proxy().await;
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let through = servers.finder(dialect).find().await.unwrap();
        let own = servers.place(dialect);
        assert_ne!(through.endpoint(), own);
        let binders = Binders::from(servers.binder()).directly(true);
        let past = ServerFinder::new(dialect, binders, Observers::none());
        let direct = past.find().await.unwrap();
        assert_eq!(direct.endpoint(), own);
        for (finder, server) in [(servers.finder(dialect), through), (past, direct)] {
            assert!(
                server.offers().waiting && server.offers().sending_once,
                "{dialect:?}"
            );
            assert_eq!(finder.offers(&server).await, Some(true), "{dialect:?}");
        }
    }
}

#[tokio::test]
async fn our_server_offers_everything_in_both_dialects() {
    let servers = Servers::start().await;
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let server = servers.finder(dialect).find().await.unwrap();
        let everything = Offers {
            leaving: true,
            sending_once: true,
            waiting: true,
        };
        assert_eq!(server.offers(), everything, "{dialect:?}");
    }
}

#[tokio::test]
async fn in_dialect_classic_a_name_that_leads_to_another_server_is_no_offer() {
    let servers = Servers::start().await;
    let (original, another) = (support::lister().await, nowhere().await);
    let binder = servers.binder();
    support::register(binder, &[CREATE_ROOM.name, LEAVE_ROOM.name], &original).await;
    // Our server has left this one behind in the binder, and the third is its own still.
    support::register(binder, &[SEND_MESSAGE_ONCE.name], &another).await;
    let server = finder(Dialect::Classic, binder).find().await.unwrap();
    assert_eq!(server.endpoint(), &original);
    let leaving = Offers {
        leaving: true,
        ..Offers::default()
    };
    assert_eq!(
        server.offers(),
        leaving,
        "nothing of {}",
        WAIT_MESSAGES.name
    );
}

#[tokio::test]
async fn in_dialect_accounts_a_server_without_introspection_offers_nothing() {
    // As Python's server refuses it.
    let refuse = |_: &rpc::Arguments| {
        let text = "<class 'Exception'>:method \"system.listMethods\" is not supported";
        Err(protocol::fault::application(text))
    };
    let list = |_: &rpc::Arguments| Ok(Answer::texts(Vec::<String>::new()));
    let methods = Methods::new()
        .immediate(&LIST_ROOMS, list)
        .immediate(&LIST_METHODS, refuse);
    let (servers, original) = (Servers::start().await, support::serve(methods).await);
    support::register(servers.binder(), &[protocol::accounts::SERVICE], &original).await;
    let server = servers.finder(Dialect::Accounts).find().await.unwrap();
    assert_eq!(server.endpoint(), &original);
    assert_eq!(server.offers(), Offers::default());
}

/// Reads a request or an answer; `None` when the connection was closed before.
async fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream
            .read(&mut piece)
            .await
            .ok()
            .filter(|length| *length > 0)?;
        message.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&message).to_lowercase();
        let Some((header, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = header.split_once("content-length: ").unwrap().1;
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if body.len() >= length {
            return Some(message);
        }
    }
}

/// A link to a server that loses every fifth call: the connection is closed in place of an answer.
async fn link(server: &Endpoint, calls: Arc<AtomicUsize>) -> Endpoint {
    let port = server.port;
    support::accepting(move |mut client| {
        let calls = Arc::clone(&calls);
        async move {
            while let Some(request) = read_message(&mut client).await {
                if calls.fetch_add(1, Ordering::SeqCst) % 5 == 4 {
                    return;
                }
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                server.write_all(&request).await.unwrap();
                let answer = read_message(&mut server).await.unwrap();
                if client.write_all(&answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_server_behind_a_link_that_breaks_one_call_in_five_is_found_with_all_that_it_offers() {
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let servers = Servers::start().await;
        let calls = Arc::new(AtomicUsize::new(0));
        let binder = link(servers.binder(), Arc::clone(&calls)).await;
        let server = link(servers.place(dialect), Arc::clone(&calls)).await;
        let names = [&[dialect.service()], &Offers::PROCEDURES[..]].concat();
        support::register(servers.binder(), &names, &server).await;
        for number in 0..50 {
            let found = finder(dialect, &binder).find().await;
            let found = found.unwrap_or_else(|error| panic!("{number}: {error}"));
            assert_eq!(found.endpoint(), &server);
            assert!(
                found.offers().waiting && found.offers().sending_once,
                "{number}"
            );
        }
        assert!(calls.load(Ordering::SeqCst) > 50);
    }
}

/// As libraries answer that do not take an unknown method for a call.
#[tokio::test]
async fn in_dialect_accounts_a_server_that_answers_unknown_methods_with_404_offers_nothing() {
    let original = support::accepting(|mut client| async move {
        while let Some(request) = read_message(&mut client).await {
            let request = String::from_utf8(request).unwrap();
            let (status, body) = if request.contains("list_rooms") {
                let value = "<value><array><data></data></array></value>";
                let params = format!("<params><param>{value}</param></params>");
                (200, format!("<methodResponse>{params}</methodResponse>"))
            } else {
                (404, String::new())
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n\r\n{body}");
            if client.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    })
    .await;
    let servers = Servers::start().await;
    support::register(servers.binder(), &[protocol::accounts::SERVICE], &original).await;
    let server = servers.finder(Dialect::Accounts).find().await.unwrap();
    assert_eq!(server.endpoint(), &original);
    assert_eq!(server.offers(), Offers::default());
}
