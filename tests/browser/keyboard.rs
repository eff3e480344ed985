//! The page without a mouse.

use serde_json::json;
use thirtyfour::Key;

use crate::class::Class;

#[test]
fn everything_can_be_done_with_the_keys() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    page.see("#rows [data-method=join_room][data-outcome=answer]");

    page.type_text(" ");
    page.see("#pause[aria-pressed=true]");
    ana.answer("list_users", &["geral"]);
    ana.answer("list_rooms", &[]);
    page.see("#waiting[data-waiting='2']");
    page.type_text("s");
    page.see("#waiting[data-waiting='1']");
    page.see_many("#rows [data-method=list_users]", 1);
    assert_eq!(page.count("#rows [data-method=list_rooms]"), 0);
    page.type_text(" ");
    page.see("#pause[aria-pressed=false]");
    page.see("#rows [data-method=list_rooms]");

    // Walking: the first arrow key goes to the calls, the next to the last one, from there upwards.
    page.press(Key::Up);
    page.until(
        "the calls have the keys",
        "return document.activeElement.id === 'scroller'",
        &[],
    );
    let selected = |method: &str| page.see(&format!("#rows .d-selected[data-method={method}]"));
    page.press(Key::Up);
    selected("list_rooms");
    page.press(Key::Up);
    selected("list_users");
    page.press(Key::Enter);
    page.see("#details[data-state=here]");
    page.see_text(
        "#details [data-xml=request]",
        "<methodName>list_users</methodName>",
    );
    page.until(
        "the details have the keys",
        "return document.getElementById('details').contains(document.activeElement)",
        &[],
    );
    page.press(Key::Escape);
    page.see("#details[hidden]");

    page.type_text("f");
    page.until(
        "the filter has the keys",
        "return document.activeElement.id === 'filter-who'",
        &[],
    );
    page.read("document.activeElement.blur()", &[]);
    for (key, dialog) in [("?", "#help-dialog"), ("e", "#export-dialog")] {
        page.type_text(key);
        page.see(&format!("{dialog}[open]"));
        page.press(Key::Escape);
        page.see(&format!("{dialog}:not([open])"));
    }
    let unexplained = page.read(
        "const legend = document.querySelector('#help-dialog .legend').textContent;
         return Object.values(board.NOTE_SIGNS).filter((sign) => !legend.includes(sign))",
        &[],
    );
    assert_eq!(unexplained, json!([]));
    // A dialog that was closed a moment ago still has the keys and does not keep them.
    page.read(
        "document.querySelector(arguments[0]).dispatchEvent(\
         new KeyboardEvent('keydown', { key: 'e', bubbles: true }))",
        &[json!("#help-dialog button")],
    );
    page.see("#export-dialog[open]");
    page.press(Key::Escape);
    page.see("#export-dialog:not([open])");
    let theme = page.attribute("html", "data-theme");
    page.type_text("d");
    page.see(&format!("html:not([data-theme={theme}])"));
    page.type_text("l");
    page.see("html[lang=en]");
    page.type_text("n");
    page.see("#side-toggle[aria-expanded=false]");
    page.type_text("c");
    page.see_many("#rows [data-call]", 0);

    // A lane's head is a button.
    page.read(
        "document.querySelector(arguments[0]).focus()",
        &[json!("#heads [data-role=binder]")],
    );
    page.press(Key::Enter);
    page.see("#heads [data-role=binder][aria-pressed=true]");
}
