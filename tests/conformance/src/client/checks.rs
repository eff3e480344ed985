//! The checks of a client. Each has a client process and scripted servers of its own.

use std::io;
use std::time::Duration;

use serde_json::Value as Json;

use super::binder_port::{binder_port, port_taken};
use super::program::{Command, Program, wait};
use super::script::{Message, Script};

use crate::chat::{Profile, REGISTRATIONS};
use crate::peer::RecordedCall;
use crate::requirement::{Diagnosis, Group, Outcome, Requirement, Shortfall};
use crate::words::{Words, words};

/// How long a client may take to do what was typed. Slow machines start Python in a second or two.
const REACTION: Duration = Duration::from_secs(10);

/// How long a message may take to the screen: "in real time", for clients that poll every few seconds.
const REAL_TIME: Duration = Duration::from_secs(8);

/// How long a client may take to end. One that keeps what was typed for a server that may come back is right,
/// as long as it ends.
const END: Duration = Duration::from_secs(45);

/// A client with its servers.
pub(super) struct Session {
    script: Script,
    program: Program,
    profile: Profile,
}

pub(super) struct ClientCheck {
    id: &'static str,
    group: Group,
    sentence: [&'static str; 2],
    why: [&'static str; 2],
    pub(super) run: fn(&mut Session) -> Outcome,
}

impl ClientCheck {
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
        "`send` with a name sends to that user alone.",
        "`send` com um nome envia só a esse usuário.",
        "send_message with a recipient",
        "send_message com destinatário"
    ),
    check!(
        "client-receives",
        Client,
        receives,
        "Messages of others are shown while the user types nothing.",
        "Mensagens dos outros aparecem sem que se digite nada.",
        "Messages arrive \"in real time\".",
        "As mensagens chegam \"em tempo real\"."
    ),
    check!(
        "client-receives-all",
        Client,
        receives_all,
        "Of several messages in one second each is shown.",
        "De várias mensagens no mesmo segundo, todas aparecem.",
        "A server gives those after the first a fraction of a second.",
        "O servidor dá às seguintes uma fração de segundo."
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
        "Fingers slip.",
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
];

/// Without these nothing else can be checked.
pub(super) const COME_FIRST: [&str; 2] = ["client-looks-up", "client-registers"];

const ROOM: &str = "sala-de-prova";
const USER: &str = "prova";

impl Session {
    pub(super) fn start(command: &Command, profile: Profile) -> io::Result<Self> {
        let port = binder_port(command);
        let script = Script::start(port, profile).map_err(|error| port_taken(&error, port))?;
        let program = Program::start(command, &script.binder, 0)?;
        Ok(Self {
            script,
            program,
            profile,
        })
    }

    pub(super) fn calls(&self) -> Vec<RecordedCall> {
        self.script.state.lock().calls.clone()
    }

    /// Waits for a call.
    fn call(&self, wanted: impl Fn(&RecordedCall) -> bool) -> Option<RecordedCall> {
        wait(REACTION, || {
            let state = self.script.state.lock();
            state.calls.iter().find(|call| wanted(call)).cloned()
        })
    }

    /// Expects a call of a method.
    fn expect_call(
        &mut self,
        method: &str,
        wanted: impl Fn(&[Json]) -> bool,
        expected: Words,
    ) -> Outcome {
        let is_wanted = |call: &RecordedCall| call.method == method && wanted(&call.parameters);
        if self.call(is_wanted).is_some() {
            return Ok(());
        }
        Err(self.failed(expected))
    }

    /// Types the name, and the password where there are passwords.
    fn register_as(&mut self, user: &str) -> Outcome {
        let mut lines = vec![user];
        if self.profile == Profile::Accounts {
            lines.push("senha");
        }
        self.program.type_lines(&lines);
        let is_registered = |call: &RecordedCall| {
            REGISTRATIONS.contains(&call.method.as_str()) && first_is(&call.parameters, user)
        };
        if self.call(is_registered).is_some() {
            return Ok(());
        }
        Err(self.failed(words!(
            "a registration of {user:?}",
            "o registro de {user:?}"
        )))
    }

    /// What the other checks rest on.
    fn prepare(&mut self, prepared: Outcome) -> Outcome {
        prepared.map_err(|_| {
            let printed = last_lines(&self.program.printed());
            Shortfall::Blocked(words!(
                "not checked: the client did not come so far; it printed: {printed}",
                "não verificado: o cliente não chegou até aqui; ele imprimiu: {printed}"
            ))
        })
    }

    fn registered(&mut self) -> Outcome {
        let outcome = self.register_as(USER);
        self.prepare(outcome)
    }

    fn in_room(&mut self) -> Outcome {
        self.registered()?;
        self.script.state.lock().rooms.push(ROOM.to_owned());
        self.program.type_lines(&["join", ROOM]);
        let joined = self.expect_call("join_room", |_| true, Words::same("join_room"));
        self.prepare(joined)
    }

    fn printed_within(&self, text: &str, within: Duration) -> bool {
        wait(within, || {
            self.program.printed().contains(text).then_some(())
        })
        .is_some()
    }

    fn expect_printed(&mut self, text: &str, within: Duration) -> Outcome {
        if self.printed_within(text, within) {
            return Ok(());
        }
        Err(self.failed(words!("{text:?} on the screen", "{text:?} na tela")))
    }

    /// A finding with what the client printed.
    fn failed(&mut self, expected: Words) -> Shortfall {
        let printed = self.program.printed();
        let shown = last_lines(&printed);
        let came = if self.program.is_running() {
            words!("it printed: {shown}", "imprimiu: {shown}")
        } else {
            words!(
                "it ended; it had printed: {shown}",
                "terminou; tinha imprimido: {shown}"
            )
        };
        Shortfall::failed(expected, came).because(cause(&printed))
    }
}

fn first_is(parameters: &[Json], text: &str) -> bool {
    parameters.first().and_then(Json::as_str) == Some(text)
}

/// The last lines of an output, where the reason usually is.
fn last_lines(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines
        .get(lines.len().saturating_sub(3)..)
        .unwrap_or_default()
        .join(" / ")
}

/// The cause of a client's end, from what it printed.
fn cause(printed: &str) -> Option<Diagnosis> {
    let (cause, causa, change, mudanca) = if printed.contains("Connection refused") {
        (
            "the client does not expect that a server is away, or calls a port of its own choice",
            "o cliente não espera que um servidor esteja fora, ou chama uma porta fixa",
            "except (ConnectionError, OSError) around the call; host, port = binder.lookup_procedure(...)",
            "except (ConnectionError, OSError) em volta da chamada; host, port = binder.lookup_procedure(...)",
        )
    } else if printed.contains("xmlrpc.client.Fault") {
        (
            "the client does not expect a fault",
            "o cliente não espera um fault",
            "except xmlrpc.client.Fault as fault: print(fault.faultString)",
            "except xmlrpc.client.Fault as fault: print(fault.faultString)",
        )
    } else if printed.contains("EOFError") {
        (
            "input() raises EOFError at the end of the input",
            "input() levanta EOFError no fim da entrada",
            "except EOFError: leave as with exit",
            "except EOFError: saia como no exit",
        )
    } else if printed.contains("NoneType") {
        (
            "the look-up answered None and was used as an address",
            "a busca respondeu None e foi usada como endereço",
            "if place is None: print('no server'); return",
            "if lugar is None: print('sem servidor'); return",
        )
    } else if printed.contains("cannot marshal None") {
        (
            "the client sends None, which needs allow_none",
            "o cliente envia None, o que exige allow_none",
            "ServerProxy(url, allow_none=True), or leave the parameter out",
            "ServerProxy(url, allow_none=True), ou omita o parâmetro",
        )
    } else {
        return None;
    };
    Some(Diagnosis {
        cause: Words::new(cause, causa),
        change: Words::new(change, mudanca),
    })
}

fn looks_up(session: &mut Session) -> Outcome {
    // Some look the server up at the start, some when they have a name.
    let _ = session.register_as(USER);
    session.expect_call(
        "lookup_procedure",
        |_| true,
        Words::new(
            "a call of lookup_procedure",
            "uma chamada de lookup_procedure",
        ),
    )
}

fn registers(session: &mut Session) -> Outcome {
    let found = looks_up(session);
    session.prepare(found)?;
    session.register_as(USER)
}

fn asks_again(session: &mut Session) -> Outcome {
    session.script.state.lock().taken = vec!["ocupado"];
    let first = session.register_as("ocupado");
    session.prepare(first)?;
    session
        .register_as("livre")
        .map_err(|_| session.failed(Words::new("a second registration", "um segundo registro")))
}

fn creates(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["create", "nova-sala"]);
    session.expect_call(
        "create_room",
        |parameters| first_is(parameters, "nova-sala"),
        Words::same("create_room(\"nova-sala\")"),
    )
}

fn joins(session: &mut Session) -> Outcome {
    session.script.state.lock().history = vec![Message {
        from: "vizinha",
        to: None,
        text: "dito antes".to_owned(),
        timestamp: "2026-01-02 10:30:00",
    }];
    session.registered()?;
    session.script.state.lock().rooms.push(ROOM.to_owned());
    session.program.type_lines(&["join", ROOM]);
    session.expect_call(
        "join_room",
        |parameters| parameters.iter().filter_map(Json::as_str).eq([USER, ROOM]),
        words!(
            "join_room({USER:?}, {ROOM:?})",
            "join_room({USER:?}, {ROOM:?})"
        ),
    )?;
    session.expect_printed("dito antes", REACTION)
}

fn sends(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["send", "olá, ação!", ""]);
    session.expect_call(
        "send_message",
        |parameters| {
            let texts: Vec<_> = parameters.iter().filter_map(Json::as_str).collect();
            matches!(
                texts.as_slice(),
                [USER, ROOM, "olá, ação!"] | [USER, ROOM, "olá, ação!", ""]
            )
        },
        words!(
            "send_message({USER:?}, {ROOM:?}, \"olá, ação!\")",
            "send_message({USER:?}, {ROOM:?}, \"olá, ação!\")"
        ),
    )
}

