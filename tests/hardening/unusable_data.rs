//! A directory that cannot be used: the server says so in one line, before anything listens.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;

use support::{
    binaries,
    kept_chat::{self, enter},
};

/// A chat of a server that was stopped.
fn stopped_chat(data: &Path) {
    let server = kept_chat::start(data, &[]);
    enter(&server.address).send("ana", "oi");
    server.program.terminate();
}

/// All that a server says that cannot use `data`. Its port is taken by another program, which it would complain
/// of if it tried to listen.
fn refused(data: &Path) -> String {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let mut command = binaries::command("chat-server");
    command
        .args(["--listen", &port, "--accounts-listen", "off"])
        .args(["--binder", "127.0.0.1:1", "--data"])
        .arg(data);
    // Root may do anything, but for this.
    let without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let is_root = rustix::process::geteuid().is_root();
    let mut command = binaries::under(if is_root { &without } else { &[] }, command);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    said
}

/// What a server says at last that cannot use `data`.
fn refusal(data: &Path) -> String {
    let said = refused(data);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("chat-server: "), "{said}");
    said
}

#[track_caller]
fn must_say(said: &str, parts: &[&str]) {
    println!("{said}");
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_the_reason() {
    let place = kept_chat::directory();
    let file = place.path().join("file");
    fs::write(&file, "anything").unwrap();
    let advice = "choose another directory with --data DIR, or --data off";
    let name = file.to_str().unwrap();
    must_say(
        &refusal(&file),
        &["cannot keep the chat in", name, "not a directory", advice],
    );
    let below = file.join("below");
    must_say(
        &refusal(&below),
        &["cannot keep the chat in", "Not a directory", advice],
    );

    let closed = place.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    for data in [&closed, &closed.join("below")] {
        let said = refusal(data);
        must_say(
            &said,
            &["cannot keep the chat in", "Permission denied", advice],
        );
    }
}

#[test]
fn a_directory_in_use_keeps_a_second_server_out_until_the_first_is_gone() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let server = kept_chat::start(&data, &[]);
    let mut client = enter(&server.address);
    let expected = format!(
        "chat-server: {} is in use by another chat server; stop that one, or choose another directory \
         with --data DIR\n",
        data.display()
    );
    assert_eq!(refusal(&data), expected);
    client.send("ana", "oi");
    // A killed server leaves nothing that keeps the next one out.
    server.kill();
    kept_chat::start(&data, &[]);
}

#[test]
fn a_log_that_is_damaged_newer_or_foreign_is_not_touched() {
    let place = kept_chat::directory();
    let good = place.path().join("good");
    stopped_chat(&good);
    let sql = |statement: &'static str| {
        move |file: &Path| {
            Connection::open(file)
                .unwrap()
                .execute_batch(statement)
                .unwrap()
        }
    };
    let damaged = "restore a backup of the directory, or move it away";
    let newer = "was written by a newer version of this program";
    let foreign = "is not a chat's log; choose another directory";
    type Harm = Box<dyn Fn(&Path)>;
    let cases: [(&str, Harm, &[&str]); 11] = [
        (
            "truncated",
            Box::new(|file| cut(file, 6_000)),
            &["is damaged", damaged],
        ),
        (
            "a page of garbage",
            Box::new(|file| overwrite(file, 4096, 4096)),
            &["is damaged", damaged],
        ),
        (
            "garbage from the beginning",
            Box::new(|file| overwrite(file, 0, 8192)),
            &[foreign],
        ),
        (
            "a garbage entry",
            Box::new(sql(
                "UPDATE log SET command = '{\"room\":' WHERE position = 2",
            )),
            &["is damaged", "the entry at position 2", damaged],
        ),
        (
            "a garbage moment",
            Box::new(sql("UPDATE log SET moment = 'noon' WHERE position = 3")),
            &["is damaged", "the entry at position 3", damaged],
        ),
        (
            "bytes that are no text",
            Box::new(sql(
                "UPDATE log SET command = CAST(x'ff00ff' AS TEXT) WHERE position = 2",
            )),
            &["is damaged", "the entry at position 2", damaged],
        ),
        (
            "a missing entry",
            Box::new(sql("DELETE FROM log WHERE position = 3")),
            &[
                "is damaged",
                "the entries between 2 and it are missing",
                damaged,
            ],
        ),
        (
            "another format",
            Box::new(sql("PRAGMA user_version = 2")),
            &[newer, "its format is 2", "start that version"],
        ),
        (
            "an unknown command",
            Box::new(sql("UPDATE log SET kind = 'RenameRoom' WHERE position = 2")),
            &[newer, "RenameRoom", "position 2", "start that version"],
        ),
        (
            "newer rules",
            Box::new(sql(
                "UPDATE log SET command = json_set(command, '$.rules', 99) WHERE position = 1",
            )),
            &[newer, "its rules are version 99", "start that version"],
        ),
        (
            "another program's database",
            Box::new(move |file| {
                fs::remove_file(file).unwrap();
                sql("CREATE TABLE song (title TEXT)")(file);
            }),
            &[foreign],
        ),
    ];
    for (number, (case, harm, parts)) in cases.iter().enumerate() {
        let data = place.path().join(number.to_string());
        fs::create_dir(&data).unwrap();
        let file = data.join("chat.db");
        fs::copy(good.join("chat.db"), &file).unwrap();
        harm(&file);
        let before = fs::read(&file).unwrap();
        println!("{case}:");
        for _ in 0..2 {
            let text = refusal(&data);
            must_say(&text, parts);
            must_say(&text, &[data.to_str().unwrap()]);
        }
        assert_eq!(fs::read(&file).unwrap(), before, "{case}: it is as it was");
    }
}

