//! Captions: it is visible which call they describe, however many lanes there are.

use serde_json::{Value as Json, json};

use crate::class::Class;
use support::Caller;

/// What a caption may not do: lie over a lane that its arrow does not cross, reach out of the diagram, or say too
/// little. A lane that is scrolled below those of the servers has no line.
const MISPLACED: &str = r"
    board.changed('size');
    board.drawNow();
    const { places } = board.view;
    const origin = document.getElementById('rows').getBoundingClientRect().x;
    const lanes = [...document.querySelectorAll('#rows .d-life')].map((line) => Number(line.getAttribute('x1')));
    const misplaced = [];
    for (const row of document.querySelectorAll('#rows [data-row]')) {
      const cells = [...row.querySelectorAll('[data-serial]')];
      if (cells.length === 0) {
        continue;
      }
      const ends = cells.map(({ dataset }) => board.placeOf(places, dataset.lane));
      ends.push(places.x.get(`server:${cells[0].dataset.server}`));
      const [from, to] = [Math.min(...ends) - 3, Math.max(...ends) + 3];
      for (const caption of row.querySelectorAll('.d-caption, .d-mark')) {
        const { left, right, width } = caption.getBoundingClientRect();
        const [begin, end] = [left - origin, right - origin];
        const isOver = (at) => begin < at && at < end && (at < from || at > to);
        const isOutside = width > 0 && (begin < places.gutter - 1 || right > scroller.getBoundingClientRect().right);
        if (lanes.some(isOver) || isOutside) {
          misplaced.push(`${caption.textContent} (${Math.round(begin)} to ${Math.round(end)}, its arrow ${Math.round(from)} to ${Math.round(to)})`);
        }
      }
      // The number and the beginning of the method, beside which the caller is named if lanes are narrow.
      const { number, method } = cells[0].dataset;
      const text = row.querySelector('.d-caption').textContent;
      if (cells.length === 1 && row.dataset.row === 'call' && !(text.startsWith(number ?? '') && text.includes(method.slice(0, 4)))) {
        misplaced.push(`${text} (of ${number} ${method})`);
      }
    }
    return misplaced;";

fn assert_in_place(class: &Class, what: &str) {
    let misplaced = class.page.read(MISPLACED, &[]);
    assert_eq!(misplaced, json!([]), "{what}");
}

/// Some more callers in one room, and what they call: an answer, a fault, look-ups by new connections and by one from
/// before all others, whose lane is scrolled away.
fn join(class: &Class, first: &mut Caller, callers: &mut Vec<Caller>, count: usize) {
    for number in callers.len()..count {
        let name = format!("aluno{number:02}");
        let mut caller = class.caller(&name, "geral");
        caller.say(&name, "geral", "uma mensagem que ninguém cortou", "");
        callers.push(caller);
    }
    let newest = callers.last_mut().unwrap();
    newest.call("register_user", &[json!("aluno00")]);
    for _ in 0..2 {
        let mut asking = class.binder.caller();
        asking.answer("lookup_procedure", &["create_room"]);
    }
    first.answer("lookup_procedure", &["create_room"]);
}

#[test]
fn no_caption_lies_over_the_lane_of_another_client() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let mut first = class.binder.caller();
    first.answer("lookup_procedure", &["create_room"]);
    page.see("#rows [data-method=lookup_procedure]");
    // A guest who is alone in a room cannot send a message.
    let _professor = class.caller("professora", "geral");
    let mut callers = Vec::new();
    for count in [3, 30, 100] {
        join(&class, &mut first, &mut callers, count);
        page.until(
            "all calls",
            "return board.calls.all().filter(({ method, end }) => method === 'register_user' && end?.outcome === 'fault')
               .length === arguments[0]",
            &[json!([3, 30, 100].iter().position(|&one| one == count).unwrap() + 1)],
        );
        for window in [(1280, 720), (1920, 1080), (900, 700)] {
            page.resize(window);
            for mode in ["", "+", "+", "p"] {
                page.type_text(mode);
                let lanes: Json = page.read("return board.view.lanes.length", &[]);
                let what = format!("{count} clients, {lanes} lanes, {window:?}, {mode:?}");
                assert_in_place(&class, &what);
                page.read("scroller.scrollLeft = 9999", &[]);
                assert_in_place(&class, &format!("{what}, scrolled"));
                page.read("scroller.scrollLeft = 0", &[]);
            }
            page.type_text("p--");
        }
    }
}

