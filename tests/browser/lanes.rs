//! Callers and servers: lanes, arrows, faults, and the XML behind them.

use serde_json::{Value as Json, json};

use crate::class::{Class, REGISTERED};
use crate::page::Page;
use support::{Language, Server, TerminalClient, terminal_client::prompt};

#[test]
fn everybody_has_a_lane_with_their_name_and_the_shape_of_their_dialect() {
    let class = Class::begin();
    let page = &class.page;
    let _ana = class.python_client("ana", "geral");
    let mut bia = TerminalClient::accounts(Language::Rust, &class.binder.address);
    bia.dialogue(&[(prompt::USERNAME, "bia"), (prompt::PASSWORD, "girassol-42")]);
    bia.program.wait_for("Login realizado com sucesso.");

    for (name, dialect, shape) in [("ana", "classic", "rect"), ("bia", "accounts", "polygon")] {
        let lane = format!("#heads [data-lane='user:{name}']");
        page.see(&format!(
            "{lane}[data-role=client][data-dialect={dialect}] {shape}.d-box"
        ));
        assert_eq!(page.attribute(&lane, "data-name"), name);
        // The name and the caller of a look-up are shown, although the look-up itself names no user.
        page.see(&format!(
            "#rows [data-lane='user:{name}'][data-server=binder][data-method=lookup_procedure]"
        ));
    }
    // A lane has one line, or two where people have passwords.
    page.see_many("#rows .d-life.d-client.d-classic", 1);
    page.see_many("#rows .d-life.d-client.d-accounts", 2);
    // From left to right: the binder, the first client, the chat server.
    let order = page.read(
        // The harness has asked the binder, too.
        "return [...document.querySelectorAll('#heads [data-lane]:not([data-lane^=\"peer:\"])')]
           .sort((one, other) => one.getBoundingClientRect().x - other.getBoundingClientRect().x)
           .map((lane) => lane.dataset.role === 'client' ? lane.dataset.name : lane.dataset.role)",
        &[],
    );
    assert_eq!(order, json!(["binder", "ana", "bia", "chat-server"]));
    // What is at the side.
    page.see(&format!(
        "[data-endpoint='localhost:{}']",
        class.chat.port()
    ));
    page.see_text("[data-room=geral]", "ana");
}

#[test]
fn a_user_who_has_left_is_seen_to_be_gone_until_the_next_call() {
    let class = Class::begin();
    let page = &class.page;
    let _bia = class.caller("bia", "geral");
    let mut ana = class.caller("ana", "geral");
    let lane = "#heads [data-lane='user:ana']";
    page.see(&format!("{lane}[data-status=live]"));
    page.see_text("#headline", "2 clientes");
    ana.answer("unregister_user", &["ana"]);
    page.see(&format!("{lane}[data-status=absent]"));
    page.see_text(&format!("{lane} .d-detail"), "em nenhuma sala");
    page.see_text("#headline", "1 cliente,");
    // The line goes on below the call, until the user is back.
    page.see_many("#rows .d-life.d-absent", 1);
    ana.answer("register_user", &["ana"]);
    page.see(&format!("{lane}[data-status=live]"));
    page.see_text("#headline", "2 clientes");
}

#[test]
fn a_client_that_asks_for_a_taken_name_is_not_shown_as_its_holder() {
    let class = Class::begin();
    let page = &class.page;
    let _ana = class.caller("ana", "geral");
    page.see("#heads [data-lane='user:ana']");
    let mut other = TerminalClient::start(Language::Python, &class.binder.address);
    other.register("ana", "Erro: ");
    let refused = "[data-method=register_user][data-outcome=fault]";
    page.see(&format!("#rows {refused}"));
    assert_eq!(
        page.count(&format!("#rows [data-lane='user:ana']{refused}")),
        0
    );
    other.register("duda", REGISTERED);
    page.see(&format!("#rows [data-lane='user:duda']{refused}"));
    // Nothing on the wire says which client looked up: it is drawn as a guess.
    page.see("#rows .d-guessed[data-lane='user:duda'][data-method=lookup_procedure]");
    page.see_text("#rows [data-row=call]", "duda? lookup_procedure");
    assert_eq!(page.count("#rows .d-guessed[data-method=register_user]"), 0);
}

