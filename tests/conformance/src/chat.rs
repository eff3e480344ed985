//! A chat server as its callers use it, whichever way it writes its answers.
//!
//! The sheet fixes what an operation does and leaves open what it answers: a struct or an array, `true` or
//! a sentence, a fault or a refusal in words. So an operation is judged by its effects, and by its answer
//! only where that has a single meaning.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::peer::{Peer, Reply};
use crate::value::mentions;

/// Which protocol a server is checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The classic protocol, to the letter.
    Classic,
    /// The accounts protocol, to the letter.
    Accounts,
    /// The assignment: whatever keeps its words.
    Assignment,
}

/// How the operations are called that the sheet does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Calls {
    register: &'static str,
    has_password: bool,
    leave: Option<Leave>,
    receive: Receive,
    /// Whether `receive_messages` answers what is new, too: by the sheet it does.
    keeps_to_the_sheet: bool,
}

/// How a room is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    /// `leave_room`; solutions have its parameters in either order.
    Room,
    /// `unregister_user(username)`
    Unregister,
}

/// How messages are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receive {
    /// `receive_messages` answers what is new to the caller, or everything.
    Messages,
    /// `receive_new_messages` answers what is later than a timestamp.
    AfterTimestamp,
}

/// A method that does not exist, to learn how a server says so.
pub(crate) const NO_SUCH_METHOD: &str = "conformance_no_such_method";

/// Names under which registering a user is offered.
pub(crate) const REGISTRATIONS: [&str; 6] = [
    "register_user",
    "login_user",
    "register",
    "login",
    "registrar_usuario",
    "add_user",
];

/// Earlier than every message.
const LONG_AGO: &str = "1970-01-01 00:00:00";

const PASSWORD: &str = "senha de prova";

/// A chat server with what is known of the way it is called.
pub(crate) struct Chat {
    /// The server.
    pub peer: Peer,
    calls: Calls,
    /// The last timestamp that each user fetched.
    fetched: HashMap<String, String>,
}

impl Chat {
    /// Learns how the server is called.
    pub(crate) fn of(mut peer: Peer, profile: Profile) -> Self {
        let calls = match profile {
            Profile::Classic => Calls {
                register: "register_user",
                has_password: false,
                leave: Some(Leave::Unregister),
                receive: Receive::AfterTimestamp,
                keeps_to_the_sheet: false,
            },
            Profile::Accounts => Calls {
                register: "register_user",
                has_password: true,
                leave: Some(Leave::Room),
                receive: Receive::Messages,
                keeps_to_the_sheet: false,
            },
            Profile::Assignment => learn(&mut peer),
        };
        peer.take_recorded();
        Self {
            peer,
            calls,
            fetched: HashMap::new(),
        }
    }

    /// Another client of the same server.
    pub(crate) fn another(&self) -> Self {
        Self {
            peer: self.peer.another(),
            calls: self.calls,
            fetched: HashMap::new(),
        }
    }

    /// Registers a user.
    pub(crate) fn register(&mut self, user: &str) -> Reply {
        let mut parameters = vec![json!(user)];
        if self.calls.has_password {
            parameters.push(json!(PASSWORD));
        }
        self.peer.call(self.calls.register, &parameters)
    }

    /// Creates a room.
    pub(crate) fn create(&mut self, room: &str) -> Reply {
        self.peer.call("create_room", &[json!(room)])
    }

    /// Enters a room.
    pub(crate) fn join(&mut self, user: &str, room: &str) -> Reply {
        self.peer.call("join_room", &[json!(user), json!(room)])
    }

    /// Sends to the room, or to one user in it.
    pub(crate) fn send(&mut self, user: &str, room: &str, text: &str, to: Option<&str>) -> Reply {
        let mut parameters = vec![json!(user), json!(room), json!(text)];
        if let Some(recipient) = to {
            parameters.push(json!(recipient));
        }
        self.peer.call("send_message", &parameters)
    }

    /// Fetches messages: at least those that are new to the user.
    pub(crate) fn fetch(&mut self, user: &str, room: &str) -> Reply {
        let (method, parameters) = self.fetching(user, room);
        let mut reply = self.peer.call(method, &parameters);
        let may_be_other = self.calls.keeps_to_the_sheet && !self.fetched.contains_key(user);
        if may_be_other && self.fetches_from_a_place() && matches!(reply, Reply::Fault { .. }) {
            // It has the name, and asks for something else than a timestamp.
            self.calls.receive = Receive::Messages;
            let (method, parameters) = self.fetching(user, room);
            reply = self.peer.call(method, &parameters);
        }
        if let Reply::Value(Json::Array(messages)) = &reply
            && let Some(last) = messages.last().and_then(|one| one.get("timestamp"))
            && let Some(last) = last.as_str()
        {
            self.fetched.insert(user.to_owned(), last.to_owned());
        }
        reply
    }

    /// The call that fetches messages.
    pub(crate) fn fetching(&self, user: &str, room: &str) -> (&'static str, Vec<Json>) {
        match self.calls.receive {
            Receive::Messages => ("receive_messages", vec![json!(user), json!(room)]),
            Receive::AfterTimestamp => {
                let last = self.fetched.get(user).map_or(LONG_AGO, |last| last);
                (
                    "receive_new_messages",
                    vec![json!(user), json!(room), json!(last)],
                )
            }
        }
    }

