//! Rooms: creating, entering, listing, leaving, and how they go.

use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::diagnosis;
use crate::peer::Reply;
use crate::refusal::{TakenName, is_refusal, same_apart_from_names};
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, blocked, failed};
use crate::value::{mentions, texts_of};
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "rooms-create",
        group: Group::Rooms,
        sentence: [
            "A room that was created is listed by list_rooms.",
            "Uma sala criada aparece em list_rooms.",
        ],
        why: [
            "create_room(room_name), list_rooms()",
            "create_room(room_name), list_rooms()",
        ],
        run: create,
    },
    Check {
        id: "rooms-unique",
        group: Group::Rooms,
        sentence: [
            "A room that exists is not created again.",
            "Uma sala que existe não é criada de novo.",
        ],
        why: [
            "The names of rooms are unique, and what was said in the first must not be lost.",
            "Os nomes das salas são únicos, e o que foi dito na primeira não pode se perder.",
        ],
        run: unique,
    },
    Check {
        id: "rooms-join",
        group: Group::Rooms,
        sentence: [
            "join_room answers the users of the room.",
            "join_room responde com os usuários da sala.",
        ],
        why: [
            "The client shows who is there.",
            "O cliente mostra quem está na sala.",
        ],
        run: join,
    },
    Check {
        id: "rooms-join-unknown",
        group: Group::Rooms,
        sentence: [
            "A room that does not exist cannot be entered, and trying does not create it.",
            "Não se entra em sala que não existe, nem se cria uma assim.",
        ],
        why: [
            "join_room enters an existing room.",
            "join_room entra em uma sala existente.",
        ],
        run: join_unknown,
    },
    Check {
        id: "rooms-users",
        group: Group::Rooms,
        sentence: [
            "list_users lists those who are in the room, and no others.",
            "list_users lista quem está na sala, e mais ninguém.",
        ],
        why: ["list_users(room_name)", "list_users(room_name)"],
        run: users,
    },
    Check {
        id: "rooms-entry-seen",
        group: Group::Rooms,
        sentence: [
            "Those who are in the room can see that a user entered.",
            "Quem está na sala consegue ver que alguém entrou.",
        ],
        why: [
            "The entry is announced: by a message, or at least in list_users.",
            "A entrada é anunciada: por uma mensagem, ou ao menos em list_users.",
        ],
        run: entry_is_seen,
    },
    Check {
        id: "rooms-leave",
        group: Group::Rooms,
        sentence: [
            "A user who leaves a room is no longer listed in it.",
            "Quem sai da sala não aparece mais nela.",
        ],
        why: [
            "Others must not write to a user who is gone.",
            "Ninguém deve escrever a quem já saiu.",
        ],
        run: leave,
    },
    Check {
        id: "rooms-empty-removed",
        group: Group::Rooms,
        sentence: [
            "A room without users is removed after its time, and one with a user stays.",
            "Uma sala sem usuários é removida depois do seu tempo, e uma com usuário fica.",
        ],
        why: [
            "Five minutes without activity; give --slow to wait for them, or --room-ttl if it was started with less.",
            "Cinco minutos sem atividade; use --slow para esperar, ou --room-ttl se foi iniciado com menos.",
        ],
        run: empty_is_removed,
    },
];

fn create(scene: &mut Scene) -> Outcome {
    let room = scene.name("sala");
    let reply = scene.chat.create(&room);
    if is_refusal(&reply) {
        return Err(failed(
            Words::new(
                "an answer that is not a refusal",
                "uma resposta que não seja recusa",
            ),
            &reply,
        ));
    }
    expect_listed(scene.chat.rooms(), &room)
}

