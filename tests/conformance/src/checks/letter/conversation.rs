//! A table as a conversation with a server, and its result.

use contract::{Faults, Row, Seen};
use serde_json::Value as Json;

use crate::diagnosis;
use crate::peer::{Peer, RecordedCall, Reply};
use crate::requirement::{Diagnosis, Outcome, Shortfall};
use crate::scene::Scene;
use crate::value::short;
use crate::words::{Words, words};

/// A row that was answered otherwise than promised.
pub(super) struct Difference {
    pub(super) row: Row,
    expected: Seen,
    came: Words,
    cause: Option<Diagnosis>,
    call: Vec<RecordedCall>,
}

/// Makes the calls of a table under names of their own.
pub(super) fn converse(scene: &mut Scene, rows: &[Row]) -> Vec<Difference> {
    let suffix = scene.name("");
    let others = match scene.chat.rooms() {
        Reply::Value(Json::Array(rooms)) => rooms,
        _ => Vec::new(),
    };
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| row.renamed(&suffix, &others))
        .collect();
    let mut made: Vec<(String, Vec<String>)> = Vec::new();
    let differences = ask(&mut scene.chat.peer, &rows, |row, reply| {
        if matches!(reply, Reply::Value(_)) {
            let texts = row.parameters.iter().filter_map(Json::as_str);
            made.push((row.method.clone(), texts.map(str::to_owned).collect()));
        }
    });
    for (method, parameters) in made {
        match (method.as_str(), parameters.as_slice()) {
            ("register_user", [user]) => scene.note_registered(user),
            ("join_room", [user, room]) => scene.note_entered(user, room),
            _ => {}
        }
    }
    differences
}

/// Makes the calls of the rows, each with its answer to `note`.
pub(super) fn ask(
    peer: &mut Peer,
    rows: &[Row],
    mut note: impl FnMut(&Row, &Reply),
) -> Vec<Difference> {
    let mut differences = Vec::new();
    peer.take_recorded();
    for row in rows {
        let reply = peer.call(&row.method, &row.parameters);
        note(row, &reply);
        let call = peer.take_recorded();
        if let Some(expected) = row.difference(&seen(&reply), Faults::Plain) {
            differences.push(Difference {
                row: row.clone(),
                expected,
                came: reply.words(),
                cause: diagnosis::of_reply(&reply),
                call,
            });
        }
    }
    differences
}

/// A reply as the tables compare it. An exception's class before a fault's text does not count.
fn seen(reply: &Reply) -> Seen {
    match reply {
        Reply::Value(value) => Seen::Value(value.clone()),
        Reply::Fault { code, text } => {
            let raised = text
                .strip_prefix("<class '")
                .and_then(|rest| rest.split_once("'>:"));
            let text = raised.map_or(text.as_str(), |(_, text)| text);
            Seen::Fault(*code, text.to_owned())
        }
        other => Seen::Nothing(other.to_string()),
    }
}

/// How many calls are shown of one requirement.
const SHOWN: usize = 5;

/// The outcome of a table with the calls that show it. A table whose first difference is in a method that
/// is wrong by itself says nothing.
pub(super) fn judged(
    differences: &[Difference],
    is_wrong_itself: impl Fn(&str) -> bool,
) -> (Outcome, Vec<RecordedCall>) {
    let Some(first) = differences.first() else {
        return (Ok(()), Vec::new());
    };
    let method = &first.row.method;
    if is_wrong_itself(method) {
        let blocked = words!(
            "not checked: it needs {method}, which does not answer as promised",
            "não verificado: precisa de {method}, que não responde como prometido"
        );
        return (Err(Shortfall::Blocked(blocked)), Vec::new());
    }
    let calls = differences
        .iter()
        .take(SHOWN)
        .flat_map(|difference| difference.call.clone())
        .collect();
    let [english, portuguese] = &first.row.name;
    let others = differences.len() - 1;
    let provoked = if others == 0 {
        Words::new(english, portuguese)
    } else {
        words!(
            "{english}; {others} more calls are answered otherwise than promised",
            "{portuguese}; mais {others} chamadas são respondidas de outra forma"
        )
    };
    let expected = Words::same(match &first.expected {
        Seen::Value(value) => short(value),
        Seen::Fault(code, text) => format!("fault {code}: {text}"),
        Seen::Nothing(text) => text.clone(),
    });
    let shortfall = Shortfall::failed(expected, first.came.clone())
        .provoked_by(provoked)
        .because(first.cause.clone());
    (Err(shortfall), calls)
}
