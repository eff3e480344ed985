//! Who may look at the board, and what the page may do in a browser: asked for with the headers that
//! browsers send, of the programs as users start them.

use std::collections::BTreeMap;

use serde_json::json;

use support::{
    Server,
    server::wait_until_registered,
    wire::{Response, respond},
};

/// Asks for `path` as a browser does that opens `host`.
fn ask(server: &str, request: &str, host: &str, headers: &str, body: &str) -> Response {
    let response = ask_from(server, request, host, headers, body);
    assert_eq!(
        response.header("access-control-allow-origin"),
        None,
        "{request}: foreign pages may not read this"
    );
    response
}

/// The same, from a page that may be admitted.
fn ask_from(server: &str, request: &str, host: &str, headers: &str, body: &str) -> Response {
    respond(
        server,
        format!(
            "{request} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

/// A binder and a chat server with everything that can be asked for.
fn with_lab() -> (Server, Server) {
    let binder = Server::our_binder(&["--lab"]);
    let chat = Server::our_chat(&["--lab", "--binder", &binder.address]);
    wait_until_registered(&binder.address, "create_room");
    (binder, chat)
}

/// What a page in a browser can ask of the binder and of the chat server, without the streams, which
/// do not end.
fn questions<'a>(
    binder: &'a Server,
    chat: &'a Server,
) -> impl Iterator<Item = (&'a str, String, &'static str)> {
    let rule = r#"{"method":"send_message","action":"drop-answer","probability":1}"#;
    let of_binder = [(binder.address.as_str(), "GET /".to_owned(), "")];
    let of_both = [&binder.address, &chat.address]
        .into_iter()
        .flat_map(move |server| {
            [
                ("GET /board/lab", ""),
                ("POST /board/lab", rule),
                ("GET /board/calls/1", ""),
                ("GET /board/calls?from=1&to=2", ""),
            ]
            .map(|(request, body)| (server.as_str(), request.to_owned(), body))
        });
    of_binder.into_iter().chain(of_both)
}

#[test]
fn the_board_is_shown_to_its_own_page_and_to_no_other() {
    let (binder, chat) = with_lab();
    for (server, request, body) in questions(&binder, &chat) {
        let port = server.rsplit(':').next().unwrap();
        for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
            let host = format!("{host}:{port}");
            for headers in [String::new(), format!("Origin: http://{host}\r\n")] {
                let status = ask(server, &request, &host, &headers, body).status;
                // Call 1 may be kept, for the first viewer.
                let admitted = match status {
                    410 if request.contains("/calls/") => 410,
                    _ => 200,
                };
                assert_eq!(status, admitted, "{request} at {host}, {headers:?}");
            }
        }
        // Other sites, other ports of this machine among them, and an opened file.
        for origin in [
            "https://example.org",
            "http://localhost:1",
            "http://localhost",
            "null",
            "",
        ] {
            let headers = format!("Origin: {origin}\r\n");
            let host = format!("localhost:{port}");
            let response = ask(server, &request, &host, &headers, body);
            assert_eq!(response.status, 403, "{request} from {origin:?}");
        }
        // A foreign name that resolves to this machine.
        for host in [
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "",
        ] {
            let host = format!("{host}:{port}");
            for headers in [String::new(), format!("Origin: http://{host}\r\n")] {
                let status = ask(server, &request, &host, &headers, body).status;
                assert_eq!(status, 403, "{request} at {host:?}, {headers:?}");
            }
        }
    }
    for server in [&binder, &chat] {
        let request = "GET /board/events";
        let at = |host, headers| ask(&server.address, request, host, headers, "").status;
        let foreign = at("localhost", "Origin: http://a\r\n");
        assert_eq!((foreign, at("example.org", "")), (403, 403));
    }
}

#[test]
fn a_chat_server_gives_its_events_to_the_page_of_its_own_binder_and_to_no_other() {
    let (binder, chat) = with_lab();
    let host = format!("localhost:{}", chat.port());
    let from = |origin: &str, request: &str| {
        let site = "Sec-Fetch-Site: same-site\r\nSec-Fetch-Dest: empty\r\n";
        let headers = format!("Origin: {origin}\r\n{site}");
        let response = ask_from(&chat.address, request, &host, &headers, "");
        let reader = response.header("access-control-allow-origin");
        (response.status, reader.map(str::to_owned))
    };
    for own in ["localhost", "127.0.0.1", "[::1]"] {
        let origin = format!("http://{own}:{}", binder.port());
        let (status, reader) = from(&origin, "GET /board/lab");
        assert_eq!((status, reader.as_deref()), (200, Some(origin.as_str())));
        // The page sees refusals, too.
        let (status, reader) = from(&origin, "GET /board/calls/999999");
        assert_eq!((status, reader), (410, Some(origin)));
    }
    let another = Server::our_binder(&[]);
    for other in [
        format!("http://localhost:{}", another.port()),
        format!("https://localhost:{}", binder.port()),
        format!("http://192.0.2.2:{}", binder.port()),
        format!("http://example.org:{}", binder.port()),
    ] {
        for request in ["GET /board/lab", "GET /board/events", "POST /board/lab"] {
            assert_eq!(from(&other, request), (403, None), "{request} from {other}");
        }
    }
    // The binder reads for no page what others serve.
    let of_binder = ask(&binder.address, "GET /board/servers", "localhost", "", "");
    assert_eq!(of_binder.status, 404);
}

#[test]
fn calls_from_a_page_are_refused_also_where_there_is_a_board() {
    let (binder, chat) = with_lab();
    let body = "<methodCall><methodName>unregister_procedure</methodName><params>\
        <param><value>create_room</value></param><param><value>localhost</value></param>\
        <param><value><int>PORT</int></value></param></params></methodCall>"
        .replace("PORT", &chat.port().to_string());
    for path in ["/RPC2", "/"] {
        for origin in [
            "https://example.org".to_owned(),
            format!("http://{}", binder.address),
        ] {
            let headers = format!("Origin: {origin}\r\nContent-Type: text/plain\r\n");
            let request = format!("POST {path}");
            let response = ask(&binder.address, &request, &binder.address, &headers, &body);
            assert_eq!(response.status, 403, "{path} from {origin}");
        }
    }
    let place = binder.caller().answer("lookup_procedure", &["create_room"]);
    assert_eq!(place, json!(["localhost", chat.port()]));
}

#[test]
fn the_page_may_do_what_it_needs_and_nothing_else() {
    let binder = Server::our_binder(&[]);
    let page = ask(&binder.address, "GET /", &binder.address, "", "");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    let directives: BTreeMap<&str, Vec<&str>> = policy
        .split(';')
        .map(|directive| {
            let mut words = directive.split_whitespace();
            (words.next().unwrap(), words.collect())
        })
        .collect();
    let hashes = |name: &str| {
        let allowed = &directives[name];
        assert_eq!(allowed.len(), 1, "{name}: {allowed:?}");
        assert!(allowed[0].starts_with("'sha256-"), "{name}: {allowed:?}");
    };
    hashes("script-src");
    hashes("style-src");
    let others: Vec<_> = directives
        .iter()
        .filter(|(name, _)| !["script-src", "style-src"].contains(*name))
        .map(|(name, allowed)| (*name, allowed.join(" ")))
        .collect();
    let expected = [
        ("base-uri", "'none'"),
        // Servers are found while the page is open.
        ("connect-src", "'self' http:"),
        ("default-src", "'none'"),
        ("form-action", "'none'"),
        ("frame-ancestors", "'none'"),
        ("img-src", "data:"),
        ("require-trusted-types-for", "'script'"),
        // Nothing but the address of the worker.
        ("trusted-types", "worker"),
        ("worker-src", "'self'"),
    ]
    .map(|(name, allowed)| (name, allowed.to_owned()));
    assert_eq!(others, expected);
    for (header, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(header), Some(value), "{header}");
    }
}

