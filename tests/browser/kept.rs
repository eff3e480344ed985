//! A long lecture: what is looked at stays, and the page stays quick.

use serde_json::json;

use crate::class::Class;

/// Calls of thirty clients, made up, as if a server had sent them.
const MAKE_UP: &str = "
  const server = board.servers().find(({ role }) => role === 'chat-server');
  const begin = board.picture.until ?? board.now() - arguments[0];
  for (let id = 1; id <= arguments[0]; id += 1) {
    const call = { id: 1e9 + arguments[1] + id, at: begin + id };
    const user = 'u' + (id % 30);
    board.calls.began(server, { ...call, method: 'list_users', dialect: 'classic', peer: '127.0.0.1:' + (id % 30),
      agent: null, user, room: 'geral', arguments: [user, 'geral'], waits: false });
    board.calls.ended(server, { ...call, milliseconds: 1, outcome: 'answer', fault: null, answer: 'ok', items: null,
      answerBytes: 10, requestBytes: 10, lab: null, position: null, repeated: false, empty: false });
  }
  return board.calls.all().length";

/// The median time of a drawing after a call, in milliseconds; the first drawing lays everything out.
const DRAWING_TIME: &str = "
  const times = [];
  for (let call = 0; call < 30; call += 1) {
    MAKE_UP_ONE;
    const began = performance.now();
    board.drawNow();
    times.push(performance.now() - began);
  }
  return times.slice(1).sort((one, other) => one - other)[14]";

#[test]
fn twenty_thousand_calls_cost_no_more_than_a_thousand() {
    let class = Class::begin();
    let page = &class.page;
    let one = format!("(function () {{ {MAKE_UP} }})(1, 1e6 + call)",);
    let drawing = DRAWING_TIME.replace("MAKE_UP_ONE", &one);
    let cost = |calls: u32, from: u32| {
        page.read(MAKE_UP, &[json!(calls), json!(from)]);
        page.read(&drawing, &[]).as_f64().unwrap()
    };
    let few = cost(1_000, 0);
    let many = cost(19_000, 2_000);
    // What grows is a walk over the rows, a small part of a drawing.
    assert!(
        many < 4.0 * few + 10.0,
        "{few} ms with a thousand, {many} ms with twenty thousand"
    );
}

#[test]
fn a_paused_picture_stays_as_it_is() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    for _ in 0..20 {
        ana.answer("list_users", &["geral"]);
    }
    page.see_many("#rows [data-method=list_users]", 20);
    page.type_text(" ");
    page.see("#pause[aria-pressed=true]");
    page.read(MAKE_UP, &[json!(25_000), json!(0)]);
    page.see("#waiting:not([data-waiting='0'])");
    page.see_many("#rows [data-method=list_users]", 20);
    assert_eq!(page.count("#nothing:not([hidden])"), 0);
}

#[test]
fn a_selected_call_stays_where_it_is() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let mut call_often = |method: &str| {
        for _ in 0..20 {
            ana.call(method, &[json!("geral")]);
        }
    };
    call_often("list_users");
    page.see_many("#rows [data-method=list_users]", 20);
    // The last of them; a lease may have been renewed since.
    page.open_call("#rows [data-row]:nth-last-child(-n + 2) [data-method=list_users]");
    let place = "return document.querySelector('#rows .d-selected').getBoundingClientRect().top";
    let before = page.read(place, &[]);
    call_often("create_room");
    page.see("#follow:not([hidden])");
    page.until(
        "the calls",
        "return board.view.rows.filter(({ method }) => method === 'create_room').length > 19",
        &[],
    );
    assert_eq!(page.read(place, &[]), before);
    // Closed again, the picture goes on.
    page.click("#follow");
    page.see("#follow[hidden]");
}
