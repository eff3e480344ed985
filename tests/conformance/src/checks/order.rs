//! The order of messages: when they are fetched, and in what a user who enters gets.

use serde_json::Value as Json;

use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::{Diagnosis, Outcome, Shortfall};
use crate::scene::{Scene, failed};
use crate::value::{mentions, occurrences, texts_of};
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
    let (count, is_complete) = (found.len(), found.len() == texts.len());
    let is_for_one = scene.gives_to_first_reader_only && !is_complete;
    let cause = cause(&found, &texts).or_else(|| is_for_one.then(diagnosis::one_mark_for_all));
    scene.loses_alone |= !is_complete;
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

/// How many public messages are sent before each private one.
const PUBLIC_IN_BETWEEN: usize = 10;

pub(super) fn history(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let texts: Vec<String> = (0..HISTORY + 5).map(|_| scene.text()).collect();
    let mut private = Vec::new();
    for (number, text) in (1..).zip(&texts) {
        scene.say(&ana, &room, text, None)?;
        if number % PUBLIC_IN_BETWEEN == 0 {
            // Whether it is taken is another requirement.
            let text = scene.text();
            scene.chat.send(&ana, &room, &text, Some(&bia));
            private.push(text);
        }
    }
    let caio = scene.user("caio")?;
    scene.chat.peer.take_recorded();
    let reply = scene.enter(&caio, &room)?;
    let (mut found, mut others) = (Vec::new(), 0);
    if let Reply::Value(answer) = &reply {
        found = in_order(answer, &texts);
        // Such as private messages that everybody gets, which another requirement is about.
        let announced = usize::from(announces(answer, &found, &caio));
        others = entries_without(&texts, part_with(answer, &found)).max(announced);
    }
    let is_full = (HISTORY.saturating_sub(others)..=HISTORY).contains(&found.len());
    if texts.ends_with(&found) && is_full {
        return Ok(());
    }
    let (count, sent_to_one) = (found.len(), private.len());
    let lacks_private = texts.ends_with(&found) && count + sent_to_one == HISTORY;
    Err(Shortfall::failed(
        Words::new(
            "the last 50 of 55 public messages, oldest first",
            "as últimas 50 de 55 mensagens públicas, a mais antiga primeiro",
        ),
        words!(
            "{count} of them, or in another order",
            "{count} delas, ou em outra ordem"
        ),
    )
    .provoked_by(words!(
        "{ana} sent 55 messages, and {sent_to_one} to {bia} alone in between, then {caio} entered",
        "{ana} enviou 55 mensagens, e {sent_to_one} só para {bia} entre elas, depois {caio} entrou"
    ))
    .because(cause(&found, &texts).or_else(|| lacks_private.then(diagnosis::limits_then_filters))))
}

/// Whether an entry is announced among the messages that are given to who enters, or beside them. It may be the newest
/// of them.
fn announces(answer: &Json, messages: &[String], user: &str) -> bool {
    // The list of users may lack who enters.
    occurrences(answer, user) > 1 || mentions(part_with(answer, messages), user)
}

/// The number of entries of a history that contain none of these texts, such as notices of the server. They count
/// towards the 50 as well.
fn entries_without(texts: &[String], history: &Json) -> usize {
    let has_one = |entry: &Json| texts.iter().any(|text| mentions(entry, text));
    match history {
        Json::Array(entries) => entries.iter().filter(|entry| !has_one(entry)).count(),
        Json::String(lines) => {
            let lines = lines.lines().filter(|line| !line.trim().is_empty());
            lines.filter(|line| !has_one(&Json::from(*line))).count()
        }
        _ => 0,
    }
}

/// The smallest part of an answer that has all of these texts.
fn part_with<'a>(answer: &'a Json, texts: &[String]) -> &'a Json {
    let has_all = |part: &&Json| texts.iter().all(|text| mentions(part, text));
    let inside = match answer {
        Json::Array(parts) => parts.iter().find(has_all),
        Json::Object(members) => members.values().find(has_all),
        _ => None,
    };
    inside.map_or(answer, |part| part_with(part, texts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_message_of_the_check_counts_in_a_history() {
        let messages = ["um".to_owned(), "dois".to_owned()];
        let count = |history: Json| {
            let answer = json!({"users": ["ana", "bia"], "messages": history});
            entries_without(&messages, part_with(&answer, &messages))
        };
        assert_eq!(count(json!(["ana: um", "ana: dois"])), 0);
        let notice = "ana falou em particular com bia";
        assert_eq!(
            count(json!(["ana: um", notice, "ana: dois", {"text": "caio entrou"}])),
            2
        );
        assert_eq!(count(json!("ana: um\nana: dois\n\ncaio entrou\n")), 1);
    }

    #[test]
    fn an_entry_is_announced_among_the_messages_whoever_is_listed() {
        let messages = ["um".to_owned(), "dois".to_owned()];
        let announced = |answer: &Json| announces(answer, &messages, "caio");
        let lines = json!(["ana: um", "ana: dois", "caio entrou"]);
        for users in [json!(["ana"]), json!(["ana", "caio"])] {
            assert!(announced(&json!({"users": users, "messages": lines})));
            assert!(announced(&json!([users, lines])));
            assert!(announced(&json!([true, [users, lines.to_string()]])));
            let silent = json!([{"content": "um"}, {"content": "dois"}]);
            assert!(!announced(&json!({"users": users, "messages": silent})));
            assert!(!announced(&json!([silent, users])));
        }
    }
}
