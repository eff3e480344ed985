//! What is no call: not well-formed, not XML-RPC, of no method, with the wrong parameters.

use protocol::fault;
use rpc::Limits;

use support::{
    InProcess,
    in_process::pong,
    wire::{Connection, ask, call, call_with, post},
};

/// A large text of a client, of which a fault quotes little.
const DATA: &str = "ZZZZZZZZZZ";

#[test]
fn what_is_not_well_formed_is_reported_with_its_place_and_an_excerpt() {
    let (server, _) = InProcess::counting(Limits::default());
    let data = DATA.repeat(500);
    let around = |content: &str| call("ping", &["DATA"]).replace("DATA", content);
    let entities = "<!DOCTYPE methodCall [<!ENTITY a 'b'>]>";
    #[rustfmt::skip]
    let rows = [
        ("the end is missing", around(&data).replace("</methodCall>", ""), "line 2, column"),
        ("cut in the middle", around(&data)[..2_000].to_owned(), "line 2, column"),
        ("nothing", String::new(), "line 1, column 1"),
        ("tags that cross", around(&format!("{data}</value>")), "line 2, column"),
        ("an element of a long name", around(&format!("<{data}></b>")), "line 2, column"),
        ("two roots", format!("{}\n<a>{data}</a>", around("")), "line 3, column 1"),
        ("text after the root", format!("{}\n{data}", around("")), "line 3, column 1"),
        ("text before the root", format!("{data}{}", around("")), "line 1, column 1"),
        ("a document type with an entity", format!("{entities}<methodCall/>{data}"), "DTD"),
        ("an unknown entity", around(&format!("{data}&nbsp;{data}")), "'nbsp'"),
        ("an unknown entity of a long name", around(&format!("&{data};")), "line 2, column"),
        ("an attribute twice", around(&format!("<b {data}='' {data}=''/>")), "line 2, column"),
        ("a prefix from nowhere", around(&format!("<{data}:b/>")), "line 2, column"),
        ("a control character", around(&format!("{data}\u{1}{data}")), "U+0001 cannot be in XML (line 2, column"),
        ("a zero", around(&format!("{data}\0")), "U+0000 cannot be in XML (line 2, column"),
        ("U+FFFE", around("olá\u{FFFE}"), "U+FFFE cannot be in XML (line 2, column"),
        (
            "a reference to a control character",
            around(&format!("{data}&#1;")),
            "U+0001 cannot be in XML (line 2, column",
        ),
        ("a reference to a surrogate", around("&#xDC80;"), "U+DC80 cannot be in XML (line 2, column"),
        ("an escape character", around("\u{1b}[2J"), "U+001B cannot be in XML"),
        ("an unknown encoding", format!("<?xml version='1.0' encoding='{data}'?><a/>"), "unknown encoding"),
        ("JSON", format!("{{\"a\": \"{data}\"}}"), "line 1, column 1"),
        ("a browser's form", format!("a={data}&b=c"), "line 1, column 1"),
    ];
    for (name, body, expected) in rows {
        let refusal = ask(&server.address, body).unwrap_err();
        let text = refusal.string();
        assert_eq!(refusal.code(), fault::NOT_WELL_FORMED, "{name}: {text}");
        assert!(text.contains(expected), "{name}: {text}");
        assert!(text.matches('Z').count() <= 80, "{name}: {text}");
        assert!(text.chars().count() <= 250, "{name}: {text}");
        assert!(!text.chars().any(char::is_control), "{name}: {text:?}");
    }
}

#[test]
fn bytes_that_are_not_text_are_named_by_their_number() {
    let (server, _) = InProcess::counting(Limits::default());
    let mut body = call("ping", &[]).into_bytes();
    body.insert(30, 0xFF);
    let refusal = ask(&server.address, &body).unwrap_err();
    assert_eq!(refusal.code(), fault::NOT_WELL_FORMED);
    assert_eq!(
        refusal.string(),
        "not well-formed: not valid UTF-8 at byte 30"
    );
}

