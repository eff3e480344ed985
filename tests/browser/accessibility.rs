//! What axe-core finds on the page: nothing, in any view.

use serde_json::{Value as Json, json};
use thirtyfour::Key;

use crate::class::Class;
use crate::page::Page;

/// The names of the rules that are broken, with the first element of each.
const FINDINGS: &str = "
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`)";

/// `.ci/run` installs axe-core and runs this.
#[test]
#[ignore = "needs the file axe.min.js of axe-core, named by AXE_CORE"]
fn axe_finds_nothing_in_any_view() {
    let path = std::env::var("AXE_CORE").expect("AXE_CORE names the file axe.min.js");
    let axe = std::fs::read_to_string(&path).unwrap();
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    page.read(&format!("{axe}; window.axe = axe"), &[]);
    finds_nothing(page, "without a call");

    let _ana = class.python_client("ana", "geral");
    let mut bia = class.caller("bia", "geral");
    bia.call("register_user", &[json!("ana")]);
    bia.say("bia", "geral", "bom dia", "");
    let waiting = class.long_poll("bia", "geral", 25_000);
    page.see("[data-bar=open]");
    page.fill("#lab-form [name=method]", "list_rooms");
    page.click("#lab-form [type=submit]");
    page.see("#lab-banner [data-rule=list_rooms]");
    page.click("#figures summary");
    for theme in ["light", "dark"] {
        let set = "document.documentElement.dataset.theme = arguments[0]";
        page.read(set, &[json!(theme)]);
        finds_nothing(page, theme);
        page.open_call("#rows [data-method=send_message]");
        finds_nothing(page, &format!("{theme}, with details"));
        page.press(Key::Escape);
        page.see("#details[hidden]");
    }
    for (key, dialog) in [("?", "help"), ("e", "export"), ("b", "own")] {
        page.type_text(key);
        page.see(&format!("#{dialog}-dialog[open]"));
        finds_nothing(page, dialog);
        page.press(Key::Escape);
        page.see(&format!("#{dialog}-dialog:not([open])"));
    }
    page.type_text(" ");
    page.type_text("p");
    finds_nothing(page, "paused, in the projector's mode");
    page.type_text("p");
    // A paused picture does not show what happens then.
    page.type_text(" ");
    page.fill("#filter-text", "nothing has this");
    finds_nothing(page, "filtered");
    let Class { page, chat, binder } = class;
    drop(chat);
    page.see("#heads [data-role=chat-server][data-status=gone]");
    finds_nothing(&page, "with a dead server");
    drop(binder);
    let _ = waiting.join();
}

#[track_caller]
fn finds_nothing(page: &Page, view: &str) {
    let (is_done, findings) = page.settled(FINDINGS, &[]);
    assert!(is_done, "{findings}");
    assert_eq!(findings, Json::Array(Vec::new()), "{view}");
}
