//! One chat behind both ports: the same rooms and the same names, but no user acts as a user of the
//! other port.

use serde_json::{Value as Json, json};

use contract::table::{accounts_message, message, without_timestamps};
use support::{Caller, InProcess, Language, Seen};

/// A chat server with a caller of each dialect. In the room `geral` are ana, a guest, and bia, an
/// account.
struct Chat {
    classic: Caller,
    accounts: Caller,
    _server: InProcess,
}

impl Chat {
    fn asked_from(language: Language) -> Self {
        let server = InProcess::chat();
        let (mut classic, mut accounts) = match language {
            Language::Rust => (server.caller(), Caller::rust(&server.accounts)),
            Language::Python => (
                Caller::python(&server.address),
                Caller::python(&server.accounts),
            ),
        };
        classic.enter("ana", "geral");
        accounts.answer("register_user", &["bia", "senha"]);
        accounts.answer("join_room", &["bia", "geral"]);
        Self {
            classic,
            accounts,
            _server: server,
        }
    }

    /// What each of them reads of the room by polling, the guest first.
    fn read_by_both(&mut self) -> (Json, Json) {
        let read = |caller: &mut Caller, user| {
            without_timestamps(caller.answer("receive_messages", &[user, "geral"]))
        };
        (
            read(&mut self.classic, "ana"),
            read(&mut self.accounts, "bia"),
        )
    }
}

#[test]
fn a_guest_and_an_account_read_each_other_in_the_forms_of_their_dialects() {
    for language in Language::ALL {
        let mut chat = Chat::asked_from(language);
        chat.classic.say("ana", "geral", "olá & <bia>", "");
        chat.accounts
            .answer("send_message", &["bia", "geral", "olá, ana"]);
        chat.classic.say("ana", "geral", "só para bia", "bia");
        chat.accounts
            .answer("send_message", &["bia", "geral", "só para ana", "ana"]);

        let (guest, account) = chat.read_by_both();
        assert_eq!(
            guest,
            json!([
                message("ana", json!(""), "olá & <bia>"),
                message("bia", json!(null), "olá, ana"),
                message("bia", json!("ana"), "só para ana"),
            ]),
            "read by the guest, asked from {language}"
        );
        assert_eq!(
            account,
            json!([
                accounts_message("ana", None, "olá & <bia>"),
                accounts_message("bia", None, "olá, ana"),
                accounts_message("ana", Some("bia"), "só para bia"),
            ]),
            "read by the account, asked from {language}"
        );

        // A later user gets the same, without what is private.
        chat.classic.must(
            "register_user",
            &["caio"],
            "Usuário registrado com sucesso.",
        );
        let joined = chat.classic.answer("join_room", &["caio", "geral"]);
        assert_eq!(joined["users"], json!(["ana", "bia", "caio"]));
        assert_eq!(joined["messages"].as_array().unwrap().len(), 2, "{joined}");
        chat.accounts.answer("login_user", &["duda", "senha"]);
        let joined = chat.accounts.answer("join_room", &["duda", "geral"]);
        assert_eq!(joined["users"], json!(["ana", "bia", "caio", "duda"]));
        assert_eq!(joined["messages"].as_array().unwrap().len(), 2, "{joined}");
    }
}

#[test]
fn rooms_and_users_are_the_same_on_both_ports() {
    let mut chat = Chat::asked_from(Language::Rust);
    let Chat {
        classic, accounts, ..
    } = &mut chat;
    accounts.answer("create_room", &["jogos"]);
    classic.must("create_room", &["jogos"], "Sala já existe.");
    for caller in [&mut *classic, &mut *accounts] {
        assert_eq!(caller.answer("list_rooms", &[]), json!(["geral", "jogos"]));
        let users = caller.answer("list_users", &["geral"]);
        assert_eq!(users, json!(["ana", "bia"]));
    }
    let there = accounts.answer("is_user_in_room", &["ana", "geral"]);
    assert_eq!(there, json!(true), "a guest is somebody in a room");
    classic.must(
        "unregister_user",
        &["ana"],
        "Usuário desconectado com sucesso.",
    );
    let users = accounts.answer("list_users", &["geral"]);
    assert_eq!(users, json!(["bia"]));
}

