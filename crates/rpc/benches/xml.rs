//! The XML work of a call: parsing the request, encoding a message, assembling an answer.
//!
//! `cargo bench -p rpc`. The package `bench` measures whole calls.

use std::hint::black_box;

use divan::{AllocProfiler, Bencher};
use dxr::Value;
use rpc::Answer;
use rpc::xml::{read, write};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A request with these strings as parameters, with the white space that Python's client writes.
fn request(method: &str, texts: &[&str]) -> String {
    let parameters: String = texts
        .iter()
        .map(|text| format!("<param>\n<value><string>{text}</string></value>\n</param>\n"))
        .collect();
    format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>{method}</methodName>\n<params>\n\
         {parameters}</params>\n</methodCall>\n"
    )
}

#[divan::bench]
fn read_a_poll(bencher: Bencher) {
    let poll = request(
        "receive_new_messages",
        &["ana", "geral", "2025-03-09 07:05:01"],
    );
    bencher.bench(|| read::call(black_box(poll.as_bytes())));
}

/// The same with the XML parser: a comment is not on the fast path.
#[divan::bench]
fn read_a_poll_of_another_form(bencher: Bencher) {
    let poll = request(
        "receive_new_messages",
        &["ana", "geral", "2025-03-09 07:05:01"],
    );
    let poll = poll.replace("<params>", "<!-- --><params>");
    bencher.bench(|| read::call(black_box(poll.as_bytes())));
}

#[divan::bench]
fn read_a_send(bencher: Bencher) {
    let text = "Bom dia! Alguém já leu o capítulo da aula de hoje?";
    let send = request("send_message", &["ana", "geral", text, ""]);
    bencher.bench(|| read::call(black_box(send.as_bytes())));
}

/// A message as a chat carries it.
fn message() -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let members = [
        ("type", text("broadcast")),
        ("origin", text("ana")),
        ("destination", text("")),
        (
            "content",
            text("Bom dia! Alguém já leu o capítulo da aula de hoje?"),
        ),
        ("timestamp", text("2025-03-09 07:05:01.000001")),
    ];
    Value::Struct(members.map(|(name, value)| (name.to_owned(), value)).into())
}

#[divan::bench]
fn write_a_message(bencher: Bencher) {
    bencher.bench(|| write::value(&black_box(message())));
}

/// The answer of a binder to a look-up.
#[divan::bench]
fn write_a_place(bencher: Bencher) {
    let place = || {
        Value::Array(vec![
            Value::String("localhost".into()),
            Value::Integer(9000),
        ])
    };
    bencher
        .with_inputs(place)
        .bench_values(|place| write::value(&place));
}

/// A poll of messages that were encoded before.
#[divan::bench(args = [0, 1, 50, 1_000])]
fn assemble_an_answer(bencher: Bencher, messages: usize) {
    let written = write::value(&message()).unwrap_or_default();
    let pieces = vec![written.into_bytes(); messages];
    bencher.bench(|| Answer::array_of_encoded(black_box(&pieces).iter().map(Vec::as_slice)));
}
