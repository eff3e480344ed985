//! The order of messages over a restart of a server that keeps its chat.

use dxr::Value;
use protocol::classic::message::Message;

use support::{
    KeptChat,
    kept_chat::enter,
    waiting::next_second,
    wire::{ask, call},
};

/// The original client keeps only what is later, as a string, than the last timestamp it saw.
#[test]
fn timestamps_increase_and_identifiers_count_over_a_restart_within_the_same_second() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    let address = chat.classic.clone();
    let call = |method: &str, texts: &[&str]| ask(&address, call(method, texts)).unwrap();
    enter(&address);
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