#[test]
fn a_document_that_is_not_a_call_is_refused_with_the_reason() {
    let (server, count) = InProcess::counting(Limits::default());
    let data = DATA.repeat(500);
    let value = |value: &str| call_with("ping", &format!("<param>{value}</param>"));
    #[rustfmt::skip]
    let rows = [
        ("a page", "<html><body>hello</body></html>".to_owned(), "expected <methodCall>, found <html>"),
        ("a root of a long name", format!("<{data}/>"), "expected <methodCall>"),
        ("an answer", "<methodResponse><params/></methodResponse>".to_owned(), "found <methodResponse>"),
        ("an empty call", "<methodCall/>".to_owned(), "<methodName> is missing or empty"),
        ("an empty name", call("", &[]), "<methodName> is missing or empty"),
        ("an element in the name", call("<b/>", &[]), "<methodName> holds text"),
        ("an unknown element", format!("<methodCall><{data}/></methodCall>"), "has no place in <methodCall>"),
        ("a param without a value", call_with("ping", "<param/>"), "<param> holds exactly one <value>"),
        ("an unknown type", value(&format!("<value><{data}/></value>")), "unknown type"),
        ("two types", value(&format!("<value><{data}/><{data}/></value>")), "a <value> holds one type"),
        ("an int that is none", value(&format!("<value><int>{data}</int></value>")), "is no int"),
        ("a boolean that is none", value("<value><boolean>yes</boolean></value>"), "'yes' is no boolean"),
        ("a double that is none", value("<value><double>1,5</double></value>"), "'1,5' is no double"),
        (
            "a date that is none",
            value("<value><dateTime.iso8601>now</dateTime.iso8601></value>"),
            "'now' is no dateTime.iso8601",
        ),
        ("bytes that are none", value("<value><base64>a</base64></value>"), "'a' is no base64"),
        (
            "a member without a name",
            value("<value><struct><member><value/></member></struct></value>"),
            "<member> holds a <name> and a <value>",
        ),
        ("an array without data", value("<value><array/></value>"), "<array> holds exactly one <data>"),
    ];
    for (name, body, expected) in rows {
        let refusal = ask(&server.address, body).unwrap_err();
        let text = refusal.string();
        assert_eq!(refusal.code(), fault::NOT_A_CALL, "{name}: {text}");
        assert!(text.contains(expected), "{name}: {text}");
        // The element of two types names both.
        assert!(text.matches('Z').count() <= 160, "{name}: {text}");
        assert!(text.chars().count() <= 300, "{name}: {text}");
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn methods_and_parameters_that_are_wrong_are_named() {
    let server = InProcess::unregistered_chat(chat_server::Settings::default());
    let text = "<param><value>a</value></param>";
    #[rustfmt::skip]
    let rows = [
        (call("nothing", &[]), fault::NO_SUCH_METHOD, "no method 'nothing'; this server has: create_room, "),
        (call(&DATA.repeat(500), &[]), fault::NO_SUCH_METHOD, "this server has: "),
        (call("__class__", &[]), fault::NO_SUCH_METHOD, "no method '__class__'"),
        (call("Send_Message", &[]), fault::NO_SUCH_METHOD, "no method 'Send_Message'"),
        (
            call("send_message", &["a", "b"]),
            fault::INVALID_PARAMETERS,
            "send_message(username, room_name, message, recipient?): expected 3 to 4 parameters, got 2",
        ),
        (call("list_rooms", &["a"]), fault::INVALID_PARAMETERS, "list_rooms(): expected 0 parameters, got 1"),
        (
            call_with("create_room", "<param><value><int>1</int></value></param>"),
            fault::INVALID_PARAMETERS,
            "parameter 'room_name': expected string, got int",
        ),
        (
            call_with(
                "send_message",
                &format!("{text}{text}{text}<param><value><struct/></value></param>"),
            ),
            fault::INVALID_PARAMETERS,
            "parameter 'recipient': expected string or nil, got struct",
        ),
        (
            call("receive_new_messages", &["a", "b", &DATA.repeat(500)]),
            fault::INVALID_PARAMETERS,
            "parameter 'last_timestamp': expected 'YYYY-MM-DD HH:MM:SS'",
        ),
    ];
    for (body, code, expected) in rows {
        let refusal = ask(&server.address, body).unwrap_err();
        assert_eq!(refusal.code(), code, "{}", refusal.string());
        assert!(refusal.string().contains(expected), "{}", refusal.string());
        assert!(
            refusal.string().matches('Z').count() <= 80,
            "{}",
            refusal.string()
        );
    }
}

#[test]
fn a_connection_survives_every_malformed_call() {
    let (server, _) = InProcess::counting(Limits::default());
    let mut connection = Connection::open(&server.address);
    for body in [
        "",
        "<",
        "<a/>",
        &call("nothing", &[]),
        &call("ping", &["a"]),
    ] {
        connection.ask(post(body)).fault();
    }
    assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
}
