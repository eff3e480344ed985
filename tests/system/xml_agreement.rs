//! Three readers, one meaning: what our writer (dxr) writes, our reader and Python's read the same.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use dxr::{MethodResponse, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use contract::value::to_json;
use support::{Caller, InProcess, Language, python::Parser, wire::body_of_answer};

/// As many documents as take a second or two.
const DOCUMENTS: u32 = 500;

#[test]
fn what_we_write_our_reader_and_pythons_read_the_same() {
    let mut runner = TestRunner::new(Config {
        cases: DOCUMENTS,
        // A failure shows the document; nothing more needs to be kept.
        failure_persistence: None,
        ..Config::default()
    });
    let parameters = prop::collection::vec(value(), 0..4);
    let outcome = runner.run(&parameters, |parameters| {
        let document = rpc::xml::write::call("m", parameters.clone()).unwrap();
        let read = rpc::xml::read::call(document.as_bytes());
        let ours = read.map(|call| (call.method, call.parameters));
        prop_assert_eq!(
            ours,
            Ok(("m".to_owned(), parameters.clone())),
            "{}",
            document
        );

        let parameters: Vec<Json> = parameters.iter().map(to_json).collect();
        let expected = json!({"name": "it", "method": "m", "params": parameters});
        prop_assert_eq!(pythons_reading(&document), expected, "{}", document);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_text_from_python_or_from_us_reaches_python_and_us_as_it_was() {
    let server = InProcess::chat();
    let mut callers = [server.caller(), Caller::python(&server.address)];
    for user in ["ana", "bia"] {
        callers[0].enter(user, "geral");
    }
    let mut runner = TestRunner::deterministic();
    let mut sent = Vec::new();
    for number in 0..200 {
        let said = text().new_tree(&mut runner).unwrap().current();
        // No two are the same and none is empty.
        let said = format!("{number}{said}{number}");
        callers[number % 2].say("ana", "geral", &said, "");
        sent.push(said);
    }
    for (mut caller, language) in callers.into_iter().zip([Language::Rust, Language::Python]) {
        let read = caller.answer("receive_messages", &["bia", "geral"]);
        let read: Vec<&str> = read
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap())
            .collect();
        assert_eq!(read, sent, "as {language} reads them");
    }
}

/// Messages are written once and answers are put together from the pieces: what goes out must be what
/// dxr would have written for the whole answer, except for the order of members and for the references
/// that are not needed.
#[test]
fn an_answer_of_pieces_is_what_dxr_writes_and_what_dxr_and_python_read() {
    let server = InProcess::chat();
    let (mut classic, mut accounts) = (server.caller(), Caller::rust(&server.accounts));
    classic.enter("ana", "geral");
    classic.enter("bia", "geral");
    accounts.answer("login_user", &["caio", "senha"]);
    accounts.answer("join_room", &["caio", "geral"]);
    let mut runner = TestRunner::deterministic();
    for number in 0..100 {
        let said = text().new_tree(&mut runner).unwrap().current();
        // With a digit at each end: dxr's reader takes white space off texts that are nothing else.
        let said = format!("{number}{said}{number}");
        let to = ["", "bia", "caio"][number % 3];
        classic.say("ana", "geral", &said, to);
    }
    let since = "1970-01-01 00:00:00";
    let asked: [(&str, &str, &[&str]); 6] = [
        (&server.address, "receive_messages", &["bia", "geral"]),
        (
            &server.address,
            "receive_new_messages",
            &["bia", "geral", since],
        ),
        (
            &server.address,
            "receive_new_messages",
            &["eva", "geral", "2999-01-01 00:00:00"],
        ),
        (&server.address, "join_room", &["bia", "geral"]),
        (&server.accounts, "receive_messages", &["caio", "geral"]),
        (&server.accounts, "join_room", &["caio", "geral"]),
    ];
    for (address, method, parameters) in asked {
        let body = body_of_answer(address, method, parameters);
        let value = rpc::xml::read::answer(body.as_bytes()).unwrap().unwrap();
        let as_dxr_reads = MethodResponse::from_xml(&body).unwrap().value;
        assert_eq!(as_dxr_reads, value, "{method}{parameters:?}");
        let as_dxr_writes = MethodResponse {
            value: value.clone(),
        }
        .to_xml()
        .unwrap();
        // What is written otherwise on purpose, everywhere.
        let as_dxr_writes = as_dxr_writes
            .replace("<nil></nil>", "<nil/>")
            .replace("&quot;", "\"")
            .replace("&apos;", "'");
        let expected = format!("<?xml version=\"1.0\"?>\n{as_dxr_writes}");
        // The order of members is that of the originals, see `wire_form`; what they are was compared above.
        assert!(
            in_order(&body) == in_order(&expected),
            "{method}{parameters:?}: {body}"
        );
        let expected = json!({"name": "it", "method": null, "params": [to_json(&value)]});
        assert_eq!(pythons_reading(&body), expected, "{method}{parameters:?}");
    }
}

/// The bytes of a document whatever their order is.
fn in_order(document: &str) -> Vec<u8> {
    let mut bytes = document.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes
}

/// Texts as people and programs make them: any script, markup, white space anywhere.
///
/// No carriage return: XML turns it into a line feed on every way in.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => any::<char>(),
        2 => prop::sample::select(vec!['<', '>', '&', '"', '\'', ']', ' ', '\t', '\n', '\u{a0}', '\u{85}', '\u{2028}']),
        2 => prop::char::range('a', 'z'),
    ];
    let character = character.prop_filter("characters that XML carries", |&character| {
        rpc::xml::write::is_allowed(character) && character != '\r'
    });
    prop::collection::vec(character, 0..20).prop_map(String::from_iter)
}

/// Values of every type of the protocol, nested as deep as anything needs.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::String),
        1 => any::<i32>().prop_map(Value::Integer),
        // Smaller ones are always `Integer`.
        1 => (i64::from(i32::MAX) + 1..=i64::MAX).prop_map(Value::Long),
        1 => any::<bool>().prop_map(Value::Boolean),
        1 => (-1e15..1e15).prop_map(Value::Double),
        1 => Just(Value::Nil),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(text(), inner, 0..5)
                .prop_map(|members: BTreeMap<_, _>| Value::Struct(members)),
        ]
    })
}

/// What Python's parser makes of a document; one process reads them all.
fn pythons_reading(document: &str) -> Json {
    static PYTHON: LazyLock<Mutex<Parser>> = LazyLock::new(|| Mutex::new(Parser::start()));
    PYTHON.lock().unwrap().read(document.as_bytes())
}
