//! What is kept and handed out: the last 50 at a join, at most 1,000 in an answer, and timestamps
//! that order the messages of a room although many share a second.

use std::process::Command;

use serde_json::Value as Json;

use contract::table::is_timestamp;
use support::{
    Caller, InProcess, Language, Program, Server, binaries, eventually,
    server::wait_until_registered,
};

#[test]
fn join_room_hands_over_the_last_50_that_the_caller_may_see() {
    let mut room = Room::with(&["ana", "bia", "caio"]);
    for number in 0..60 {
        room.caller.say("ana", "geral", &number.to_string(), "");
        // Others' private messages do not use up the fifty.
        room.caller.say("ana", "geral", "segredo", "bia");
    }
    let joined = room.caller.answer("join_room", &["caio", "geral"]);
    let expected: Vec<String> = (10..60).map(|number| number.to_string()).collect();
    assert_eq!(contents(&joined["messages"]), expected);
}

#[test]
fn one_answer_has_at_most_1000_messages_and_the_rest_comes_when_asked_again() {
    let mut room = Room::with(&["ana", "bia"]);
    let said: Vec<String> = (0..1_010).map(|number| number.to_string()).collect();
    for text in &said {
        room.caller.say("ana", "geral", text, "");
    }
    let newest = room.caller.answer("receive_messages", &["bia", "geral"]);
    assert_eq!(
        contents(&newest),
        said[10..],
        "receive_messages: the newest"
    );

    let mut since = |last: &str| {
        room.caller
            .answer("receive_new_messages", &["bia", "geral", last])
    };
    let first = since("1970-01-01 00:00:00");
    assert_eq!(
        contents(&first),
        said[..1_000],
        "receive_new_messages: the oldest"
    );
    let rest = since(first[999]["timestamp"].as_str().unwrap());
    assert_eq!(contents(&rest), said[1_000..], "and then the rest");
}

#[test]
fn timestamps_strictly_increase_as_strings_and_only_the_first_of_a_second_is_whole() {
    let mut room = Room::with(&["ana", "bia"]);
    let timestamps = eventually("seven messages in one second and one in the next", || {
        room.caller.say("ana", "geral", "oi", "");
        let messages = room.caller.answer("receive_messages", &["bia", "geral"]);
        let timestamps = timestamps(&messages);
        let seconds: Vec<&str> = timestamps.iter().map(|text| &text[..19]).collect();
        let last = *seconds.last().unwrap();
        let before = seconds.iter().filter(|second| **second != last).count();
        (before >= 7).then_some(timestamps)
    });
    for pair in timestamps.windows(2) {
        assert!(pair[0] < pair[1], "{pair:?} strictly increase");
        let same_second = pair[0][..19] == pair[1][..19];
        assert!(is_timestamp(&pair[1]), "the form of {}", pair[1]);
        assert_eq!(pair[1].len() == 19, !same_second, "{pair:?}");
    }
    for (index, last) in timestamps.iter().enumerate() {
        let newer = room
            .caller
            .answer("receive_new_messages", &["bia", "geral", last]);
        assert_eq!(
            self::timestamps(&newer),
            timestamps[index + 1..],
            "receive_new_messages after {last} has exactly what is later"
        );
    }
}

#[test]
fn timestamps_are_the_servers_local_time() {
    // No place on earth has this offset, so that it is not the machine's own by chance.
    const TZ: &str = "XYZ5:17";
    let local_time = || {
        let show = "import datetime; print(str(datetime.datetime.now())[:19])";
        let mut python = Command::new("python3");
        let mut python = Program::start("date", python.args(["-c", show]).env("TZ", TZ));
        python.next_line()
    };
    let binder = Server::binder(Language::Rust);
    let mut command = binaries::command("chat-server");
    command
        .args(["--listen", "127.0.0.1:0", "--accounts-listen", "off"])
        .args(["--binder", &binder.address])
        .env("TZ", TZ);
    let server = Server::ready(Program::start("chat-server", &mut command));
    wait_until_registered(&binder.address, "create_room");

    let mut caller = server.caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let before = local_time();
    caller.say("ana", "geral", "que horas são?", "");
    let after = local_time();
    let messages = caller.answer("receive_messages", &["bia", "geral"]);
    // Without the fraction that a message has in the second of a join.
    let timestamp = timestamps(&messages)[0][..before.len()].to_owned();
    assert!(
        before <= timestamp && timestamp <= after,
        "{timestamp} is not between {before} and {after}"
    );
}

/// A server with users in the room `geral`.
struct Room {
    caller: Caller,
    _server: InProcess,
}

impl Room {
    fn with(users: &[&str]) -> Self {
        let server = InProcess::chat();
        let mut caller = server.caller();
        for user in users {
            caller.enter(user, "geral");
        }
        Self {
            caller,
            _server: server,
        }
    }
}

fn contents(messages: &Json) -> Vec<String> {
    member_of_each(messages, "content")
}

fn timestamps(messages: &Json) -> Vec<String> {
    member_of_each(messages, "timestamp")
}

fn member_of_each(messages: &Json, member: &str) -> Vec<String> {
    let texts = messages.as_array().unwrap().iter();
    texts
        .map(|message| message[member].as_str().unwrap().to_owned())
        .collect()
}