#[test]
fn a_call_is_an_arrow_with_its_arguments_and_a_click_shows_what_went_over_the_wire() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.python_client("ana", "geral");
    let _bia = class.caller("bia", "geral");
    ana.send("oi, turma", "", "Mensagem enviada.\n");

    let call = "#rows [data-row=call] [data-method=send_message][data-lane='user:ana']";
    page.see(&format!("{call}[data-outcome=answer]"));
    let row = page.see_text("#rows [data-row=call]", "send_message");
    for part in [
        // The lane says who calls.
        "(·, \"geral\", \"oi, turma\"",
        "Mensagem enviada.",
        " ms",
    ] {
        assert!(row.contains(part), "{part:?} in {row:?}");
    }
    // The call is a line, its answer a dashed one.
    assert_eq!(
        page.style(&format!("{call} .d-line.d-request"), "stroke-dasharray"),
        "none"
    );
    assert_ne!(
        page.style(&format!("{call} .d-line.d-answer"), "stroke-dasharray"),
        "none"
    );

    page.open_call(call);
    let request = &page.texts("#details [data-xml=request]")[0];
    for part in [
        "<methodName>send_message</methodName>",
        "\n    <param>",
        "<string>oi, turma</string>",
    ] {
        assert!(request.contains(part), "{part:?} in {request}");
    }
    let answer = &page.texts("#details [data-xml=answer]")[0];
    assert!(
        answer.contains("<string>Mensagem enviada.</string>"),
        "{answer}"
    );
    for (fact, text) in [
        ("from", "ana"),
        ("to", "classic"),
        ("http", "POST /RPC2 HTTP/1.1"),
        ("agent", "Python-xmlrpc/"),
        ("duration", " ms"),
        ("sizes", "bytes"),
        ("peer", "127.0.0.1:"),
    ] {
        page.see_text(&format!("#details [data-fact={fact}]"), text);
    }
}

#[test]
fn a_fault_has_a_colour_and_a_shape_of_its_own() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let taken = ana.call("register_user", &[json!("ana")]);
    assert!(matches!(taken, support::Seen::Fault(1, _)), "{taken:?}");

    let fault = "#rows [data-method=register_user][data-outcome=fault]";
    let answer = "#rows [data-method=register_user][data-outcome=answer]";
    page.see(&format!("{fault} .d-fault-head polygon"));
    page.see(&format!("{answer} .d-open"));
    assert_eq!(page.count(&format!("{answer} .d-fault-head")), 0);
    assert_eq!(page.count(&format!("{fault} .d-open")), 0);
    assert_ne!(
        page.style(&format!("{fault} .d-line.d-fault"), "stroke"),
        page.style(&format!("{answer} .d-line.d-answer"), "stroke"),
    );
    page.see_text("#rows [data-row=call] .d-bad", "falha 1: ");
}

#[test]
fn of_a_python_server_the_calls_to_the_binder_are_seen() {
    let binder = Server::our_binder(&[]);
    let server = Server::chat(Language::Python, &binder.address);
    let page = Page::open(&format!("http://{}/", binder.address), (1400, 900));
    page.see("#heads [data-role=chat-server][data-status=no-board]");
    let mut ana = TerminalClient::start(Language::Rust, &binder.address);
    ana.register("ana", REGISTERED);
    page.see("#rows [data-server=binder][data-method=lookup_procedure]");
    page.see(&format!("[data-endpoint='localhost:{}']", server.port()));
    let called: Json = page.read(
        "return [...document.querySelectorAll('#rows [data-server]')].map((call) => call.dataset.server)",
        &[],
    );
    assert!(
        called
            .as_array()
            .unwrap()
            .iter()
            .all(|server| server == "binder")
    );
}
