//! The binder: registering and looking up.

use std::iter;

use protocol::endpoint::Endpoint;
use serde_json::{Value as Json, json};

use super::crowd::all_at_once;
use super::robustness;
use crate::chat::{NO_SUCH_METHOD, offers};
use crate::diagnosis;
use crate::peer::{Peer, Reply};
use crate::requirement::{Group, Outcome, Requirement, Shortfall};
use crate::scene::{blocked, failed};
use crate::words::{Words, words};

/// One check of a binder.
pub(crate) struct BinderCheck {
    id: &'static str,
    group: Group,
    sentence: [&'static str; 2],
    why: [&'static str; 2],
    /// Checks it, with a part of names that nothing else uses.
    pub run: fn(&mut Peer, &str) -> Outcome,
}

impl BinderCheck {
    /// What is required.
    pub(crate) fn requirement(&self) -> Requirement {
        Requirement::new(self.id, self.group, self.sentence, self.why)
    }
}

/// The checks of a binder in the order in which they are made.
pub(crate) const CHECKS: &[BinderCheck] = &[
    BinderCheck {
        id: "names-register",
        group: Group::Names,
        sentence: [
            "A registered name is looked up as [address, port].",
            "Um nome registrado é encontrado como [endereço, porta].",
        ],
        why: [
            "register_procedure(procedure_name, address, port), lookup_procedure(procedure_name)",
            "register_procedure(procedure_name, address, port), lookup_procedure(procedure_name)",
        ],
        run: register,
    },
    BinderCheck {
        id: "names-register-answer",
        group: Group::Names,
        sentence: [
            "Registering a name is not answered with a fault.",
            "Registrar um nome não é respondido com um fault.",
        ],
        why: [
            "The server's call would raise, although the name was registered.",
            "A chamada do servidor levantaria uma exceção, embora o nome esteja registrado.",
        ],
        run: register_answer,
    },
    BinderCheck {
        id: "names-unknown",
        group: Group::Names,
        sentence: [
            "A name that is not registered has no address.",
            "Um nome não registrado não tem endereço.",
        ],
        why: [
            "The client must be able to say that there is no server.",
            "O cliente precisa poder dizer que não há servidor.",
        ],
        run: unknown,
    },
    BinderCheck {
        id: "names-unknown-answer",
        group: Group::Names,
        sentence: [
            "Looking up a name that is not registered is answered with a value.",
            "Procurar um nome não registrado é respondido com um valor.",
        ],
        why: [
            "A fault looks to the client as if the binder were broken.",
            "Um fault parece ao cliente um binder quebrado.",
        ],
        run: unknown_answer,
    },
    BinderCheck {
        id: "names-replace",
        group: Group::Names,
        sentence: [
            "Registering a name again replaces its address.",
            "Registrar um nome de novo substitui o endereço.",
        ],
        why: [
            "A server that was restarted may be elsewhere.",
            "Um servidor reiniciado pode estar em outro lugar.",
        ],
        run: replace,
    },
    BinderCheck {
        id: "names-apart",
        group: Group::Names,
        sentence: [
            "Each name has an address of its own.",
            "Cada nome tem o seu próprio endereço.",
        ],
        why: [
            "Every procedure is registered under its name.",
            "Cada procedimento é registrado com o seu nome.",
        ],
        run: apart,
    },
    BinderCheck {
        id: "names-at-once",
        group: Group::Concurrency,
        sentence: [
            "50 names that are registered at once are all there.",
            "50 nomes registrados ao mesmo tempo estão todos lá.",
        ],
        why: [
            "Several servers start together.",
            "Vários servidores começam juntos.",
        ],
        run: at_once,
    },
    BinderCheck {
        id: "names-wrong-method",
        group: Group::Robustness,
        sentence: [
            "A method that does not exist is answered with a fault.",
            "Um método que não existe é respondido com um fault.",
        ],
        why: [
            "Newer servers try extensions, and go on without them.",
            "Servidores mais novos tentam extensões, e seguem sem elas.",
        ],
        run: |peer, run| {
            finds_registered(peer, run)?;
            robustness::unknown_method(peer)
        },
    },
    BinderCheck {
        id: "names-wrong-xml",
        group: Group::Robustness,
        sentence: [
            "A request that is not XML is survived.",
            "Uma requisição que não é XML não derruba o binder.",
        ],
        why: [
            "Anything can connect to an open port.",
            "Qualquer coisa pode se conectar a uma porta aberta.",
        ],
        run: |peer, run| {
            let name = finds_registered(peer, run)?;
            robustness::survive_garbage(peer, "lookup_procedure", &[json!(name)], ADDRESS)
        },
    },
    BinderCheck {
        id: "names-unregister",
        group: Group::Extensions,
        sentence: [
            "A name that was taken back is not found any more.",
            "Um nome retirado não é mais encontrado.",
        ],
        why: [
            "Servers take their names back when they end.",
            "Servidores retiram seus nomes quando terminam.",
        ],
        run: unregister,
    },
];

/// An address that is never called.
const ADDRESS: &str = "localhost";

/// The discard port of this machine, likewise.
const PORT: u16 = 9;

/// Another machine's address, which is never called either: such addresses are for documents.
const ELSEWHERE: &str = "192.0.2.7";

fn place(port: u16) -> [Json; 2] {
    [json!(ADDRESS), json!(port)]
}

fn registered(peer: &mut Peer, name: &str, port: u16) -> Reply {
    registered_at(peer, name, place(port))
}

fn registered_at(peer: &mut Peer, name: &str, [address, port]: [Json; 2]) -> Reply {
    peer.call("register_procedure", &[json!(name), address, port])
}

fn found(peer: &mut Peer, name: &str) -> Reply {
    peer.call("lookup_procedure", &[json!(name)])
}

/// Whether an answer is the place `[address, port]`.
fn expect_place(reply: &Reply, place: &[Json; 2]) -> Outcome {
    let expected = json!(place);
    if *reply == Reply::Value(expected.clone()) {
        return Ok(());
    }
    let in_another_form = || names(reply, place).then(diagnosis::place_in_another_form);
    let cause = diagnosis::of_place(reply).or_else(in_another_form);
    Err(failed(Words::same(expected), reply).because(cause))
}

/// Whether an answer has the address and the port in it, in whatever form.
fn names(reply: &Reply, [address, port]: &[Json; 2]) -> bool {
    let Reply::Value(value) = reply else {
        return false;
    };
    let (text, port) = (value.to_string(), port.to_string());
    let has_port = text
        .split(|character: char| !character.is_ascii_digit())
        .any(|number| number == port);
    has_port && address.as_str().is_some_and(|name| text.contains(name))
}

/// The same for the address that is registered everywhere but once.
fn names_place(reply: &Reply, port: u16) -> bool {
    names(reply, &place(port))
}

/// What requirements about names that are not registered rest on: one that is registered is found, in whatever
/// form. Answers that name.
fn finds_registered(peer: &mut Peer, run: &str) -> Result<String, Shortfall> {
    let name = format!("prova_{run}_um");
    let _ = registered(peer, &name, PORT);
    let reply = found(peer, &name);
    if names_place(&reply, PORT) {
        // The calls of the requirement itself are shown.
        peer.take_recorded();
        return Ok(name);
    }
    Err(blocked(&format!("lookup_procedure({name})"), &reply))
}

/// The place that an answer is, as an array or in one text, if it is one that a client can connect to.
pub(crate) fn endpoint(reply: &Reply) -> Option<Endpoint> {
    match reply {
        Reply::Value(Json::String(text)) => text.parse().ok(),
        Reply::Value(Json::Array(parts)) => match parts.as_slice() {
            [Json::String(address), Json::Number(port)] => Some(Endpoint {
                address: address.clone(),
                port: port.as_u64()?.try_into().ok()?,
            }),
            _ => None,
        },
        _ => None,
    }
}

/// The name that is registered at another machine. Its beginning is not that of the other names.
fn name_elsewhere(run: &str) -> String {
    format!("fora_{run}")
}

fn register(peer: &mut Peer, run: &str) -> Outcome {
    // What follows is measured against the second one, which a binder with one place for all names has kept.
    for (name, address) in [
        (name_elsewhere(run), ELSEWHERE),
        (format!("prova_{run}_um"), ADDRESS),
    ] {
        let place = [json!(address), json!(PORT)];
        let _ = registered_at(peer, &name, place.clone());
        expect_place(&found(peer, &name), &place)?;
    }
    Ok(())
}

fn register_answer(peer: &mut Peer, run: &str) -> Outcome {
    finds_registered(peer, run)?;
    match registered(peer, &format!("prova_{run}_um"), PORT) {
        Reply::Value(_) => Ok(()),
        reply => Err(failed(Words::new("a value", "um valor"), &reply)),
    }
}

fn unknown(peer: &mut Peer, run: &str) -> Outcome {
    finds_registered(peer, run)?;
    let reply = found(peer, &format!("prova_{run}_nada"));
    if endpoint(&reply).is_none() && reply.is_answer() {
        return Ok(());
    }
    Err(failed(Words::new("no address", "nenhum endereço"), &reply))
}

fn unknown_answer(peer: &mut Peer, run: &str) -> Outcome {
    finds_registered(peer, run)?;
    match found(peer, &format!("prova_{run}_nada")) {
        Reply::Value(_) => Ok(()),
        reply => Err(failed(
            Words::new("nil, or another value", "nil, ou outro valor"),
            &reply,
        )),
    }
}

/// Whether an answer is the place, in whatever form: the form is another requirement.
fn expect_named(reply: &Reply, port: u16) -> Outcome {
    if names_place(reply, port) {
        return Ok(());
    }
    let expected = json!(place(port));
    Err(failed(Words::same(expected), reply))
}

fn replace(peer: &mut Peer, run: &str) -> Outcome {
    let name = finds_registered(peer, run)?;
    let _ = registered(peer, &name, 19);
    expect_named(&found(peer, &name), 19)
}

fn apart(peer: &mut Peer, run: &str) -> Outcome {
    finds_registered(peer, run)?;
    let (one, other) = (format!("prova_{run}_a"), format!("prova_{run}_A"));
    let _ = registered(peer, &one, PORT);
    let _ = registered(peer, &other, 19);
    expect_named(&found(peer, &one), PORT)?;
    expect_named(&found(peer, &other), 19)
}

fn at_once(peer: &mut Peer, run: &str) -> Outcome {
    finds_registered(peer, run)?;
    let mut clients = Vec::new();
    for number in 0..50_u16 {
        clients.push((number, peer.another()));
    }
    let name = |number: u16| format!("prova_{run}_{number}");
    let mut replies = all_at_once(clients, |(number, client)| {
        registered(client, &name(*number), 1000 + *number)
    });
    // Of connections that come at once, systems let a few wait (Python's servers ask for five) and refuse or forget the
    // others: no fault of the binder. Those clients call again, one after the other.
    for (number, reply) in (0..).zip(&mut replies) {
        if matches!(reply, Reply::TimedOut | Reply::Unreachable(_)) {
            *reply = registered(peer, &name(number), 1000 + number);
            if !reply.is_answer() {
                break;
            }
        }
    }
    let missing: Vec<u16> = (0..50)
        .filter(|&number| !names_place(&found(peer, &name(number)), 1000 + number))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (missing, first) = (
        missing.len(),
        replies.iter().find(|reply| !reply.is_answer()),
    );
    Err(Shortfall::failed(
        Words::new("50 names", "50 nomes"),
        words!("{missing} of them are missing", "faltam {missing}"),
    )
    .provoked_by(Words::new(
        "50 clients registered a name each at the same moment",
        "50 clientes registraram um nome cada no mesmo momento",
    ))
    .because(first.and_then(diagnosis::of_reply)))
}

fn unregister(peer: &mut Peer, run: &str) -> Outcome {
    let unknown = peer.call(NO_SUCH_METHOD, &[]);
    if !offers(peer, "unregister_procedure", &unknown) {
        return Err(Shortfall::NotOffered(Words::new(
            "the binder has no unregister_procedure",
            "o binder não tem unregister_procedure",
        )));
    }
    finds_registered(peer, run)?;
    let name = format!("prova_{run}_fim");
    let _ = registered(peer, &name, PORT);
    expect_named(&found(peer, &name), PORT)?;
    let [address, port] = place(PORT);
    let _ = peer.call("unregister_procedure", &[json!(name), address, port]);
    let reply = found(peer, &name);
    // A binder that invents places does so for every name.
    if names_place(&reply, PORT) {
        return Err(failed(Words::new("no address", "nenhum endereço"), &reply));
    }
    Ok(())
}

/// Takes back what the checks registered, where that is offered.
pub(crate) fn clean_up(peer: &mut Peer, run: &str) {
    let names = ["um", "muda", "a", "A", "fim"].map(str::to_owned);
    let numbers = (0..50).map(|number: u16| number.to_string());
    let names = names.into_iter().chain(numbers);
    let names = names.map(|name| format!("prova_{run}_{name}"));
    for name in iter::once(name_elsewhere(run)).chain(names) {
        let Some(place) = endpoint(&found(peer, &name)) else {
            continue;
        };
        let parameters = [json!(name), json!(place.address), json!(place.port)];
        if !matches!(
            peer.call("unregister_procedure", &parameters),
            Reply::Value(_)
        ) {
            break;
        }
    }
    peer.take_recorded();
}
