//! The state as records, and back.

use super::*;
use crate::chat::fixtures::{at, chat, guest, join, send, sent};

#[test]
fn a_chat_is_equal_to_its_copy_whatever_was_dropped_before() {
    let (ana, bia) = (guest("ana"), guest("bia"));
    let mut chat = chat(&["geral"], &[&ana, &bia]);
    chat.policy.history = 3;
    for number in 0..7 {
        let sender = if number % 2 == 0 { &ana } else { &bia };
        sent(chat.apply(at(1), send(sender, "geral", &number.to_string(), "")));
    }
    assert_eq!(restored(&chat.snapshot()), chat);
}

/// Counted and not timed: what is shared is not copied while calls wait.
#[test]
fn a_snapshot_shares_users_and_rooms_with_the_chat_and_only_what_changes_is_copied() {
    let users: Vec<_> = (0..100).map(|user| guest(&format!("ana{user}"))).collect();
    let mut chat = chat(
        &["geral", "rust", "vazia"],
        &users.iter().collect::<Vec<_>>(),
    );
    let before = chat.clone();
    let state = chat.snapshot();
    let shared = |chat: &Chat| {
        let user = |user: &&Arc<User>| Arc::ptr_eq(user, &chat.users[&user.person]);
        let room = |room: &&(RoomName, Arc<Room>)| Arc::ptr_eq(&room.1, &chat.rooms[&room.0]);
        (
            state.users.iter().filter(user).count(),
            state.rooms.iter().filter(room).count(),
        )
    };
    // `before` shares them, too.
    assert_eq!(shared(&chat), (100, 3));
    sent(chat.apply(at(1), send(&users[0], "geral", "oi", "")));
    assert_eq!(shared(&chat), (100, 2));
    chat.apply(at(1), join(&users[0], "rust"));
    assert_eq!(shared(&chat), (99, 1));
    assert_eq!(restored(&state), before);
}

#[test]
fn records_out_of_place_are_refused() {
    let member = || Record(Piece::Member(Username::parse("ana").unwrap()));
    let mut restoring = Restoring::default();
    assert_eq!(restoring.push(member()), Err(RestoreError::Stray));
    assert_eq!(
        Restoring::default().finish().unwrap_err(),
        RestoreError::NoBeginning
    );
    for record in Chat::new(Policy::default()).snapshot().records() {
        restoring.push(record).unwrap();
    }
    assert_eq!(restoring.push(member()), Err(RestoreError::Stray));
}
