//! Names and messages that would like to be more than text.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::json;

use crate::class::Class;
use support::Seen;

const MARKUP: &str = "<img src=x onerror=\"window.taken=1\">";
const SCRIPT: &str = "]]></script></style></svg><script>window.taken=2</script>";
const LINK: &str = "javascript:window.taken=3";

#[test]
fn what_strangers_type_is_text_wherever_it_is_shown() {
    let class = Class::begin();
    let page = &class.page;
    page.read(
        "window.violations = []; addEventListener('securitypolicyviolation',
           (violation) => window.violations.push(violation.violatedDirective + ' ' + violation.blockedURI))",
        &[],
    );
    let elements = "img, iframe, object, embed, base, svg script, #rows a, #heads a, script:not(body > script)";
    assert_eq!((page.count(elements), page.count("script")), (0, 1));

    let user = "<b onclick=alert(1)>ana</b>";
    let _witness = class.caller("bia", MARKUP);
    let mut ana = class.caller(user, MARKUP);
    ana.say(user, MARKUP, SCRIPT, "");
    ana.answer("list_users", &[MARKUP]);
    // A name with a turn of the writing direction in it, which is refused, and so stands in a fault.
    let refused = ana.call("register_user", &[json!("\u{202e}gpj.exe")]);
    assert!(matches!(refused, Seen::Fault(..)), "{refused:?}");
    let unknown = ana.call(MARKUP, &[json!(SCRIPT)]);
    assert!(matches!(unknown, Seen::Fault(..)), "{unknown:?}");
    let mut binder = class.binder.caller();
    for name in [MARKUP, SCRIPT, LINK] {
        binder.call(
            "register_procedure",
            &[json!(name), json!("nowhere.invalid"), json!(1)],
        );
    }

    page.see_text("#heads [data-role=client] .d-name", "<b");
    // What is cut in the picture is whole in the row's label.
    for part in ["</script>", "⟨202E⟩gpj.exe"] {
        page.until(
            part,
            "return [...document.querySelectorAll('#rows [role=option]')]
               .some((row) => row.ariaLabel.includes(arguments[0]))",
            &[json!(part)],
        );
    }
    page.see_text("#rooms", MARKUP);
    page.see_text("#names", MARKUP);
    page.open_call("#rows [data-method=send_message]");
    page.see_text("#details [data-xml=request]", "&lt;script&gt;");
    let mermaid = page.export("mermaid");
    assert!(
        !mermaid.contains("<b ") && !mermaid.contains("<img"),
        "{mermaid}"
    );
    let svg = page.export("svg");
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(
        document
            .descendants()
            .all(|node| !["script", "img", "b"].contains(&node.tag_name().name()))
    );

    assert_eq!((page.count(elements), page.count("script")), (0, 1));
    assert_eq!(page.read("return window.taken ?? null", &[]), json!(null));
    assert_eq!(page.read("return window.violations", &[]), json!([]));
    assert!(page.all_rows().iter().all(|row| !row.contains('\u{202e}')));
}

#[test]
fn the_policy_stops_what_would_slip_through() {
    let class = Class::begin();
    let page = &class.page;
    // As if the page had a hole: markup, an inline handler, a script, a request to elsewhere.
    let injected = page.read(
        "const place = document.getElementById('rooms');
         try { place.innerHTML = arguments[0]; } catch (error) { return error.name; }
         return 'no error'",
        &[json!(MARKUP)],
    );
    assert_eq!(
        injected, "TypeError",
        "markup cannot be made from a string at all"
    );
    page.read(
        "const script = document.createElement('script');
         script.append('window.taken = 4');
         document.body.append(script)",
        &[],
    );
    assert_eq!(page.read("return window.taken ?? null", &[]), json!(null));
}

/// A foreign program that looks like a chat server with a board and sends nonsense: times that cannot be, objects in
/// place of texts, and a line without an end.
fn nonsense() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                // Enough of the request to know that one came.
                let _ = stream.read(&mut [0; 100]);
                let mut piece = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\
                    Access-Control-Allow-Origin: *\r\n\r\n\
                    event: hello\ndata: {\"life\":\"x\",\"lab\":true,\"at\":9e14,\"role\":\"chat-server\",\"ports\":[{}]}\n\n\
                    event: rooms\ndata: {\"rooms\":[null,1,{\"name\":null,\"users\":{}}]}\n\n\
                    event: lab\ndata: {\"rules\":[null,[],{\"method\":{}}]}\n\n\
                    id: x-1\nevent: began\ndata: {\"call\":1,\"at\":9e14,\"method\":\"odd\",\"arguments\":[{}],\"peer\":null}\n\n\
                    id: x-2\nevent: ended\ndata: {\"call\":1,\"at\":-9e14,\"outcome\":[],\"answer\":{\"toString\":1}}\n\n\
                    event: began\ndata: no JSON\n\nevent: began\ndata: "
                    .to_owned();
                while stream.write_all(piece.as_bytes()).is_ok() {
                    piece = "x".repeat(1 << 16);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            });
        }
    });
    port
}

#[test]
fn a_feed_of_nonsense_disturbs_no_other_server() {
    let class = Class::begin();
    let page = &class.page;
    page.read("window.errors = []; addEventListener('error', (error) => window.errors.push(error.message))", &[]);
    let mut binder = class.binder.caller();
    let port = nonsense();
    binder.call(
        "register_procedure",
        &[json!("odd"), json!("127.0.0.1"), json!(port)],
    );
    page.see_text(
        "#heads [data-role=chat-server][data-status=live]",
        &port.to_string(),
    );
    page.see("#rows [data-method=odd]");
    let mut ana = class.caller("ana", "geral");
    for _ in 0..3 {
        ana.answer("list_users", &["geral"]);
    }
    page.see("#rows [data-method=list_users][data-outcome=answer]");
    page.see_text("[data-room=geral]", "ana");
    // All happened within the last minutes.
    let times = page.read(
        "return board.view.rows.every(({ at }) => Math.abs(at - Date.now()) < 600000)",
        &[],
    );
    assert_eq!(times, json!(true));
    assert_eq!(page.read("return window.errors", &[]), json!([]));
}
