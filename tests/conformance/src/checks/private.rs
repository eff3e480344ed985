//! Messages to one user: to that user, and to nobody else.

use super::messages::{has, named_if_swapped, send};
use crate::diagnosis;
use crate::peer::Reply;
use crate::refusal::is_refusal;
use crate::requirement::{Outcome, Shortfall};
use crate::scene::{Scene, failed, found_in};
use crate::words::{Words, words};

pub(super) fn private(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let given = given(scene, [&ana, &room, &bia]);
    given.map_err(|finding| named_if_swapped(scene, [&ana, &room, &bia], finding))
}

fn given(scene: &mut Scene, [user, room, recipient]: [&str; 3]) -> Outcome {
    let text = scene.text();
    send(scene, [user, room, &text], Some(recipient))?;
    let reply = scene.chat.fetch(recipient, room);
    if has(&reply, &text) {
        return Ok(());
    }
    Err(failed(words!("{text:?}", "{text:?}"), &reply))
}

fn not_even_received() -> Shortfall {
    Shortfall::Blocked(Words::new(
        "not checked: a private message does not even reach its recipient",
        "não verificado: uma mensagem privada não chega nem ao destinatário",
    ))
}

pub(super) fn private_stays(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let caio = scene.user("caio")?;
    scene.enter(&caio, &room)?;
    let text = scene.text();
    scene.say(&ana, &room, &text, Some(&bia))?;
    let received = scene.chat.fetch(&bia, &room);
    if !has(&received, &text) {
        return Err(not_even_received());
    }
    let fetched = scene.chat.fetch(&caio, &room);
    if has(&fetched, &text) {
        return Err(found_in(
            words!("nothing private for {caio}", "nada privado para {caio}"),
            &fetched,
            &text,
        ));
    }
    let duda = scene.user("duda")?;
    stays_without_recipient(scene, [&ana, &room], [&bia, &caio], &duda)?;
    let joined = scene.enter(&duda, &room)?;
    if has(&joined, &text) {
        return Err(found_in(
            words!(
                "nothing private for {duda}, who enters",
                "nada privado para {duda}, que entra"
            ),
            &joined,
            &text,
        ));
    }
    Ok(())
}

/// A message to a user who is not in the room, or who does not exist, must not reach the users in the room. The server
/// may refuse it.
fn stays_without_recipient(
    scene: &mut Scene,
    [sender, room]: [&str; 2],
    others: [&str; 2],
    outside: &str,
) -> Outcome {
    for recipient in [outside.to_owned(), scene.name("ninguem")] {
        let text = scene.text();
        scene.chat.send(sender, room, &text, Some(&recipient));
        for other in others {
            let fetched = scene.chat.fetch(other, room);
            if has(&fetched, &text) {
                return Err(found_in(
                    words!("nothing private for {other}", "nada privado para {other}"),
                    &fetched,
                    &text,
                )
                .provoked_by(words!(
                    "{sender} sent a message to {recipient} alone, who was not in the room",
                    "{sender} enviou uma mensagem só para {recipient}, que não estava na sala"
                ))
                .because(Some(diagnosis::recipient_taken_for_none())));
            }
        }
    }
    Ok(())
}

/// Names like another one: those for which a search finds it, or which it finds.
fn resembling(name: &str) -> Vec<String> {
    let beginning: String = name.chars().take(3).collect();
    let rest: String = name.chars().skip(1).collect();
    let shorter = name.rsplit_once('-').map_or(name, |(shorter, _)| shorter);
    vec![
        shorter.to_owned(),
        format!("{name}x"),
        format!("x{name}x"),
        name.to_uppercase(),
        format!("{beginning}-x{rest}"),
        // In SQL, `LIKE` takes it for any character.
        format!("_{rest}"),
    ]
}

pub(super) fn exact(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let mut others = Vec::new();
    for name in resembling(&bia) {
        // A server may refuse names that are hard to tell apart.
        if scene.takes(&name) && !is_refusal(&scene.chat.join(&name, &room)) {
            scene.note_entered(&name, &room);
            others.push(name);
        }
    }
    if others.is_empty() {
        return Err(Shortfall::Blocked(words!(
            "not checked: no name like {bia} can enter a room",
            "não verificado: nenhum nome parecido com {bia} consegue entrar em uma sala"
        )));
    }
    scene.chat.peer.take_recorded();
    let text = scene.text();
    scene.say(&ana, &room, &text, Some(&bia))?;
    if !has(&scene.chat.fetch(&bia, &room), &text) {
        return Err(not_even_received());
    }
    for other in &others {
        let fetched = scene.chat.fetch(other, &room);
        if has(&fetched, &text) {
            return Err(given_to(other, [&ana, &bia], &fetched, &text));
        }
    }
    // Where everybody who enters gets it, the cause is another one.
    let caio = scene.user("caio")?;
    if has(&scene.enter(&caio, &room)?, &text) {
        return Ok(());
    }
    for other in &others {
        let entered = scene.chat.join(other, &room);
        if has(&entered, &text) {
            return Err(given_to(other, [&ana, &bia], &entered, &text));
        }
    }
    Ok(())
}

fn given_to(other: &str, [ana, bia]: [&str; 2], reply: &Reply, text: &str) -> Shortfall {
    found_in(
        words!("nothing private for {other}", "nada privado para {other}"),
        reply,
        text,
    )
    .provoked_by(words!(
        "{ana} sent a message to {bia} alone, and {other} was in the room",
        "{ana} enviou uma mensagem só para {bia}, e {other} estava na sala"
    ))
    .because(Some(diagnosis::compares_part_of_name()))
}
