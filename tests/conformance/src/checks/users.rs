//! Users and their names.

use super::crowd::all_at_once;
use crate::chat::NO_SUCH_METHOD;
use crate::diagnosis;
use crate::refusal::{TakenName, is_refusal};
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, blocked, failed};
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "users-register",
        group: Group::Users,
        sentence: ["A new username is accepted.", "Um username novo é aceito."],
        why: [
            "Each user has a name of its own, registered first.",
            "Cada usuário tem um nome próprio, registrado primeiro.",
        ],
        run: register,
    },
    Check {
        id: "users-unique",
        group: Group::Users,
        sentence: [
            "A username that is in use is refused.",
            "Um username em uso é recusado.",
        ],
        why: [
            "Names are unique; the client asks for another.",
            "Os nomes são únicos; o cliente pede outro.",
        ],
        run: unique,
    },
    Check {
        id: "users-unique-at-once",
        group: Group::Concurrency,
        sentence: [
            "Of 50 clients that register the same username at once, one gets it.",
            "De 50 clientes que registram o mesmo username ao mesmo tempo, um consegue.",
        ],
        why: [
            "A name that is looked up and then taken can be taken twice in between.",
            "Entre consultar e registrar, o nome pode ser registrado duas vezes.",
        ],
        run: unique_at_once,
    },
];

fn register(scene: &mut Scene) -> Outcome {
    let unknown = scene.chat.peer.call(NO_SUCH_METHOD, &[]);
    let user = scene.name("ana");
    let reply = scene.chat.register(&user);
    if is_refusal(&reply) {
        return Err(failed(
            Words::new(
                "an answer that is not a refusal",
                "uma resposta que não seja recusa",
            ),
            &reply,
        ));
    }
    scene.note_registered(&user);
    if reply == unknown {
        return Err(failed(
            Words::new(
                "another answer than to a method that does not exist",
                "outra resposta que a um método que não existe",
            ),
            &reply,
        ));
    }
    Ok(())
}

fn unique(scene: &mut Scene) -> Outcome {
    let user = scene.name("ana");
    let first = scene.chat.register(&user);
    if is_refusal(&first) {
        return Err(blocked("register_user", &first));
    }
    scene.note_registered(&user);
    let second = scene.chat.register(&user);
    let free = scene.name("bia");
    let third = scene.chat.register(&free);
    scene.note_registered(&free);
    let taken = TakenName {
        first: (&user, &first),
        again: &second,
        free: (&free, &third),
    };
    taken.must_be_refused()
}

/// So many clients as a class with two laptops each.
const AT_ONCE: usize = 50;

fn unique_at_once(scene: &mut Scene) -> Outcome {
    let user = scene.name("todos");
    let known = scene.name("um");
    // What success and refusal look like, in words or as a value, apart from the name.
    let first = scene.chat.register(&known);
    if is_refusal(&first) {
        return Err(blocked("register_user", &first));
    }
    scene.note_registered(&known);
    let again = scene.chat.register(&known);
    let free = scene.name("outro");
    let other = scene.chat.register(&free);
    scene.note_registered(&free);
    let taken = TakenName {
        first: (&known, &first),
        again: &again,
        free: (&free, &other),
    };
    if taken.must_be_refused().is_err() {
        return Err(Shortfall::Blocked(Words::new(
            "not checked: a taken name is not refused even one after the other",
            "não verificado: um nome em uso não é recusado nem um depois do outro",
        )));
    }
    let mut clients = Vec::new();
    for _ in 0..AT_ONCE {
        clients.push(scene.chat.another());
    }
    let replies = all_at_once(clients, |client| client.register(&user));
    scene.note_registered(&user);
    let accepted = replies
        .iter()
        .filter(|reply| !taken.is_refused((&user, reply)))
        .count();
    if accepted == 1 {
        return Ok(());
    }
    // Connections beyond those that may wait are no fault of the chat, unless none came through.
    if let (0, Some(reply)) = (accepted, replies.iter().find(|reply| !reply.is_answer())) {
        return Err(failed(
            Words::new("one registration succeeds", "um registro consegue"),
            reply,
        ));
    }
    Err(Shortfall::failed(
        Words::new("one registration succeeds", "um registro consegue"),
        words!("{accepted} succeeded", "{accepted} conseguiram"),
    )
    .provoked_by(words!(
        "{AT_ONCE} clients registered {user} at the same moment",
        "{AT_ONCE} clientes registraram {user} no mesmo momento"
    ))
    .because((accepted > 1).then(diagnosis::without_lock)))
}
