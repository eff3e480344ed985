//! The checks of a client. Each has a client process and scripted servers of its own.

use super::commands::{
    asks_again, creates, exits, joins, lists, looks_up, registers, sends, sends_privately,
    sends_while_polling, shows_users_on_entry, users,
};
use super::failures::{
    ends_with_its_input, goes_on_after_a_lost_answer, goes_on_after_a_refusal,
    goes_on_after_an_unknown_command, polls_again, repeats_once, says_that_there_is_no_server,
    survives_the_server,
};
use super::receiving::{receives, receives_all};
use super::session::Session;
use crate::requirement::{Group, Outcome, Requirement};

pub(super) struct ClientCheck {
    id: &'static str,
    group: Group,
    sentence: [&'static str; 2],
    why: [&'static str; 2],
    pub(super) run: fn(&mut Session) -> Outcome,
}

impl ClientCheck {
    pub(super) const fn id(&self) -> &'static str {
        self.id
    }

    pub(super) fn requirement(&self) -> Requirement {
        Requirement::new(self.id, self.group, self.sentence, self.why)
    }
}

macro_rules! check {
    ($id:literal, $group:ident, $run:expr, $english:literal, $portuguese:literal, $why:literal, $porque:literal) => {
        ClientCheck {
            id: $id,
            group: Group::$group,
            sentence: [$english, $portuguese],
            why: [$why, $porque],
            run: $run,
        }
    };
}

pub(super) const CHECKS: &[ClientCheck] = &[
    check!(
        "client-looks-up",
        Client,
        looks_up,
        "The client asks the binder where the chat server is.",
        "O cliente pergunta ao binder onde está o servidor de chat.",
        "Addresses are looked up, not built in.",
        "Endereços são procurados, não fixos no código."
    ),
    check!(
        "client-registers",
        Client,
        registers,
        "The client registers the username that was typed.",
        "O cliente registra o username digitado.",
        "Each user has a name of its own.",
        "Cada usuário tem um nome próprio."
    ),
    check!(
        "client-asks-again",
        Client,
        asks_again,
        "A refused username is asked for again.",
        "Um username recusado é pedido de novo.",
        "The client says that the name is taken and asks for another.",
        "O cliente avisa que o nome está em uso e pede outro."
    ),
    check!(
        "client-creates",
        Client,
        creates,
        "`create` creates the room that was typed.",
        "`create` cria a sala digitada.",
        "create_room(room_name)",
        "create_room(room_name)"
    ),
    check!(
        "client-joins",
        Client,
        joins,
        "`join` enters the room and shows its last messages.",
        "`join` entra na sala e mostra as últimas mensagens.",
        "join_room(username, room_name)",
        "join_room(username, room_name)"
    ),
    check!(
        "client-join-users",
        Client,
        shows_users_on_entry,
        "`join` shows who is in the room.",
        "`join` mostra quem está na sala.",
        "The client enters and shows the users and the last 50 public messages.",
        "O cliente entra e mostra os usuários e as últimas 50 mensagens públicas."
    ),
    check!(
        "client-sends",
        Client,
        sends,
        "`send` sends what was typed to the room.",
        "`send` envia à sala o que foi digitado.",
        "send_message without a recipient, or with an empty one",
        "send_message sem destinatário, ou com um vazio"
    ),
    check!(
        "client-sends-privately",
        Client,
        sends_privately,
        "`send` with a name sends to that user only.",
        "`send` com um nome envia só a esse usuário.",
        "send_message with a recipient",
        "send_message com destinatário"
    ),
    check!(
        "client-receives",
        Client,
        receives,
        "Messages of others, public and private, are shown while the user types nothing.",
        "Mensagens dos outros, públicas e privadas, aparecem sem que se digite nada.",
        "Messages arrive \"in real time\".",
        "As mensagens chegam \"em tempo real\"."
    ),
    check!(
        "client-receives-all",
        Client,
        receives_all,
        "Of several messages in one second each is shown, and none again by the next poll.",
        "De várias mensagens no mesmo segundo, todas aparecem, e nenhuma de novo na busca seguinte.",
        "A server gives those after the first a fraction of a second; what was fetched before is not new.",
        "O servidor dá às seguintes uma fração de segundo; o que já foi buscado não é novo."
    ),
    check!(
        "client-sends-while-polling",
        Client,
        sends_while_polling,
        "A message that is typed while a poll waits for its answer is sent, and messages are shown after it.",
        "Uma mensagem digitada enquanto uma busca espera a resposta é enviada, e as próximas mensagens aparecem.",
        "A server may take its time, and a connection carries one call at a time.",
        "Um servidor pode demorar, e uma conexão leva uma chamada de cada vez."
    ),
    check!(
        "client-lists",
        Client,
        lists,
        "`list` shows the rooms.",
        "`list` mostra as salas.",
        "list_rooms()",
        "list_rooms()"
    ),
    check!(
        "client-users",
        Client,
        users,
        "`users` shows the users of the room.",
        "`users` mostra os usuários da sala.",
        "list_users(room_name)",
        "list_users(room_name)"
    ),
    check!(
        "client-refused",
        Robustness,
        goes_on_after_a_refusal,
        "After a refused `join` the client goes on.",
        "Depois de um `join` recusado o cliente continua.",
        "The server refuses in words, or with a fault.",
        "O servidor recusa com um texto ou com um fault."
    ),
    check!(
        "client-unknown-command",
        Robustness,
        goes_on_after_an_unknown_command,
        "After a command that does not exist the client goes on.",
        "Depois de um comando que não existe o cliente continua.",
        "Everybody mistypes.",
        "Todo mundo erra ao digitar."
    ),
    check!(
        "client-exits",
        Client,
        exits,
        "`exit` ends the client, and the server learns that the user has gone.",
        "`exit` termina o cliente, e o servidor fica sabendo que o usuário saiu.",
        "A user who leaves is no longer listed.",
        "Quem sai não aparece mais na lista."
    ),
    check!(
        "client-end-of-input",
        Robustness,
        ends_with_its_input,
        "The client ends with its input.",
        "O cliente termina com o fim da entrada.",
        "Ctrl-D, and scripts.",
        "Ctrl-D, e scripts."
    ),
    check!(
        "client-server-dies",
        Failures,
        survives_the_server,
        "When the server dies, the client neither crashes nor hangs.",
        "Quando o servidor morre, o cliente não quebra nem trava.",
        "A client neither crashes nor waits for ever when a server has died.",
        "Um cliente não quebra nem espera para sempre quando um servidor morre."
    ),
    check!(
        "client-no-server",
        Failures,
        says_that_there_is_no_server,
        "Where the binder knows no server, the client says so and does not crash.",
        "Quando o binder não conhece servidor, o cliente avisa e não quebra.",
        "The server may be started later.",
        "O servidor pode ser iniciado depois."
    ),
    check!(
        "client-lost-answer",
        Failures,
        goes_on_after_a_lost_answer,
        "When a send gets no answer, the client says so, and the next command is carried out.",
        "Quando um envio fica sem resposta, o cliente avisa, e o próximo comando é executado.",
        "The server may have died after it had stored the message.",
        "O servidor pode ter morrido depois de guardar a mensagem."
    ),
    check!(
        "client-polls-again",
        Failures,
        polls_again,
        "After polls that got no answer, messages are shown again.",
        "Depois de buscas sem resposta, as mensagens voltam a aparecer.",
        "A connection that breaks once must not end the polling.",
        "Uma conexão que cai uma vez não pode acabar com a busca."
    ),
    check!(
        "client-repeats-once",
        Extensions,
        repeats_once,
        "A send that is repeated has the same message_id, where send_message_once is offered.",
        "Um envio repetido tem o mesmo message_id, onde send_message_once é oferecido.",
        "So the server can store it once.",
        "Assim o servidor consegue guardá-la uma só vez."
    ),
];

/// Without these nothing else can be checked.
pub(super) const COME_FIRST: [&str; 2] = ["client-looks-up", "client-registers"];