fn unique(scene: &mut Scene) -> Outcome {
    let room = scene.name("sala");
    let first = scene.chat.create(&room);
    if is_refusal(&first) {
        return Err(blocked("create_room", &first));
    }
    let (ana, bia) = (scene.user("ana")?, scene.user("bia")?);
    scene.enter(&ana, &room)?;
    scene.enter(&bia, &room)?;
    scene.needs_listed(&room, &ana)?;
    let second = scene.chat.create(&room);
    let free = scene.name("sala");
    let third = scene.chat.create(&free);
    let taken = TakenName {
        first: (&room, &first),
        again: &second,
        free: (&free, &third),
    };
    taken.must_be_refused()?;
    match scene.chat.rooms() {
        Reply::Value(rooms) if times(&rooms, &room) > 1 => Err(failed(
            Words::new("the room once", "a sala uma vez"),
            &Reply::Value(rooms),
        )),
        _ => match scene.chat.users(&room) {
            Reply::Value(users) if mentions(&users, &ana) => Ok(()),
            Reply::Value(_) => Err(Shortfall::failed(
                words!("{ana} is still in the room", "{ana} continua na sala"),
                Words::new(
                    "the room is empty: it was replaced",
                    "a sala está vazia: foi substituída",
                ),
            )),
            reply => Err(blocked("list_users", &reply)),
        },
    }
}

/// How often a whole text is in a value.
fn times(value: &Json, wanted: &str) -> usize {
    texts_of(value)
        .iter()
        .filter(|text| **text == wanted)
        .count()
}

fn join(scene: &mut Scene) -> Outcome {
    let room = scene.room("sala")?;
    let (ana, bia) = (scene.user("ana")?, scene.user("bia")?);
    let expected = words!(
        "an answer with {ana} among the users",
        "uma resposta com {ana} entre os usuários"
    );
    let mut reply = scene.chat.join(&ana, &room);
    if !is_refusal(&reply) {
        scene.note_entered(&ana, &room);
        reply = scene.enter(&bia, &room)?;
    }
    match &reply {
        Reply::Value(answer) if !is_refusal(&reply) && mentions(answer, &ana) => Ok(()),
        _ => {
            // A dictionary of rooms in which the user is looked up, or a call that works the other way round.
            let looked_up = matches!(&reply, Reply::Fault { text, .. }
                if text.contains("KeyError") && text.contains(&ana));
            let is_swapped = looked_up
                || !scene.chat.lists_user(&room, &ana) && {
                    scene.chat.join(&room, &ana);
                    scene.chat.lists_user(&room, &ana)
                };
            Err(failed(expected, &reply).because(is_swapped.then(diagnosis::swapped_join)))
        }
    }
}

fn join_unknown(scene: &mut Scene) -> Outcome {
    let (user, existing) = (scene.user("ana")?, scene.room("sala")?);
    let granted = scene.enter(&user, &existing)?;
    scene.needs_listed(&existing, &user)?;
    let room = scene.name("nenhuma");
    let reply = scene.chat.join(&user, &room);
    if !reply.is_answer() {
        return Err(failed(Words::new("a refusal", "uma recusa"), &reply));
    }
    if scene.chat.lists_room(&room) {
        return Err(Shortfall::failed(
            Words::new("no such room afterwards", "nenhuma sala assim depois"),
            words!("list_rooms has {room}", "list_rooms tem {room}"),
        ));
    }
    let says_entered = !is_refusal(&reply)
        && match &reply {
            // A list of users with the caller in it says that it is in.
            Reply::Value(answer @ (Json::Object(_) | Json::Array(_))) => mentions(answer, &user),
            _ => same_apart_from_names((&existing, &granted), (&room, &reply)),
        };
    if says_entered {
        return Err(failed(Words::new("a refusal", "uma recusa"), &reply));
    }
    Ok(())
}

fn users(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let (other, caio, outside) = (
        scene.room("outra")?,
        scene.user("caio")?,
        scene.user("duda")?,
    );
    scene.enter(&caio, &other)?;
    let reply = scene.chat.users(&room);
    let lists = |user: &str| matches!(&reply, Reply::Value(users) if mentions(users, user));
    if lists(&ana) && lists(&bia) && !lists(&caio) && !lists(&outside) {
        return Ok(());
    }
    let is_shared = lists(&caio) && !lists(&outside);
    Err(failed(words!("{ana} and {bia}", "{ana} e {bia}"), &reply)
        .because(is_shared.then(diagnosis::shared_by_rooms)))
}

