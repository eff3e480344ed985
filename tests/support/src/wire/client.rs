//! Calls on a connection of one's own.

use std::net::Ipv4Addr;

use dxr::{Fault, Value};
use protocol::classic::message::Message;

use super::connection::{Connection, Response};
use super::requests::{call, post};

/// The room of the users in tests that need only one.
pub const ROOM: &str = "geral";

/// What a server answers to a request, on a connection of its own.
#[track_caller]
pub fn respond(address: &str, request: impl AsRef<[u8]>) -> Response {
    Connection::open(address).ask(request)
}

/// What a server answers to one body, on a connection of its own.
#[track_caller]
pub fn ask(address: &str, body: impl AsRef<[u8]>) -> Result<Value, Fault> {
    respond(address, post(body)).answer()
}

/// The body of the answer to a call with strings, on a connection of its own.
#[track_caller]
pub fn body_of_answer(address: &str, method: &str, texts: &[&str]) -> String {
    let values = texts.iter().map(|&text| Value::String(text.to_owned()));
    let call = rpc::xml::write::call(method, values.collect()).unwrap();
    respond(address, post(call)).text()
}

pub struct Client(Connection);

impl Client {
    /// A new connection to `HOST:PORT`.
    pub fn open(address: &str) -> Self {
        Self(Connection::open(address))
    }

    pub fn call(&mut self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        self.0.ask(post(call(method, texts))).answer()
    }

    /// A new connection to `HOST:PORT` from this address of this machine.
    pub fn open_from(source: Ipv4Addr, address: &str) -> Self {
        Self(Connection::open_from(source, address))
    }

    /// Registers a name in a binder, for a server at this port of this machine.
    pub fn register(&mut self, name: &str, port: u16) -> Result<Value, Fault> {
        let [name, host] = [name, "localhost"].map(|text| Value::String(text.to_owned()));
        let parameters = vec![name, host, Value::Integer(port.into())];
        let call = rpc::xml::write::call("register_procedure", parameters).unwrap();
        self.0.ask(post(call)).answer()
    }

    /// Makes calls with strings in one batch. The answer to each is an array of one value, or a fault's struct.
    #[track_caller]
    pub fn batch<'a, const N: usize>(
        &mut self,
        calls: impl IntoIterator<Item = (&'a str, [&'a str; N])>,
    ) -> Vec<Value> {
        let string = |text: &str| Value::String(text.to_owned());
        let calls = calls.into_iter().map(|(method, texts)| {
            let members = [
                ("methodName".to_owned(), string(method)),
                (
                    "params".to_owned(),
                    Value::Array(texts.map(string).to_vec()),
                ),
            ];
            Value::Struct(members.into())
        });
        let calls = vec![Value::Array(calls.collect())];
        let call = rpc::xml::write::call("system.multicall", calls).unwrap();
        match self.0.ask(post(call)).answer() {
            Ok(Value::Array(answers)) => answers,
            other => panic!("not the answers of a batch: {other:?}"),
        }
    }

    /// Makes a call that must not be answered with a fault.
    #[track_caller]
    pub fn ask(&mut self, method: &str, texts: &[&str]) -> Value {
        let answer = self.call(method, texts);
        answer.unwrap_or_else(|fault| panic!("{method}{texts:?}: {fault:?}"))
    }

    /// Makes a call that must be answered with this text.
    #[track_caller]
    pub fn must(&mut self, method: &str, texts: &[&str], expected: &str) {
        let answer = self.ask(method, texts);
        assert_eq!(answer, Value::String(expected.to_owned()), "{method}");
    }

    /// Sends a message to [`ROOM`], which must succeed.
    #[track_caller]
    pub fn send(&mut self, user: &str, text: &str) {
        self.must("send_message", &[user, ROOM, text, ""], "Mensagem enviada.");
    }

    /// The texts that a user finds in [`ROOM`].
    #[track_caller]
    pub fn texts(&mut self, user: &str) -> Vec<String> {
        let answer = self.ask("receive_messages", &[user, ROOM]);
        let messages = Message::list_from_value(answer).unwrap();
        messages.into_iter().map(|one| one.content).collect()
    }
}
