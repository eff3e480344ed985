//! What the binder's board fetches for a page: of registered servers, their boards, and nothing else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::json;

use support::{Server, wire::Response};

/// A foreign server on this machine, which answers everything with the same JSON.
struct Neighbour {
    port: u16,
    /// What it was asked: the first line of each request, and its body.
    received: Receiver<(String, String)>,
}

impl Neighbour {
    fn answering(body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let header: Vec<String> = reader
                    .by_ref()
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let length = header
                    .iter()
                    .find_map(|line| {
                        line.to_lowercase()
                            .strip_prefix("content-length: ")?
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0);
                let mut content = vec![0; length];
                reader.read_exact(&mut content).unwrap();
                let first = header.first().cloned().unwrap_or_default();
                let sent = sender.send((first, String::from_utf8(content).unwrap()));
                let length = body.len();
                // The client may have read enough and closed.
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                );
                if sent.is_err() {
                    return;
                }
            }
        });
        Self { port, received }
    }
}

fn ask(binder: &Server, request: &str, body: &str) -> Response {
    crate::board::ask(&binder.address, request, "localhost", "", body)
}

fn register(binder: &Server, address: &str, port: u16) {
    let parameters = [json!("somebody"), json!(address), json!(port)];
    binder.caller().call("register_procedure", &parameters);
}

#[test]
fn what_no_board_would_answer_is_not_passed_on() {
    let large = format!(r#"{{"rules":[],"more":"{}"}}"#, "x".repeat(2 << 20));
    for (body, status) in [
        (r#"{"secret":1}"#.to_owned(), 501),
        (r#"["rules"]"#.to_owned(), 501),
        (large, 502),
        (r#"{"rules":[]}"#.to_owned(), 200),
    ] {
        let neighbour = Neighbour::answering(body.clone());
        let binder = Server::our_binder(&[]);
        register(&binder, "127.0.0.1", neighbour.port);
        let path = format!("GET /board/servers/127.0.0.1:{}/lab", neighbour.port);
        let response = ask(&binder, &path, "");
        assert_eq!(response.status, status, "{}", &body[..20.min(body.len())]);
        let said = String::from_utf8(response.body).unwrap();
        assert!(!said.contains("secret"), "{said}");
        assert_eq!(
            neighbour.received.recv().unwrap().0,
            "GET /board/lab HTTP/1.1"
        );
    }
}

#[test]
fn what_is_passed_on_is_a_parsed_rule_and_not_the_request_itself() {
    let neighbour = Neighbour::answering(r#"{"rules":[]}"#.to_owned());
    let binder = Server::our_binder(&[]);
    register(&binder, "127.0.0.1", neighbour.port);
    let path = format!("POST /board/servers/127.0.0.1:{}/lab", neighbour.port);
    let large = format!(r#"{{"method":"{}"}}"#, "x".repeat(8 << 10));
    for (body, status) in [
        ("FLUSHALL\r\n", 400),
        ("[1]", 400),
        ("", 400),
        (&large, 413),
    ] {
        assert_eq!(
            ask(&binder, &path, body).status,
            status,
            "{}",
            &body[..9.min(body.len())]
        );
    }
    let rule = "{\r\n \"method\": \"m\",\r\n \"action\": \"none\"\r\n}";
    assert_eq!(ask(&binder, &path, rule).status, 200);
    // It heard of none of the others.
    let (first, sent) = neighbour.received.recv().unwrap();
    assert_eq!(first, "POST /board/lab HTTP/1.1");
    assert!(
        !sent.contains('\n') && sent.contains(r#""method":"m""#),
        "{sent}"
    );
}

#[test]
fn an_address_that_is_more_than_a_host_is_not_asked() {
    let neighbour = Neighbour::answering(r#"{"rules":[]}"#.to_owned());
    let port = neighbour.port;
    let binder = Server::our_binder(&[]);
    for (address, listed) in [
        (
            format!("127.0.0.1:{port}/secret?"),
            format!("%5B127.0.0.1:{port}%2Fsecret%3F%5D:80"),
        ),
        ("127.0.0.1?x=".to_owned(), "127.0.0.1%3Fx=:80".to_owned()),
        ("127.0.0.1#".to_owned(), "127.0.0.1%23:80".to_owned()),
        (
            r"127.0.0.1\latest\meta-data?".to_owned(),
            "127.0.0.1%5Clatest%5Cmeta-data%3F:80".to_owned(),
        ),
        ("127.0.0.1%2f".to_owned(), "127.0.0.1%252f:80".to_owned()),
    ] {
        register(&binder, &address, 80);
        let response = ask(&binder, &format!("GET /board/servers/{listed}/lab"), "");
        assert_eq!(response.status, 404, "{address}");
    }
    assert!(neighbour.received.try_recv().is_err());
}
