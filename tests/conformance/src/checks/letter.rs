//! The two protocols to the letter: the tables of docs/protocol.md, which our own tests have too.

mod tables;

use std::collections::HashSet;

use contract::{Faults, Row, Seen, accounts, binder, classic};
use serde_json::{Value as Json, json};

use self::tables::{ACCOUNTS, CLASSIC, EXTENSION, Needs, PROTOCOL};
use crate::chat::{NO_SUCH_METHOD, Profile, offers};
use crate::diagnosis;
use crate::peer::{Peer, RecordedCall, Reply};
use crate::requirement::{Checked, Group, Outcome, Requirement, Shortfall};
use crate::scene::Scene;
use crate::value::short;
use crate::words::{Words, words};

/// A row that was answered otherwise than promised.
struct Difference {
    row: Row,
    expected: Seen,
    reply: Reply,
    call: Vec<RecordedCall>,
}

/// The checks of a chat server against the tables of its protocol; none for the assignment.
pub(crate) fn of_chat(scene: &mut Scene) -> Vec<Checked> {
    let (prefix, methods, tables) = match scene.profile {
        Profile::Classic => ("classic", classic::methods(), CLASSIC),
        Profile::Accounts => ("accounts", accounts::methods(), ACCOUNTS),
        Profile::Assignment => return Vec::new(),
    };
    let unknown = scene.chat.peer.call(NO_SUCH_METHOD, &[]);
    let differences = converse(scene, &methods);
    let mut checked = by_method(prefix, &methods, differences);
    let wrong: HashSet<String> = checked
        .iter()
        .filter(|checked| checked.outcome.is_err())
        .map(|checked| checked.requirement.id.clone())
        .collect();
    for table in tables {
        let (outcome, calls) = match is_offered(&mut scene.chat.peer, table.needs, &unknown) {
            Ok(()) => {
                let differences = converse(scene, &(table.rows)());
                judged(&differences, |method| {
                    wrong.contains(&format!("{prefix}-{method}"))
                })
            }
            Err(shortfall) => (Err(shortfall), Vec::new()),
        };
        let requirement = Requirement::new(table.id, table.group, table.sentence, table.why);
        checked.push(Checked {
            requirement,
            outcome,
            calls,
        });
        scene.clean_up();
    }
    checked
}

/// The checks of a binder against the tables, with a part of names that nothing else uses.
pub(crate) fn of_binder(peer: &mut Peer, run: &str) -> Vec<Checked> {
    let prefix = format!("prova_{run}");
    let methods = binder::procedures(&prefix);
    let unknown = peer.call(NO_SUCH_METHOD, &[]);
    let differences = ask(peer, &methods, |_, _| {});
    let mut checked = by_method("binder", &methods, differences);
    let tables = [
        (
            Requirement::new(
                "binder-wrong-places",
                Group::Robustness,
                [
                    "Addresses and ports that lead nowhere are fault -32602.",
                    "Endereços e portas que não levam a nada são o fault -32602.",
                ],
                PROTOCOL,
            ),
            Needs::FaultCodes,
            binder::wrong_places(&prefix),
        ),
        (
            Requirement::new(
                "binder-leases",
                Group::Extensions,
                [
                    "register_lease registers all names at once, and they are given back.",
                    "register_lease registra todos os nomes de uma vez, e eles são devolvidos.",
                ],
                EXTENSION,
            ),
            Needs::Method("register_lease"),
            binder::leases(&prefix),
        ),
    ];
    for (requirement, needs, rows) in tables {
        let (outcome, calls) = match is_offered(peer, needs, &unknown) {
            Ok(()) => judged(&ask(peer, &rows, |_, _| {}), |_| false),
            Err(shortfall) => (Err(shortfall), Vec::new()),
        };
        checked.push(Checked {
            requirement,
            outcome,
            calls,
        });
    }
    for row in &methods {
        if let ("register_procedure", [name, address, port]) =
            (row.method.as_str(), row.parameters.as_slice())
        {
            let parameters = [name.clone(), address.clone(), port.clone()];
            let _ = peer.call("unregister_procedure", &parameters);
        }
    }
    peer.take_recorded();
    checked
}

