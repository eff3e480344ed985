//! Calls broken on purpose, from the page.

use serde_json::json;
use thirtyfour::Key;

use crate::class::Class;
use support::{Caller, Seen};

/// Breaks every call of `method` from now on.
fn break_calls(class: &Class, method: &str, action: &str) {
    let page = &class.page;
    page.choose(
        "#lab-form [name=server]",
        &format!("localhost:{}", class.chat.port()),
    );
    page.fill("#lab-form [name=method]", method);
    page.choose("#lab-form [name=action]", action);
    page.fill("#lab-form [name=probability]", "100");
    page.click("#lab-form [type=submit]");
    page.see(&format!(
        "#lab-banner [data-rule={method}][data-action={action}]"
    ));
}

#[test]
fn a_lost_answer_makes_python_send_twice_and_a_message_with_an_identifier_is_there_once() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let mut witness = class.caller("bia", "geral");
    let mut python = Caller::python(&class.chat.address);
    python.enter("ana", "geral");
    let texts = |witness: &mut Caller| -> Vec<String> {
        let messages = witness.answer("receive_messages", &["bia", "geral"]);
        let messages = messages.as_array().unwrap();
        messages
            .iter()
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    };

    break_calls(&class, "send_message", "drop-answer");
    let parameters = [
        json!("ana"),
        json!("geral"),
        json!("duas vezes?"),
        json!(""),
    ];
    let lost = python.call("send_message", &parameters);
    assert!(matches!(lost, Seen::Nothing(_)), "{lost:?}");
    // Both requests arrive, both answers are lost on the way: lines that end in a cross.
    let dropped = "#rows [data-method=send_message][data-outcome=dropped][data-lab=drop-answer]";
    page.see_many(&format!("{dropped} .d-cross"), 2);
    page.see_many(&format!("{dropped} .d-head"), 2);
    page.see_text("#rows [data-row=call]", "resposta perdida");
    page.open_call(dropped);
    page.see_text("#details [data-fact=http]", "conexão fechada depois");
    page.press(Key::Escape);
    page.see("#details[hidden]");
    assert_eq!(texts(&mut witness), ["duas vezes?", "duas vezes?"]);
    page.see_text("[data-room=geral]", "2");

    break_calls(&class, "send_message_once", "drop-answer");
    let parameters = [
        json!("ana"),
        json!("geral"),
        json!("uma vez"),
        json!(""),
        json!("m-1"),
    ];
    let lost = python.call("send_message_once", &parameters);
    assert!(matches!(lost, Seen::Nothing(_)), "{lost:?}");
    page.see_many(
        "#rows [data-method=send_message_once][data-outcome=dropped]",
        2,
    );
    assert_eq!(
        texts(&mut witness),
        ["duas vezes?", "duas vezes?", "uma vez"]
    );

    // Off again, from the banner.
    for method in ["send_message", "send_message_once"] {
        page.click(&format!("#lab-banner [data-rule={method}] button"));
        page.see_many(&format!("#lab-banner [data-rule={method}]"), 0);
    }
    page.see("#lab-banner[hidden]");
    python.say("ana", "geral", "tudo normal", "");
}

#[test]
fn other_ways_to_break_a_call_look_different() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    for (action, method, shape) in [
        (
            "drop-request",
            "list_rooms",
            "[data-outcome=dropped] .d-cross",
        ),
        ("fault", "list_users", "[data-outcome=fault] .d-fault-head"),
        ("twice", "create_room", "[data-outcome] .d-head + .d-head"),
    ] {
        break_calls(&class, method, action);
        let parameters = if method == "list_rooms" {
            vec![]
        } else {
            vec![json!("geral")]
        };
        ana.call(method, &parameters);
        page.see(&format!(
            "#rows [data-method={method}][data-lab={action}]{shape}"
        ));
        page.see("#rows .d-lab");
    }
    assert_eq!(
        page.count("#rows [data-method=list_rooms][data-lab=drop-request] .d-answer"),
        0
    );
}

#[test]
fn a_rule_counts_the_calls_of_one_client_or_ends_with_the_next() {
    let class = Class::with(&["--lab"]);
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let mut bia = class.caller("bia", "geral");
    page.see("#heads [data-lane='user:bia']");
    page.fill("#lab-form [name=method]", "receive_messages");
    page.choose("#lab-form [name=action]", "fault");
    page.choose("#lab-form [name=when]", "every");
    page.fill("#lab-form [name=every]", "2");
    page.fill("#lab-form [name=client]", "ana");
    page.click("#lab-form [type=submit]");
    page.see_text("#lab-banner .rule", "a cada 2, só ana");
    let is_refused = |caller: &mut Caller, name: &str| {
        let answer = caller.call("receive_messages", &[json!(name), json!("geral")]);
        matches!(answer, Seen::Fault(..))
    };
    let refused: Vec<_> = (0..4).map(|_| is_refused(&mut ana, "ana")).collect();
    assert_eq!(refused, [false, true, false, true]);
    assert!((0..4).all(|_| !is_refused(&mut bia, "bia")));

    page.choose("#lab-form [name=when]", "next");
    page.fill("#lab-form [name=client]", "");
    page.click("#lab-form [type=submit]");
    page.see_text("#lab-banner .rule", "só a próxima");
    assert!(is_refused(&mut bia, "bia"));
    assert!(!is_refused(&mut bia, "bia"));
    page.see("#lab-banner[hidden]");
}

#[test]
fn without_the_flag_there_is_no_lab() {
    let class = Class::begin();
    class.page.see("#lab[hidden]");
    assert_eq!(class.page.count("#lab-form [name]"), 0);
}
