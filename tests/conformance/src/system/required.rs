//! What is required of the three programs together.

use crate::requirement::{Group, Requirement};

/// One requirement.
pub(super) struct Required {
    pub(super) id: &'static str,
    pub(super) group: Group,
    pub(super) sentence: [&'static str; 2],
    pub(super) why: [&'static str; 2],
}

impl Required {
    pub(super) fn requirement(&self) -> Requirement {
        Requirement::new(self.id, self.group, self.sentence, self.why)
    }
}

/// All of them, in the order in which they are checked.
pub(super) const ALL: [&Required; 8] = [
    &REGISTERS,
    &TALK,
    &CLIENT_DIES,
    &BINDER_DIES,
    &BINDER_LEARNS,
    &SERVER_DIES,
    &SERVER_RETURNS,
    &BINDER_RETURNS,
];

pub(super) const REGISTERS: Required = Required {
    id: "system-registers",
    group: Group::Failures,
    sentence: [
        "The server registers each of its procedures in the binder when it starts.",
        "O servidor registra cada um dos seus procedimentos no binder ao iniciar.",
    ],
    why: [
        "Every remote procedure is registered under its name.",
        "Cada procedimento remoto é registrado com o seu nome.",
    ],
};

pub(super) const TALK: Required = Required {
    id: "system-talk",
    group: Group::Failures,
    sentence: [
        "Two clients that found the server through the binder read each other.",
        "Dois clientes que acharam o servidor pelo binder leem um ao outro.",
    ],
    why: ["That is the chat.", "Isso é o chat."],
};

pub(super) const SERVER_DIES: Required = Required {
    id: "system-server-dies",
    group: Group::Failures,
    sentence: [
        "When the server is killed, a client neither crashes nor hangs.",
        "Quando o servidor é morto, um cliente não quebra nem trava.",
    ],
    why: [
        "A client neither crashes nor waits for ever when a server has died.",
        "Um cliente não quebra nem espera para sempre quando um servidor morre.",
    ],
};

pub(super) const SERVER_RETURNS: Required = Required {
    id: "system-server-returns",
    group: Group::Failures,
    sentence: [
        "A server that is killed and started again is found again, and clients talk.",
        "Um servidor morto e iniciado de novo é encontrado de novo, e os clientes conversam.",
    ],
    why: [
        "The name server answers what is active and where.",
        "O servidor de nomes responde o que está ativo e onde.",
    ],
};

pub(super) const BINDER_RETURNS: Required = Required {
    id: "system-binder-returns",
    group: Group::Failures,
    sentence: [
        "After the binder and the server were started again, a client finds the server.",
        "Depois de reiniciar o binder e o servidor, um cliente encontra o servidor.",
    ],
    why: ["A class starts them again.", "Uma turma os reinicia."],
};

pub(super) const CLIENT_DIES: Required = Required {
    id: "system-client-dies",
    group: Group::Failures,
    sentence: [
        "When a client is killed in a room, the others go on talking.",
        "Quando um cliente é morto em uma sala, os outros continuam a conversar.",
    ],
    why: [
        "A laptop that is closed must not end the chat.",
        "Um notebook fechado não pode acabar com o chat.",
    ],
};

pub(super) const BINDER_DIES: Required = Required {
    id: "system-binder-dies",
    group: Group::Failures,
    sentence: [
        "When the binder is killed, a client neither crashes nor hangs.",
        "Quando o binder é morto, um cliente não quebra nem trava.",
    ],
    why: [
        "The binder is needed to find the server, and not to talk.",
        "O binder serve para achar o servidor, não para conversar.",
    ],
};

pub(super) const BINDER_LEARNS: Required = Required {
    id: "system-binder-learns",
    group: Group::Extensions,
    sentence: [
        "A binder that is started again learns where the server is by itself.",
        "Um binder iniciado de novo fica sabendo sozinho onde está o servidor.",
    ],
    why: [
        "The server registers again, by a lease or when it finds itself forgotten.",
        "O servidor se registra de novo, por um lease ou quando vê que foi esquecido.",
    ],
};
