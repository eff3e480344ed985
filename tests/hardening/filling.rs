//! One client fills what the chat remembers, with as little as each of its calls may leave behind.

use std::time::{Duration, Instant};

use chat_server::chat::commands::{CreateRoom, Join, RegisterUser, SendMessage};
use chat_server::chat::{
    Caller, Chat, Credential, Kind, MessageText, Moment, PasswordHash, Policy, Recipient, RoomName,
    Username,
};
use dxr::Value;

use support::{Server, wire::Client};

#[test]
fn refused_sends_with_identifiers_leave_nothing_in_memory() {
    let chat = Server::unregistered_chat(&[]);
    let mut client = Client::open(&chat.address);
    let refuse = |client: &mut Client, user: &str| {
        client.ask("register_user", &[user]);
        // As many as are remembered of one user.
        let ids: Vec<String> = (0..256).map(|send| format!("{send:0128}")).collect();
        let calls = ids.iter().map(|id| [user, "no room", "x", "", id]);
        let answers = client.batch(calls.map(|call| ("send_message_once", call)));
        let refused = Value::String("Sala não existe.".to_owned());
        assert_eq!(answers, vec![Value::Array(vec![refused]); 256]);
    };
    refuse(&mut client, "first");
    let before = chat.program.peak_memory().unwrap();
    for user in 0..300 {
        refuse(&mut client, &format!("user-{user}"));
    }
    // Remembered, they would take 25 MiB.
    let grown = chat.program.peak_memory().unwrap() - before;
    assert!(grown < 10, "{grown} MiB");
}

#[test]
fn many_rooms_with_few_messages_take_nothing_from_the_room_of_others() {
    let chat = Server::unregistered_chat(&["--history-memory", "3000000"]);
    let mut class = Client::open(&chat.address);
    for user in ["ana", "bia"] {
        class.ask("register_user", &[user]);
        class.ask("create_room", &["geral"]);
        class.ask("join_room", &[user, "geral"]);
    }
    let notices: Vec<String> = (0..300).map(|number| format!("aviso {number}")).collect();
    let sends = notices.iter().map(|text| ["ana", "geral", text]);
    class.batch(sends.map(|send| ("send_message", send)));
    assert_eq!(class.texts("bia"), notices);

    let mut other = Client::open(chat.accounts.as_ref().unwrap());
    other.ask("login_user", &["mal", "senha"]);
    let rooms: Vec<String> = (0..500).map(|number| format!("q{number}")).collect();
    other.batch(rooms.iter().map(|room| ("create_room", [room.as_str()])));
    other.batch(rooms.iter().map(|room| ("join_room", ["mal", room])));
    // Five times what the memory has room for, and in each room fewer than the class has in its own.
    for _ in 0..15 {
        other.batch(
            rooms
                .iter()
                .map(|room| ("send_message", ["mal", room, "x"])),
        );
    }
    assert_eq!(class.texts("bia"), notices);
    let kept = other.batch(rooms.iter().map(|room| ("receive_messages", ["mal", room])));
    let kept = kept.iter().map(|answer| match answer {
        Value::Array(answer) => match &answer[..] {
            [Value::Array(messages)] => messages.len(),
            other => panic!("{other:?}"),
        },
        fault => panic!("{fault:?}"),
    });
    // The rest of the memory is its own, and no more.
    let kept: usize = kept.sum();
    assert!((1_000..1_200).contains(&kept), "{kept} messages");
}

/// A send while the memory is full, in nanoseconds, with so many rooms that all have messages.
fn send_at_full_memory(rooms: usize) -> u128 {
    let moment = |seconds| Moment {
        elapsed: Duration::from_secs(seconds),
        wall: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
    };
    let mut chat = Chat::new(Policy {
        memory: 40 << 20,
        ..Policy::default()
    });
    let caller = Caller {
        name: Username::parse("mal").unwrap(),
        kind: Kind::Account,
    };
    let register = RegisterUser {
        name: caller.name.clone(),
        credential: Credential::Password(PasswordHash("hash".into())),
        from: None,
    };
    chat.apply(moment(0), register);
    let rooms: Vec<RoomName> = (0..rooms)
        .map(|number| RoomName::parse(&format!("q{number}")).unwrap())
        .collect();
    for room in &rooms {
        let (room, caller) = (room.clone(), caller.clone());
        chat.apply(moment(0), CreateRoom::new(room.clone()));
        chat.apply(moment(0), Join { caller, room });
    }
    let mut send = |number: usize| {
        let command = SendMessage {
            caller: caller.clone(),
            room: rooms[number % rooms.len()].clone(),
            text: MessageText::parse("x").unwrap(),
            recipient: Recipient::Empty,
            once: None,
        };
        chat.apply(moment(1), command);
    };
    (0..25_000).for_each(&mut send);
    let rounds = (0..5).map(|round| {
        let begun = Instant::now();
        (0..2_000).for_each(|number| send(round * 2_000 + number));
        begun.elapsed().as_nanos() / 2_000
    });
    rounds.min().unwrap()
}

#[test]
fn what_is_dropped_is_found_without_looking_at_all_rooms() {
    let (few, many) = (send_at_full_memory(10), send_at_full_memory(10_000));
    // It takes as long. With a walk over a thousand times as many rooms it took eight times as long, in a build
    // without optimization.
    assert!(
        many < 4 * few,
        "{few} ns with 10 rooms, {many} ns with 10,000"
    );
}
