//! Asking for what is new: again and again, or once and waiting.

use serde_json::Value as Json;

use crate::class::Class;
use support::Seen;

#[test]
fn polls_that_bring_nothing_are_one_row_with_a_growing_count() {
    let class = Class::begin();
    let page = &class.page;
    let _ana = class.python_client("ana", "geral");
    let folded = "#rows [data-row=polls] [data-polls][data-method=receive_new_messages][data-lane='user:ana']";
    let count = |least: u64| {
        page.until(
            &format!("{least} polls in one row"),
            "const count = Number(document.querySelector(arguments[0])?.dataset.count);
             return count >= arguments[1] && count",
            &[folded.into(), least.into()],
        )
    };
    let first = count(3);
    count(first.as_u64().unwrap() + 3);
    assert_eq!(page.count(folded), 1);

    // News ends the run.
    let mut bia = class.caller("bia", "geral");
    bia.say("bia", "geral", "novidade", "");
    page.see("#rows [data-row=delivery] [data-method=receive_new_messages][data-lane='user:ana'][data-items='1']");
    page.see_many(folded, 2);
}

#[test]
fn a_long_poll_is_a_bar_that_stays_open_until_it_is_answered() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let _bia = class.caller("bia", "geral");
    let waiting = class.long_poll("bia", "geral", 25_000);
    let bar =
        |state| format!("[data-bar={state}][data-method=wait_messages][data-lane='user:bia']");
    page.see(&bar("open"));
    page.see_text("#rows [data-row=polls]", "esperando");
    assert_eq!(page.count(&bar("answered")), 0);

    ana.say("ana", "geral", "bom dia", "");
    page.see(&bar("answered"));
    assert_eq!(page.count(&bar("open")), 0);
    page.see(
        "#rows [data-row=delivery] [data-answer-of][data-method=wait_messages][data-items='1']",
    );
    let Seen::Value(answer) = waiting.join().unwrap() else {
        panic!("no answer");
    };
    assert_eq!(
        answer["messages"].as_array().map(Vec::len),
        Some(1),
        "{answer}"
    );
    assert_eq!(answer["messages"][0]["content"], Json::from("bom dia"));
}