#[test]
fn an_account_is_in_several_rooms_and_a_guest_in_one() {
    let mut chat = Chat::asked_from(Language::Rust);
    chat.accounts.answer("create_room", &["jogos"]);
    chat.accounts.answer("join_room", &["bia", "jogos"]);
    chat.classic.answer("join_room", &["ana", "jogos"]);
    let users = |chat: &mut Chat, room| chat.classic.answer("list_users", &[room]);
    assert_eq!(users(&mut chat, "geral"), json!(["bia"]));
    assert_eq!(users(&mut chat, "jogos"), json!(["bia", "ana"]));
}

#[test]
fn a_name_taken_on_one_port_is_taken_on_the_other() {
    let mut chat = Chat::asked_from(Language::Rust);
    let refused = |seen: Seen, text: &str| assert_eq!(seen, Seen::Fault(1, text.to_owned()));
    refused(
        chat.classic.call("register_user", &[json!("bia")]),
        "O nome de usuário já está em uso. Escolha outro.",
    );
    for method in ["register_user", "login_user"] {
        refused(
            chat.accounts.call(method, &[json!("ana"), json!("senha")]),
            "Nome de usuário 'ana' já está em uso.",
        );
    }
    // A guest's name is free again when the guest has gone. An account's is not.
    chat.classic.answer("unregister_user", &["ana"]);
    chat.accounts.answer("register_user", &["ana", "senha"]);
    chat.accounts.answer("leave_room", &["geral", "bia"]);
    refused(
        chat.classic.call("register_user", &[json!("bia")]),
        "O nome de usuário já está em uso. Escolha outro.",
    );
}

/// Every call of dialect classic that could act or read as the account bia, with what a
/// stranger to the room is answered.
#[test]
fn no_call_on_the_classic_port_acts_as_an_account() {
    for language in Language::ALL {
        let mut chat = Chat::asked_from(language);
        chat.classic.say("ana", "geral", "segredo de bia", "bia");
        chat.classic.say("ana", "geral", "a todos", "");
        chat.classic.answer("create_room", &["jogos"]);
        let before = chat.read_by_both();

        let classic = &mut chat.classic;
        let not_there = "Usuário não está na sala.";
        classic.must("join_room", &["bia", "jogos"], "Usuário não registrado.");
        classic.must("send_message", &["bia", "geral", "oi"], not_there);
        classic.must("send_message", &["bia", "geral", "oi", "ana"], not_there);
        classic.must(
            "send_message_once",
            &["bia", "geral", "oi", "", "1"],
            not_there,
        );
        classic.must("leave_room", &["geral", "bia"], not_there);
        classic.must("unregister_user", &["bia"], "Usuário não encontrado.");
        let waited = classic.call(
            "wait_messages",
            &[json!("bia"), json!("geral"), json!(""), json!(0)],
        );
        assert_eq!(waited, Seen::Fault(1, "Usuário não registrado.".to_owned()));
        let since = "1970-01-01 00:00:00";
        for read in [
            classic.answer("receive_messages", &["bia", "geral"]),
            classic.answer("receive_new_messages", &["bia", "geral", since]),
        ] {
            assert_eq!(
                without_timestamps(read),
                json!([message("ana", json!(""), "a todos")]),
                "what anybody may read, asked from {language}"
            );
        }

        assert_eq!(chat.read_by_both(), before, "nothing was said");
        assert_eq!(
            chat.accounts.answer("list_users", &["geral"]),
            json!(["ana", "bia"])
        );
        assert_eq!(chat.accounts.answer("list_users", &["jogos"]), json!([]));
    }
}

/// The same the other way round: every call of dialect accounts that could act or read as
/// the guest ana.
#[test]
fn no_call_on_the_accounts_port_acts_as_a_guest() {
    for language in Language::ALL {
        let mut chat = Chat::asked_from(language);
        let secret = ["bia", "geral", "segredo de ana", "ana"];
        chat.accounts.answer("send_message", &secret);
        chat.accounts.answer("create_room", &["jogos"]);
        let before = chat.read_by_both();

        let unknown = Seen::Fault(1, "Usuário 'ana' não registrado.".to_owned());
        let calls = [
            ("join_room", json!(["ana", "jogos"])),
            ("send_message", json!(["ana", "geral", "oi"])),
            ("send_message", json!(["ana", "geral", "oi", "bia"])),
            ("send_message_once", json!(["ana", "geral", "oi", "", "1"])),
            ("receive_messages", json!(["ana", "geral"])),
            ("leave_room", json!(["geral", "ana"])),
            ("wait_messages", json!(["ana", "geral", "", 0])),
        ];
        for (method, parameters) in calls {
            let seen = chat.accounts.call(method, parameters.as_array().unwrap());
            assert_eq!(seen, unknown, "{method}, asked from {language}");
        }

        assert_eq!(chat.read_by_both(), before, "nothing was said");
        assert_eq!(
            chat.classic.answer("list_users", &["geral"]),
            json!(["ana", "bia"])
        );
        assert_eq!(chat.classic.answer("list_users", &["jogos"]), json!([]));
    }
}