fn sends_privately(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["send", "segredo", "vizinha"]);
    session.expect_call(
        "send_message",
        |parameters| {
            parameters
                .iter()
                .filter_map(Json::as_str)
                .eq([USER, ROOM, "segredo", "vizinha"])
        },
        words!(
            "send_message({USER:?}, {ROOM:?}, \"segredo\", \"vizinha\")",
            "send_message({USER:?}, {ROOM:?}, \"segredo\", \"vizinha\")"
        ),
    )
}

/// A message that comes now, later than any history.
fn arriving(text: &str, timestamp: &'static str) -> Message {
    Message {
        from: "vizinha",
        to: None,
        text: text.to_owned(),
        timestamp,
    }
}

fn receives(session: &mut Session) -> Outcome {
    session.in_room()?;
    let message = arriving("chegou agora", "2999-01-02 10:30:00");
    session.script.state.lock().arriving.push(message);
    session.expect_printed("chegou agora", REAL_TIME)
}

fn receives_all(session: &mut Session) -> Outcome {
    session.in_room()?;
    session
        .script
        .state
        .lock()
        .arriving
        .push(arriving("primeira", "2999-01-02 10:30:00"));
    let first = session.expect_printed("primeira", REAL_TIME);
    session.prepare(first)?;
    session.script.state.lock().arriving.extend([
        arriving("segunda", "2999-01-02 10:30:00.000001"),
        arriving("terceira", "2999-01-02 10:30:00.000002"),
    ]);
    session.expect_printed("segunda", REAL_TIME)?;
    session.expect_printed("terceira", REAL_TIME)
}

