//! Servers that die and come back while the page is open.

use crate::class::Class;
use support::{Server, python};

#[test]
fn the_page_finds_a_restarted_binder_and_the_chat_goes_on() {
    let class = Class::begin();
    let _bia = class.caller("bia", "geral");
    let mut ana = class.caller("ana", "geral");
    let Class { page, chat, binder } = class;
    let address = binder.address.clone();
    page.see("#rows [data-method=join_room][data-outcome=answer]");

    drop(binder);
    page.see("#rows [data-note=gone][data-server=binder]");
    page.see("#heads [data-role=binder][data-status=gone]");
    // The chat does not need it, and neither does the page to see it.
    ana.say("ana", "geral", "sem binder", "");
    page.see("#rows [data-method=send_message][data-outcome=answer]");
    page.see("#heads [data-role=chat-server][data-status=live]");
    assert_eq!(page.count("#rows [data-note]"), 1);
    // Whether its lease is renewed is not known.
    page.see_text("#names .old .state", "o binder não responde");
    page.see_text("#news", "o binder não responde");

    let binder = Server::our_binder_at(&address);
    page.see("#rows [data-note=restarted][data-server=binder]");
    page.see("#heads [data-role=binder][data-status=live]");
    page.see_text("#news", "o binder voltou");
    // Between the two, its lane is dotted, for long enough to be seen.
    let dotted = page.read(
        "return Math.max(...[...document.querySelectorAll('#rows .d-gap')].map((line) => line.getBBox().height))",
        &[],
    );
    assert!(dotted.as_f64().unwrap() >= 50.0, "{dotted}");
    // The chat server renews its lease every ten seconds, and so registers at the new binder.
    binder
        .program
        .wait_until_logged("registered name=create_room");
    page.see(&format!(
        "[data-endpoint='localhost:{}'] [data-registered=create_room]",
        chat.port()
    ));
    page.see("#heads [data-role=chat-server][data-status=live]");
    // That is seen, too.
    page.see("#rows [data-row=call] [data-method=register_lease][data-outcome=answer]");
    ana.answer("list_users", &["geral"]);
    page.see("#rows [data-method=list_users][data-outcome=answer]");
    drop(binder);
}

#[test]
fn a_chat_server_that_dies_is_seen_and_its_waiting_calls_are_lost() {
    let class = Class::begin();
    let _ana = class.caller("ana", "geral");
    let waiting = class.long_poll("ana", "geral", 25_000);
    class.page.see("[data-bar=open]");
    let Class { page, chat, binder } = class;
    drop(chat);
    page.see("#rows [data-note=gone]");
    page.see("#heads [data-role=chat-server][data-status=gone]");
    page.see("#rows [data-method=wait_messages][data-outcome=lost]");
    page.see_many("[data-bar=open]", 0);
    let _ = waiting.join();
    drop(binder);
}

#[test]
fn a_server_without_a_board_is_distinguished_from_a_dead_one() {
    let class = Class::begin();
    let _ana = class.caller("ana", "geral");
    class.page.see("[data-room=geral]");
    let port = class.chat.port().to_string();
    let Class { page, chat, binder } = class;
    drop(chat);
    page.see("#rows [data-note=gone]");
    let flags = ["--port", &port, "--binder", &binder.address];
    let original = Server::ready(python::start("classic_server.py", &flags));
    page.see("#rows [data-note=replaced]");
    page.see("#heads [data-role=chat-server][data-status=no-board]");
    // There may be several, and dead ones: each says where it is.
    let address = format!(":{port}");
    page.see_text("#heads [data-status=no-board] .d-detail", &address);
    page.see_many("[data-room=geral]", 0);

    // It dies in its turn. Its names have no lease and stay, marked.
    drop(original);
    page.see("#heads [data-role=chat-server][data-status=gone]");
    page.see_many("#rows [data-note=gone]", 2);
    page.see_text("#heads [data-status=gone] .d-detail", &address);
    page.see(&format!(
        "[data-endpoint='localhost:{port}'][data-stale=true]"
    ));
}
