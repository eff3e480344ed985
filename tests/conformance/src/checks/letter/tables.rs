//! The tables that are one requirement each.

use contract::{Row, accounts, binder, classic, wrong_calls};

use crate::requirement::{Group, Requirement};

/// A table that is one requirement.
pub(super) struct Table {
    pub(super) id: &'static str,
    pub(super) group: Group,
    pub(super) sentence: [&'static str; 2],
    pub(super) why: [&'static str; 2],
    pub(super) needs: Needs,
    /// Its rows; those of a binder have names that begin with the text given.
    pub(super) rows: fn(&str) -> Vec<Row>,
}

impl Table {
    pub(super) fn requirement(&self) -> Requirement {
        Requirement::new(self.id, self.group, self.sentence, self.why)
    }
}

/// What a server has to offer for a table to apply.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    /// Nothing: it is required.
    Nothing,
    /// The standard fault codes. Python's servers answer everything with code 1.
    FaultCodes,
    /// An extension.
    Method(&'static str),
}

pub(super) const PROTOCOL: [&str; 2] = [
    "docs/protocol.md has the texts and shapes, which clients print and compare.",
    "docs/protocol.md tem os textos e formas, que os clientes imprimem e comparam.",
];
const DIFFERENCES: [&str; 2] = [
    "docs/protocol.md, “Where this differs from the originals”.",
    "docs/protocol.md, “Where this differs from the originals”.",
];
const EXTENSION: [&str; 2] = [
    "docs/protocol.md, “Extensions”: who offers one keeps to its words.",
    "docs/protocol.md, “Extensions”: quem oferece uma cumpre o que ela diz.",
];

macro_rules! table {
    ($id:literal, $group:ident, $needs:expr, $why:ident, $rows:expr, $english:literal, $portuguese:literal) => {
        Table {
            id: $id,
            group: Group::$group,
            sentence: [$english, $portuguese],
            why: $why,
            needs: $needs,
            rows: $rows,
        }
    };
}

pub(super) const CLASSIC: &[Table] = &[
    table!(
        "classic-last-fifty",
        Messages,
        Needs::Nothing,
        PROTOCOL,
        |_| classic::last_fifty(),
        "join_room has the newest 50 messages, and polls have all of them.",
        "join_room tem as 50 mensagens mais novas, e as buscas têm todas."
    ),
    table!(
        "classic-privacy",
        Messages,
        Needs::Nothing,
        DIFFERENCES,
        |_| classic::privacy(),
        "join_room has the private messages to the caller, and no others.",
        "join_room tem as mensagens privadas a quem chama, e nenhuma outra."
    ),
    table!(
        "classic-names",
        Robustness,
        Needs::Nothing,
        DIFFERENCES,
        |_| classic::names(),
        "Names that cannot be typed, listed or distinguished are refused with the reason.",
        "Nomes que não se podem digitar, listar ou distinguir são recusados com o motivo."
    ),
    table!(
        "classic-texts",
        Robustness,
        Needs::Nothing,
        DIFFERENCES,
        |_| classic::texts(),
        "Messages that are empty or longer than 16 KiB are refused with the reason.",
        "Mensagens vazias ou de mais de 16 KiB são recusadas com o motivo."
    ),
    table!(
        "classic-last-timestamp",
        Robustness,
        Needs::Nothing,
        DIFFERENCES,
        |_| classic::last_timestamps(),
        "A last_timestamp that cannot be read is fault -32602, and one with a fraction is read.",
        "Um last_timestamp ilegível é o fault -32602, e um com fração é lido."
    ),
    table!(
        "classic-wrong-count",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        |_| wrong_calls::of_wrong_length(classic::METHODS),
        "A wrong number of parameters is fault -32602, which names it.",
        "Um número errado de parâmetros é o fault -32602, que o diz."
    ),
    table!(
        "classic-wrong-types",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        |_| wrong_calls::of_wrong_type(classic::METHODS),
        "A wrong type is fault -32602, which names the parameter and both types.",
        "Um tipo errado é o fault -32602, que diz o parâmetro e os dois tipos."
    ),
    table!(
        "classic-leave-room",
        Extensions,
        Needs::Method("leave_room"),
        EXTENSION,
        |_| classic::leave_room(),
        "leave_room leaves the room and keeps the name.",
        "leave_room sai da sala e mantém o nome."
    ),
    table!(
        "classic-send-once",
        Extensions,
        Needs::Method("send_message_once"),
        EXTENSION,
        |_| classic::send_message_once(),
        "A repeated send_message_once stores one message.",
        "Um send_message_once repetido guarda uma só mensagem."
    ),
    table!(
        "classic-wait",
        Extensions,
        Needs::Method("wait_messages"),
        EXTENSION,
        |_| classic::wait_messages(),
        "wait_messages refuses with faults.",
        "wait_messages recusa com faults."
    ),
];

pub(super) const ACCOUNTS: &[Table] = &[
    table!(
        "accounts-last-fifty",
        Messages,
        Needs::Nothing,
        PROTOCOL,
        |_| accounts::last_fifty(),
        "join_room has the newest 50 messages, and polls have all of them.",
        "join_room tem as 50 mensagens mais novas, e as buscas têm todas."
    ),
    table!(
        "accounts-privacy",
        Messages,
        Needs::Nothing,
        DIFFERENCES,
        |_| accounts::privacy(),
        "join_room has the private messages to the caller, and no others.",
        "join_room tem as mensagens privadas a quem chama, e nenhuma outra."
    ),
    table!(
        "accounts-membership",
        Messages,
        Needs::Nothing,
        DIFFERENCES,
        |_| accounts::membership(),
        "Sender and recipient of a message have to be in the room.",
        "Remetente e destinatário de uma mensagem precisam estar na sala."
    ),
    table!(
        "accounts-names",
        Robustness,
        Needs::Nothing,
        DIFFERENCES,
        |_| accounts::names(),
        "Names that cannot be typed, listed or distinguished are refused with the reason.",
        "Nomes que não se podem digitar, listar ou distinguir são recusados com o motivo."
    ),
    table!(
        "accounts-texts",
        Robustness,
        Needs::Nothing,
        DIFFERENCES,
        |_| accounts::texts(),
        "Messages that are empty or longer than 16 KiB are refused with the reason.",
        "Mensagens vazias ou de mais de 16 KiB são recusadas com o motivo."
    ),
    table!(
        "accounts-wrong-count",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        |_| wrong_calls::of_wrong_length(accounts::METHODS),
        "A wrong number of parameters is fault -32602, which names it.",
        "Um número errado de parâmetros é o fault -32602, que o diz."
    ),
    table!(
        "accounts-wrong-types",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        |_| wrong_calls::of_wrong_type(accounts::METHODS),
        "A wrong type is fault -32602, which names the parameter and both types.",
        "Um tipo errado é o fault -32602, que diz o parâmetro e os dois tipos."
    ),
    table!(
        "accounts-unknown",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        |_| accounts::unknown_methods(),
        "Methods of the other dialect are fault -32601.",
        "Métodos do outro dialeto são o fault -32601."
    ),
    table!(
        "accounts-send-once",
        Extensions,
        Needs::Method("send_message_once"),
        EXTENSION,
        |_| accounts::send_message_once(),
        "A repeated send_message_once stores one message.",
        "Um send_message_once repetido guarda uma só mensagem."
    ),
    table!(
        "accounts-wait",
        Extensions,
        Needs::Method("wait_messages"),
        EXTENSION,
        |_| accounts::wait_messages(),
        "wait_messages refuses with faults.",
        "wait_messages recusa com faults."
    ),
];

pub(super) const BINDER: &[Table] = &[
    table!(
        "binder-wrong-places",
        Robustness,
        Needs::FaultCodes,
        PROTOCOL,
        binder::wrong_places,
        "Addresses and ports that lead nowhere are fault -32602.",
        "Endereços e portas que não levam a nada são o fault -32602."
    ),
    table!(
        "binder-leases",
        Extensions,
        Needs::Method("register_lease"),
        EXTENSION,
        binder::leases,
        "register_lease registers all names at once, and they are given back.",
        "register_lease registra todos os nomes de uma vez, e eles são devolvidos."
    ),
];
