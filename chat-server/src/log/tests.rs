//! The log in a directory of its own.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::sqlite::{Opened, SqliteLog};
use super::*;
use crate::chat::Moment;

fn entry() -> Entry {
    entry_of(r#"{"polled":[1]}"#)
}

fn entry_of(fields: &str) -> Entry {
    Entry {
        at: Moment {
            elapsed: Duration::ZERO,
            wall: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        },
        kind: "RecordActivity",
        fields: fields.to_owned(),
    }
}

/// SQLite writes whole pages, however short an entry is: the bytes of this many entries alone would not be enough for
/// a checkpoint. After how many commits one is made depends on the thread that makes it.
#[test]
fn many_short_commits_begin_the_write_ahead_log_again() {
    let directory = tempfile::tempdir().unwrap();
    let Opened { mut log, .. } = SqliteLog::open(directory.path(), Keep::Newest).unwrap();
    let wal = directory.path().join("chat.db-wal");
    let mut bytes = 0;
    for _ in 0..20_000 {
        log.append(&[entry()]).unwrap();
        let after = fs::metadata(&wal).unwrap().len();
        if after == bytes {
            return;
        }
        bytes = after;
    }
    panic!("it only grew, to {bytes} bytes");
}

#[test]
fn after_a_write_of_unknown_effect_nothing_is_tried_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let Opened { mut log, .. } = SqliteLog::open(directory.path(), Keep::Newest).unwrap();
    let other = rusqlite::Connection::open(directory.path().join("chat.db")).unwrap();
    let rename = |from, to| {
        let rename = format!("ALTER TABLE {from} RENAME TO {to}");
        other.execute_batch(&rename).unwrap();
    };
    rename("log", "gone");
    let failed = log.append(&[entry()]);
    assert!(matches!(failed, Err(AppendError::Broken(_))), "{failed:?}");
    rename("gone", "log");
    assert_eq!(log.append(&[entry()]), Err(AppendError::Stopped));
    assert_eq!(entries(&other), 0);
}

/// How many pages of the write-ahead log the first part of its index is for.
const FRAMES_INDEXED_AT_FIRST: u64 = 4_062;

/// Says where the small file system is in which the test below runs.
const SMALL_DISK: &str = "CHAT_SERVER_TEST_ON_A_SMALL_DISK";

/// SQLite makes the index of its write-ahead log longer only after it has written and synced a commit. If
/// there is no room then, the commit is rolled back, and yet a restart finds it.
#[test]
fn a_commit_that_lacks_room_for_its_index_only_is_uncertain() {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        return fill_up_at_the_index(Path::new(&disk));
    }
    let disk = tempfile::tempdir().unwrap();
    let mount = format!(
        "mount -t tmpfs -o size=64m none '{}' && exec \"$0\" \"$@\"",
        disk.path().display()
    );
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let test = "log::tests::a_commit_that_lacks_room_for_its_index_only_is_uncertain";
    let run = Command::new("unshare")
        // Without root, mounting is allowed in a user namespace of its own.
        .args([if is_root { "-m" } else { "-Urm" }, "bash", "-c", &mount])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(SMALL_DISK, disk.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
}

fn fill_up_at_the_index(disk: &Path) {
    let Opened { mut log, .. } = SqliteLog::open(disk, Keep::Everything).unwrap();
    // As long as it reads, the write-ahead log cannot begin again.
    let reader = rusqlite::Connection::open(disk.join("chat.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(entries(&reader), 0);
    let wal = disk.join("chat.db-wal");
    let frames = || fs::metadata(&wal).unwrap().len() / 4_120;
    let long = vec![entry_of(&format!("\"{}\"", "x".repeat(3_900))); 100];
    let mut kept = 0;
    while frames() < FRAMES_INDEXED_AT_FIRST - 300 {
        log.append(&long).unwrap();
        kept += 100;
    }
    while frames() < FRAMES_INDEXED_AT_FIRST - 1 {
        log.append(&[entry()]).unwrap();
        kept += 1;
    }
    let mut filler = File::create(disk.join("filler")).unwrap();
    let mut length = 0;
    while filler.write_all(&[1; 4_096]).is_ok() {
        length += 4_096;
    }
    // Room for a few commits, but not for eight pages of the index.
    filler.set_len(length - 4 * 4_096).unwrap();
    let refused = loop {
        match log.append(&[entry()]) {
            Ok(()) => kept += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, AppendError::Uncertain);
    assert_ne!(refused.to_string(), AppendError::DiskFull.to_string());
    assert_eq!(after_a_kill(disk), kept + 1);
    filler.set_len(0).unwrap();
    log.append(&[entry()]).unwrap();
    assert_eq!(after_a_kill(disk), kept + 1, "in the place of the other");
}

/// How many entries a restart would find.
fn after_a_kill(disk: &Path) -> usize {
    let copy = tempfile::tempdir().unwrap();
    for name in ["chat.db", "chat.db-wal"] {
        fs::copy(disk.join(name), copy.path().join(name)).unwrap();
    }
    entries(&rusqlite::Connection::open(copy.path().join("chat.db")).unwrap())
}

fn entries(database: &rusqlite::Connection) -> usize {
    database
        .query_row("SELECT count(*) FROM log", [], |row| row.get(0))
        .unwrap()
}