    /// Whether the caller says from where on it wants messages.
    pub(crate) fn fetches_from_a_place(&self) -> bool {
        self.calls.receive == Receive::AfterTimestamp
    }

    /// The rooms.
    pub(crate) fn rooms(&mut self) -> Reply {
        self.peer.call("list_rooms", &[])
    }

    /// The users of a room.
    pub(crate) fn users(&mut self, room: &str) -> Reply {
        self.peer.call("list_users", &[json!(room)])
    }

    /// Leaves a room; nothing where that is not offered.
    pub(crate) fn leave(&mut self, user: &str, room: &str) -> Option<Reply> {
        match self.calls.leave? {
            Leave::Unregister => Some(self.peer.call("unregister_user", &[json!(user)])),
            Leave::Room => {
                let room_first = [json!(room), json!(user)];
                let reply = self.peer.call("leave_room", &room_first);
                if !self.lists_user(room, user) {
                    return Some(reply);
                }
                let [room, user] = room_first;
                Some(self.peer.call("leave_room", &[user, room]))
            }
        }
    }

    /// Whether the server lists a user in a room.
    pub(crate) fn lists_user(&mut self, room: &str, user: &str) -> bool {
        matches!(self.users(room), Reply::Value(users) if mentions(&users, user))
    }

    /// Whether the server lists a room.
    pub(crate) fn lists_room(&mut self, room: &str) -> bool {
        matches!(self.rooms(), Reply::Value(rooms) if mentions(&rooms, room))
    }

    /// Whether the rules for new messages are those of the sheet: each message is fetched once.
    pub(crate) fn fetches_new_ones_alone(&self, profile: Profile) -> bool {
        profile == Profile::Assignment || self.calls.receive == Receive::AfterTimestamp
    }
}

fn learn(peer: &mut Peer) -> Calls {
    let unknown = peer.call(NO_SUCH_METHOD, &[]);
    let register = REGISTRATIONS
        .into_iter()
        .find(|method| offers(peer, method, &unknown))
        .unwrap_or("register_user");
    // A name that nothing else uses shows whether a password is wanted.
    let probe = format!("prova-{:08x}", fastrand::u32(..));
    let with_name = peer.call(register, &[json!(probe)]);
    let leave = if offers(peer, "leave_room", &unknown) {
        Some(Leave::Room)
    } else if offers(peer, "unregister_user", &unknown) {
        Some(Leave::Unregister)
    } else {
        None
    };
    let is_new_offered = offers(peer, "receive_new_messages", &unknown);
    // Where both are offered, this is the one that answers what is new.
    let mut takes_timestamp = || {
        let parameters = [json!(probe), json!(probe), json!(LONG_AGO)];
        !says_wrong_count(&peer.call("receive_new_messages", &parameters))
    };
    let receive = if is_new_offered && takes_timestamp() {
        Receive::AfterTimestamp
    } else {
        Receive::Messages
    };
    // It is given back where that is offered.
    let _ = peer.call("unregister_user", &[json!(probe)]);
    Calls {
        register,
        has_password: says_wrong_count(&with_name),
        leave,
        receive,
        keeps_to_the_sheet: true,
    }
}

/// Whether a server has a method, asked without effect: with no parameters, which a method that exists
/// refuses in another way than the server refuses an unknown method.
pub(crate) fn offers(peer: &mut Peer, method: &str, unknown: &Reply) -> bool {
    match (peer.call(method, &[]), unknown) {
        (Reply::Fault { text, .. }, Reply::Fault { text: other, .. }) => {
            about(method, &text) != about(NO_SUCH_METHOD, other)
        }
        (reply, unknown) => reply != *unknown,
    }
}

/// What a fault says of a method, without its name and numbers, such as one of the request, and without another method
/// that may have been meant.
fn about(method: &str, fault: &str) -> String {
    let fault = fault.to_lowercase().replace(&method.to_lowercase(), "");
    let meant = ["did you mean", "quis dizer"];
    let end = meant.iter().filter_map(|words| fault.find(words)).min();
    let said = end.and_then(|end| fault.get(..end)).unwrap_or(&fault);
    let said = said.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    said.replace(|letter: char| letter.is_ascii_digit(), "")
}

/// Whether a fault says that the number of parameters is wrong, in the words of Python or of others.
pub(crate) fn says_wrong_count(reply: &Reply) -> bool {
    matches!(reply, Reply::Fault { text, .. }
        if ["argument", "parameter", "parâmetro"].iter().any(|word| text.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_is_unknown_is_known_as_such_in_other_words() {
        let is_same = |fault: &str| {
            let of = |method: &str, number: &str| {
                let loud = method.to_uppercase();
                let length = method.len().to_string();
                let text = fault.replace("{method}", method).replace("{loud}", &loud);
                let text = text.replace("{length}", &length);
                about(method, &text.replace("{number}", number))
            };
            of("login_user", "17") == of(NO_SUCH_METHOD, "16")
        };
        assert!(is_same(
            "pedido {number}: {loud} ({length} letras) não existe"
        ));
        assert_ne!(
            about("create_room", "erro em create_room, faltam parâmetros"),
            about(
                NO_SUCH_METHOD,
                "erro em conformance_no_such_method, desconhecido"
            ),
        );
        assert_eq!(
            about("login_user", "login_user não existe; quis dizer join_room?"),
            about(NO_SUCH_METHOD, "conformance_no_such_method não existe"),
        );
    }
}
