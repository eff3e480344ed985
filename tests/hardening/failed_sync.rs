//! The disk fails to sync: after that nothing is written until a restart.

use std::fs;

use dxr::{Fault, Value};
use protocol::classic::texts::{CANNOT_WRITE_NOW, UNKNOWN_WHETHER_WRITTEN};

use crate::trace;
use support::{
    eventually,
    kept_chat::{self, enter},
    wire::{Client, ROOM},
};

/// So many syncs succeed: enough to set up the log, and for the first commands.
const SUCCEED: usize = 16;

#[test]
fn after_a_failed_sync_nothing_is_written_until_a_restart() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let file = place.path().join("trace");
    let mut strace = trace::strace(&file, "fsync,fdatasync,pwrite64");
    strace.push(format!(
        "--inject=fsync,fdatasync:error=EIO:when={}",
        SUCCEED + 1
    ));
    let strace: Vec<&str> = strace.iter().map(String::as_str).collect();
    let server = kept_chat::start_under(&strace, &data, &[]);
    let mut client = enter(&server.address);
    let unknown = Value::String(UNKNOWN_WHETHER_WRITTEN.to_owned());
    let refused = Value::String(CANNOT_WRITE_NOW.to_owned());
    let mut kept = Vec::new();
    eventually("a failed sync", || {
        let text = kept.len().to_string();
        let answer = client.ask("send_message", &["ana", ROOM, &text, ""]);
        // The sync that failed may have been that of a record of activity, after which a message is refused.
        if answer == unknown || answer == refused {
            return Some(());
        }
        assert_eq!(answer, Value::String("Mensagem enviada.".to_owned()));
        kept.push(text);
        None
    });
    assert!(!kept.is_empty());
    // Nothing is tried any more, so it is certain that these are not kept.
    let fault = Fault::new(1, CANNOT_WRITE_NOW.to_owned());
    let mut accounts = Client::open(server.accounts.as_ref().unwrap());
    for _ in 0..20 {
        assert_eq!(client.ask("create_room", &["outra"]), refused);
        assert_eq!(client.call("register_user", &["novo"]), Err(fault.clone()));
        let registered = accounts.call("register_user", &["nova", "senha"]);
        assert_eq!(registered, Err(fault.clone()));
        // Reading goes on.
        assert_eq!(client.texts("bia"), kept);
    }
    let log = server.program.err();
    assert_eq!(log.matches("commands are refused").count(), 1, "{log}");
    server.program.terminate();

    // Neither was it tried again, nor was anything written, even at the end.
    let calls = trace::read(&file, 0);
    let is_ours = |call: &&trace::Call| {
        let open = call.descriptor().map(|(_, path)| path).unwrap_or_default();
        open.starts_with(data.to_str().unwrap()) && !open.ends_with("-shm")
    };
    let failed = calls
        .iter()
        .position(|call| call.name.ends_with("sync") && call.result.is_none());
    let after: Vec<_> = calls[failed.unwrap() + 1..]
        .iter()
        .filter(is_ours)
        .collect();
    assert!(after.is_empty(), "{after:?}");
    assert!(fs::metadata(data.join("chat.db-wal")).unwrap().len() > 0);

    let server = kept_chat::start(&data, &[]);
    let mut client = Client::open(&server.address);
    let rooms = format!("{:?}", client.ask("list_rooms", &[]));
    assert!(!rooms.contains("outra"), "{rooms}");
    let mut found = client.texts("bia");
    // That of which it is not known may be there.
    let unknown = found.split_off(kept.len());
    assert_eq!(found, kept);
    assert!(
        unknown.is_empty() || unknown == [kept.len().to_string()],
        "{unknown:?}"
    );
    client.send("ana", "depois");
}
