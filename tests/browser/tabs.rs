//! Several pages at once, and more than the board serves.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::class::Class;

/// A browser opens six connections to a server at most.
const TABS: usize = 4;

/// The places that one address has.
const PLACES: usize = 16;

#[test]
fn four_tabs_show_everything() {
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
}

#[test]
fn a_board_with_enough_viewers_is_not_called_dead() {
    let class = Class::begin();
    let page = &class.page;
    let viewers: Vec<_> = (0..PLACES)
        .map(|_| {
            let mut viewer = TcpStream::connect(&class.binder.address).unwrap();
            let host = &class.binder.address;
            let request = format!("GET /board/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
            viewer.write_all(request.as_bytes()).unwrap();
            let _ = viewer.read(&mut [0; 12]).unwrap();
            viewer
        })
        .collect();
    page.go_to(&format!("http://{}/", class.binder.address));
    page.see_text("#nothing", "navegadores demais");
    page.see("#heads [data-role=binder][data-status=full]");
    assert_eq!(page.count("#rows [data-note=gone]"), 0);
    drop(viewers);
    page.see("#heads [data-role=binder][data-status=live]");
}
