//! Another web site, open in the same browser as the board.

use serde_json::json;

use crate::class::Class;

/// A call as a page would send it: without permission to read the answer, it needs none to be sent.
const CALL: &str =
    "return fetch(arguments[0], { method: 'POST', mode: 'no-cors', body: arguments[1] })";

#[test]
fn another_site_can_neither_call_nor_watch_nor_break_anything() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let binder = &class.binder.address;
    // A site like any other, from where this test sits: the same machine, another port.
    let other = support::InProcess::binder();
    page.go_to(&format!("http://{}/", other.address));
    let origin = page.read("return location.origin", &[]);
    assert_eq!(origin, json!(format!("http://{}", other.address)));

    // Calls are sent and refused: the names stay as they are.
    let call = "<methodCall><methodName>register_procedure</methodName><params>\
        <param><value>create_room</value></param><param><value>evil.invalid</value></param>\
        <param><value><int>1</int></value></param></params></methodCall>";
    let (is_sent, why) = page.settled(CALL, &[json!(format!("http://{binder}/RPC2")), json!(call)]);
    assert!(is_sent, "{why}");
    let mut caller = class.binder.caller();
    let place = caller.answer("lookup_procedure", &["create_room"]);
    assert_eq!(place, json!(["localhost", class.chat.port()]));

    // Neither is the lab for others.
    let rule = r#"{"method":"send_message","action":"drop-answer","probability":1}"#;
    for server in [binder, &class.chat.address] {
        let (is_sent, why) = page.settled(
            CALL,
            &[json!(format!("http://{server}/board/lab")), json!(rule)],
        );
        assert!(is_sent, "{why}");
    }
    let _bia = class.caller("bia", "geral");
    let mut ana = class.caller("ana", "geral");
    ana.say("ana", "geral", "chega?", "");

    // Nothing can be read.
    for path in [
        "/",
        "/board/servers",
        "/board/events",
        "/board/calls/1",
        "/board/lab",
    ] {
        for server in [binder, &class.chat.address] {
            let script = "return (await fetch(arguments[0])).text()";
            let (is_read, what) = page.settled(script, &[json!(format!("http://{server}{path}"))]);
            assert!(!is_read, "{server}{path}: {what}");
        }
    }
    let (is_open, what) = page.settled(
        "return new Promise((resolve, reject) => {
           const events = new EventSource(arguments[0]);
           events.addEventListener('hello', (event) => resolve(event.data));
           events.onerror = () => { events.close(); reject('refused'); };
         })",
        &[json!(format!("http://{binder}/board/events"))],
    );
    assert!(!is_open, "{what}");
}