#[test]
fn that_a_message_was_stored_before_is_written_where_room_is_short() {
    let class = Class::in_window(&[], (1280, 720));
    // A guest who is alone in a room cannot send a message.
    let _professor = class.caller("professora", "geral");
    for number in 0..8 {
        let name = format!("aluno{number}");
        let mut caller = class.caller(&name, "geral");
        for _ in 0..2 {
            caller.answer(
                "send_message_once",
                &[
                    &name,
                    "geral",
                    "oi, turma",
                    "",
                    &format!("b5f0c2de91a84c3{number}"),
                ],
            );
        }
        class.page.until(
            &format!("the second answer with {} clients", number + 2),
            "// The bar of an open call is in no row.
             return [...document.querySelectorAll('#rows [data-row] [data-method=send_message_once]')]
               .filter((call) => call.dataset.lane === arguments[0])
               .some((call) => call.closest('[data-row]').textContent.includes(' · já estava guardada'))",
            &[json!(format!("user:{name}"))],
        );
    }
}

/// The marks that lie over the head of an arrow, over a cross, or over the arrow itself.
const COVERING: &str = r"
    board.drawNow();
    const covering = [];
    for (const row of document.querySelectorAll('#rows [data-row]')) {
      for (const mark of row.querySelectorAll('.d-mark rect')) {
        const over = mark.getBoundingClientRect();
        for (const shape of row.querySelectorAll('.d-cross, .d-head, .d-line')) {
          const { left, right, top, bottom } = shape.getBoundingClientRect();
          if (left < over.right && right > over.left && top < over.bottom && bottom > over.top) {
            covering.push(`${row.textContent}: ${shape.getAttribute('class')}`);
          }
        }
      }
    }
    return covering;";

#[test]
fn no_mark_covers_what_shows_how_a_call_ended_and_the_message_is_seen() {
    let class = Class::in_window(
        &[
            "--lab",
            "send_message=drop-request,send_message_once=drop-answer",
        ],
        (1280, 720),
    );
    let page = &class.page;
    let mut bia = class.caller("bia", "geral");
    let mut ana = class.caller("ana", "geral");
    for length in [5, 20, 30, 40, 50] {
        let text = "oi, turma ".repeat(5)[..length].to_owned();
        // Each of them twice: the second one is a repetition.
        for caller in [&mut ana, &mut bia] {
            let name = if length % 20 == 0 { "ana" } else { "bia" };
            let mut parameters = vec![json!(name), json!("geral"), json!(text), json!("")];
            caller.call("send_message", &parameters);
            parameters.push(json!(format!("m-{length}")));
            caller.call("send_message_once", &parameters);
        }
    }
    page.see_many("#rows [data-row] .d-try", 10);
    for (window, mode) in [((1280, 720), ""), ((1024, 768), "p")] {
        page.resize(window);
        page.type_text(mode);
        page.read("board.changed('size')", &[]);
        assert_eq!(page.read(COVERING, &[]), json!([]), "{window:?}");
        let unsaid = page.read(
            "return [...document.querySelectorAll('#rows [data-row=call]')].map((row) => row.querySelector('.d-caption').textContent)
               .filter((text) => text.includes('send') && !text.includes('\"oi'))",
            &[],
        );
        assert_eq!(unsaid, json!([]), "{window:?}");
    }
}

#[test]
fn lanes_that_are_not_seen_are_counted_and_a_click_shows_them() {
    let class = Class::in_window(&[], (900, 700));
    let page = &class.page;
    let _callers: Vec<_> = (0..30)
        .map(|number| class.caller(&format!("aluno{number:02}"), "geral"))
        .collect();
    page.see("#heads [data-lane='user:aluno29']");
    let hidden = page.see_text("#heads .d-beyond", "→");
    let count = |text: &str| {
        text.trim_matches(['←', '+', ' ', '→'])
            .parse::<usize>()
            .unwrap()
    };
    assert!(count(&hidden) > 5, "{hidden}");
    page.click("#heads .d-beyond");
    // A browser without scroll bars leaves room for one all the same, below which the last lane is.
    page.until(
        "the last lanes",
        "const beyond = document.querySelector('#heads .d-beyond[data-towards=right]');
         return beyond === null || beyond.textContent === '+1 →'",
        &[],
    );
    // So are those on the other side, below the binder's lane, which stays at its edge.
    let hidden = page.see_text("#heads .d-beyond[data-towards=left]", "←");
    assert!(count(&hidden) > 5, "{hidden}");
    page.see("#heads .d-unseen[data-lane='user:aluno00']");
    page.click("#heads .d-beyond[data-towards=left]");
    page.until("the first lanes", "return scroller.scrollLeft === 0", &[]);
    // Nothing is filtered by that.
    assert_eq!(page.count("#heads [aria-pressed=true]"), 0);
}
