//! Users who are heard of no more, against the real program with short limits.

use std::time::{Duration, Instant};

use dxr::{Fault, Value};

use support::{
    Server, eventually,
    wire::{ask, call},
};

const TAKEN: &str = "O nome de usuário já está em uso. Escolha outro.";

/// Calls to a chat server. It registers nowhere and looks for silent users all the time.
pub(crate) struct Chat {
    classic: String,
    accounts: String,
}

pub(crate) const FLAGS: [&str; 4] = ["--binder", "127.0.0.1:1", "--sweep-every", "100ms"];

impl Chat {
    pub(crate) fn start(flags: &[&str]) -> (Server, Self) {
        let server = Server::our_chat(&[&FLAGS, flags].concat());
        let chat = Self::at(&server.address, server.accounts.as_ref().unwrap());
        (server, chat)
    }

    pub(crate) fn at(classic: &str, accounts: &str) -> Self {
        Self {
            classic: classic.to_owned(),
            accounts: accounts.to_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn classic(&self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        ask(&self.classic, call(method, texts))
    }

    #[track_caller]
    fn accounts(&self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        ask(&self.accounts, call(method, texts))
    }

    /// Registers a guest. False if the name is taken.
    #[track_caller]
    pub(crate) fn take(&self, user: &str) -> bool {
        match self.classic("register_user", &[user]) {
            Ok(_) => true,
            Err(fault) => {
                assert_eq!(fault, Fault::new(1, TAKEN.to_owned()));
                false
            }
        }
    }

    #[track_caller]
    pub(crate) fn enter(&self, user: &str) {
        self.classic("register_user", &[user]).unwrap();
        self.classic("create_room", &["geral"]).unwrap();
        let joined = self.classic("join_room", &[user, "geral"]);
        assert!(matches!(joined, Ok(Value::Struct(_))), "{joined:?}");
    }

    pub(crate) fn poll(&self, user: &str) -> Vec<String> {
        let messages = self.classic("receive_messages", &[user, "geral"]).unwrap();
        protocol::classic::message::Message::list_from_value(messages)
            .unwrap()
            .into_iter()
            .map(|message| message.content)
            .collect()
    }

    pub(crate) fn users(&self) -> Vec<String> {
        let users = self.classic("list_users", &["geral"]).unwrap();
        protocol::reading::strings(users).unwrap()
    }
}

#[test]
fn who_polled_and_is_silent_goes_and_the_others_stay() {
    let (_server, chat) = Chat::start(&["--silent-after", "2s", "--takeover-after", "1h"]);
    for user in ["gone", "typing", "sending", "calling"] {
        chat.enter(user);
    }
    chat.accounts("register_user", &["account", "senha"])
        .unwrap();
    chat.accounts("join_room", &["account", "geral"]).unwrap();
    chat.classic("register_user", &["outside"]).unwrap();
    chat.classic("send_message", &["sending", "geral", "segredo", "gone"])
        .unwrap();
    for user in ["gone", "typing", "calling"] {
        chat.poll(user);
    }
    chat.accounts("receive_messages", &["account", "geral"])
        .unwrap();
    let began = Instant::now();
    // One is silent for almost as long as it may be, again and again: its user types. One only makes
    // other calls. Two have never polled, in a room and outside of any.
    let mut polled = Instant::now();
    let after = eventually("the silent one goes", || {
        if polled.elapsed() > Duration::from_millis(1_400) {
            polled = Instant::now();
            chat.poll("typing");
            chat.classic("send_message", &["calling", "geral", "oi"])
                .unwrap();
        }
        let users = chat.users();
        (!users.contains(&"gone".to_owned()) && !users.contains(&"account".to_owned()))
            .then(|| began.elapsed())
    });
    assert!(after > Duration::from_millis(1_900), "{after:?}");
    while began.elapsed() < Duration::from_secs(6) {
        chat.poll("typing");
        chat.classic("send_message", &["calling", "geral", "oi"])
            .unwrap();
        std::thread::sleep(Duration::from_millis(1_300));
    }
    assert_eq!(chat.users(), ["typing", "sending", "calling"]);
    assert!(!chat.take("outside"));
    // The name is free, and what was said to its former holder is not said to the next.
    chat.enter("gone");
    let seen = chat.poll("gone");
    assert!(
        seen.contains(&"oi".to_owned()) && !seen.contains(&"segredo".to_owned()),
        "{seen:?}"
    );
    // The account has left the room and is an account all the same.
    assert!(!chat.take("account"));
    chat.accounts("login_user", &["account", "senha"]).unwrap();
}

#[test]
fn who_has_never_polled_has_a_time_of_its_own() {
    let flags = ["--silent-after", "1h", "--never-polled-after", "1s"];
    let (_server, chat) = Chat::start(&flags);
    for user in ["polling", "sending"] {
        chat.enter(user);
    }
    chat.poll("polling");
    let began = Instant::now();
    eventually("the one who has never polled goes", || {
        (chat.users() == ["polling"]).then_some(())
    });
    assert!(began.elapsed() > Duration::from_millis(900));
}

#[test]
fn a_silent_users_name_goes_to_the_next_client_that_asks() {
    let (_server, chat) = Chat::start(&["--silent-after", "1h", "--takeover-after", "1500ms"]);
    for user in ["ana", "bia"] {
        chat.enter(user);
    }
    chat.classic("send_message", &["bia", "geral", "oi"])
        .unwrap();
    chat.classic("send_message", &["bia", "geral", "segredo", "ana"])
        .unwrap();
    assert_eq!(chat.poll("ana"), ["oi", "segredo"]);
    let last_heard = Instant::now();
    // Asking for the name is no sign of its holder, however often.
    let mut attempts = 0;
    let after = eventually("the name is taken over", || {
        attempts += 1;
        // The other one is heard of, and keeps its name.
        chat.poll("bia");
        match chat.classic("register_user", &["ana"]) {
            Ok(_) => Some(last_heard.elapsed()),
            Err(refusal) => {
                assert_eq!(refusal.string(), TAKEN);
                None
            }
        }
    });
    assert!(
        attempts > 3 && after > Duration::from_millis(1_400),
        "{attempts} {after:?}"
    );
    assert!(after < Duration::from_secs(6), "{after:?}");
    assert!(!chat.take("bia"));
    // The new user is in no room and sees nothing that was sent to the former one.
    assert_eq!(chat.users(), ["bia"]);
    assert_eq!(chat.poll("ana"), ["oi"]);
    let not_there = chat.classic("send_message", &["ana", "geral", "oi"]);
    assert_eq!(
        not_there,
        Ok(Value::String("Usuário não está na sala.".to_owned()))
    );
    // And it is heard of from now on.
    assert!(!chat.take("ana"));
}

#[test]
fn a_silent_users_name_can_be_taken_over_from_the_other_port() {
    for method in ["register_user", "login_user"] {
        let (_server, chat) = Chat::start(&["--silent-after", "1h", "--takeover-after", "1s"]);
        for user in ["ana", "bia"] {
            chat.enter(user);
        }
        chat.classic("send_message", &["bia", "geral", "segredo", "ana"])
            .unwrap();
        chat.poll("ana");
        let taken = chat.accounts(method, &["ana", "senha"]).unwrap_err();
        assert_eq!(taken.string(), "Nome de usuário 'ana' já está em uso.");
        eventually("the name is an account's", || {
            chat.poll("bia");
            chat.accounts(method, &["ana", "senha"]).ok()
        });
        // The new user is in no room, and the name is free on the other port.
        assert_eq!(chat.users(), ["bia"]);
        let messages = chat.accounts("receive_messages", &["ana", "geral"]);
        assert_eq!(messages, Ok(Value::Array(vec![])));
        let joined = chat.classic("join_room", &["ana", "geral"]);
        let unknown = "Usuário não registrado.".to_owned();
        assert_eq!(joined, Ok(Value::String(unknown)));
        chat.poll("bia");
        let taken = chat.accounts(method, &["bia", "senha"]).unwrap_err();
        assert_eq!(taken.string(), "Nome de usuário 'bia' já está em uso.");
    }
}

#[test]
fn an_accounts_name_is_never_taken_over() {
    let (_server, chat) = Chat::start(&["--silent-after", "1h", "--takeover-after", "200ms"]);
    chat.accounts("register_user", &["ana", "senha"]).unwrap();
    chat.enter("bia");
    eventually("a guest's name is taken over", || {
        chat.classic("register_user", &["bia"]).ok()
    });
    assert!(!chat.take("ana"));
    let wrong = chat.accounts("login_user", &["ana", "outra"]).unwrap_err();
    assert_eq!(wrong.string(), "Senha incorreta.");
    let taken = chat
        .accounts("register_user", &["ana", "outra"])
        .unwrap_err();
    assert_eq!(taken.string(), "Nome de usuário 'ana' já está em uso.");
}
