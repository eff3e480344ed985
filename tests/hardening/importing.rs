//! `--import-accounts`: an accounts file of an earlier version is taken over by a server that is killed while it
//! does so, and again when it is taken over already.

use std::fmt::Write as _;
use std::path::Path;

use dxr::Value;

use support::kept_chat::{self, query_number};
use support::wire::{ask, call};
use support::{Program, binaries, eventually};

const ACCOUNTS: usize = 100;

const PASSWORD: &str = "a senha de todos";

/// A hash of the password, as a server has written it.
fn hash(place: &Path) -> String {
    let data = place.join("another");
    let server = kept_chat::start(&data, &[]);
    let accounts = server.accounts.as_ref().unwrap();
    ask(accounts, call("register_user", &["ana", PASSWORD])).unwrap();
    drop(server);
    let file = rusqlite::Connection::open(data.join("chat.db")).unwrap();
    let query = "SELECT command FROM log WHERE kind = 'RegisterUser'";
    let command: String = file.query_row(query, [], |row| row.get(0)).unwrap();
    let begin = command.find("$argon2id").unwrap();
    let hash = &command[begin..];
    hash[..hash.find('"').unwrap()].to_owned()
}

fn accounts_file(hash: &str) -> String {
    let mut file = "distributed-chat accounts, version 1\n".to_owned();
    for number in 0..ACCOUNTS {
        writeln!(file, "conta{number}\t{hash}").unwrap();
    }
    writeln!(file, "end of {ACCOUNTS} accounts").unwrap();
    file
}

fn recorded(data: &Path) -> usize {
    let query = "SELECT count(*) FROM log WHERE kind = 'RegisterUser'";
    usize::try_from(query_number(data, query)).unwrap()
}

/// The number of users that the program reports.
fn users(data: &Path) -> String {
    let mut command = binaries::command("chat-server");
    let output = command.arg("replay").arg("--data").arg(data).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    let (_, users) = said.lines().next().unwrap().rsplit_once(", ").unwrap();
    users.to_owned()
}

#[test]
fn an_import_that_was_killed_is_completed_by_the_next_and_a_third_changes_nothing() {
    let place = kept_chat::directory();
    let file = place.path().join("accounts");
    std::fs::write(&file, accounts_file(&hash(place.path()))).unwrap();
    let data = place.path().join("chat");
    let import = ["--import-accounts", file.to_str().unwrap()];

    let killed = Program::start(
        "chat-server, to be killed",
        &mut kept_chat::command(&[], &data, &import),
    );
    eventually("some accounts are imported", || {
        is_begun(&data).then_some(())
    });
    killed.kill();
    let kept = recorded(&data);
    assert!(
        (1..ACCOUNTS).contains(&kept),
        "killed too late: {kept} were imported"
    );

    for _ in 0..2 {
        let server = kept_chat::start(&data, &import);
        let accounts = server.accounts.as_ref().unwrap();
        assert_eq!(users(&data), format!("{ACCOUNTS} users"));
        for number in [kept - 1, kept] {
            let name = format!("conta{number}");
            let answer = ask(accounts, call("login_user", &[&name, PASSWORD]));
            assert_eq!(answer.unwrap(), Value::Boolean(true), "{name}");
        }
        server.program.terminate();
    }
}

/// Whether some accounts are imported. The tables may not be there yet.
fn is_begun(data: &Path) -> bool {
    if !data.join("chat.db-wal").exists() {
        return false;
    }
    let file = rusqlite::Connection::open_with_flags(
        data.join("chat.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    );
    let query = "SELECT count(*) > 20 FROM log WHERE kind = 'RegisterUser'";
    file.and_then(|file| file.query_row(query, [], |row| row.get(0)))
        .unwrap_or(false)
}

#[test]
fn a_file_that_cannot_be_imported_leaves_no_chat_behind() {
    let place = kept_chat::directory();
    let file = place.path().join("accounts");
    std::fs::write(&file, "anything").unwrap();
    let data = place.path().join("chat");
    let refused = |flags: &[&str]| {
        let output = kept_chat::command(&[], &data, flags).output().unwrap();
        assert!(!output.status.success());
        assert!(!data.exists(), "it was opened");
        String::from_utf8(output.stderr).unwrap()
    };
    for (name, reason) in [
        (file.to_str().unwrap(), "at line 1"),
        ("nothing", "No such"),
    ] {
        let said = refused(&["--import-accounts", name]);
        assert!(said.contains(reason), "{said}");
    }
    // The flag of earlier versions.
    let said = refused(&["--accounts-file", "accounts"]);
    assert!(said.contains("--import-accounts FILE"), "{said}");
}
