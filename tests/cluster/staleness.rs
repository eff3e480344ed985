//! A majority of etcd is dead: nothing is stored, what is there can be read, and everything says since when it
//! may be old.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use protocol::classic::texts;
use serde_json::json;
use support::server::wait_until_registered;
use support::{Caller, DEADLINE, Etcd, Seen, Server, binaries, eventually};

/// A server waits so long for etcd before it refuses, and a busy machine may add some.
const REFUSED_WITHIN: Duration = Duration::from_secs(8);

/// What `binder list` says of all registrations of a name.
fn states(binder: &str, name: &str) -> Vec<String> {
    let listed = binaries::start("binder", &["list", "--binder", binder])
        .finish()
        .out;
    let rows = listed
        .lines()
        .filter(|row| row.split_whitespace().next() == Some(name));
    rows.map(str::to_owned).collect()
}

/// Waits until a server's board says that the log is out of reach, or that it is not. One stream, because a server
/// notices only seconds later that a viewer has gone, and has places for a few.
fn wait_until_stale(server: &Server, is_stale: bool) {
    let end = Instant::now() + DEADLINE;
    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    let host = format!("localhost:{}", server.port());
    write!(
        connection,
        "GET /board/events HTTP/1.1\r\nHost: {host}\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(connection).lines().map(Result::unwrap);
    while lines.any(|line| line == "event: log") {
        let event = lines.next().unwrap();
        assert!(event.contains(r#""stale":"#), "{event}");
        if event.contains(r#""stale":null"#) != is_stale {
            return;
        }
        assert!(Instant::now() < end, "{event}");
    }
    panic!("the stream has ended");
}

fn send(caller: &mut Caller, text: &str) -> serde_json::Value {
    caller.answer("send_message", &["ana", "geral", text, ""])
}

#[test]
fn without_a_majority_writing_is_refused_and_what_is_read_is_marked_as_stale() {
    let mut etcd = Etcd::start(3, &[]);
    let binder = Server::our_binder(&[]);
    let flags = ["--etcd", &etcd.flag(), "--binder", &binder.address];
    let servers = [Server::our_chat(&flags), Server::our_chat(&flags)];
    wait_until_registered(&binder.address, "create_room");
    let mut callers = servers.each_ref().map(Server::caller);
    let [first, second] = &mut callers;
    first.enter("ana", "geral");
    first.enter("bia", "geral");
    first.say("ana", "geral", "antes", "");
    eventually("the other server has it", || {
        let read = second.answer("receive_messages", &["bia", "geral"]);
        read.to_string().contains("antes").then_some(())
    });
    wait_until_stale(&servers[0], false);
    eventually("both servers are registered", || {
        let states = states(&binder.address, "create_room");
        (states.len() == 2 && !states.concat().contains("stale")).then_some(())
    });
    etcd.kill(0);
    etcd.kill(1);
    for (server, caller) in servers.iter().zip(&mut callers) {
        server
            .program
            .wait_until_logged("out of touch with the log");
        let began = Instant::now();
        let answer = send(caller, "durante");
        // Whether it was sent before etcd was found dead is a matter of chance.
        assert!(
            answer == json!(texts::CANNOT_WRITE_NOW)
                || answer == json!(texts::UNKNOWN_WHETHER_WRITTEN),
            "{answer}"
        );
        assert!(began.elapsed() < REFUSED_WITHIN, "{:?}", began.elapsed());
        // Long after that it is certain that nothing was sent.
        assert_eq!(send(caller, "depois"), json!(texts::CANNOT_WRITE_NOW));
        let read = caller
            .answer("receive_messages", &["bia", "geral"])
            .to_string();
        assert!(read.contains("antes") && !read.contains("depois"), "{read}");
        wait_until_stale(server, true);
    }
    eventually("both servers are listed as stale", || {
        let states = states(&binder.address, "create_room");
        let stale = states.iter().filter(|state| state.contains("stale for"));
        (stale.count() == 2).then_some(())
    });
    let found = Caller::rust(&binder.address).call("lookup_procedure", &[json!("create_room")]);
    assert!(
        matches!(found, Seen::Value(ref place) if place.is_array()),
        "readers find one: {found:?}"
    );
    etcd.run(0);
    etcd.run(1);
    for (server, caller) in servers.iter().zip(&mut callers) {
        eventually("messages are stored again", || {
            (send(caller, "fim") == json!(texts::MESSAGE_SENT)).then_some(())
        });
        let read = caller
            .answer("receive_messages", &["bia", "geral"])
            .to_string();
        assert!(read.contains("antes") && !read.contains("depois"), "{read}");
        wait_until_stale(server, false);
    }
    eventually("both servers are registered again", || {
        let states = states(&binder.address, "create_room");
        (states.len() == 2 && !states.concat().contains("stale")).then_some(())
    });
}

#[test]
fn monitors_see_that_servers_are_out_of_touch_with_etcd_and_that_they_are_back() {
    const BEHIND: &str = "chat_log_behind_seconds";
    const STALE: &str = "binder_stale_seconds";
    const WRITABLE: &str = "chat_log_writable";
    let mut etcd = Etcd::start(1, &[]);
    let flags = ["--metrics-listen", "127.0.0.1:0", "--etcd", &etcd.flag()];
    let binder = Server::our_binder(&flags);
    let chat = Server::our_chat(&[&flags[..], &["--binder", &binder.address]].concat());
    let await_ready = || {
        for server in [&binder, &chat] {
            eventually("the server is ready", || {
                (server.monitor("/healthz") == (200, "ready\n".to_owned())).then_some(())
            });
        }
    };
    await_ready();
    assert_eq!(chat.metric(BEHIND), Some(0.0));
    assert_eq!(binder.metric(STALE), Some(0.0));
    assert_eq!(chat.metric(WRITABLE), Some(1.0));
    etcd.kill(0);
    for (server, seconds, reason) in [
        (
            &binder,
            STALE,
            "not ready: the names have not been those in etcd for ",
        ),
        (&chat, BEHIND, "not ready: behind the shared log for "),
    ] {
        eventually(reason, || {
            let (status, reasons) = server.monitor("/healthz");
            (status == 503 && reasons.contains(reason)).then_some(())
        });
        let since = server.metric(seconds).unwrap();
        assert!(since > 0.0, "{since}");
        eventually("time goes on", || {
            (server.metric(seconds) >= Some(since + 1.0)).then_some(())
        });
    }
    assert_eq!(chat.metric(WRITABLE), Some(0.0));
    etcd.run(0);
    await_ready();
    assert_eq!(chat.metric(WRITABLE), Some(1.0));
    assert_eq!(chat.metric(BEHIND), Some(0.0));
    assert_eq!(binder.metric(STALE), Some(0.0));
}

#[test]
fn a_server_that_is_cut_off_is_not_found_while_another_is_not() {
    let mut etcd = Etcd::start(3, &[]);
    let binder = Server::our_binder(&[]);
    let endpoints = etcd.endpoints();
    // It knows one member only.
    let cut = Server::our_chat(&["--etcd", &endpoints[0], "--binder", &binder.address]);
    let sound = Server::our_chat(&[
        "--etcd",
        &endpoints[1..].join(","),
        "--binder",
        &binder.address,
    ]);
    eventually("both are registered", || {
        (states(&binder.address, "create_room").len() == 2).then_some(())
    });
    etcd.kill(0);
    // It may have been the leader: until there is another one, both servers are out of touch.
    let mut caller = Caller::rust(&sound.address);
    let mut attempts = 0..;
    eventually("the other server writes", || {
        let room = format!("sala {}", attempts.next().unwrap());
        let created = json!(texts::room_created(&room));
        (caller.call("create_room", &[json!(room)]) == Seen::Value(created)).then_some(())
    });
    eventually("one is listed as stale", || {
        let states = states(&binder.address, "create_room");
        let is_stale = |row: &&String| row.contains("stale for");
        let stale: Vec<_> = states.iter().filter(is_stale).collect();
        (states.len() == 2 && stale.len() == 1 && stale[0].contains(&format!(":{}", cut.port())))
            .then_some(())
    });
    // Each connection may be handed another server.
    for _ in 0..50 {
        let found = Caller::rust(&binder.address).call("lookup_procedure", &[json!("create_room")]);
        assert!(
            matches!(found, Seen::Value(ref place) if place[1] == sound.port()),
            "{found:?}"
        );
    }
}
