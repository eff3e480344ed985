//! Empty rooms go by themselves, from the real program, and no other room does.

use std::time::{Duration, Instant};

use serde_json::json;

use support::{Caller, Language, Server, eventually};

/// The shortest life of a room with which the tests below are quick. Not shorter: a machine that is
/// busy for this long makes "touched in time" untrue.
const ROOM_TTL: Duration = Duration::from_secs(1);

fn server() -> (Server, Server) {
    let binder = Server::binder(Language::Rust);
    let flags = ["--room-ttl", "1s", "--sweep-every", "200ms"];
    let server = Server::our_chat(&[&flags[..], &["--binder", &binder.address]].concat());
    (binder, server)
}

fn exists(caller: &mut Caller, room: &str) -> bool {
    let rooms = caller.answer("list_rooms", &[]);
    rooms.as_array().unwrap().contains(&json!(room))
}

fn wait_until_gone(caller: &mut Caller, room: &str) {
    eventually(&format!("the room {room} goes"), || {
        (!exists(caller, room)).then_some(())
    });
}

#[test]
fn an_empty_room_goes_and_one_with_a_user_stays() {
    let (_binder, server) = server();
    let mut caller = server.caller();
    caller.enter("ana", "cheia");
    let created = Instant::now();
    caller.must("create_room", &["vazia"], "Sala 'vazia' criada.");
    wait_until_gone(&mut caller, "vazia");
    assert!(created.elapsed() > ROOM_TTL, "it went too early");
    server
        .program
        .wait_until_logged("Sala 'vazia' removida por inatividade.");
    assert_eq!(caller.answer("list_rooms", &[]), json!(["cheia"]));
    caller.must("list_users", &["vazia"], "Sala não encontrada.");

    // The name is free, and the room is a new one.
    caller.must("create_room", &["vazia"], "Sala 'vazia' criada.");
    // The other goes too, as soon as it is empty for as long.
    caller.must(
        "unregister_user",
        &["ana"],
        "Usuário desconectado com sucesso.",
    );
    wait_until_gone(&mut caller, "cheia");
    server
        .program
        .wait_until_logged("Sala 'cheia' removida por inatividade.");
}

#[test]
fn a_room_that_is_joined_again_in_time_stays() {
    // A machine that stands still for as long as a room lives proves nothing; three times it does not.
    assert!((0..3).any(|_| stays_while_users_come_and_go()));
}

/// Whether no pause between two visits was as long as a room lives.
///
/// # Panics
/// When the room went although every pause was shorter.
fn stays_while_users_come_and_go() -> bool {
    let (_binder, server) = server();
    let mut caller = server.caller();
    caller.must("register_user", &["ana"], "Usuário registrado com sucesso.");
    for room in ["pausa", "volta"] {
        caller.answer("create_room", &[room]);
    }
    // Twice as long as a room lives, and until an empty room beside it has shown that rooms go. The
    // times are taken before the calls, so that no pause is longer for the server than here.
    let (begin, mut left, mut longest) = (Instant::now(), Instant::now(), Duration::ZERO);
    while begin.elapsed() < 2 * ROOM_TTL || exists(&mut caller, "pausa") {
        let joined = caller.answer("join_room", &["ana", "volta"]);
        longest = longest.max(left.elapsed());
        if longest >= ROOM_TTL {
            return false;
        }
        assert!(joined.is_object(), "after {longest:?} at most: {joined}");
        left = Instant::now();
        let answer = "Usuário saiu da sala 'volta'.";
        caller.must("leave_room", &["volta", "ana"], answer);
    }
    assert!(!server.program.err().contains("'volta' removida"));
    true
}
