//! `binder ping`, `lookup` and `register`, and our client, at a binder that passes calls on or asks another one.

use std::time::{Duration, Instant};

use support::{
    DEADLINE, Language, Server, binaries,
    kept_chat::free_address,
    raw_server::{RawServer, Reply},
};

/// What a command of `binder` says on standard output and on standard error.
fn ask(binder: &Server, question: &[&str]) -> (String, String) {
    let output = binaries::command("binder")
        .args(question)
        .args(["--binder", &binder.address])
        .output()
        .unwrap();
    let [said, complaint] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
    (said, complaint)
}

/// The exit code and the standard error of a client that has nothing to read.
fn ended(flags: &[&str]) -> (Option<i32>, String) {
    let mut client = binaries::start("chat-client", flags);
    client.end_input();
    let ended = client.wait_for_end(DEADLINE);
    (ended.code, ended.err)
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn a_silent_upstream_is_told_from_a_binder_without_a_chat_server() {
    let upstream = free_address();
    let bridge = Server::our_binder(&["--upstream", &upstream]);
    let is_true = |complaint: &str| {
        for part in [&bridge.address, "answers", "--upstream, does not answer"] {
            assert!(complaint.contains(part), "{part} is not in {complaint}");
        }
        assert!(!complaint.contains("chat-server"), "{complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    };
    let (_, complaint) = ask(&bridge, &["lookup", "create_room"]);
    is_true(&complaint);
    let (hops, complaint) = ask(&bridge, &["ping"]);
    is_true(&complaint);
    assert_eq!(
        hops.matches("cannot ask its --upstream").count(),
        2,
        "{hops}"
    );
    for flags in [&[][..], &["--accounts"]] {
        let flags = [&["--plain", "--binder", &bridge.address], flags].concat();
        let (code, complaint) = ended(&flags);
        assert_eq!(code, Some(3), "{complaint}");
        is_true(&complaint);
    }

    // A server may be registered here all the same, and one is missing when the upstream is there.
    let server = RawServer::start(Reply::Silence);
    let (said, _) = ask(&bridge, &["register", "echo", &server.address]);
    assert!(said.contains("is registered at"), "{said}");
    let _upstream = Server::our_binder_at(&upstream);
    let (_, complaint) = ask(&bridge, &["lookup", "create_room"]);
    assert!(complaint.contains("chat-server"), "{complaint}");
}

#[test]
fn binders_in_a_circle_are_told_as_such() {
    let (one, other) = (free_address(), free_address());
    let [one, _other] = [[&one, &other], [&other, &one]].map(|[listen, upstream]| {
        let flags = ["--listen", listen, "--upstream", upstream];
        Server::ready(binaries::start("binder", &flags))
    });
    let (_, complaint) = ask(&one, &["ping"]);
    assert!(complaint.contains("ask it in turn"), "{complaint}");
    let flags = ["--plain", "--binder", &one.address];
    let (code, complaint) = ended(&flags);
    assert_eq!(code, Some(3), "{complaint}");
    assert!(complaint.contains("ask it in turn"), "{complaint}");
}

#[test]
fn a_built_in_place_where_no_server_ever_was_is_not_waited_for() {
    // The built-in place is port 8000 plus the offset, and free.
    let built_in = port(&free_address());
    let offset = (built_in - 8_000).to_string();
    let binder = Server::our_binder(&["--proxy", "--port-offset", &offset]);
    let _chat = Server::chat(Language::Python, &binder.address);
    let began = Instant::now();
    let (hops, _) = ask(&binder, &["ping"]);
    let took = began.elapsed();
    assert!(hops.contains("no answer (built in)"), "{hops}");
    assert!(took < Duration::from_secs(3), "{took:?}\n{hops}");

    // Neither is it where another binder has it.
    let plain = Server::our_binder(&["--port-offset", &offset]);
    let bridge = Server::our_binder(&["--upstream", &plain.address]);
    let began = Instant::now();
    let (_, complaint) = ask(&bridge, &["ping", "chat_server"]);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}\n{complaint}");

    // A server that was there is waited for.
    let at = format!("127.0.0.1:{built_in}");
    let server = RawServer::start_at(&at, Reply::BytesAndClose(Vec::new()));
    let (_, complaint) = ask(&binder, &["ping", "chat_server"]);
    assert!(complaint.contains("lost the connection"), "{complaint}");
    drop(server);
    let (_, complaint) = ask(&binder, &["ping", "chat_server"]);
    assert!(complaint.contains("did not answer within"), "{complaint}");
}

#[test]
fn a_name_is_registered_and_unregistered_by_hand_at_a_proxy() {
    let binder = Server::our_binder(&["--proxy"]);
    let servers = [0, 1].map(|_| RawServer::start(Reply::Silence));
    let places = servers.each_ref().map(|server| server.address.as_str());
    let (said, _) = ask(&binder, &["register", "echo", places[0]]);
    assert!(
        said.contains(&format!("is registered at {}", places[0])),
        "{said}"
    );
    let (said, _) = ask(&binder, &["register", "echo", places[0]]);
    assert!(said.contains("already"), "{said}");
    let (said, _) = ask(&binder, &["register", "echo", places[1]]);
    assert!(
        said.contains(&format!("in place of {}", places[0])),
        "{said}"
    );
    let (said, _) = ask(&binder, &["unregister", "echo"]);
    assert!(
        said.contains(&format!("is not registered at {}", places[1])),
        "{said}"
    );
    let (_, complaint) = ask(&binder, &["lookup", "echo"]);
    assert!(complaint.contains("does not know echo"), "{complaint}");
}
