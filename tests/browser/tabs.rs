//! Several pages at once, and more than the board serves.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::class::Class;
use crate::page::Page;
use support::Server;

/// A browser opens six connections to a server at most, and a stream keeps one.
const TABS: usize = 8;

/// The places that one address has.
const PLACES: usize = 16;

#[test]
fn eight_tabs_show_everything() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    for _ in 1..TABS {
        page.open_tab(&format!("http://{}/", class.binder.address));
        page.see("#heads [data-role=binder][data-status=live]");
        page.see("#heads [data-role=chat-server][data-status=live]");
        assert_eq!(page.count("#heads [data-role=chat-server]"), 1);
        ana.answer("list_users", &["geral"]);
        page.open_call("#rows [data-method=list_users]");
    }
    // The first has seen all of it, once.
    page.show_first_tab();
    page.see_many("#rows [data-method=list_users]", TABS - 1);
    assert_eq!(page.count("#rows [data-note]"), 0);
}

#[test]
fn a_tab_goes_on_when_the_one_before_it_is_closed() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    page.open_tab(&format!("http://{}/", class.binder.address));
    page.see("#heads [data-role=chat-server][data-status=live]");
    page.close_first_tab();
    ana.answer("list_users", &["geral"]);
    page.open_call("#rows [data-method=list_users]");
    assert_eq!(page.count("#rows [data-note]"), 0);
}

#[test]
fn a_board_with_enough_viewers_is_not_called_dead() {
    let binder = Server::our_binder(&[]);
    let host = &binder.address;
    let viewers: Vec<_> = (0..PLACES)
        .map(|_| {
            let mut viewer = TcpStream::connect(host).unwrap();
            let request = format!("GET /board/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
            viewer.write_all(request.as_bytes()).unwrap();
            let _ = viewer.read(&mut [0; 12]).unwrap();
            viewer
        })
        .collect();
    let page = Page::open(&format!("http://{host}/"), (1400, 900));
    page.see_text("#nothing", "navegadores demais");
    page.see("#heads [data-role=binder][data-status=full]");
    assert_eq!(page.count("#rows [data-note=gone]"), 0);
    drop(viewers);
    page.see("#heads [data-role=binder][data-status=live]");
}
