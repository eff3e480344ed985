//! Original Python clients behind a bridge, which passes their calls on to the servers of one chat.

use protocol::classic::texts;
use serde_json::json;
use support::waiting::next_second;
use support::{Caller, Etcd, Language, Seen, Server, TerminalClient, eventually};

/// A bridge that has looked this server up. A binder names the same one to a bridge each time.
fn bridge_to(chat: &Server, binder: &Server) -> Server {
    eventually("a bridge has looked the server up", || {
        let bridge = Server::our_binder(&["--upstream", &binder.address]);
        let mut caller = Caller::rust(&bridge.address);
        caller.answer("lookup_procedure", &["create_room"]);
        let listed = caller.answer("list_procedures", &["create_room"]);
        let mut listed = listed.as_array().unwrap().iter();
        let is_there =
            listed.any(|entry| entry["port"] == chat.port() && entry["proxied_at"].is_array());
        is_there.then_some(bridge)
    })
}

fn wait_until_registered(binder: &Server, count: usize) {
    eventually("all servers are registered", || {
        let listed = Caller::rust(&binder.address).answer("list_procedures", &["create_room"]);
        (listed.as_array().unwrap().len() == count).then_some(())
    });
}

/// A Python client in a room.
fn in_room(bridge: &Server) -> TerminalClient {
    let mut client = TerminalClient::start(Language::Python, &bridge.address);
    client.register("ana", texts::USER_REGISTERED);
    client.create("geral", &texts::room_created("geral"));
    client.join("geral");
    client
}

#[test]
fn a_python_client_behind_a_proxy_goes_on_when_its_server_hangs() {
    let etcd = Etcd::start(1, &[]);
    let binder = Server::our_binder(&["--etcd", &etcd.flag()]);
    let flags = ["--etcd", &etcd.flag(), "--binder", &binder.address];
    let [hangs, sound] = [0, 1].map(|_| Server::our_chat(&flags));
    wait_until_registered(&binder, 2);
    let bridge = bridge_to(&hangs, &binder);
    let mut ana = in_room(&bridge);
    let mut bia = sound.caller();
    eventually("the other server has the room", || {
        (bia.answer("list_rooms", &[]) == json!(["geral"])).then_some(())
    });
    bia.enter("bia", "geral");
    next_second();
    bia.say("bia", "geral", "antes", "");
    ana.is_shown("bia", "antes");

    hangs.program.pause();
    bia.say("bia", "geral", "durante", "");
    ana.is_shown("bia", "durante");
    ana.send("continuo aqui", "", texts::MESSAGE_SENT);
    let read = bia
        .answer("receive_messages", &["bia", "geral"])
        .to_string();
    assert!(read.contains("continuo aqui"), "{read}");
    hangs.program.resume();
    let ended = ana.exit();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn a_python_client_behind_a_proxy_writes_when_its_server_is_cut_off() {
    let mut etcd = Etcd::start(3, &[]);
    let binder = Server::our_binder(&[]);
    let members = etcd.endpoints();
    let chat = |members: &str| Server::our_chat(&["--etcd", members, "--binder", &binder.address]);
    // It knows one member only.
    let cut_off = chat(&members[0]);
    let sound = chat(&members[1..].join(","));
    wait_until_registered(&binder, 2);
    let bridge = bridge_to(&cut_off, &binder);
    let mut ana = Caller::python(&{
        let found = Caller::rust(&bridge.address).answer("lookup_procedure", &["create_room"]);
        format!("{}:{}", found[0].as_str().unwrap(), found[1])
    });
    for user in ["ana", "bia"] {
        ana.enter(user, "geral");
    }
    etcd.kill(0);
    cut_off
        .program
        .wait_until_logged("out of touch with the log");
    // It is cut off for as long as the test runs.
    eventually("messages are stored at the other server", || {
        let sent = [json!("ana"), json!("geral"), json!("oi"), json!("")];
        let sent = ana.call("send_message", &sent);
        (sent == Seen::Value(json!(texts::MESSAGE_SENT))).then_some(())
    });
    let read = sound.caller().answer("receive_messages", &["ana", "geral"]);
    assert!(read.to_string().contains("oi"), "{read}");
}
