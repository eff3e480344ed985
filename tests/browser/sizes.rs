//! Read from the back row, and in a small window.

use serde_json::json;

use crate::class::Class;
use support::Server;

/// The smallest letters of the diagram, in pixels.
const SMALLEST: &str = "return Math.min(...[...document.querySelectorAll('#rows text, #heads text')]
    .filter((text) => !text.closest('.d-fault-head')).map((text) => parseFloat(text.getAttribute('font-size'))))";

#[test]
fn on_a_projector_no_letter_is_smaller_than_28_pixels() {
    let class = Class::in_window(&[], (1920, 1080 + 150));
    let page = &class.page;
    let _ana = class.python_client("ana", "geral");
    let mut bia = class.caller("bia", "geral");
    bia.say("bia", "geral", "bom dia", "");
    page.see("#rows [data-method=send_message]");
    let before = page.read(SMALLEST, &[]).as_f64().unwrap();
    page.type_text("p");
    page.see("#side:not(.seen)");
    page.until(
        "large letters",
        "return getComputedStyle(document.getElementById('side')).display === 'none'",
        &[],
    );
    page.until("28 pixels", &format!("{} >= 28", SMALLEST), &[]);
    assert!(before < 20.0, "{before}");
    page.type_text("p");
    page.until("as before", &format!("{} < 20", SMALLEST), &[]);
}

#[test]
fn on_a_projector_beside_many_clients_the_head_of_a_dead_server_says_in_full_that_it_is_dead() {
    let class = Class::in_window(&[], (1280, 720 + 139));
    let page = &class.page;
    let other = Server::our_chat(&["--binder", &class.binder.address]);
    page.see_many("#heads [data-role=chat-server][data-status=live]", 2);
    let _callers: Vec<_> = (0..8)
        .map(|number| class.caller(&format!("u{number}"), "geral"))
        .collect();
    page.type_text("p");
    page.until(
        "upright heads",
        "return board.isProjected() && board.view.places.isNarrow",
        &[],
    );
    drop(other);
    page.see("#heads [data-status=gone]");
    page.until(
        "the state, in full",
        "return [...document.querySelectorAll('#heads [data-status=gone] .d-detail')]
           .map((line) => line.textContent).join(' ').includes('✕ não responde')",
        &[],
    );
}

#[test]
fn letters_are_made_larger_and_the_page_remembers_it() {
    let class = Class::begin();
    let page = &class.page;
    let size = "return parseFloat(getComputedStyle(document.documentElement).fontSize)";
    let usual = page.read(size, &[]).as_f64().unwrap();
    page.type_text("+");
    page.click("#larger");
    let larger = page.read(size, &[]).as_f64().unwrap();
    assert!(larger > 1.25 * usual, "{usual} and {larger}");
    page.go_to(&format!("http://{}/", class.binder.address));
    assert_eq!(page.read(size, &[]), json!(larger));
}

#[test]
fn at_twice_the_size_of_a_small_screen_five_calls_fit() {
    // 1280 by 720 at 200 %; the window has a frame.
    let class = Class::in_window(&[], (656, 360 + 139));
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    for _ in 0..12 {
        ana.answer("list_users", &["geral"]);
    }
    page.until(
        "all calls",
        "return board.view.rows.filter(({ method }) => method === 'list_users').length === 12",
        &[],
    );
    let height = page.read("return innerHeight", &[]).as_f64().unwrap();
    assert!(height <= 361.0, "{height}");
    let seen = page.until(
        "calls in view",
        "const { top, bottom } = document.getElementById('scroller').getBoundingClientRect();
         return [...document.querySelectorAll('#rows [data-row=call]')].filter((row) => {
           const place = row.getBoundingClientRect();
           return place.top >= top - 1 && place.bottom <= bottom + 1;
         }).length",
        &[],
    );
    assert!(seen.as_u64().unwrap() >= 5, "{seen}");
}

#[test]
fn all_heads_grow_with_a_window_that_is_made_higher() {
    let class = Class::in_window(&[], (700, 450));
    let page = &class.page;
    let _callers: Vec<_> = (0..9)
        .map(|number| class.caller(&format!("aluno{number}"), "geral"))
        .collect();
    let heights = "board.view.places.isNarrow
        && [...new Set([...document.querySelectorAll('#heads .d-box')].map((box) => box.getAttribute('height')))]";
    let low = page.until("narrow lanes", &format!("return {heights}"), &[]);
    page.resize((700, 1_000));
    let one_other =
        format!("const all = {heights}; return all.length === 1 && all[0] !== arguments[0]");
    page.until("heads of one height", &one_other, &[low[0].clone()]);
}