#[test]
fn a_freed_name_inherits_nothing_from_the_other_port() {
    let mut chat = Chat::asked_from(Language::Rust);
    chat.accounts
        .answer("send_message", &["bia", "geral", "segredo de ana", "ana"]);
    chat.classic.answer("unregister_user", &["ana"]);
    chat.accounts.answer("login_user", &["ana", "senha"]);
    let joined = chat.accounts.answer("join_room", &["ana", "geral"]);
    assert_eq!(joined["messages"], json!([]), "the account is another ana");
    assert_eq!(
        chat.accounts.answer("receive_messages", &["ana", "geral"]),
        json!([])
    );
}

/// `é` as one character and as two.
const COMPOSED: [&str; 2] = ["jos\u{e9}", "sal\u{e3}o"];
const DECOMPOSED: [&str; 2] = ["jose\u{301}", "sala\u{303}o"];

#[test]
fn a_name_is_the_same_however_its_accents_were_typed() {
    let [jose, salao] = COMPOSED;
    let [jose_typed, salao_typed] = DECOMPOSED;
    for language in Language::ALL {
        let Chat {
            mut classic,
            mut accounts,
            _server,
        } = Chat::asked_from(language);
        classic.answer("register_user", &[jose_typed]);
        classic.answer("create_room", &[salao]);
        let taken = "O nome de usuário já está em uso. Escolha outro.";
        let refused = classic.call("register_user", &[json!(jose)]);
        assert_eq!(refused, Seen::Fault(1, taken.to_owned()), "{language}");
        let taken = format!("Nome de usuário '{jose}' já está em uso.");
        for name in [jose, jose_typed] {
            for method in ["register_user", "login_user"] {
                let refused = accounts.call(method, &[json!(name), json!("senha")]);
                assert_eq!(refused, Seen::Fault(1, taken.clone()), "{language}");
            }
        }
        let exists = classic.answer("create_room", &[salao_typed]);
        assert_eq!(exists, json!("Sala já existe."), "{language}");

        classic.answer("join_room", &[jose, salao_typed]);
        accounts.answer("join_room", &["bia", salao_typed]);
        accounts.answer("send_message", &["bia", salao_typed, "oi", jose_typed]);
        accounts.answer("send_message", &["bia", salao, "oi de novo", jose]);
        let sent = classic.answer("send_message", &[jose_typed, salao, "olá"]);
        assert_eq!(sent, json!("Mensagem enviada."), "{language}");
        let first = "1970-01-01 00:00:00";
        for (user, room) in [(jose, salao_typed), (jose_typed, salao)] {
            let expected = json!([
                message("bia", json!(jose), "oi"),
                message("bia", json!(jose), "oi de novo"),
                message(jose, json!(null), "olá"),
            ]);
            let all = classic.answer("receive_messages", &[user, room]);
            assert_eq!(without_timestamps(all), expected, "{language}");
            let new = classic.answer("receive_new_messages", &[user, room, first]);
            assert_eq!(without_timestamps(new), expected, "{language}");
            let users = classic.answer("list_users", &[room]);
            assert_eq!(users, json!([jose, "bia"]), "{language}");
            assert_eq!(accounts.answer("list_users", &[room]), users, "{language}");
            let is_there = accounts.answer("is_user_in_room", &[user, room]);
            assert_eq!(is_there, json!(true), "{language}");
            let read = accounts.answer("receive_messages", &["bia", room]);
            assert_eq!(read, accounts.answer("receive_messages", &["bia", salao]));
        }
        accounts.answer("leave_room", &[salao_typed, "bia"]);
        classic.answer("unregister_user", &[jose_typed]);
        let users = classic.answer("list_users", &[salao]);
        assert_eq!(users, json!([]), "{language}");
    }
}
