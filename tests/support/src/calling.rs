//! Calls from Rust and from Python, with the answers in one form.

use std::time::Duration;

use contract::value::{from_json, to_json};
use dxr::MethodCall;
use dxr_client::utils::{request_to_body, response_to_result};
use protocol::binder::Endpoint;
use rpc::CallError;
use serde_json::{Value as Json, json};

pub use contract::Seen;

use crate::runtime::runtime;
use crate::wire::{post, respond};
use crate::{Program, python};

/// How long an answer may take. More than anything needs, less than the deadline of what waits for
/// the caller's own answer.
const TIMEOUT: Duration = Duration::from_secs(20);

pub enum Caller {
    /// By this project's own caller.
    Rust(rpc::Caller),
    /// By dxr_client, which shares no reading of answers with this project, from `HOST:PORT`. Each call has
    /// a connection of its own.
    Dxr(String),
    /// By Python's `ServerProxy`, in a process of its own.
    Python(Box<Program>),
}

impl Caller {
    /// A caller of the server at `HOST:PORT` in Rust.
    pub fn rust(address: &str) -> Self {
        let endpoint: Endpoint = address.parse().unwrap();
        Self::Rust(rpc::Caller::new(&endpoint, TIMEOUT, rpc::Observers::none()).unwrap())
    }

    /// A caller of the server at `HOST:PORT` by dxr_client.
    pub fn dxr(address: &str) -> Self {
        Self::Dxr(address.to_owned())
    }

    /// A caller of the server at `HOST:PORT` in Python.
    pub fn python(address: &str) -> Self {
        let flags = ["--server", address, "--allow-none"];
        Self::Python(Box::new(python::start("calls.py", &flags)))
    }

    /// Makes a call with parameters of any type.
    pub fn call(&mut self, method: &str, parameters: &[Json]) -> Seen {
        match self {
            Self::Rust(caller) => {
                let parameters = parameters.iter().map(from_json).collect();
                match runtime().block_on(caller.call(method, parameters)) {
                    Ok(value) => Seen::Value(to_json(&value)),
                    Err(CallError::Fault(fault)) => {
                        Seen::Fault(fault.code().into(), fault.string().to_owned())
                    }
                    Err(error) => Seen::Nothing(error.to_string()),
                }
            }
            Self::Dxr(address) => {
                let parameters = parameters.iter().map(from_json).collect();
                let call = MethodCall {
                    name: method.into(),
                    params: parameters,
                };
                let response = respond(address, post(request_to_body(&call).unwrap()));
                match response_to_result(&response.text()) {
                    Ok(Ok(answer)) => Seen::Value(to_json(&answer.value)),
                    Ok(Err(answer)) => {
                        let fault = answer.fault;
                        Seen::Fault(fault.code().into(), fault.string().to_owned())
                    }
                    Err(error) => Seen::Nothing(error.to_string()),
                }
            }
            Self::Python(program) => {
                program.type_line(&json!([method, parameters]).to_string());
                let line = program.next_line();
                let answer: Json = serde_json::from_str(&line).unwrap();
                if let Some(value) = answer.get("ok") {
                    Seen::Value(value.clone())
                } else if let Some(fault) = answer.get("fault") {
                    let text = fault[1].as_str().unwrap().to_owned();
                    Seen::Fault(fault[0].as_i64().unwrap(), text)
                } else {
                    Seen::Nothing(line)
                }
            }
        }
    }

    /// Makes a call with strings, which must be answered with a value.
    #[track_caller]
    pub fn answer(&mut self, method: &str, parameters: &[&str]) -> Json {
        let parameters: Vec<Json> = parameters.iter().map(|text| json!(text)).collect();
        match self.call(method, &parameters) {
            Seen::Value(value) => value,
            other => panic!("{method}{parameters:?} is answered with {other:?}"),
        }
    }

    /// Makes a call with strings, which must be answered with the text `expected`.
    #[track_caller]
    pub fn must(&mut self, method: &str, parameters: &[&str], expected: &str) {
        let answer = self.answer(method, parameters);
        assert_eq!(answer, json!(expected), "{method}{parameters:?}");
    }

    /// Registers a name and joins a room, which is created if need be.
    #[track_caller]
    pub fn enter(&mut self, user: &str, room: &str) {
        self.must("register_user", &[user], "Usuário registrado com sucesso.");
        self.answer("create_room", &[room]);
        let joined = self.answer("join_room", &[user, room]);
        assert!(joined.is_object(), "{user} joins {room}: {joined}");
    }

    /// Sends a message to the room, or to one of its users, which must succeed.
    #[track_caller]
    pub fn say(&mut self, user: &str, room: &str, text: &str, to: &str) {
        self.must("send_message", &[user, room, text, to], "Mensagem enviada.");
    }
}
