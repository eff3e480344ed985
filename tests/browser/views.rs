//! Stopping the picture, going on step by step, and hiding calls.

use serde_json::json;
use thirtyfour::Key;

use crate::class::Class;

const ROWS: &str = "#rows [data-row=call] [data-call][data-method=list_users]";

#[test]
fn a_paused_picture_stands_still_and_goes_on_step_by_step() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    page.see("#rows [data-method=join_room][data-outcome=answer]");
    page.click("#pause");
    page.see("#pause[aria-pressed=true]");
    for _ in 0..3 {
        ana.answer("list_users", &["geral"]);
    }
    page.see("#waiting[data-waiting='3']");
    assert_eq!(page.count(ROWS), 0);
    page.see_text("#side-now:not([hidden])", "agora");
    for shown in 1..=2 {
        page.click("#step");
        page.see_many(ROWS, shown);
    }
    page.see("#waiting[data-waiting='1']");
    page.click("#pause");
    page.see_many(ROWS, 3);
    page.see("#step[disabled]");
    page.see("#side-now[hidden]");
}

#[test]
fn a_filter_shows_the_calls_of_one_method_or_of_one_person() {
    let class = Class::begin();
    let page = &class.page;
    for name in ["ana", "bia"] {
        let mut caller = class.caller(name, "geral");
        caller.answer("list_users", &["geral"]);
    }
    page.see_many(ROWS, 2);
    page.choose("#filter-method", "list_users");
    page.see_many("#rows [data-call]", 2);
    page.choose("#filter-method", "");
    page.see("#rows [data-method=join_room]");

    page.click("#heads [data-lane='user:ana'] .d-box");
    page.see("#heads [data-lane='user:ana'][aria-pressed=true]");
    page.see_many("#rows [data-lane='user:bia']", 0);
    // The rows are drawn again once the shorter picture has been scrolled.
    page.see_many(ROWS, 1);
    assert_eq!(
        page.read("return document.getElementById('filter-who').value", &[]),
        json!("user:ana")
    );
    page.click("#heads [data-lane='user:ana'] .d-box");
    page.see_many(ROWS, 2);
}

#[test]
fn clearing_forgets_what_is_over_and_keeps_what_is_still_open() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let _bia = class.caller("bia", "geral");
    let waiting = class.long_poll("bia", "geral", 25_000);
    page.see("[data-bar=open]");
    page.see("#rows [data-method=join_room]");
    page.click("#clear");
    page.see_many("#rows [data-method=join_room]", 0);
    page.see("[data-bar=open]");
    ana.say("ana", "geral", "ainda aqui", "");
    page.see("#rows [data-answer-of][data-method=wait_messages]");
    waiting.join().unwrap();
}

#[test]
fn the_page_speaks_the_browsers_language_until_one_is_chosen() {
    let class = Class::begin();
    let page = &class.page;
    page.see_text("#pause", "Pausar");
    page.see("html[lang=pt-BR]");
    page.click("#language");
    page.see_text("#pause", "Pause");
    page.see("html[lang=en]");
    // It is remembered.
    page.go_to(&format!("http://{}/", class.binder.address));
    page.see_text("#pause", "Pause");
}

#[test]
fn the_picture_follows_what_happens_until_it_is_scrolled() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let mut call_often = |method: &str| {
        for _ in 0..40 {
            ana.call(method, &[json!("geral")]);
        }
    };
    // More than there is room for; and then less room, because the lab says that it is in force.
    call_often("list_users");
    page.see_many(ROWS, 40);
    page.fill("#lab-form [name=method]", "list_rooms");
    page.click("#lab-form [type=submit]");
    page.see("#lab-banner [data-rule=list_rooms]");
    call_often("create_room");
    page.see_many("#rows [data-method=create_room]", 41);
    let sees_last = "const rows = [...document.querySelectorAll('#rows [data-call]')];
         const scroller = document.getElementById('scroller').getBoundingClientRect();
         const last = rows[rows.length - 1].getBoundingClientRect();
         return last.top > scroller.top && last.bottom <= scroller.bottom";
    page.until("the last call is in view", sees_last, &[]);
    page.see("#follow[hidden]");

    page.read("document.getElementById('scroller').focus()", &[]);
    page.press(Key::Home);
    page.see("#follow:not([hidden])");
    call_often("list_users");
    assert_eq!(page.read(sees_last, &[]), json!(false));
    page.press(Key::End);
    page.until("the last call is in view again", sees_last, &[]);
    page.see("#follow[hidden]");
}

#[test]
fn a_selected_call_stays_in_view_when_its_details_take_room() {
    let class = Class::in_window(&[], (1280, 720));
    let page = &class.page;
    let mut callers: Vec<_> = (0..5)
        .map(|number| class.caller(&format!("aluno{number}"), "geral"))
        .collect();
    for caller in &mut callers {
        caller.answer("list_users", &["geral"]);
    }
    let last = "#rows [data-lane='user:aluno4'][data-method=list_users]";
    page.see(last);
    page.open_call(last);
    page.until(
        "the call between the names, which are upright now, and the button",
        "const edge = (id) => document.getElementById(id).getBoundingClientRect();
         const call = document.querySelector(arguments[0]).getBoundingClientRect();
         return board.view.places.isNarrow && call.top >= edge('scroller').top - 1 && call.bottom <= edge('follow').top",
        &[json!(last)],
    );
}

#[test]
fn a_list_of_names_is_unfolded_while_it_is_short_or_by_the_viewer() {
    let class = Class::begin();
    let page = &class.page;
    let mut binder = class.binder.caller();
    let mut register = |names: &[&str]| {
        for name in names {
            let parameters = [json!(name), json!("nowhere.invalid"), json!(1)];
            binder.call("register_procedure", &parameters);
        }
    };
    let list = |rest: &str| format!("[data-endpoint='nowhere.invalid:1'] {rest}");
    register(&["one", "two", "three"]);
    page.see(&list("details[open] [data-registered=three]"));
    register(&["four", "five", "six"]);
    page.see(&list("details:not([open]) [data-registered=six]"));
    page.click(&list("summary"));
    page.see(&list("details[open]"));
    register(&["seven"]);
    page.see(&list("details[open] [data-registered=seven]"));
}
