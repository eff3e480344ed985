//! The servers that a client is checked with: a binder and a chat server that do what the script says.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use contract::value::{from_json, to_json};
use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::endpoint::Endpoint;
use rpc::xml::{read, write};
use serde_json::{Value as Json, json};

use super::connections::{end, serve};
use super::program::wait;
use crate::chat::Profile;
use crate::peer::{RecordedCall, Reply};

/// A message of the scripted room.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) from: &'static str,
    pub(super) to: Option<String>,
    pub(super) text: String,
    /// As dialect classic writes it.
    pub(super) timestamp: &'static str,
}

impl Message {
    fn json(&self, profile: Profile) -> Json {
        let kind = if self.to.is_some() {
            "unicast"
        } else {
            "broadcast"
        };
        let (from, to, text) = (self.from, &self.to, &self.text);
        if profile == Profile::Accounts {
            json!({"type": kind, "from": from, "to": to, "message": text, "timestamp": "10:30"})
        } else {
            let timestamp = self.timestamp;
            json!({"type": kind, "origin": from, "destination": to, "content": text, "timestamp": timestamp})
        }
    }
}

/// How long an answer is held back at most. A client that makes one call at a time sends only then.
const HOLD: Duration = Duration::from_millis(1500);

/// What the scripted servers know and did.
pub(super) struct State {
    profile: Profile,
    chat: Option<Endpoint>,
    /// Names that are refused.
    pub(super) taken: Vec<&'static str>,
    /// What is listed.
    pub(super) rooms: Vec<String>,
    /// Who entered, for the list of users.
    entered: Vec<String>,
    /// What came before the client entered.
    pub(super) history: Vec<Message>,
    /// What comes while it is in the room.
    pub(super) arriving: Vec<Message>,
    /// How many of them an answer of `receive_messages` had already, where each is given once.
    given: usize,
    /// Calls with lost answers: a part of their names, and how many of them.
    pub(super) lost: Option<(&'static str, usize)>,
    /// The next poll whose answer is held back until a message was sent or a check releases it: a part of its name.
    pub(super) held: Option<&'static str>,
    /// Whether that is being done. A check that sets it to false releases the answer.
    pub(super) is_holding: bool,
    /// Whether connections stay open between calls, as with HTTP/1.1.
    pub(super) keeps_connections: bool,
    /// Whether `send_message_once` is offered.
    pub(super) offers_sending_once: bool,
    /// The calls so far.
    pub(super) calls: Vec<RecordedCall>,
}

/// Both servers. They end with this value.
pub(super) struct Script {
    /// Where the binder is.
    pub(super) binder: Endpoint,
    /// Where the chat server is.
    pub(super) chat: Endpoint,
    pub(super) state: Arc<Mutex<State>>,
    is_chat_alive: Arc<AtomicBool>,
    is_binder_alive: Arc<AtomicBool>,
}

impl Script {
    /// Starts both; the binder at `port`, or at any with port 0.
    pub(super) fn start(port: u16, profile: Profile) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let chat_listener = TcpListener::bind("127.0.0.1:0")?;
        let endpoint = |listener: &TcpListener| {
            listener.local_addr().map(|address| Endpoint {
                address: "localhost".to_owned(),
                port: address.port(),
            })
        };
        let (binder, chat) = (endpoint(&listener)?, endpoint(&chat_listener)?);
        let state = Arc::new(Mutex::new(State {
            profile,
            chat: Some(chat.clone()),
            taken: Vec::new(),
            rooms: Vec::new(),
            entered: Vec::new(),
            history: Vec::new(),
            arriving: Vec::new(),
            given: 0,
            lost: None,
            held: None,
            is_holding: false,
            keeps_connections: false,
            offers_sending_once: false,
            calls: Vec::new(),
        }));
        Ok(Self {
            is_binder_alive: serve(listener, &state)?,
            is_chat_alive: serve(chat_listener, &state)?,
            binder,
            chat,
            state,
        })
    }

    /// The chat server ends: its port refuses connections.
    pub(super) fn end_chat(&self) {
        end(&self.is_chat_alive, &self.chat);
    }

    /// The binder knows no server any more.
    pub(super) fn forget_chat(&self) {
        self.state.lock().chat = None;
    }

    /// The binder knows the server again.
    pub(super) fn register_chat(&self) {
        self.state.lock().chat = Some(self.chat.clone());
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        end(&self.is_chat_alive, &self.chat);
        end(&self.is_binder_alive, &self.binder);
    }
}

/// The answer to a request; nothing when it is lost.
pub(super) fn answer(request: &[u8], state: &Mutex<State>) -> Option<Vec<u8>> {
    let call = match read::call(request) {
        Ok(call) => call,
        Err(error) => return Some(write::fault(&error.fault()).to_vec()),
    };
    let parameters: Vec<Json> = call.parameters.iter().map(to_json).collect();
    if state.lock().holds(&call.method) {
        let _ = wait(HOLD, || state.lock().releases().then_some(()));
    }
    let mut state = state.lock();
    let is_lost = state.loses(&call.method);
    let reply = if is_lost {
        Reply::Interrupted("the answer was lost".to_owned())
    } else {
        state.reply(&call.method, &parameters)
    };
    let body = match &reply {
        Reply::Value(value) => value_document(&from_json(value)),
        Reply::Fault { code, text } => {
            let code = i32::try_from(*code).unwrap_or(1);
            write::fault(&Fault::new(code, text.clone())).to_vec()
        }
        _ => Vec::new(),
    };
    state.calls.push(RecordedCall {
        method: call.method,
        parameters,
        answer: reply.words(),
        took: Duration::ZERO,
        documents: (request.to_vec().into(), body.clone().into()),
    });
    (!is_lost).then_some(body)
}