/// A chat is not begun again where there was one.
#[test]
fn an_emptied_database_is_not_taken_for_a_new_chat() {
    let place = kept_chat::directory();
    let stopped = place.path().join("stopped");
    stopped_chat(&stopped);
    let killed = place.path().join("killed");
    let server = kept_chat::start(&killed, &[]);
    enter(&server.address).send("ana", "oi");
    server.kill();
    let restored = place.path().join("restored without the lock");
    fs::create_dir(&restored).unwrap();
    for name in ["chat.db", "chat.db-wal"] {
        fs::copy(killed.join(name), restored.join(name)).unwrap();
    }
    for length in [0, 1] {
        for data in [&stopped, &killed, &restored] {
            cut(&data.join("chat.db"), length);
            for _ in 0..2 {
                must_say(&refusal(data), &EMPTIED);
            }
        }
    }
}

const EMPTIED: [&str; 3] = ["is damaged", "chat.db is empty", "restore a backup"];

/// Until the first checkpoint all of the chat is in SQLite's write-ahead log.
#[test]
fn a_lost_write_ahead_log_is_not_taken_for_a_new_chat() {
    let place = kept_chat::directory();
    for length in [None, Some(0), Some(20)] {
        let data = place.path().join(format!("{length:?}"));
        let server = kept_chat::start(&data, &[]);
        enter(&server.address).send("ana", "oi");
        server.kill();
        let ahead = data.join("chat.db-wal");
        match length {
            Some(length) => cut(&ahead, length),
            None => fs::remove_file(&ahead).unwrap(),
        }
        for _ in 0..2 {
            must_say(&refusal(&data), &EMPTIED);
        }
    }
}

#[test]
fn a_lost_database_is_not_made_anew() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    stopped_chat(&data);
    fs::remove_file(data.join("chat.db")).unwrap();
    must_say(&refusal(&data), &EMPTIED);
    assert!(!data.join("chat.db").exists(), "the directory is as it was");
}

/// Time ends at this entry: to go on from there overflows.
#[test]
fn an_entry_that_cannot_be_applied_is_named_with_what_to_do() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    stopped_chat(&data);
    kept_chat::start(&data, &[]).program.terminate();
    let restart = "SELECT max(position) FROM log WHERE kind = 'StartServer'";
    let position = kept_chat::query_number(&data, restart);
    let end = "UPDATE log SET moment = '2025-03-09T12:00:01.000000+00:00 +18446744073709551615.000000' \
               WHERE position = ?1";
    let connection = Connection::open(data.join("chat.db")).unwrap();
    connection.execute(end, [position]).unwrap();
    drop(connection);
    let said = refused(&data);
    let last = said.lines().last().unwrap();
    let entry = format!("panics at the entry at position {position}, StartServer");
    must_say(
        last,
        &["chat-server: the log in", &entry, "report it", "--data DIR"],
    );
}

fn cut(file: &Path, length: u64) {
    let file = fs::File::options().write(true).open(file).unwrap();
    file.set_len(length).unwrap();
}

fn overwrite(file: &Path, at: usize, length: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at..at + length].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

#[test]
fn only_the_user_can_read_what_is_kept() {
    let place = kept_chat::directory();
    let made = place.path().join("made");
    let data = made.join("chat");
    let open = ["bash", "-c", "umask 0; exec \"$0\" \"$@\""];
    let server = kept_chat::start_under(&open, &data, &[]);
    enter(&server.address);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&made), mode(&data)), (0o700, 0o700));
    let mut names: Vec<String> = Vec::new();
    for file in fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort_unstable();
    assert_eq!(names, ["chat.db", "chat.db-shm", "chat.db-wal", "lock"]);
}

/// A copy has the permissions that the umask gives it.
#[test]
fn what_was_restored_from_a_backup_is_closed_to_others_again() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let server = kept_chat::start(&data, &[]);
    enter(&server.address).send("ana", "oi");
    server.kill();
    let files = ["lock", "chat.db", "chat.db-wal", "chat.db-shm"].map(|name| data.join(name));
    for file in &files {
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let _server = kept_chat::start(&data, &[]);
    for file in &files {
        let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}
