//! `--wire` shows each call on standard error, and never a password.

use serde_json::json;

use support::{
    Caller, Language, Server, TerminalClient,
    wire::{call_with, post, respond},
};

#[test]
fn each_call_is_shown_with_method_peer_duration_request_and_answer() {
    let binder = Server::our_binder(&["--wire"]);
    let server = Server::our_chat(&["--wire", "--binder", &binder.address]);
    let mut caller = server.caller();
    caller.must("create_room", &["<geral>"], "Sala '<geral>' criada.");
    caller.call("dance", &[]);
    server.program.wait_until_logged("◀ answered dance");
    // Each dialect's names are registered.
    server
        .program
        .wait_until_logged("<string>create_room</string>");
    binder
        .program
        .wait_until_logged("<string>create_room</string>");

    expect_call(
        &server,
        &[
            "── ◀ answered create_room · 127.0.0.1:",
            " ms\n<methodCall>\n",
            "  <methodName>create_room</methodName>\n",
            "    <param><value><string>&lt;geral&gt;</string></value></param>\n",
            "── answer\n<methodResponse>\n",
            "<string>Sala '&lt;geral&gt;' criada.</string>",
        ],
    );
    expect_call(&server, &["◀ answered dance", "<fault>", "-32601"]);
    // The server's own calls are in its log, and in the log of the binder that answers them.
    let called = format!("▶ called register_lease · {} · ", binder.address);
    let name = "<string>create_room</string>";
    expect_call(&server, &[&called, name, "── answer\n<methodResponse>"]);
    expect_call(&binder, &["◀ answered register_lease · 127.0.0.1:", name]);
}

#[test]
fn our_client_shows_its_calls_beside_the_conversation_and_not_in_it() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    let converse = |user: &str, flags: &[&str]| {
        let flags = [&["--binder", &binder.address], flags].concat();
        let mut client = TerminalClient::ours(&flags);
        client.register(user, "Usuário registrado com sucesso.\n");
        client.exit()
    };
    let (quiet, shown) = (converse("ana", &[]), converse("bia", &["--wire"]));
    assert_eq!(quiet.out, shown.out);
    assert_eq!(quiet.err, "");
    for called in [
        format!("▶ called lookup_procedure · {} · ", binder.address),
        format!("▶ called register_user · localhost:{} · ", server.port()),
        format!("▶ called unregister_user · localhost:{} · ", server.port()),
    ] {
        assert!(shown.err.contains(&called), "{called:?} in\n{}", shown.err);
    }
}

#[test]
fn a_password_is_never_shown_however_it_is_sent() {
    const PASSWORD: &str = "s3gredo-de-ana";
    let binder = Server::our_binder(&["--wire", "-vv"]);
    let server = Server::our_chat(&["--wire", "-vv", "--binder", &binder.address]);
    let accounts = server.accounts.as_ref().unwrap();
    // A user of the wrong port has typed the password all the same.
    for address in [&server.address, accounts, &binder.address] {
        let mut caller = Caller::python(address);
        for method in ["register_user", "login_user"] {
            caller.call(method, &[json!("ana"), json!(PASSWORD)]);
            caller.call(method, &[json!("ana"), json!(PASSWORD), json!(PASSWORD)]);
            let batch = json!([{"methodName": method, "params": ["ana", PASSWORD]}]);
            caller.call("system.multicall", &[batch]);
            // In dialect classic this is a user of that name.
            if (method, address) != ("register_user", &server.address) {
                caller.call(method, &[json!(PASSWORD)]);
            }
            caller.call(
                &format!("system.{method}"),
                &[json!("ana"), json!(PASSWORD)],
            );
            caller.call(&format!("{method}(ana,{PASSWORD})"), &[]);
            caller.call("system.multiCall", &[json!([[method, "ana", PASSWORD]])]);
            caller.call("system.multicall", &[json!([[method, "ana", PASSWORD]])]);
            let more = json!([{"methodName": method, "params": ["ana"], "password": PASSWORD}]);
            caller.call("system.multicall", &[more]);
            let name = format!("{method} {PASSWORD}");
            let named = json!([{"methodName": name, "params": []}]);
            caller.call("system.multicall", &[named]);
            must_answer(address, &body(method, PASSWORD));
            must_answer(address, &body(&format!("\n {method} "), PASSWORD));
            must_answer(
                address,
                &body(method, PASSWORD).replace("</methodCall>", ""),
            );
            must_answer(address, &body(method, &format!("{PASSWORD}\u{1}")));
            must_answer(address, &body(method, &format!("<int>{PASSWORD}</int>")));
        }
        caller.call("last_call", &[]);
    }
    for server in [&server, &binder] {
        server.program.wait_until_logged("◀ answered last_call");
        let shown = server.program.out() + &server.program.err();
        assert!(
            shown.contains("<methodName>login_user</methodName>"),
            "{shown}"
        );
        let leaks: Vec<&str> = shown
            .lines()
            .filter(|line| line.contains(PASSWORD))
            .collect();
        assert!(leaks.is_empty(), "the password is in {leaks:#?}");
    }
}

/// Checks that what the server shows of some call says all of these, in this order.
#[track_caller]
fn expect_call(server: &Server, parts: &[&str]) {
    let log = server.program.err();
    let says_all = |shown: &str| {
        let mut rest = shown;
        parts.iter().all(|part| {
            let found = rest.find(part);
            rest = &rest[found.map_or(0, |at| at + part.len())..];
            found.is_some()
        })
    };
    // An empty line ends each call.
    assert!(
        log.split("\n\n").any(says_all),
        "no call shows {parts:#?} in\n{log}"
    );
}

/// A call with a name and a password, as some client or other might write it.
fn body(method: &str, password: &str) -> String {
    let texts = ["ana", password].map(|text| format!("<param><value>{text}</value></param>"));
    call_with(method, &texts.concat())
}

/// Posts a body as it is, and waits for the answer.
fn must_answer(address: &str, body: &str) {
    let answer = respond(address, post(body)).text();
    assert!(answer.contains("<methodResponse>"), "{answer}");
}