fn lists(session: &mut Session) -> Outcome {
    session.registered()?;
    session
        .script
        .state
        .lock()
        .rooms
        .push("sala-listada".to_owned());
    session.program.type_lines(&["list"]);
    session.expect_printed("sala-listada", REACTION)
}

fn users(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["users"]);
    session.expect_printed("outro-na-sala", REACTION)
}

fn goes_on_after_a_refusal(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["join", "nenhuma-sala"]);
    let asked = session.expect_call("join_room", |_| true, Words::same("join_room"));
    // A client that looks into list_rooms first, and does not call, is right as well.
    let _ = asked;
    goes_on(session)
}

fn goes_on_after_an_unknown_command(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.type_lines(&["dance"]);
    goes_on(session)
}

/// Whether the next command is carried out.
fn goes_on(session: &mut Session) -> Outcome {
    session.program.type_lines(&["create", "depois-disso"]);
    session.expect_call(
        "create_room",
        |parameters| first_is(parameters, "depois-disso"),
        Words::new(
            "the next command is carried out",
            "o próximo comando é executado",
        ),
    )
}

fn exits(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.program.type_lines(&["exit"]);
    if session.program.wait_for_end(END).is_none() {
        return Err(session.failed(Words::new("the client ends", "o cliente termina")));
    }
    let has_left = session.calls().iter().any(|call| {
        ["unregister_user", "leave_room", "logout", "logout_user"].contains(&call.method.as_str())
    });
    if has_left {
        return Ok(());
    }
    Err(session.failed(Words::new(
        "unregister_user or leave_room before the end",
        "unregister_user ou leave_room antes do fim",
    )))
}

