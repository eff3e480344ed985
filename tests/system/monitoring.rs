//! What a monitor sees: whether a server is ready, and what it does.

use std::time::{Duration, Instant};

use support::server::metric as value;
use support::wire::{Connection, ask, call, call_with, post, respond};
use support::{Caller, Server, eventually, kept_chat, server};

const METRICS: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

/// The value of a metric once it is as it should be.
#[track_caller]
fn await_value(server: &Server, metric: &str, wanted: impl Fn(f64) -> bool) {
    eventually(metric, || {
        server.metric(metric).filter(|value| wanted(*value))
    });
}

fn calls(dialect: &str, method: &str, end: &str) -> String {
    format!(r#"rpc_calls_total{{dialect="{dialect}",method="{method}",end="{end}"}}"#)
}

#[test]
fn calls_that_are_passed_on_are_counted_by_the_binder_apart_from_its_own() {
    let binder = Server::our_binder(&[&METRICS[..], &["--proxy"]].concat());
    let server = Server::our_chat(&["--binder", &binder.address]);
    let look_up = |name: &str| {
        server::wait_until_registered(&binder.address, name);
        let found = binder.caller().answer("lookup_procedure", &[name]);
        format!("{}:{}", found[0].as_str().unwrap(), found[1])
    };
    let through = look_up("create_room");
    assert_ne!(through, server.address);
    let mut caller = Caller::rust(&through);
    for _ in 0..3 {
        caller.answer("list_rooms", &[]);
    }
    for wrong in [
        call("chosen_by_a_caller", &[]),
        call("send_message", &["alone"]),
        "no call".to_owned(),
    ] {
        ask(&through, wrong).unwrap_err();
    }
    for (metric, expected) in [
        (calls("proxied-classic", "list_rooms", "answer"), 3.0),
        (calls("proxied-classic", "list_rooms", "fault"), 0.0),
        (calls("proxied-classic", "unknown", "fault"), 1.0),
        (calls("proxied-classic", "send_message", "fault"), 1.0),
        (calls("proxied-classic", "unreadable", "fault"), 1.0),
        (
            r#"rpc_call_duration_seconds_count{dialect="proxied-classic",method="list_rooms"}"#
                .to_owned(),
            3.0,
        ),
    ] {
        await_value(&binder, &metric, |value| value == expected);
    }
    let (_, page) = binder.monitor("/metrics");
    assert!(!page.contains("chosen_by"), "{page}");
    // What the calls to the binder itself use of its limits is reported, and not those of each port.
    assert!(
        !page.contains(r#"rpc_connections{dialect="proxied"#),
        "{page}"
    );
    assert_eq!(
        value(&page, &calls("binder", "list_rooms", "answer")),
        None,
        "{page}"
    );
}

#[test]
fn calls_are_counted_by_method_and_end_and_names_that_callers_choose_are_not_labels() {
    let binder = Server::our_binder(&METRICS);
    let server = Server::our_chat(&[&METRICS[..], &["--binder", &binder.address]].concat());
    let mut caller = server.caller();
    for _ in 0..3 {
        caller.answer("list_rooms", &[]);
    }
    for wrong in [
        call("chosen_by_a_caller", &[]),
        call("another", &[]),
        call("send_message", &["alone"]),
        "no call".to_owned(),
    ] {
        ask(&server.address, wrong).unwrap_err();
    }
    let (status, page) = server.monitor("/metrics");
    assert_eq!(status, 200);
    for (metric, expected) in [
        (calls("classic", "list_rooms", "answer"), 3.0),
        (calls("classic", "list_rooms", "fault"), 0.0),
        (calls("classic", "unknown", "fault"), 2.0),
        (calls("classic", "send_message", "fault"), 1.0),
        (calls("classic", "unreadable", "fault"), 1.0),
        (calls("accounts", "list_rooms", "answer"), 0.0),
    ] {
        assert_eq!(value(&page, &metric), Some(expected), "{metric}\n{page}");
    }
    assert!(!page.contains("chosen_by"), "{page}");
    let of_list = r#"dialect="classic",method="list_rooms""#;
    for bucket in [
        format!(r#"rpc_call_duration_seconds_bucket{{{of_list},le="+Inf"}}"#),
        format!(r#"rpc_call_duration_seconds_bucket{{{of_list},le="30"}}"#),
        format!("rpc_call_duration_seconds_count{{{of_list}}}"),
    ] {
        assert_eq!(value(&page, &bucket), Some(3.0), "{bucket}\n{page}");
    }
    let connections = r#"rpc_connections{dialect="classic"}"#;
    assert!(value(&page, connections) >= Some(1.0), "{page}");
    assert!(
        page.contains("rpc_request_memory_bytes_limit{dialect=\"classic\"}"),
        "{page}"
    );

    // The binder counts as well: the server has registered.
    let registered = calls("binder", "register_lease", "answer");
    await_value(&binder, &registered, |count| count >= 2.0);
    await_value(&binder, "binder_names", |names| names == 13.0);
}

#[test]
fn what_waits_what_is_kept_and_where_the_log_is_are_gauges() {
    let data = kept_chat::directory();
    let lab = ["--lab", "list_rooms=drop-answer"];
    let server = kept_chat::start(data.path(), &[METRICS, lab].concat());
    kept_chat::enter(&server.address).send("ana", "bom dia");
    let page = server.monitor("/metrics").1;
    for (metric, expected) in [
        ("chat_rooms", 1.0),
        ("chat_users", 2.0),
        ("chat_log_writable", 1.0),
        ("chat_waiting_calls", 0.0),
        ("chat_registered_binders", 0.0),
    ] {
        assert_eq!(value(&page, metric), Some(expected), "{metric}\n{page}");
    }
    assert!(value(&page, "chat_history_bytes") > Some(0.0), "{page}");
    let position = value(&page, "chat_log_position").unwrap();
    assert!(position >= 5.0, "{page}");
    // No other server shares this log, and it is too short for a snapshot.
    assert_eq!(value(&page, "chat_log_behind_seconds"), None);
    assert_eq!(value(&page, "chat_snapshot_age_seconds"), None);

    let mut waiting = Connection::open(&server.address);
    waiting.send(post(call_with(
        "wait_messages",
        "<param><value>ana</value></param><param><value>geral</value></param>\
         <param><value></value></param><param><value><int>30000</int></value></param>",
    )));
    await_value(&server, "chat_waiting_calls", |calls| calls == 1.0);
    drop(waiting);
    await_value(&server, "chat_waiting_calls", |calls| calls == 0.0);

    let mut unanswered = Connection::open(&server.address);
    unanswered.send(post(call("list_rooms", &[])));
    unanswered.try_response().unwrap_err();
    let unanswered = calls("classic", "list_rooms", "nothing");
    await_value(&server, &unanswered, |calls| calls == 1.0);
}

#[test]
fn the_newest_snapshot_has_an_age_and_keeps_it_when_the_server_starts_again() {
    const AGE: &str = "chat_snapshot_age_seconds";
    let data = kept_chat::directory();
    let server = kept_chat::start(data.path(), &METRICS);
    let mut client = kept_chat::enter(&server.address);
    let text = "x".repeat(16_000);
    // As many as it takes, however slow the disk is.
    let age = (0..100).find_map(|_| {
        for _ in 0..20 {
            client.send("ana", &text);
        }
        server.metric(AGE)
    });
    let age = age.expect("a snapshot is taken");
    assert!(age < 60.0, "{age}");
    await_value(&server, AGE, |older| older >= age + 2.0);
    server.program.terminate();
    let server = kept_chat::start(data.path(), &METRICS);
    assert!(server.metric(AGE) >= Some(age + 2.0));
}

#[test]
fn a_chat_server_is_ready_while_a_binder_sends_clients_to_it() {
    let mut binder = Server::our_binder(&METRICS);
    let flags = [&METRICS[..], &["--binder", &binder.address]].concat();
    let first = Server::our_chat(&flags);
    let health = |server: &Server| server.monitor("/healthz");
    let is_ready = |server: &Server| health(server) == (200, "ready\n".to_owned());
    eventually("the first is ready", || is_ready(&first).then_some(()));
    // The second is another chat: its names are in the binder behind those of the first.
    let second = Server::our_chat(&flags);
    second.program.wait_until_logged("NO CLIENT FINDS");
    let not_found = format!(
        "not ready: no binder sends clients here (binder: {})\n",
        binder.address
    );
    // Both ports of both servers have renewed their names, so the second has looked at what it was answered.
    let renewed = calls("binder", "register_lease", "answer");
    await_value(&binder, &renewed, |count| count >= 8.0);
    assert_eq!(health(&second), (503, not_found.clone()));
    assert!(is_ready(&first));

    let address = binder.address.clone();
    binder.program.terminate();
    eventually("the first is not found any more", || {
        (health(&first) == (503, not_found.clone())).then_some(())
    });
    binder = Server::our_binder_at(&address);
    eventually("the first is found again", || {
        is_ready(&first).then_some(())
    });
    drop(binder);
}

#[test]
fn another_peer_that_keeps_its_connections_leaves_a_place_for_the_monitor() {
    let server = Server::our_binder(&METRICS);
    let address = server.metrics.as_ref().unwrap();
    // As many as there are places.
    let _kept: Vec<Connection> = (0..32)
        .map(|_| Connection::open_from([127, 0, 0, 2].into(), address))
        .collect();
    let asked = Instant::now();
    assert_eq!(server.monitor("/healthz").0, 200);
    // After ten seconds idle connections are closed, and there is a place in any case.
    assert!(asked.elapsed() < Duration::from_secs(9), "no place");
}

#[test]
fn the_page_is_on_its_own_port_alone() {
    let server = Server::our_binder(&METRICS);
    for path in ["/metrics", "/healthz"] {
        let page = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(respond(&server.address, page).status, 404);
        assert_eq!(server.monitor(path).0, 200);
    }
    // It says what is there, and does not promise calls.
    let hint = "Nothing is here. This port has /healthz and /metrics.\n".to_owned();
    for path in ["/", "/metric"] {
        assert_eq!(server.monitor(path), (404, hint.clone()), "{path}");
    }
    let look_up = post(call("lookup_procedure", &["create_room"]));
    let monitor = server.metrics.as_ref().unwrap();
    assert_eq!(respond(monitor, look_up).fault().code(), -32601);
}