/// Whether a table applies to a server that answers an unknown method with `unknown`.
fn is_offered(peer: &mut Peer, needs: Needs, unknown: &Reply) -> Outcome {
    match needs {
        Needs::Nothing => Ok(()),
        Needs::FaultCodes if matches!(unknown, Reply::Fault { code: -32601, .. }) => Ok(()),
        Needs::FaultCodes => Err(Shortfall::NotOffered(Words::new(
            "an unknown method is not fault -32601: the standard codes are not offered, as in Python",
            "um método desconhecido não é o fault -32601: os códigos padrão não são oferecidos, como em Python",
        ))),
        Needs::Method(method) => {
            let is_there = offers(peer, method, unknown);
            peer.take_recorded();
            if is_there {
                return Ok(());
            }
            Err(Shortfall::NotOffered(words!(
                "the server has no {method}",
                "o servidor não tem {method}"
            )))
        }
    }
}

/// Makes the calls of a table under names of their own.
fn converse(scene: &mut Scene, rows: &[Row]) -> Vec<Difference> {
    let suffix = scene.name("");
    let has_rooms =
        matches!(scene.chat.rooms(), Reply::Value(Json::Array(rooms)) if !rooms.is_empty());
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| row.renamed(&suffix, has_rooms))
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
fn ask(peer: &mut Peer, rows: &[Row], mut note: impl FnMut(&Row, &Reply)) -> Vec<Difference> {
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
                reply,
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

/// One requirement for each method of a conversation, in the order of their first calls.
fn by_method(prefix: &str, rows: &[Row], differences: Vec<Difference>) -> Vec<Checked> {
    let mut methods: Vec<&str> = Vec::new();
    for row in rows {
        if !methods.contains(&row.method.as_str()) {
            methods.push(&row.method);
        }
    }
    let mut differences = differences;
    methods
        .into_iter()
        .map(|method| {
            let (of_method, others): (Vec<_>, Vec<_>) = differences
                .drain(..)
                .partition(|difference| difference.row.method == method);
            differences = others;
            let (outcome, calls) = judged(&of_method, |_| false);
            let sentence = [
                format!("{method} answers as the protocol says, to the letter."),
                format!("{method} responde como o protocolo diz, ao pé da letra."),
            ];
            let [english, portuguese] = &sentence;
            Checked {
                requirement: Requirement::new(
                    &format!("{prefix}-{method}"),
                    group_of(method),
                    [english, portuguese],
                    PROTOCOL,
                ),
                outcome,
                calls,
            }
        })
        .collect()
}

fn group_of(method: &str) -> Group {
    match method {
        "register_procedure" | "lookup_procedure" => Group::Names,
        "register_user" | "unregister_user" | "login_user" => Group::Users,
        "send_message" | "receive_messages" | "receive_new_messages" => Group::Messages,
        _ => Group::Rooms,
    }
}

/// How many calls are shown of one requirement.
const SHOWN: usize = 5;

/// The outcome of a table with the calls that show it. A table whose first difference is in a method that
/// is wrong by itself says nothing.
fn judged(
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
    let shortfall = Shortfall::failed(expected, Words::same(&first.reply))
        .provoked_by(provoked)
        .because(diagnosis::of_reply(&first.reply));
    (Err(shortfall), calls)
}

/// Whether the timestamps of a room increase, which clients of dialect classic rely on.
pub(super) fn timestamps_increase(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    for _ in 0..4 {
        let text = scene.text();
        scene.say(&ana, &room, &text, None)?;
    }
    let parameters = [json!(bia), json!(room)];
    let reply = scene.chat.peer.call("receive_messages", &parameters);
    let timestamps: Vec<&str> = match &reply {
        Reply::Value(Json::Array(messages)) => messages
            .iter()
            .filter_map(|message| message.get("timestamp")?.as_str())
            .collect(),
        _ => Vec::new(),
    };
    let increase = timestamps.windows(2).all(|pair| pair.first() < pair.last());
    if timestamps.len() == 4 && increase {
        return Ok(());
    }
    let came = timestamps.join(", ");
    Err(Shortfall::failed(
        Words::new(
            "four timestamps, each later than the one before, as a text",
            "quatro timestamps, cada um maior que o anterior, como texto",
        ),
        Words::same(came),
    )
    .provoked_by(words!(
        "{ana} sent four messages one after the other",
        "{ana} enviou quatro mensagens, uma após a outra"
    ))
    .because(Some(diagnosis::whole_seconds())))
}
