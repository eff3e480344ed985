//! The order of messages: when they are fetched, and in what a user who enters gets.

use serde_json::Value as Json;

use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::{Diagnosis, Outcome, Shortfall};
use crate::scene::{Scene, failed};
use crate::value::{occurrences, texts_of};
use crate::words::{Words, words};

/// The texts of the run in an answer, in its order.
fn in_order(answer: &Json, texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for whole in texts_of(answer) {
        let mut here: Vec<_> = texts
            .iter()
            .filter_map(|text| Some((whole.find(text.as_str())?, text)))
            .collect();
        here.sort_unstable();
        found.extend(here.into_iter().map(|(_, text)| text.clone()));
    }
    found
}

/// Whether the texts that were found are in the order of sending. Some may be doubled or missing: other requirements
/// check that, and some servers do not return a user's own messages.
fn is_part_of(found: &[String], sent: &[String]) -> bool {
    found.is_sorted_by_key(|text| sent.iter().position(|other| other == text))
}

/// The cause, where the newest message comes first.
fn cause(found: &[String], sent: &[String]) -> Option<Diagnosis> {
    let reversed: Vec<&String> = found.iter().rev().collect();
    let is_reversed = found.len() > 1
        && reversed.is_sorted_by_key(|text| sent.iter().position(|other| other == *text));
    is_reversed.then(diagnosis::newest_first)
}

pub(super) fn order(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let texts: Vec<String> = (0..12).map(|_| scene.text()).collect();
    for (number, text) in texts.iter().enumerate() {
        scene.say(if number % 2 == 0 { &ana } else { &bia }, &room, text, None)?;
    }
    let fetched = scene.chat.fetch(&bia, &room);
    if let Reply::Value(answer) = &fetched {
        let found = in_order(answer, &texts);
        // Those of the other one: some servers do not return a user's own messages.
        scene.loses_alone |= !texts.iter().step_by(2).all(|text| found.contains(text));
        if !is_part_of(&found, &texts) {
            let expected = Words::new("the order of sending", "a ordem do envio");
            return Err(failed(expected, &fetched).because(cause(&found, &texts)));
        }
    }
    let caio = scene.user("caio")?;
    let reply = scene.enter(&caio, &room)?;
    let found = match &reply {
        Reply::Value(answer) => in_order(answer, &texts),
        _ => Vec::new(),
    };
    if found == texts {
        return Ok(());
    }
    let (count, cause) = (found.len(), cause(&found, &texts));
    scene.loses_alone |= count != texts.len();
    Err(failed(
        words!(
            "12 messages in the order of sending ({count} found)",
            "12 mensagens na ordem do envio ({count} encontradas)"
        ),
        &reply,
    )
    .because(cause))
}

/// How many messages a user who enters gets by the sheet.
const HISTORY: usize = 50;

pub(super) fn history(scene: &mut Scene) -> Outcome {
    let (room, ana, _) = scene.room_with_two()?;
    let texts: Vec<String> = (0..HISTORY + 5).map(|_| scene.text()).collect();
    for text in &texts {
        scene.say(&ana, &room, text, None)?;
    }
    let caio = scene.user("caio")?;
    scene.chat.peer.take_recorded();
    let reply = scene.enter(&caio, &room)?;
    let found = match &reply {
        Reply::Value(answer) => in_order(answer, &texts),
        _ => Vec::new(),
    };
    // Where the entry is announced by a public message, it may be the newest one.
    let announced = match &reply {
        Reply::Value(answer) => usize::from(occurrences(answer, &caio) > 1),
        _ => 0,
    };
    let is_full = [HISTORY, HISTORY - announced].contains(&found.len());
    if texts.ends_with(&found) && is_full {
        return Ok(());
    }
    let count = found.len();
    Err(Shortfall::failed(
        Words::new(
            "the last 50 of 55 messages, oldest first",
            "as últimas 50 de 55 mensagens, a mais antiga primeiro",
        ),
        words!(
            "{count} of them, or in another order",
            "{count} delas, ou em outra ordem"
        ),
    )
    .provoked_by(words!(
        "{ana} sent 55 messages, then {caio} entered",
        "{ana} enviou 55 mensagens, depois {caio} entrou"
    ))
    .because(cause(&found, &texts)))
}