fn value_document(value: &Value) -> Vec<u8> {
    let xml = write::value(value).unwrap_or_default();
    let mut body = write::AnswerBody::with_capacity(xml.len());
    body.push(xml.as_bytes());
    body.finish().to_vec()
}

/// As Python's servers refuse a method that they do not have.
fn unknown(method: &str) -> Reply {
    Reply::Fault {
        code: 1,
        text: format!("<class 'Exception'>:method \"{method}\" is not supported"),
    }
}

/// The extension by which a message is stored once however often it is sent.
pub(super) const SEND_ONCE: &str = "send_message_once";

/// Whether the originals' binders know this name. Extensions are not offered here.
fn is_original(name: &str) -> bool {
    name == protocol::accounts::SERVICE
        || protocol::classic::procedures::ORIGINAL
            .iter()
            .any(|procedure| procedure.name == name)
}

impl State {
    /// Whether the answer to this call is lost.
    fn loses(&mut self, method: &str) -> bool {
        match &mut self.lost {
            Some((part, left @ 1..)) if method.contains(*part) => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether the answer to this call is held back. One is.
    fn holds(&mut self, method: &str) -> bool {
        let is_held = self.held.is_some_and(|part| method.contains(part));
        if is_held {
            self.held = None;
            self.is_holding = true;
        }
        is_held
    }

    /// Whether the answer that is held back is given now.
    fn releases(&self) -> bool {
        let mut calls = self.calls.iter();
        !self.is_holding || calls.any(|call| call.method.contains("send_message"))
    }

    fn reply(&mut self, method: &str, parameters: &[Json]) -> Reply {
        let text = |index: usize| {
            parameters
                .get(index)
                .and_then(Json::as_str)
                .unwrap_or_default()
        };
        let is_accounts = self.profile == Profile::Accounts;
        // Accounts answers `true` where classic has a sentence.
        let done = |sentence: String| {
            Reply::Value(if is_accounts {
                json!(true)
            } else {
                json!(sentence)
            })
        };
        let visible = |messages: &[Message]| -> Json {
            messages.iter().map(|one| one.json(self.profile)).collect()
        };
        match method {
            "lookup_procedure" => Reply::Value(match &self.chat {
                Some(chat)
                    if is_original(text(0)) || self.offers_sending_once && text(0) == SEND_ONCE =>
                {
                    json!([chat.address, chat.port])
                }
                _ => Json::Null,
            }),
            "register_user" | "login_user" if self.taken.contains(&text(0)) => Reply::Fault {
                code: 1,
                text: if is_accounts {
                    "<class 'Exception'>:Senha incorreta.".to_owned()
                } else {
                    "<class 'Exception'>:O nome de usuário já está em uso. Escolha outro."
                        .to_owned()
                },
            },
            "register_user" | "login_user" => done("Usuário registrado com sucesso.".to_owned()),
            "unregister_user" => done("Usuário desconectado com sucesso.".to_owned()),
            "create_room" if self.rooms.iter().any(|room| room == text(0)) => {
                if is_accounts {
                    Reply::Fault {
                        code: 1,
                        text: format!(
                            "<class 'Exception'>:Já existe uma sala com o nome '{}'.",
                            text(0)
                        ),
                    }
                } else {
                    Reply::Value(json!("Sala já existe."))
                }
            }
            "create_room" => {
                self.rooms.push(text(0).to_owned());
                done(format!("Sala '{}' criada.", text(0)))
            }
            "join_room" if !self.rooms.iter().any(|room| room == text(1)) => {
                if is_accounts {
                    Reply::Fault {
                        code: 1,
                        text: format!("<class 'Exception'>:A sala '{}' não existe.", text(1)),
                    }
                } else {
                    Reply::Value(json!("Sala não existe."))
                }
            }
            "join_room" => {
                self.entered.push(text(0).to_owned());
                Reply::Value(json!({
                    "users": ["vizinha", text(0)],
                    "messages": visible(&self.history),
                }))
            }
            "system.listMethods" if self.offers_sending_once => {
                Reply::Value(json!(["send_message", SEND_ONCE, "system.listMethods"]))
            }
            SEND_ONCE if !self.offers_sending_once => unknown(method),
            "send_message" | SEND_ONCE if is_accounts => Reply::Value(Json::Null),
            "send_message" | SEND_ONCE => Reply::Value(json!("Mensagem enviada.")),
            "list_rooms" => Reply::Value(json!(self.rooms)),
            // A client that is not in the list would believe that the server has forgotten it.
            "list_users" => {
                let others = ["vizinha", "outro-na-sala"].map(str::to_owned);
                let users: Vec<_> = others.iter().chain(&self.entered).collect();
                Reply::Value(json!(users))
            }
            "leave_room" => done(format!("Usuário saiu da sala '{}'.", text(0))),
            "is_user_in_room" => Reply::Value(json!(true)),
            "receive_new_messages" => {
                let later: Vec<_> = self
                    .history
                    .iter()
                    .chain(&self.arriving)
                    .filter(|message| message.timestamp > text(2))
                    .cloned()
                    .collect();
                Reply::Value(visible(&later))
            }
            "receive_messages" if self.profile == Profile::Assignment => {
                let new = visible(self.arriving.get(self.given..).unwrap_or_default());
                self.given = self.arriving.len();
                Reply::Value(new)
            }
            "receive_messages" => {
                let all = [self.history.as_slice(), &self.arriving].concat();
                Reply::Value(visible(&all))
            }
            other => unknown(other),
        }
    }
}
