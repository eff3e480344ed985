//! A run that is saved, opened again without servers, and gone through step by step.

use serde_json::{Value as Json, json};
use thirtyfour::Key;

use crate::class::Class;

/// The rows, without the times.
const ROWS: &str =
    "return board.view.rows.map(({ kind, method, note }) => [kind, method ?? note?.kind ?? null])";

#[test]
fn a_saved_run_is_shown_again_step_by_step_without_any_server() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    let _bia = class.caller("bia", "geral");
    ana.say("ana", "geral", "oi, turma", "");
    page.see("#rows [data-method=send_message][data-outcome=answer]");
    // The line is typed at once, without the mouse.
    page.type_text("b");
    page.see("#own-dialog[open]");
    page.type_text("fim da aula");
    page.press(Key::Enter);
    page.see_text("#rows [data-row=note]", "fim da aula");
    page.see("#rooms [data-room=geral]");
    let rows = page.read(ROWS, &[]);
    let run = page.export("json");
    let data: Json = serde_json::from_str(&run).unwrap();
    let sent = data["calls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["method"] == "send_message")
        .unwrap();
    let xml = sent["xml"]["request"].as_str().unwrap();
    assert!(xml.contains("<string>oi, turma</string>"), "{xml}");
    page.click("#export-dialog .close");

    let Class { page, chat, binder } = class;
    drop((chat, binder));
    let open = "board.startReplay({ ...board.readRun(arguments[0]), name: 'aula.json' })";
    page.read(open, &[json!(run)]);
    page.see_text("#replay-banner", "aula.json");
    page.see_many("#rows [data-row]", 0);
    page.see_text("#nothing", "Aperte S para cada passo");
    // What was registered is not known, and none of it is gone.
    page.see_many("#names [data-endpoint]", 0);
    page.see_text("#names", "não contém os nomes registrados");
    page.see_text("#rooms", "No fim da gravação:");
    page.see("#rooms [data-room=geral]");
    let steps = page.until("steps", "return board.picture.waiting()", &[]);
    for _ in 0..steps.as_u64().unwrap() {
        page.type_text("s");
    }
    page.see("#waiting[data-waiting='0']");
    page.until(
        "the whole run",
        &format!(
            "{} && board.view.rows.length >= arguments[0]",
            ROWS.replace("return ", "return (") + ")"
        ),
        &[json!(rows.as_array().unwrap().len())],
    );
    assert_eq!(page.read(ROWS, &[]), rows);
    // The XML is there, too.
    page.open_call("#rows [data-method=send_message]");
    page.see_text("#details [data-xml=request]", "<string>oi, turma</string>");
}

#[test]
fn a_run_with_too_many_calls_says_what_is_left_out() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    ana.answer("list_users", &["geral"]);
    page.see("#rows [data-method=list_users][data-outcome=answer]");
    let run = page.export("json");
    page.click("#export-dialog .close");
    page.read(
        "const run = JSON.parse(arguments[0]);
         run.calls = Array.from({ length: 50_003 }, () => run.calls[0]);
         board.startReplay({ ...board.readRun(JSON.stringify(run)), name: 'aula.json' })",
        &[json!(run)],
    );
    page.see_text("#replay-banner", "3 de 50.003 chamadas ficaram de fora");
}

#[test]
fn behind_a_saved_run_the_live_picture_goes_on() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    // A guest who is alone in a room cannot send a message.
    let _bia = class.caller("bia", "geral");
    ana.answer("list_users", &["geral"]);
    page.see("#rows [data-method=list_users][data-outcome=answer]");
    let run = page.export("json");
    page.click("#export-dialog .close");
    ana.answer("list_rooms", &[]);
    page.see("#rows [data-method=list_rooms][data-outcome=answer]");
    let open = "board.startReplay({ ...board.readRun(arguments[0]), name: 'aula.json' })";
    page.read(open, &[json!(run)]);
    page.see_many("#rows [data-row]", 0);
    ana.say("ana", "geral", "oi", "");
    // The call is there, and is not shown.
    page.read(
        "const { calls } = board;
         window.lookBehind = board.asLive(() => calls.all().some(({ method }) => method === 'send_message'))",
        &[],
    );
    page.until("the call behind the run", "return lookBehind()", &[]);
    page.see_many("#rows [data-row]", 0);
    // A run that is cleared begins again.
    page.click("[data-action=step]");
    page.see("#rows [data-row]");
    page.click("[data-action=clear]");
    page.see_many("#rows [data-row]", 0);
    page.click("[data-action=step]");
    page.see("#rows [data-row]");
    page.click("#replay-banner [data-do=replay-end]");
    page.see("#rows [data-method=send_message]");
    page.see("#rows [data-method=list_rooms]");
    page.see("#names [data-endpoint]");
    page.see("#replay-banner[hidden]");
}

#[test]
fn only_the_chosen_rows_are_exported_and_printed() {
    let class = Class::begin();
    let page = &class.page;
    let mut ana = class.caller("ana", "geral");
    ana.answer("list_users", &["geral"]);
    ana.answer("list_rooms", &[]);
    page.see("#rows [data-method=list_rooms]");
    let shift_click = "const row = document.querySelector(arguments[0]).closest('[data-row]');
        row.querySelector('.d-hit').dispatchEvent(new MouseEvent('click', {
          bubbles: true, shiftKey: true, ...(({ x, y, width, height }) =>
            ({ clientX: x + width / 2, clientY: y + height / 2 }))(row.getBoundingClientRect()) }))";
    page.open_call("#rows [data-method=list_users]");
    page.read(shift_click, &[json!("#rows [data-method=list_rooms]")]);
    page.see_many("#rows .d-in-range", 2);
    let mermaid = page.export("mermaid");
    assert!(mermaid.contains("list_users") && mermaid.contains("list_rooms"));
    assert!(!mermaid.contains("join_room"), "{mermaid}");
    page.click("#export-dialog [name=range]");
    page.until(
        "all rows",
        "return document.querySelector('#export-dialog textarea').value.includes('join_room')",
        &[],
    );
    page.click("#export-dialog .close");
    let printed = page.read(
        "dispatchEvent(new Event('beforeprint'));
         return [...document.querySelectorAll('#print [data-row]')].map((row) => row.textContent).join(' ')",
        &[],
    );
    let printed = printed.as_str().unwrap();
    assert!(
        printed.contains("list_users") && !printed.contains("join_room"),
        "{printed}"
    );
}
