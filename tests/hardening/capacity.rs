//! Servers that are full: what is new is refused, what exists goes on working.

use chat_server::chat::Policy;
use dxr::{Fault, Value};
use protocol::classic::message::Message;
use protocol::fault;

use serde_json::json;

use support::{
    InProcess, Server,
    kept_chat::enter,
    wire::{Client, ask, body_of_answer, call, call_with},
};

fn refusal(text: &str) -> Result<Value, Fault> {
    Err(Fault::new(fault::APPLICATION, text.to_owned()))
}

fn chat(rooms: usize, users: usize) -> InProcess {
    let policy = Policy {
        rooms,
        users,
        ..Policy::default()
    };
    InProcess::unregistered_chat(chat_server::Settings {
        policy,
        ..chat_server::Settings::default()
    })
}

#[test]
fn a_chat_with_all_its_rooms_goes_on() {
    let server = chat(2, 10);
    let classic = |method: &str, texts: &[&str]| ask(&server.address, call(method, texts));
    let accounts = |method: &str, texts: &[&str]| ask(&server.accounts, call(method, texts));
    for room in ["a", "b"] {
        classic("create_room", &[room]).unwrap();
    }
    let full = refusal("Limite de salas atingido. Tente mais tarde.");
    assert_eq!(classic("create_room", &["c"]), full);
    assert_eq!(accounts("create_room", &["c"]), full);
    // An existing room is reported as before, and it is joined and written in as before.
    let exists = classic("create_room", &["a"]);
    assert_eq!(exists, Ok(Value::String("Sala já existe.".to_owned())));
    for user in ["ana", "bia"] {
        classic("register_user", &[user]).unwrap();
        classic("join_room", &[user, "a"]).unwrap();
    }
    let sent = classic("send_message", &["ana", "a", "oi"]);
    assert_eq!(sent, Ok(Value::String("Mensagem enviada.".to_owned())));
}

#[test]
fn a_chat_with_all_its_users_goes_on() {
    let server = chat(10, 2);
    let classic = |method: &str, texts: &[&str]| ask(&server.address, call(method, texts));
    let accounts = |method: &str, texts: &[&str]| ask(&server.accounts, call(method, texts));
    classic("register_user", &["ana"]).unwrap();
    accounts("register_user", &["bia", "senha"]).unwrap();
    let full = refusal("Limite de usuários atingido. Tente mais tarde.");
    assert_eq!(classic("register_user", &["caio"]), full);
    assert_eq!(accounts("register_user", &["caio", "senha"]), full);
    assert_eq!(accounts("login_user", &["caio", "senha"]), full);
    // Who is there stays who it is, and a taken name is refused as taken.
    let taken = refusal("O nome de usuário já está em uso. Escolha outro.");
    assert_eq!(classic("register_user", &["ana"]), taken);
    assert_eq!(
        accounts("login_user", &["bia", "senha"]),
        Ok(Value::Boolean(true))
    );
    classic("create_room", &["geral"]).unwrap();
    classic("join_room", &["ana", "geral"]).unwrap();
    accounts("join_room", &["bia", "geral"]).unwrap();
    accounts("send_message", &["bia", "geral", "oi"]).unwrap();
    // A place that is free again is given to the next.
    classic("unregister_user", &["ana"]).unwrap();
    classic("register_user", &["caio"]).unwrap();
}

#[test]
fn a_binder_with_all_its_names_goes_on() {
    let server = InProcess::binder_with(binder::Settings {
        names: 2,
        ..binder::Settings::default()
    });
    let mut client = Client::open(&server.address);
    client.register("a", 1).unwrap();
    client.register("b", 1).unwrap();
    let full = refusal("Limite de procedimentos registrados atingido.");
    assert_eq!(client.register("c", 1), full);
    client.register("a", 2).unwrap();
    let found = server.caller().answer("lookup_procedure", &["a"]);
    assert_eq!(found, json!(["localhost", 2]));
}

/// The text that costs most on the wire: each byte is written as five.
fn costliest_message() -> String {
    "&".repeat(16 << 10)
}

#[test]
fn the_costliest_room_is_answered_with_what_a_client_reads() {
    let server = chat(10, 10);
    let mut client = enter(&server.address);
    let message = costliest_message();
    // More than an answer has: 8 MiB of texts, which are written with 40 MiB. All would be 64 MiB.
    for _ in 0..820 {
        client.send("ana", &message);
    }
    let length = body_of_answer(&server.address, "receive_messages", &["bia", "geral"]).len();
    assert!((40 << 20..64 << 20).contains(&length), "{length} bytes");
}

#[test]
fn a_batch_of_polls_does_not_answer_with_more_than_fits() {
    let server = chat(10, 10);
    let mut client = enter(&server.address);
    let message = costliest_message();
    for _ in 0..50 {
        client.send("ana", &message);
    }
    let one = "<value><struct><member><name>methodName</name><value>receive_messages</value></member>\
         <member><name>params</name><value><array><data><value>ana</value><value>geral</value></data></array></value></member></struct></value>";
    let batch = format!(
        "<param><value><array><data>{}</data></array></value></param>",
        one.repeat(1_000)
    );
    let answer = ask(&server.address, call_with("system.multicall", &batch)).unwrap();
    let Value::Array(answers) = answer else {
        panic!("no list of answers");
    };
    let made = answers
        .iter()
        .filter(|answer| matches!(answer, Value::Array(_)))
        .count();
    assert_eq!(answers.len(), 1_000);
    // Of 16 MiB, each answer takes at least 50 times 16 KiB.
    assert!((1..=21).contains(&made), "{made} polls were answered");
    // One call more than a batch may have, and none is made.
    let batch = format!(
        "<param><value><array><data>{}</data></array></value></param>",
        "<value/>".repeat(1_001)
    );
    let refusal = ask(&server.address, call_with("system.multicall", &batch)).unwrap_err();
    assert_eq!(
        refusal.string(),
        "parameter 'calls': expected at most 1000 calls, got 1001"
    );
}

#[test]
fn a_loud_room_forgets_its_own_messages_and_no_others() {
    let chat = Server::unregistered_chat(&["--history-memory", "3000000"]);
    let say = |room: &str, text: &str| {
        let sent = ask(&chat.address, call("send_message", &["ana", room, text]));
        assert_eq!(sent, Ok(Value::String("Mensagem enviada.".to_owned())));
    };
    let enter = |user: &str, room: &str| {
        ask(&chat.address, call("create_room", &[room])).unwrap();
        ask(&chat.address, call("join_room", &[user, room])).unwrap();
    };
    let kept = |room: &str| {
        let messages = ask(&chat.address, call("receive_messages", &["ana", room])).unwrap();
        Message::list_from_value(messages).unwrap()
    };
    for user in ["ana", "bia"] {
        ask(&chat.address, call("register_user", &[user])).unwrap();
        enter(user, "quiet");
    }
    for number in 0..20 {
        say("quiet", &number.to_string());
    }
    for user in ["ana", "bia"] {
        enter(user, "loud");
    }
    for number in 0..150 {
        say("loud", &format!("{number} {}", "x".repeat(16_000)));
    }
    assert_eq!(kept("quiet").len(), 20);
    let loud = kept("loud");
    // Each weighs two kibibytes and three times its text.
    assert!((57..=60).contains(&loud.len()), "{} messages", loud.len());
    assert!(loud.last().unwrap().content.starts_with("149 "));
}
