//! What is on the screen, to take away.

use serde_json::Value as Json;

use crate::class::Class;

#[test]
fn the_picture_goes_out_as_svg_as_mermaid_and_as_json() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let _bia = class.caller("bia", "geral");
    ana.say("ana", "geral", "a < b && c; 100% #1", "");
    ana.call("register_user", &["ana".into()]);
    let waiting = class.long_poll("bia", "geral", 300);
    waiting.join().unwrap();
    page.see("#rows [data-method=send_message][data-outcome=answer]");
    page.see("#rows [data-outcome=fault]");

    svg_stands_alone(&page.export("svg"));
    mermaid_is_a_sequence_diagram(&page.export("mermaid"));
    json_has_every_call(&page.export("json"));

    page.click("[data-do=copy]");
    page.see_text("[data-do=copy]", "Copiado");
}

fn svg_stands_alone(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(
        root.tag_name().namespace(),
        Some("http://www.w3.org/2000/svg")
    );
    assert!(root.has_attribute("viewBox"));
    let written: Vec<_> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "text")
        .map(|node| {
            let parts = node.descendants().filter(roxmltree::Node::is_text);
            parts.filter_map(|part| part.text()).collect::<String>()
        })
        .collect();
    for part in [
        "ana",
        "bia",
        "send_message(",
        "a < b && c; 100% #1",
        "falha 1",
    ] {
        assert!(
            written.iter().any(|text| text.contains(part)),
            "{part:?} in {written:#?}"
        );
    }
    let style = document
        .descendants()
        .find(|node| node.tag_name().name() == "style")
        .and_then(|node| node.text())
        .unwrap();
    // Programs other than browsers know no variables, and it loads nothing.
    assert!(
        style.contains(".d-line") && !style.contains("var("),
        "{style}"
    );
    assert!(!text.contains("href") && !text.contains("<script") && !style.contains("url("));
}

fn mermaid_is_a_sequence_diagram(text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    for line in lines {
        let statement = line
            .strip_prefix("    ")
            .unwrap_or_else(|| panic!("{line:?}"));
        let first = statement.split(' ').next().unwrap();
        let is_arrow = ["->>", "-->>", "--x", "-x"]
            .iter()
            .any(|arrow| first.contains(arrow));
        let is_word = ["participant", "activate", "deactivate", "Note"].contains(&first);
        assert!(is_arrow || is_word, "{line:?}");
        // Only as part of `#59;` and the like.
        let ends_of_codes = statement.split('#').skip(1).filter(|code| {
            code.split_once(';')
                .is_some_and(|(digits, _)| digits.parse::<u32>().is_ok())
        });
        assert_eq!(
            statement.matches(';').count(),
            ends_of_codes.count(),
            "{line:?}"
        );
    }
    for part in [
        "participant p0 as binder",
        " as ana<br/>classic",
        "->>",
        "--x",
        "a #60; b #38;#38; c#59; 100#37; #35;1",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
}

fn json_has_every_call(text: &str) {
    let data: Json = serde_json::from_str(text).unwrap();
    let calls = data["calls"].as_array().unwrap();
    let sent = calls
        .iter()
        .find(|call| call["method"] == "send_message")
        .unwrap();
    assert_eq!(sent["arguments"][2], "a < b && c; 100% #1");
    assert_eq!(sent["user"], "ana");
    assert_eq!(sent["dialect"], "classic");
    assert_eq!(sent["end"]["outcome"], "answer");
    assert!(calls.iter().any(|call| call["end"]["fault"]["code"] == 1));
    let lanes = data["lanes"].as_array().unwrap();
    assert!(
        lanes
            .iter()
            .any(|lane| lane["name"] == "ana" && lane["role"] == "client")
    );
}
