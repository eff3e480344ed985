//! Programs on an etcd with authentication, whose user is refused, or is refused from some time on.

use protocol::binder;
use protocol::classic::texts;
use serde_json::json;
use support::{Caller, Etcd, Program, Seen, Server, binaries, eventually};

use tempfile::NamedTempFile;

/// An etcd with authentication, where user `chat` may use the keys that begin with `chat/` or `binder/`.
pub(crate) fn etcd_with_users() -> Etcd {
    let etcd = Etcd::start(1, &[]);
    for line in [
        "user add root:raiz",
        "user grant-role root root",
        "user add chat:segredo",
        "role add chat",
        "role grant-permission --prefix=true chat readwrite chat/",
        "role grant-permission --prefix=true chat readwrite binder/",
        "user grant-role chat chat",
        "auth enable",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        etcd.control(&words);
    }
    etcd
}

fn password(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new_in(binaries::temporary()).unwrap();
    std::fs::write(file.path(), format!("{text}\n")).unwrap();
    file
}

/// The flags of a program that is user `chat`.
fn flags(etcd: &Etcd, password: &NamedTempFile) -> Vec<String> {
    let path = password.path().to_str().unwrap();
    let user = ["--etcd-user", "chat", "--etcd-password-file", path];
    let members = etcd.flag();
    let flags = [&["--etcd", &members], &user[..]].concat();
    flags.into_iter().map(str::to_owned).collect()
}

fn as_root(etcd: &Etcd, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    etcd.control(&[&["--user", "root:raiz"], &words[..]].concat());
}

#[test]
fn a_chat_server_is_a_user_of_etcd_and_says_so_if_it_is_refused() {
    let etcd = etcd_with_users();
    let (right, wrong) = (password("segredo"), password("errado"));
    let right = flags(&etcd, &right);
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    let server = Server::unregistered_chat(&right);
    let mut caller = server.caller();
    caller.answer("create_room", &["geral"]);
    let mut command = binaries::command("chat-server");
    command
        // Nothing listens on port 1.
        .args(["--listen", "127.0.0.1:0", "--binder", "127.0.0.1:1"])
        .args(flags(&etcd, &wrong));
    let refused = Program::start("chat-server", &mut command);
    refused.wait_until_logged("etcd refuses the user");
}

#[test]
fn a_user_that_etcd_does_not_admit_any_more_is_reported_once_and_so_is_its_return() {
    const REFUSED: &str = "etcd does not admit the user of this program any more";
    const AGAIN: &str = "etcd admits the user of this program again";
    let etcd = etcd_with_users();
    let file = password("segredo");
    let flags = flags(&etcd, &file);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let binder = Server::our_binder(&flags);
    let chat = Server::unregistered_chat(&flags);
    let mut rooms = 0..;
    let mut create = || {
        let room = format!("sala {}", rooms.next().unwrap());
        let created = json!(texts::room_created(&room));
        chat.caller().call("create_room", &[json!(room)]) == Seen::Value(created)
    };
    let register = || {
        let parameters = [json!("f"), json!("127.0.0.1"), json!(9)];
        let answer = Caller::rust(&binder.address).call("register_procedure", &parameters);
        answer == Seen::Value(json!(binder::registered("f")))
    };
    assert!(create() && register());
    let changes = [
        ("user revoke-role chat chat", "user grant-role chat chat"),
        (
            "user delete chat",
            "user add chat:segredo; user grant-role chat chat",
        ),
    ];
    for (times, (refuse, admit)) in (1..).zip(changes) {
        as_root(&etcd, refuse);
        for server in [&chat, &binder] {
            eventually("it is reported", || {
                (server.program.err().matches(REFUSED).count() == times).then_some(())
            });
        }
        eventually("nothing is written", || (!create()).then_some(()));
        eventually("no name is registered", || (!register()).then_some(()));
        for line in admit.split("; ") {
            as_root(&etcd, line);
        }
        eventually("the chat is written", || create().then_some(()));
        eventually("names are registered", || register().then_some(()));
        for server in [&chat, &binder] {
            eventually("its end is reported", || {
                (server.program.err().matches(AGAIN).count() == times).then_some(())
            });
            let log = server.program.err();
            assert_eq!(log.matches(REFUSED).count(), times, "{log}");
            assert_eq!(log.matches("grant it a role").count(), times, "{log}");
        }
    }
}
