//! Every text of interactive mode, in both languages side by side.
//!
//! A text that is missing in one language does not compile. Text typed by others is inserted as it was
//! typed; [`super::rendering`] escapes it. Plain mode has the original's texts (`crate::plain::texts`).

use chrono::{Datelike as _, NaiveDate};
use protocol::binder::Endpoint;
use protocol::refusal::Refusal;

use super::commands::{Argument, Command};
use super::failure_texts;
use super::language::{Language, both};
use crate::failure;
use crate::network::{Failure, Restored};

/// Something to show: one line, unless stated otherwise.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    // Questions. The answer is typed on the same line.
    AskName,
    AskPassword {
        user: &'a str,
    },
    AskPasswordAgain,
    AskRoom,
    AskMessage,
    /// An empty answer means everybody.
    AskRecipient,
    /// Whether the previous line was meant as a command; it can be sent only from within a room.
    AskMeant {
        meant: &'a str,
        may_be_sent: bool,
    },
    AskCreate {
        room: &'a str,
    },
    AskEnter {
        room: &'a str,
    },

    // Coming and going.
    /// The servers run in this process. Several lines, without text from others.
    Embedded {
        binder: &'a Endpoint,
        chat_server: &'a Endpoint,
        accounts: &'a Endpoint,
        board: &'a str,
        /// The command with which others join.
        join: &'a str,
    },
    Welcome {
        user: &'a str,
        rooms: &'a [String],
    },
    /// The welcome when `--room` is entered next.
    WelcomeToRoom {
        user: &'a str,
    },
    Entered {
        room: &'a str,
        others: &'a [String],
    },
    Left {
        room: &'a str,
    },
    CameIn {
        users: &'a [String],
    },
    WentOut {
        users: &'a [String],
    },
    Goodbye,
    /// The goodbye of a client that ran the chat in its own process.
    GoodbyeOfHost,

    // Answers.
    RoomCreated {
        room: &'a str,
    },
    /// The same, when the user is asked next whether to enter it.
    RoomThere {
        room: &'a str,
    },
    Rooms {
        rooms: &'a [String],
        current: Option<&'a str>,
    },
    Users {
        room: &'a str,
        users: &'a [String],
    },
    NoHistory {
        room: &'a str,
    },
    HelpTitle,
    /// A command's words and arguments, in help.
    Typed(Command),
    /// What a command does, in help.
    Help(Command),
    HelpMessages,
    HelpMarks,
    HelpKeys,

    // Signing in.
    AccountIsNew {
        user: &'a str,
    },
    /// The server does not say whether the account exists.
    AccountMayBeNew {
        user: &'a str,
    },
    PasswordsDiffer,
    EmptyPassword,

    // Input that cannot be carried out.
    /// Ctrl-C on an empty line.
    HowToLeave,
    /// `shown` is the escaped byte.
    NotUtf8 {
        shown: &'a str,
    },
    NoSuchCommand {
        word: &'a str,
        nearest: Option<&'a str>,
    },
    Usage(Command),
    /// `@NAME` without a text.
    NoText {
        to: &'a str,
    },
    /// `@` without a name.
    NoName,
    /// A message outside of all rooms; `rooms` says whether any exist.
    NowhereToSayIt {
        rooms: bool,
    },
    /// A command that needs a room, outside of all rooms.
    NotInARoom {
        rooms: bool,
    },
    /// The line in question was neither run nor sent; it is in the history.
    PutAside {
        line: &'a str,
    },
    /// Lines typed before the sign-in failed; they are in the history.
    PutAsideMeanwhile,
    /// The reason follows on the same line.
    NotSent {
        message: &'a str,
    },
    /// The reason follows on the same line.
    PerhapsSent {
        message: &'a str,
    },

    // Failures.
    Refused {
        why: &'a Refusal,
        /// The server's own words.
        words: &'a str,
    },
    Failed(&'a Failure),
    /// The reason alone, after a text that says what failed.
    Reason(&'a Failure),
    /// The client ends.
    Ended(&'a failure::Failure),
    Lost(&'a Failure),
    Back,
    Restored(&'a Restored),
    NameGone {
        user: &'a str,
    },
    /// When our own server frees a name, with its default timeout.
    NameComesFree,
    RoomGone {
        room: &'a str,
    },

    // Parts of what is shown.
    /// The mark of a private message.
    Private,
    You,
    /// The heading of messages that were missed.
    Missed,
    /// Unread messages in another room.
    NewElsewhere {
        room: &'a str,
        count: usize,
    },
    /// The heading of a day's first message.
    Day(NaiveDate),
}

impl Language {
    pub fn say(self, text: &Text<'_>) -> String {
        match *text {
            Text::AskName => both!(self, "Your name: ", "Seu nome: "),
            Text::AskPassword { user } => both!(self, "Password of {user}: ", "Senha de {user}: "),
            Text::AskPasswordAgain => {
                both!(self, "The same password again: ", "A mesma senha de novo: ")
            }
            Text::AskRoom => both!(self, "Room: ", "Nome da sala: "),
            Text::AskMessage => both!(self, "Message: ", "Mensagem: "),
            Text::AskRecipient => both!(
                self,
                "To whom (Enter: everybody): ",
                "Para quem (Enter: para todos): "
            ),
            Text::AskMeant { meant, may_be_sent } => {
                let send = if may_be_sent {
                    both!(
                        self,
                        ", n: send the line as it is",
                        ", n: enviar a linha como está"
                    )
                } else {
                    String::new()
                };
                both!(
                    self,
                    "Nothing was sent. Did you mean \"{meant}\"? (y: yes{send}, Enter: neither) ",
                    "Nada foi enviado. Era «{meant}»? (s: sim{send}, Enter: nada) "
                )
            }
            Text::AskCreate { room } => both!(
                self,
                "Room {room} does not exist. Create and enter it? (y: yes, Enter: no) ",
                "A sala {room} não existe. Criar e entrar? (s: sim, Enter: não) "
            ),
            Text::AskEnter { room } => both!(
                self,
                "Enter {room} now? (y: yes, Enter: no) ",
                "Entrar em {room} agora? (s: sim, Enter: não) "
            ),
            Text::Embedded {
                binder,
                chat_server,
                accounts,
                board,
                join,
            } => both!(
                self,
                "In this process: binder at {binder}, chat server at {chat_server},\naccounts at \
                 {accounts}. The calls, live: {board}\nOthers join from another terminal with \
                 \"{join}\".\nWhen you leave, the chat ends for everybody.",
                "Neste processo: binder em {binder}, servidor de chat em {chat_server},\ncontas em \
                 {accounts}. As chamadas, ao vivo: {board}\nOutros entram, em outro terminal, com \
                 «{join}».\nQuando você sair, o chat termina para todos."
            ),
            Text::Welcome { user, rooms: [] } => both!(
                self,
                "Hello, {user}. There are no rooms yet: \"create NAME\" makes one. /help shows everything.",
                "Olá, {user}. Ainda não há salas: crie uma com «create NOME». /help mostra tudo."
            ),
            Text::Welcome { user, rooms } => {
                let rooms = rooms.join(", ");
                both!(
                    self,
                    "Hello, {user}. Rooms: {rooms}. Enter one with \"join NAME\". /help shows everything.",
                    "Olá, {user}. Salas: {rooms}. Entre em uma com «join NOME». /help mostra tudo."
                )
            }
            Text::WelcomeToRoom { user } => both!(
                self,
                "Hello, {user}. /help shows everything.",
                "Olá, {user}. /help mostra tudo."
            ),
            Text::Entered { room, others: [] } => both!(
                self,
                "You are in {room}. Nobody else is here.",
                "Você entrou em {room}. Não há mais ninguém aqui."
            ),
            Text::Entered { room, others } => {
                let others = self.enumerate(others);
                both!(
                    self,
                    "You are in {room}, with {others}.",
                    "Você entrou em {room}, com {others}."
                )
            }
            Text::Left { room } => both!(self, "You left {room}.", "Você saiu de {room}."),
            Text::CameIn { users: [user] } => both!(self, "→ {user} came in", "→ {user} entrou"),
            Text::CameIn { users } => {
                let users = self.enumerate(users);
                both!(self, "→ {users} came in", "→ {users} entraram")
            }
            Text::WentOut { users: [user] } => both!(self, "← {user} left", "← {user} saiu"),
            Text::WentOut { users } => {
                let users = self.enumerate(users);
                both!(self, "← {users} left", "← {users} saíram")
            }
            Text::Goodbye => both!(self, "Goodbye.", "Até logo."),
            Text::GoodbyeOfHost => both!(
                self,
                "Goodbye. The chat ran in this client and has ended for everybody.",
                "Até logo. O chat estava neste cliente e terminou para todos."
            ),
            Text::RoomCreated { room } => both!(
                self,
                "Room {room} created. Enter it with \"join {room}\".",
                "Sala {room} criada. Entre nela com «join {room}»."
            ),
            Text::RoomThere { room } => {
                both!(self, "Room {room} created.", "Sala {room} criada.")
            }
            Text::Rooms { rooms: [], .. } => self.no_rooms(),
            Text::Rooms { rooms, current } => {
                let here = both!(self, "(you are here)", "(você está aqui)");
                let names = rooms.iter().map(|room| match current {
                    Some(current) if current == room => format!("{room} {here}"),
                    _ => room.clone(),
                });
                let names = names.collect::<Vec<_>>().join(", ");
                both!(self, "Rooms: {names}", "Salas: {names}")
            }
            Text::Users { room, users } => {
                let users = users.join(", ");
                both!(self, "In {room}: {users}", "Em {room}: {users}")
            }
            Text::NoHistory { room } => both!(
                self,
                "There are no messages in {room} yet.",
                "Ainda não há mensagens em {room}."
            ),
            Text::HelpTitle => both!(
                self,
                "Commands (a slash may come before those shown without):",
                "Comandos (a barra é opcional onde não aparece):"
            ),
            Text::Typed(command) => {
                let words: Vec<String> = command.words().collect();
                words.join(", ") + &self.argument(command)
            }
            Text::Help(command) => self.help(command),
            Text::HelpMessages => both!(
                self,
                "In a room, what is no command is sent to everybody, and \"@NAME text\" to NAME alone; \
                 \"//\" and \"@@\" at the beginning send a slash and an @ to everybody.",
                "Em uma sala, o que não é comando é enviado a todos, e «@NOME texto» só a NOME; «//» e \
                 «@@» no começo enviam uma barra e um @ a todos."
            ),
            Text::HelpMarks => both!(
                self,
                "\"»\" and the bell: a message for you alone, or with your name in it. Grey: your own \
                 messages, shown as soon as you type them; one that the server did not take is named \
                 below. \"│\": a further line of the same message.",
                "«»» e o sinal sonoro: uma mensagem só para você, ou com o seu nome. Cinza: as suas \
                 mensagens, mostradas assim que você as digita; a que o servidor não aceitou é dita \
                 abaixo. «│»: mais uma linha da mesma mensagem."
            ),
            Text::HelpKeys => both!(
                self,
                "Tab completes. Ctrl-C clears the line and at the name leaves. Ctrl-D leaves.",
                "Tab completa. Ctrl-C limpa a linha, e no nome sai. Ctrl-D sai."
            ),
            Text::AccountIsNew { user } => both!(
                self,
                "{user} is a new account. Choose its password; it is asked for twice.",
                "{user} é uma conta nova. Escolha a senha; ela é pedida duas vezes."
            ),
            Text::AccountMayBeNew { user } => both!(
                self,
                "{user} may be a new account, so the password is asked for twice. Ctrl-C goes back.",
                "{user} pode ser uma conta nova; por isso a senha é pedida duas vezes. Ctrl-C volta."
            ),
            Text::PasswordsDiffer => both!(
                self,
                "The two passwords differ; no account was created.",
                "As duas senhas são diferentes; nenhuma conta foi criada."
            ),
            Text::EmptyPassword => both!(
                self,
                "A password cannot be empty.",
                "A senha não pode ser vazia."
            ),
            Text::HowToLeave => both!(
                self,
                "To leave, type \"exit\" or press Ctrl-D.",
                "Para sair, digite \"exit\" ou tecle Ctrl-D."
            ),
            Text::NotUtf8 { shown } => both!(
                self,
                "The byte {shown} is not UTF-8 and is sent as shown. Check the terminal's encoding.",
                "O byte {shown} não é UTF-8 e vai como aparece. Confira a codificação do terminal."
            ),
            Text::NoSuchCommand {
                word,
                nearest: Some(nearest),
            } => both!(
                self,
                "Unknown command: {word}. Did you mean \"{nearest}\"? /help shows them all.",
                "Comando desconhecido: {word}. Seria «{nearest}»? /help mostra todos."
            ),
            Text::NoSuchCommand {
                word,
                nearest: None,
            } => both!(
                self,
                "Unknown command: {word}. /help shows them all; \"/{word}\" would be a message.",
                "Comando desconhecido: {word}. /help mostra todos; «/{word}» seria uma mensagem."
            ),
            Text::Usage(command) => {
                let usage = self.usage(command);
                both!(self, "Use it like this: {usage}", "Use assim: {usage}")
            }
            Text::NoText { to } => both!(
                self,
                "The text is missing: \"@{to} hi\" sends \"hi\" to {to} alone.",
                "Falta o texto: «@{to} oi» envia «oi» só a {to}."
            ),
            Text::NoName => both!(
                self,
                "Nothing was sent: a name is missing behind the @, as in \"@bia hi\". \"@@\" at \
                 the beginning sends an @ to everybody.",
                "Nada foi enviado: depois de @ falta o nome, como em «@bia oi». «@@» no \
                 começo envia um @ a todos."
            ),
            Text::NowhereToSayIt { rooms } => {
                let how = self.how_to_enter(rooms);
                both!(
                    self,
                    "Nothing was sent: you are not in a room. {how}",
                    "Nada foi enviado: você não está em nenhuma sala. {how}"
                )
            }
            Text::NotInARoom { rooms } => {
                let how = self.how_to_enter(rooms);
                both!(
                    self,
                    "You are not in a room. {how}",
                    "Você não está em nenhuma sala. {how}"
                )
            }
            Text::PutAside { line } => both!(
                self,
                "Nothing was done with \"{line}\"; the up arrow brings it back.",
                "Nada foi feito com «{line}»; a seta para cima traz a linha de volta."
            ),
            Text::PutAsideMeanwhile => both!(
                self,
                "Nothing was done with what you typed meanwhile; the up arrow brings it back.",
                "Nada foi feito com o que você digitou enquanto isso; a seta para cima traz de volta."
            ),
            Text::NotSent { message } => {
                both!(
                    self,
                    "Not sent: \"{message}\".",
                    "Não foi enviado: «{message}»."
                )
            }
            Text::PerhapsSent { message } => both!(
                self,
                "Perhaps not sent: \"{message}\".",
                "Talvez não enviado: «{message}»."
            ),
            Text::Refused { why, words } => failure_texts::refusal(self, why, words),
            Text::Failed(failure) => failure_texts::failed(self, failure),
            Text::Reason(failure) => failure_texts::reason(self, failure),
            Text::Ended(failure) => failure_texts::ended(self, failure),
            Text::Lost(failure) => {
                let reason = failure_texts::reason(self, failure);
                both!(
                    self,
                    "No connection. {reason} The client comes back by itself.",
                    "Sem conexão. {reason} O cliente volta sozinho."
                )
            }
            Text::Back => both!(self, "Connected again.", "Conectado de novo."),
            Text::Restored(restored) => self.restored(restored),
            Text::NameGone { user } => both!(
                self,
                "The name {user} is somebody else's now, and you are not in the chat any more.",
                "O nome {user} agora é de outra pessoa, e você não está mais no chat."
            ),
            Text::NameComesFree => both!(
                self,
                "A name without a password comes free 60 s after its holder fell silent.",
                "Um nome sem senha fica livre 60 s depois que quem o tem fica em silêncio."
            ),
            Text::RoomGone { room } => both!(
                self,
                "There was no way back into {room}.",
                "Não foi possível voltar a {room}."
            ),
            Text::Private => both!(self, "(private)", "(privado)"),
            Text::You => both!(self, "you", "você"),
            Text::Missed => both!(self, "while you were away", "enquanto você não estava"),
            Text::NewElsewhere { room, count: 1 } => {
                both!(self, "{room}: 1 new", "{room}: 1 nova")
            }
            Text::NewElsewhere { room, count } => {
                both!(self, "{room}: {count} new", "{room}: {count} novas")
            }
            Text::Day(date) => self.day(date),
        }
    }

    /// `ana`, `ana and bia`, `ana, bia and rui`.
    fn enumerate(self, names: &[String]) -> String {
        let and = both!(self, "and", "e");
        match names {
            [] => String::new(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
        }
    }

    fn no_rooms(self) -> String {
        both!(
            self,
            "There are no rooms yet: \"create NAME\" makes one.",
            "Ainda não há salas: crie uma com «create NOME»."
        )
    }

    fn how_to_enter(self, rooms: bool) -> String {
        if !rooms {
            return self.no_rooms();
        }
        both!(
            self,
            "Enter one with \"join NAME\"; \"list\" shows which there are.",
            "Entre em uma com «join NOME»; «list» mostra as que há."
        )
    }

    fn help(self, command: Command) -> String {
        match command {
            Command::Create => both!(self, "creates a room", "cria uma sala"),
            Command::Join => both!(self, "enters a room", "entra em uma sala"),
            Command::Send => both!(
                self,
                "sends a text to the room, or with @NAME to one person alone",
                "envia um texto à sala, ou com @NOME só a uma pessoa"
            ),
            Command::Message => both!(
                self,
                "sends a text to one person alone",
                "envia um texto só a uma pessoa"
            ),
            Command::List => both!(self, "shows the rooms", "mostra as salas"),
            Command::Users => both!(self, "shows who is in the room", "mostra quem está na sala"),
            Command::Leave => both!(self, "leaves the room", "sai da sala"),
            Command::History => both!(
                self,
                "shows the last N messages again",
                "mostra de novo as últimas N mensagens"
            ),
            Command::Clear => both!(self, "empties the screen", "limpa a tela"),
            Command::Help => both!(self, "shows these commands", "mostra estes comandos"),
            Command::Exit => both!(self, "leaves the chat", "sai do chat"),
        }
    }

    /// What may follow a command. Arguments in brackets are asked for when they are left out.
    fn argument(self, command: Command) -> String {
        match command.argument() {
            Argument::None => String::new(),
            Argument::Room => both!(self, " [ROOM]", " [SALA]"),
            Argument::Message => both!(self, " [@NAME] [TEXT]", " [@NOME] [TEXTO]"),
            Argument::Private => both!(self, " NAME TEXT", " NOME TEXTO"),
            Argument::Count => " [N]".to_owned(),
        }
    }

    fn usage(self, command: Command) -> String {
        match command {
            Command::Create => both!(self, "create ROOM", "create SALA"),
            Command::Join => both!(self, "join ROOM", "join SALA"),
            Command::Send => both!(
                self,
                "send TEXT, or send @NAME TEXT",
                "send TEXTO, ou send @NOME TEXTO"
            ),
            Command::Message => both!(self, "/msg NAME TEXT", "/msg NOME TEXTO"),
            Command::History => both!(
                self,
                "/history N, with N from 1 to 1000",
                "/history N, com N de 1 a 1000"
            ),
            Command::List
            | Command::Users
            | Command::Leave
            | Command::Clear
            | Command::Help
            | Command::Exit => command.words().next().unwrap_or_default(),
        }
    }

    fn restored(self, restored: &Restored) -> String {
        if restored.is_only_rejoined() {
            let rooms = restored.joined.join(", ");
            return both!(
                self,
                "You were no longer in {rooms}, perhaps because you left it with another client, and have joined again.",
                "Você não estava mais em {rooms}, talvez por ter saído com outro cliente, e entrou de novo."
            );
        }
        let server = &restored.server;
        let mut line = if restored.moved {
            both!(
                self,
                "Connected again, now to {server}",
                "Conectado de novo, agora a {server}"
            )
        } else {
            both!(self, "Connected again", "Conectado de novo")
        };
        if restored.registered {
            line += &both!(
                self,
                "; the server had forgotten you, and your name is registered anew",
                "; o servidor tinha esquecido você, e seu nome foi registrado outra vez"
            );
        }
        if !restored.created.is_empty() {
            let created = restored.created.join(", ");
            line += &both!(
                self,
                "; room created anew: {created}",
                "; sala criada outra vez: {created}"
            );
        }
        line + "."
    }

    fn day(self, date: NaiveDate) -> String {
        const MONTHS: [&str; 12] = [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ];
        match self {
            Self::English => date.format("%-d %B %Y").to_string(),
            Self::Portuguese => {
                let month = MONTHS
                    .get(date.month0() as usize)
                    .copied()
                    .unwrap_or_default();
                format!("{} de {month} de {}", date.day(), date.year())
            }
        }
    }
}