fn entry_is_seen(scene: &mut Scene) -> Outcome {
    let room = scene.room("sala")?;
    let (ana, bia) = (scene.user("ana")?, scene.user("bia")?);
    scene.enter(&ana, &room)?;
    let _ = (scene.chat.fetch(&ana, &room), scene.chat.users(&room));
    scene.enter(&bia, &room)?;
    let fetched = scene.chat.fetch(&ana, &room);
    let is_announced = matches!(&fetched, Reply::Value(messages) if mentions(messages, &bia));
    if is_announced || scene.chat.lists_user(&room, &bia) {
        return Ok(());
    }
    Err(failed(
        words!(
            "{bia} in a message or in list_users",
            "{bia} em uma mensagem ou em list_users"
        ),
        &fetched,
    ))
}

fn leave(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    scene.needs_listed(&room, &bia)?;
    let Some(reply) = scene.chat.leave(&bia, &room) else {
        return Err(Shortfall::NotOffered(Words::new(
            "neither leave_room nor unregister_user is offered",
            "nem leave_room nem unregister_user é oferecido",
        )));
    };
    if scene.chat.lists_user(&room, &bia) {
        return Err(failed(
            words!("{bia} is not listed", "{bia} não está na lista"),
            &reply,
        ));
    }
    if !scene.chat.lists_user(&room, &ana) {
        return Err(Shortfall::failed(
            words!("{ana} is still listed", "{ana} continua na lista"),
            words!("list_users lacks {ana}", "list_users não tem {ana}"),
        ));
    }
    Ok(())
}

/// The time of the sheet.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// How much later a background task may look. The original looks once a minute.
fn later(ttl: Duration) -> Duration {
    ttl.clamp(Duration::from_secs(5), Duration::from_secs(75))
}

fn empty_is_removed(scene: &mut Scene) -> Outcome {
    let ttl = match (scene.patience.room_ttl, scene.patience.slow) {
        (Some(ttl), _) => ttl,
        (None, true) => FIVE_MINUTES,
        (None, false) => {
            return Err(Shortfall::NotOffered(Words::new(
                "not waited for: give --slow, or --room-ttl",
                "não se esperou: use --slow, ou --room-ttl",
            )));
        }
    };
    let began = Instant::now();
    let (empty, kept) = (scene.room("vazia")?, scene.room("usada")?);
    let ana = scene.user("ana")?;
    scene.enter(&ana, &kept)?;
    if !scene.chat.lists_room(&kept) || !scene.chat.lists_room(&empty) {
        return Err(Shortfall::Blocked(Words::new(
            "not checked: a new room is not listed",
            "não verificado: uma sala nova não aparece na lista",
        )));
    }
    while began.elapsed() < ttl + later(ttl) {
        std::thread::sleep((ttl / 10).clamp(Duration::from_millis(100), Duration::from_secs(10)));
        // The user goes on polling, as a client does: one that is silent may be taken for gone.
        let _ = scene.chat.fetch(&ana, &kept);
        if !scene.chat.lists_room(&empty) {
            if began.elapsed() < ttl.mul_f32(0.9) {
                let after = began.elapsed().as_secs();
                return Err(Shortfall::failed(
                    words!("the room stays for {ttl:?}", "a sala fica por {ttl:?}"),
                    words!("gone after {after} s", "sumiu depois de {after} s"),
                ));
            }
            return expect_listed(scene.chat.rooms(), &kept);
        }
        scene.chat.peer.take_recorded();
    }
    Err(Shortfall::failed(
        words!(
            "the empty room is gone after {ttl:?}",
            "a sala vazia some depois de {ttl:?}"
        ),
        words!("{empty} is still listed", "{empty} continua na lista"),
    ))
}

fn expect_listed(rooms: Reply, room: &str) -> Outcome {
    match &rooms {
        Reply::Value(listed) if mentions(listed, room) => Ok(()),
        _ => Err(failed(
            words!("{room} in list_rooms", "{room} em list_rooms"),
            &rooms,
        )),
    }
}
