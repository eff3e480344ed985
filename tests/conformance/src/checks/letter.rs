//! The two protocols to the letter: the tables of docs/protocol.md, which our own tests have too.

mod conversation;
mod tables;

use std::collections::HashSet;

use contract::{Row, accounts, binder, classic};

use self::conversation::{Difference, ask, converse, judged};
use self::tables::{ACCOUNTS, BINDER, CLASSIC, Needs, PROTOCOL, Table};
use crate::chat::{NO_SUCH_METHOD, Profile, offers};
use crate::peer::{Peer, Reply};
use crate::requirement::{Checked, Group, Outcome, Requirement, Shortfall};
use crate::scene::Scene;
use crate::words::{Words, words};

/// A protocol: what its requirements begin with, the conversation in which each method is a requirement, and
/// the other tables.
type Protocol = (&'static str, Vec<Row>, &'static [Table]);

/// The protocol of a chat server; the assignment is none.
fn of_profile(profile: Profile) -> Option<Protocol> {
    match profile {
        Profile::Classic => Some(("classic", classic::methods(), CLASSIC)),
        Profile::Accounts => Some(("accounts", accounts::methods(), ACCOUNTS)),
        Profile::Assignment => None,
    }
}

/// What a chat server is checked for.
pub(crate) fn requirements_of_chat(profile: Profile) -> Vec<Requirement> {
    of_profile(profile).map_or_else(Vec::new, requirements)
}

/// What a binder is checked for.
pub(crate) fn requirements_of_binder(profile: Profile) -> Vec<Requirement> {
    match profile {
        Profile::Assignment => Vec::new(),
        Profile::Classic | Profile::Accounts => {
            requirements(("binder", binder::procedures(""), BINDER))
        }
    }
}

/// The requirements of a protocol.
fn requirements((prefix, methods, tables): Protocol) -> Vec<Requirement> {
    let of_methods = names_of(&methods)
        .into_iter()
        .map(|method| of_method(prefix, method))
        .collect::<Vec<_>>();
    let of_tables = tables.iter().map(Table::requirement);
    of_methods.into_iter().chain(of_tables).collect()
}

/// The checks of a chat server against the tables of its protocol; none for the assignment.
pub(crate) fn of_chat(scene: &mut Scene, left_out: &[&str]) -> Vec<Checked> {
    let Some(protocol) = of_profile(scene.profile) else {
        return Vec::new();
    };
    let unknown = scene.chat.peer.call(NO_SUCH_METHOD, &[]);
    check(protocol, left_out, |conversation| match conversation {
        Conversation::Methods(rows) => Ok(converse(scene, rows)),
        Conversation::Table(table) => {
            is_offered(&mut scene.chat.peer, table.needs, &unknown)?;
            let differences = converse(scene, &(table.rows)(""));
            scene.clean_up();
            Ok(differences)
        }
    })
}

/// The checks of a binder against the tables, with a part of names that nothing else uses.
pub(crate) fn of_binder(peer: &mut Peer, run: &str, left_out: &[&str]) -> Vec<Checked> {
    let prefix = format!("prova_{run}");
    let methods = binder::procedures(&prefix);
    let unknown = peer.call(NO_SUCH_METHOD, &[]);
    let protocol = ("binder", methods.clone(), BINDER);
    let checked = check(protocol, left_out, |conversation| match conversation {
        Conversation::Methods(rows) => Ok(ask(peer, rows, |_, _| {})),
        Conversation::Table(table) => {
            is_offered(peer, table.needs, &unknown)?;
            Ok(ask(peer, &(table.rows)(&prefix), |_, _| {}))
        }
    });
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

/// What is talked about with a server.
enum Conversation<'a> {
    Methods(&'a [Row]),
    Table(&'a Table),
}

/// Checks a protocol by conversations, which answer what came otherwise than promised.
fn check(
    (prefix, methods, tables): Protocol,
    left_out: &[&str],
    mut talk: impl FnMut(Conversation<'_>) -> Result<Vec<Difference>, Shortfall>,
) -> Vec<Checked> {
    let differences = talk(Conversation::Methods(&methods)).unwrap_or_default();
    let wrong: HashSet<String> = differences
        .iter()
        .map(|difference| difference.row.method.clone())
        .collect();
    let mut checked = by_method(prefix, &methods, differences);
    let is_wanted = |table: &&Table| !left_out.contains(&table.id);
    for table in tables.iter().filter(is_wanted) {
        let (outcome, calls) = match talk(Conversation::Table(table)) {
            Ok(differences) => judged(&differences, |method| wrong.contains(method)),
            Err(shortfall) => (Err(shortfall), Vec::new()),
        };
        checked.push(Checked {
            requirement: table.requirement(),
            outcome,
            calls,
        });
    }
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

/// The methods of a conversation, in the order of their first calls.
fn names_of(rows: &[Row]) -> Vec<&str> {
    let mut methods: Vec<&str> = Vec::new();
    for row in rows {
        if !methods.contains(&row.method.as_str()) {
            methods.push(&row.method);
        }
    }
    methods
}

/// The requirement that one method is.
fn of_method(prefix: &str, method: &str) -> Requirement {
    let sentence = [
        format!("{method} answers as the protocol says, to the letter."),
        format!("{method} responde como o protocolo diz, ao pé da letra."),
    ];
    let [english, portuguese] = &sentence;
    Requirement::new(
        &format!("{prefix}-{method}"),
        group_of(method),
        [english, portuguese],
        PROTOCOL,
    )
}

fn by_method(prefix: &str, rows: &[Row], mut differences: Vec<Difference>) -> Vec<Checked> {
    names_of(rows)
        .into_iter()
        .map(|method| {
            let (of_this, others): (Vec<_>, Vec<_>) = differences
                .drain(..)
                .partition(|difference| difference.row.method == method);
            differences = others;
            let (outcome, calls) = judged(&of_this, |_| false);
            Checked {
                requirement: of_method(prefix, method),
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