#[test]
fn a_wrong_path_is_answered_with_where_calls_go_under_every_name() {
    let (binder, chat) = with_lab();
    for server in [&binder.address, &chat.address] {
        for request in ["GET /elsewhere", "POST /rpc2", "GET /board/"] {
            for (host, headers) in [
                ("localhost", ""),
                ("lab-3", ""),
                ("lab-3", "Origin: http://a\r\n"),
            ] {
                let response = ask(server, request, host, headers, "");
                assert_eq!(response.status, 404, "{request} at {host}");
                assert!(response.text().contains("/RPC2"), "{request} at {host}");
            }
        }
    }
}

#[test]
fn the_network_sees_no_board_unless_it_was_asked_for() {
    let everywhere = ["--listen", "0.0.0.0:0"];
    let rows: [(&[&str], &[&str], bool); 5] = [
        (&["--listen", "127.0.0.1:0"], &[], true),
        (&["--listen", "127.0.0.1:0"], &["--board", "off"], false),
        (&everywhere, &[], false),
        (&everywhere, &["--board", "on"], true),
        (
            &everywhere,
            &["--board", "on", "--board-host", "sala-3.local"],
            true,
        ),
    ];
    for (listen, flags, is_shown) in rows {
        let flags = [listen, flags].concat();
        let server = Server::ready(support::binaries::start("binder", &flags));
        let address = format!("127.0.0.1:{}", server.port());
        let status =
            |host: &str| ask(&address, "GET /board/calls?from=1&to=1", host, "", "").status;
        assert_eq!(
            status("localhost"),
            if is_shown { 200 } else { 404 },
            "{flags:?}"
        );
        let is_named = flags.contains(&"sala-3.local");
        let elsewhere = match (is_shown, is_named) {
            (false, _) => 404,
            (true, false) => 403,
            (true, true) => 200,
        };
        assert_eq!(status("sala-3.local"), elsewhere, "{flags:?}");
        let page = ask(&address, "GET /", "localhost", "", "");
        assert_eq!(page.status, if is_shown { 200 } else { 405 }, "{flags:?}");
    }
}
