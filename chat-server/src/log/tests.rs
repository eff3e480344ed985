//! The log in a directory of its own.

use std::time::Duration;

use super::sqlite::{Opened, SqliteLog};
use super::*;

fn entry() -> Entry {
    Entry {
        at: Moment {
            elapsed: Duration::ZERO,
            wall: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        },
        kind: "RecordActivity",
        fields: r#"{"polled":[1]}"#.to_owned(),
    }
}

/// SQLite writes whole pages, however short an entry is.
#[test]
fn many_short_commits_do_not_make_the_write_ahead_log_long() {
    let directory = tempfile::tempdir().unwrap();
    let Opened { mut log, .. } = SqliteLog::open(directory.path(), Keep::Newest).unwrap();
    for _ in 0..2_200 {
        log.append(&[entry()]).unwrap();
    }
    let wal = directory.path().join("chat.db-wal");
    let bytes = std::fs::metadata(wal).unwrap().len();
    assert!(bytes <= 8 << 20, "{bytes}");
}
