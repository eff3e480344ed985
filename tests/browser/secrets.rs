//! What is not shown: passwords never, private messages only where it was asked for.

use serde_json::json;

use crate::class::Class;
use crate::page::Page;
use support::Seen;

const MASK: &str = "••••••";

/// Everything that can be read on the page, with the details of the call that matches, and its exports.
fn everything(page: &Page, call: &str) -> String {
    page.open_call(call);
    let page_source = page.read("return document.documentElement.outerHTML", &[]);
    let source = page_source.as_str().unwrap().to_owned();
    ["svg", "mermaid", "json"]
        .iter()
        .fold(source, |text, format| text + page.export(format).as_str())
}

#[test]
fn passwords_are_never_on_the_page() {
    let class = Class::with(&["--board-private"]);
    let page = &class.page;
    let mut ana = class.accounts_caller();
    for method in ["register_user", "login_user"] {
        let answer = ana.call(method, &[json!("ana"), json!("girassol-42")]);
        assert_eq!(answer, Seen::Value(json!(true)), "{method}");
        let call = format!("#rows [data-method={method}][data-outcome=answer]");
        page.see_text(
            "#rows [data-row=call]",
            &format!("{method}(\"ana\", {MASK:?})"),
        );
        let shown = everything(page, &call);
        assert!(shown.contains(MASK) && shown.contains(method));
        assert!(!shown.contains("girassol"), "{method}");
        page.click("#export-dialog .close");
    }
    // Nor where the call is wrong: both as one list, an unknown method.
    ana.call("login_user", &[json!(["ana", "girassol-42"])]);
    ana.call("login", &[json!("ana"), json!("girassol-42")]);
    for method in ["login_user", "login"] {
        let call = format!("#rows [data-method={method}][data-outcome=fault]");
        page.see(&call);
        let shown = everything(page, &call);
        assert!(
            shown.contains(MASK) && !shown.contains("girassol"),
            "{method}"
        );
        page.click("#export-dialog .close");
    }
}

#[test]
fn private_messages_are_masked_unless_it_was_asked_for() {
    for (flags, is_shown) in [(&[][..], false), (&["--board-private"][..], true)] {
        let class = Class::with(flags);
        let page = &class.page;
        let mut ana = class.caller("ana", "geral");
        let mut bia = class.caller("bia", "geral");
        ana.say("ana", "geral", "para todos", "");
        ana.say("ana", "geral", "so-para-bia", "bia");
        let received = bia.answer("receive_messages", &["bia", "geral"]);
        assert!(received.to_string().contains("so-para-bia"), "{received}");

        let call = "#rows [data-method=receive_messages][data-items='2']";
        page.see(call);
        let shown = everything(page, call);
        assert!(shown.contains("para todos"));
        assert_eq!(shown.contains("so-para-bia"), is_shown, "{flags:?}");
        assert_eq!(shown.contains(MASK), !is_shown, "{flags:?}");
    }
}
