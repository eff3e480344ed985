//! What is said in one room, and another room.

use super::messages::has;
use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::{Outcome, Shortfall};
use crate::scene::{Scene, found_in};
use crate::words::words;

pub(super) fn other_room(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let caio = scene.user("caio")?;
    scene.enter(&caio, &room)?;
    let (other, duda) = (scene.room("outra")?, scene.user("duda")?);
    scene.enter(&duda, &other)?;
    let text = scene.text();
    scene.say(&ana, &room, &text, None)?;
    let received = scene.chat.fetch(&caio, &room);
    if !has(&received, &text) {
        return Err(scene.not_received(&caio, &room, &received));
    }
    let provoked = words!(
        "{ana} sent {text:?} to {room}",
        "{ana} enviou {text:?} para {room}"
    );
    let given = |reply: &Reply, user: &str| -> Shortfall {
        found_in(
            words!(
                "nothing of {room} for {user} in {other}",
                "nada de {room} para {user} em {other}"
            ),
            reply,
            &text,
        )
        .provoked_by(provoked.clone())
        .because(Some(diagnosis::shared_by_rooms()))
    };
    let fetched = scene.chat.fetch(&duda, &other);
    if has(&fetched, &text) {
        return Err(given(&fetched, &duda));
    }
    let elisa = scene.user("elisa")?;
    let joined = scene.enter(&elisa, &other)?;
    if has(&joined, &text) {
        return Err(given(&joined, &elisa));
    }
    // This user has not fetched the message yet. Not every server lets one be in several rooms.
    let Ok(joined) = scene.enter(&bia, &other) else {
        return Ok(());
    };
    if has(&joined, &text) {
        return Err(given(&joined, &bia));
    }
    let fetched = scene.chat.fetch(&bia, &other);
    if has(&fetched, &text) {
        return Err(given(&fetched, &bia));
    }
    Ok(())
}