fn ends_with_its_input(session: &mut Session) -> Outcome {
    session.registered()?;
    session.program.end_input();
    match session.program.wait_for_end(END) {
        Some(_) if !session.program.printed().contains("Traceback") => Ok(()),
        _ => Err(session.failed(Words::new(
            "the client ends without a traceback",
            "o cliente termina sem traceback",
        ))),
    }
}

fn survives_the_server(session: &mut Session) -> Outcome {
    session.in_room()?;
    session.script.end_chat();
    session.program.type_lines(&["send", "alguém aí?", ""]);
    // Long enough for a poll of every client.
    let crashed = session.program.wait_for_end(REAL_TIME).is_some();
    session.program.type_lines(&["exit"]);
    session.program.end_input();
    let ends = session.program.wait_for_end(END).is_some();
    let has_traceback = session.program.printed().contains("Traceback");
    // A client that says what is wrong and ends is right; one that shows a traceback has crashed.
    if ends && !has_traceback {
        return Ok(());
    }
    let expected = if crashed || has_traceback {
        Words::new("no crash", "o cliente não quebra")
    } else {
        Words::new(
            "the client still ends with exit",
            "o cliente ainda termina com exit",
        )
    };
    Err(session.failed(expected).provoked_by(Words::new(
        "the chat server's port was closed while the client was in a room; then send, and exit",
        "a porta do servidor foi fechada com o cliente em uma sala; depois send, e exit",
    )))
}

fn says_that_there_is_no_server(session: &mut Session) -> Outcome {
    session.script.forget_chat();
    session.script.end_chat();
    session.program.type_lines(&[USER, "senha", "exit"]);
    session.program.end_input();
    let ends = session.program.wait_for_end(END).is_some();
    if ends && !session.program.printed().contains("Traceback") {
        return Ok(());
    }
    Err(session
        .failed(Words::new(
            "an end with a sentence, without a traceback",
            "um fim com uma frase, sem traceback",
        ))
        .provoked_by(Words::new(
            "the binder answers nil to every look-up",
            "o binder responde nil a toda busca",
        )))
}
