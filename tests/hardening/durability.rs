//! What a server with `--data` promises: the real program, killed, restarted, and with logs that cannot be used.

use dxr::Value;
use protocol::classic::message::Message;

use crate::kept::KeptChat;
use crate::stage::DEADLINE;
use crate::stage::waiting::next_second;
use crate::wire::{ask, call};

/// The original client keeps only what is later, as a string, than the last timestamp it saw.
#[test]
fn timestamps_increase_and_identifiers_count_over_a_restart_within_the_same_second() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    let address = chat.classic.clone();
    let call = |method: &str, texts: &[&str]| ask(&address, call(method, texts)).unwrap();
    call("create_room", &["geral"]);
    for name in ["ana", "bia"] {
        call("register_user", &[name]);
        call("join_room", &[name, "geral"]);
    }
    let (mut last, mut sent, mut same_second) = ("1970-01-01 00:00:00".to_owned(), 0, 0);
    for restart in 1..=10 {
        // As much of a second as there is, so that the restart ends within it.
        next_second();
        for count in 1..=6 {
            if count == 4 {
                chat.kill();
                chat.start_again();
            }
            let text = format!("{restart}:{count}");
            for id in [&text, &format!("{restart}:{}", count.min(3))] {
                // The second time under the identifier of a message that is there: it is not stored again.
                call("send_message_once", &["ana", "geral", &text, "", id]);
            }
            sent += 1;
        }
        let messages = shown(call("receive_new_messages", &["bia", "geral", &last]));
        let texts: Vec<&str> = messages
            .iter()
            .map(|message| message.content.as_str())
            .collect();
        let expected: Vec<String> = (1..=6).map(|count| format!("{restart}:{count}")).collect();
        assert_eq!(texts, expected);
        let timestamps: Vec<&String> = messages.iter().map(|one| &one.timestamp).collect();
        assert!(
            timestamps.is_sorted_by(|one, other| one < other),
            "{timestamps:?}"
        );
        // The third is from before the restart, and the fourth from after it.
        same_second += u32::from(timestamps[2][..19] == timestamps[3][..19]);
        last.clone_from(timestamps[5]);
        if same_second == 2 {
            let all = shown(call("receive_messages", &["bia", "geral"]));
            assert_eq!(all.len(), sent);
            return;
        }
    }
    panic!("no restart was within a second");
}

fn shown(messages: Value) -> Vec<Message> {
    Message::list_from_value(messages).unwrap()
}

#[test]
fn a_damaged_log_ends_the_server_before_it_listens_and_is_left_as_it_is() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    for name in ["ana", "bia"] {
        ask(&chat.classic, call("register_user", &[name])).unwrap();
    }
    chat.stop();
    let path = chat.directory().join("chat.db");
    let content = std::fs::read(&path).unwrap();
    let foreign = b"nothing that SQLite wrote".repeat(100);
    let cut = content[..content.len() / 2].to_vec();
    let text = b"RegisterUser";
    let place = content
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    let mut unknown = content.clone();
    unknown[place..place + text.len()].copy_from_slice(b"ReqisterUser");
    let another = "choose another directory with --data DIR";
    for (damaged, reasons) in [
        (foreign, ["is not a chat's log", another]),
        (cut, ["is damaged", "restore a backup"]),
        (unknown, ["was written by a newer version", another]),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        let ended = chat.begin().wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        for part in reasons.into_iter().chain(chat.directory().to_str()) {
            assert!(ended.err.contains(part), "{part:?} is not in {}", ended.err);
        }
        assert_eq!(ended.out, "", "it does not say that it listens");
        assert_eq!(
            std::fs::read(&path).unwrap(),
            damaged,
            "it is not overwritten"
        );
    }
    std::fs::write(&path, content).unwrap();
    chat.start_again();
    let taken = ask(&chat.classic, call("register_user", &["ana"])).unwrap_err();
    assert!(taken.string().contains("em uso"), "{}", taken.string());
}

#[test]
fn a_directory_in_use_keeps_a_second_server_out_until_the_first_is_gone() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    let ended = chat.begin().wait_for_end(DEADLINE);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    let directory = chat.directory().to_str().unwrap();
    let said = format!(
        "chat-server: {directory} is in use by another chat server; stop that one, or choose another directory \
         with --data DIR\n"
    );
    assert_eq!(ended.err, said);
    chat.kill();
    chat.start_again();
}
