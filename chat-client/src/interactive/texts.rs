//! Every text of interactive mode, in both languages side by side.
//!
//! A text that is missing in one language does not compile. Text typed by others is inserted as it was
//! typed; [`super::rendering`] escapes it. Plain mode has the original's texts (`crate::plain::texts`).

use chrono::NaiveDate;
use protocol::binder::Endpoint;
use protocol::refusal::Refusal;

use super::commands::Command;
use super::failure_texts;
use super::language::{Language, both};
use crate::failure;
use crate::network::{Failure, Restored};

/// The table of texts: a name with its fields, and the text in English and in Portuguese. Texts that
/// need more than formatting are declared in `more` and written in `arms`.
macro_rules! texts {
    (
        table { $(
            $(#[$doc:meta])*
            $name:ident $({ $($field:ident: $type:ty),* $(,)? })? => $english:literal, $portuguese:literal;
        )* }
        more { $($more:tt)* }
        arms($language:ident) { $($arms:tt)* }
    ) => {
        /// Something to show: one line, unless stated otherwise.
        #[derive(Clone, Copy, Debug)]
        pub enum Text<'a> {
            $($(#[$doc])* $name $({ $($field: $type),* })?,)*
            $($more)*
        }

        impl Language {
            pub fn say(self, text: &Text<'_>) -> String {
                let $language = self;
                match *text {
                    $(Text::$name $({ $($field),* })? => both!(self, $english, $portuguese),)*
                    $($arms)*
                }
            }
        }
    };
}

texts! {
    table {
        // Questions. The answer is typed on the same line.
        AskName => "Your name: ", "Seu nome: ";
        AskPassword { user: &'a str } => "Password of {user}: ", "Senha de {user}: ";
        AskPasswordAgain => "The same password again: ", "A mesma senha de novo: ";
        AskRoom => "Room: ", "Nome da sala: ";
        AskMessage => "Message: ", "Mensagem: ";
        /// An empty answer means everybody.
        AskRecipient => "To whom (Enter: everybody): ", "Para quem (Enter: para todos): ";
        AskCreate { room: &'a str } =>
            "Room {room} does not exist. Create and enter it? (y: yes, Enter: no) ",
            "A sala {room} não existe. Criar e entrar? (s: sim, Enter: não) ";
        AskEnter { room: &'a str } =>
            "Enter {room} now? (y: yes, Enter: no) ",
            "Entrar em {room} agora? (s: sim, Enter: não) ";

        // Coming and going.
        /// The servers run in this process. Several lines, without text from others.
        Embedded {
            binder: &'a Endpoint, chat_server: &'a Endpoint, accounts: &'a Endpoint, board: &'a str,
            join: &'a str
        } =>
            "In this process: binder at {binder}, chat server at {chat_server},\naccounts at {accounts}. The \
             calls, live: {board}\nOthers join from another terminal with \"{join}\".\nWhen you leave, the \
             chat ends for everybody.",
            "Neste processo: binder em {binder}, servidor de chat em {chat_server},\ncontas em {accounts}. As \
             chamadas, ao vivo: {board}\nOutros entram, em outro terminal, com «{join}».\nQuando você sair, o \
             chat termina para todos.";
        /// Said after [`Text::Embedded`] where the chat is kept.
        EmbeddedIsKept => "The next time it goes on.", "Da próxima vez, ele continua.";
        /// The welcome when `--room` is entered next.
        WelcomeToRoom { user: &'a str } =>
            "Hello, {user}. /help shows everything.",
            "Olá, {user}. /help mostra tudo.";
        Left { room: &'a str } => "You left {room}.", "Você saiu de {room}.";
        Goodbye => "Goodbye.", "Até logo.";
        /// The goodbye of a client that ran the chat in its own process.
        GoodbyeOfHost =>
            "Goodbye. The chat ran in this client and has ended for everybody.",
            "Até logo. O chat estava neste cliente e terminou para todos.";

        // Answers.
        RoomCreated { room: &'a str } =>
            "Room {room} created. Enter it with \"join {room}\".",
            "Sala {room} criada. Entre nela com «join {room}».";
        /// The same, when the user is asked next whether to enter it.
        RoomThere { room: &'a str } => "Room {room} created.", "Sala {room} criada.";
        NoHistory { room: &'a str } =>
            "There are no messages in {room} yet.",
            "Ainda não há mensagens em {room}.";
        HelpTitle =>
            "Commands (a slash may come before those shown without):",
            "Comandos (a barra é opcional onde não aparece):";
        HelpMessages =>
            "In a room, what is no command is sent to everybody, and \"@NAME text\" to NAME alone; \"//\" and \
             \"@@\" at the beginning send a slash and an @ to everybody.",
            "Em uma sala, o que não é comando é enviado a todos, e «@NOME texto» só a NOME; «//» e «@@» no \
             começo enviam uma barra e um @ a todos.";
        HelpMarks =>
            "\"»\" and the bell: a message for you alone, or with your name in it. Grey: your own messages, \
             shown as soon as you type them; one that the server did not take is named below. \"│\": a further \
             line of the same message.",
            "«»» e o sinal sonoro: uma mensagem só para você, ou com o seu nome. Cinza: as suas mensagens, \
             mostradas assim que você as digita; a que o servidor não aceitou é dita abaixo. «│»: mais uma \
             linha da mesma mensagem.";
        HelpKeys =>
            "Tab completes. Ctrl-C clears the line and at the name leaves. Ctrl-D leaves.",
            "Tab completa. Ctrl-C limpa a linha, e no nome sai. Ctrl-D sai.";

        // Signing in.
        AccountIsNew { user: &'a str } =>
            "{user} is a new account. Choose its password; it is asked for twice.",
            "{user} é uma conta nova. Escolha a senha; ela é pedida duas vezes.";
        HeldByGuest { user: &'a str } =>
            "{user} cannot be an account: a guest has that name. Choose another.",
            "{user} não pode ser uma conta: alguém sem conta tem esse nome. Escolha outro.";
        /// The server does not say whether the account exists.
        AccountMayBeNew { user: &'a str } =>
            "{user} may be a new account, so the password is asked for twice. Ctrl-C goes back.",
            "{user} pode ser uma conta nova; por isso a senha é pedida duas vezes. Ctrl-C volta.";
        PasswordsDiffer =>
            "The two passwords differ; no account was created.",
            "As duas senhas são diferentes; nenhuma conta foi criada.";
        /// What was typed is not UTF-8, so that it is not known which characters it is.
        NameNotUtf8 =>
            "That name is not UTF-8 and was not used. Check the terminal's encoding.",
            "Esse nome não é UTF-8 e não foi usado. Confira a codificação do terminal.";
        PasswordNotUtf8 =>
            "That password is not UTF-8 and was not used. Check the terminal's encoding.",
            "Essa senha não é UTF-8 e não foi usada. Confira a codificação do terminal.";
        EmptyPassword => "A password cannot be empty.", "A senha não pode ser vazia.";

        // Input that cannot be carried out.
        /// Ctrl-C on an empty line.
        HowToLeave =>
            "To leave, type \"exit\" or press Ctrl-D.",
            "Para sair, digite \"exit\" ou tecle Ctrl-D.";
        /// `shown` is the escaped byte.
        NotUtf8 { shown: &'a str } =>
            "The byte {shown} is not UTF-8 and is sent as shown. Check the terminal's encoding.",
            "O byte {shown} não é UTF-8 e vai como aparece. Confira a codificação do terminal.";
        /// `@NAME` without a text.
        NoText { to: &'a str } =>
            "The text is missing: \"@{to} hi\" sends \"hi\" to {to} alone.",
            "Falta o texto: «@{to} oi» envia «oi» só a {to}.";
        /// `@` without a name.
        NoName =>
            "Nothing was sent: a name is missing behind the @, as in \"@bia hi\". \"@@\" at the beginning \
             sends an @ to everybody.",
            "Nada foi enviado: depois de @ falta o nome, como em «@bia oi». «@@» no começo envia um @ a todos.";
        /// The line in question was neither run nor sent; it is in the history.
        PutAside { line: &'a str } =>
            "Nothing was done with \"{line}\"; the up arrow brings it back.",
            "Nada foi feito com «{line}»; a seta para cima traz a linha de volta.";
        /// Lines typed before the sign-in failed; they are in the history.
        PutAsideMeanwhile =>
            "Nothing was done with what you typed meanwhile; the up arrow brings it back.",
            "Nada foi feito com o que você digitou enquanto isso; a seta para cima traz de volta.";
        /// The reason follows on the same line.
        NotSent { message: &'a str } => "Not sent: \"{message}\".", "Não foi enviado: «{message}».";
        /// The reason follows on the same line.
        PerhapsSent { message: &'a str } =>
            "Perhaps not sent: \"{message}\".",
            "Talvez não enviado: «{message}».";

        // Failures.
        Back => "Connected again.", "Conectado de novo.";
        NameGone { user: &'a str } =>
            "The name {user} is somebody else's now, and you are not in the chat any more.",
            "O nome {user} agora é de outra pessoa, e você não está mais no chat.";
        /// When our own server frees a name, with its default timeout.
        NameComesFree =>
            "A name without a password comes free 60 s after its holder fell silent.",
            "Um nome sem senha fica livre 60 s depois que quem o tem fica em silêncio.";
        RoomGone { room: &'a str } =>
            "There was no way back into {room}.",
            "Não foi possível voltar a {room}.";

        // Parts of what is shown.
        /// The mark of a private message.
        Private => "(private)", "(privado)";
        You => "you", "você";
        /// The heading of messages that were missed.
        Missed => "while you were away", "enquanto você não estava";
    }
    more {
        /// Whether the previous line was meant as a command; it can be sent only from within a room.
        AskMeant { meant: &'a str, may_be_sent: bool },
        Welcome { user: &'a str, rooms: &'a [String] },
        Entered { room: &'a str, others: &'a [String] },
        CameIn { users: &'a [String] },
        WentOut { users: &'a [String] },
        Rooms { rooms: &'a [String], current: Option<&'a str> },
        Users { room: &'a str, users: &'a [String] },
        /// A command's words and arguments, in help.
        Typed(Command),
        /// What a command does, in help.
        Help(Command),
        Usage(Command),
        NoSuchCommand { word: &'a str, nearest: Option<&'a str> },
        /// A message outside of all rooms; `rooms` says whether any exist.
        NowhereToSayIt { rooms: bool },
        /// A command that needs a room, outside of all rooms.
        NotInARoom { rooms: bool },
        /// `words` are the server's own.
        Refused { why: &'a Refusal, words: &'a str },
        Failed(&'a Failure),
        /// The reason alone, after a text that says what failed.
        Reason(&'a Failure),
        /// The client ends.
        Ended(&'a failure::Failure),
        Lost(&'a Failure),
        Restored(&'a Restored),
        /// Unread messages in another room.
        NewElsewhere { room: &'a str, count: usize },
        /// The heading of a day's first message.
        Day(NaiveDate),
    }
    arms(language) {
        Text::AskMeant { meant, may_be_sent } => {
            let send = match may_be_sent {
                true => both!(language, ", n: send the line as it is", ", n: enviar a linha como está"),
                false => String::new(),
            };
            both!(
                language,
                "Nothing was sent. Did you mean \"{meant}\"? (y: yes{send}, Enter: neither) ",
                "Nada foi enviado. Era «{meant}»? (s: sim{send}, Enter: nada) "
            )
        }
        Text::Welcome { user, rooms: [] } => both!(
            language,
            "Hello, {user}. There are no rooms yet: \"create NAME\" makes one. /help shows everything.",
            "Olá, {user}. Ainda não há salas: crie uma com «create NOME». /help mostra tudo."
        ),
        Text::Welcome { user, rooms } => {
            let rooms = rooms.join(", ");
            both!(
                language,
                "Hello, {user}. Rooms: {rooms}. Enter one with \"join NAME\". /help shows everything.",
                "Olá, {user}. Salas: {rooms}. Entre em uma com «join NOME». /help mostra tudo."
            )
        }
        Text::Entered { room, others: [] } => both!(
            language,
            "You are in {room}. Nobody else is here.",
            "Você entrou em {room}. Não há mais ninguém aqui."
        ),
        Text::Entered { room, others } => {
            let others = language.enumerate(others);
            both!(language, "You are in {room}, with {others}.", "Você entrou em {room}, com {others}.")
        }
        Text::CameIn { users: [user] } => both!(language, "→ {user} came in", "→ {user} entrou"),
        Text::CameIn { users } => {
            let users = language.enumerate(users);
            both!(language, "→ {users} came in", "→ {users} entraram")
        }
        Text::WentOut { users: [user] } => both!(language, "← {user} left", "← {user} saiu"),
        Text::WentOut { users } => {
            let users = language.enumerate(users);
            both!(language, "← {users} left", "← {users} saíram")
        }
        Text::Rooms { rooms: [], .. } => language.no_rooms(),
        Text::Rooms { rooms, current } => {
            let here = both!(language, "(you are here)", "(você está aqui)");
            let names = rooms.iter().map(|room| match current {
                Some(current) if current == room => format!("{room} {here}"),
                _ => room.clone(),
            });
            let names = names.collect::<Vec<_>>().join(", ");
            both!(language, "Rooms: {names}", "Salas: {names}")
        }
        Text::Users { room, users } => {
            let users = users.join(", ");
            both!(language, "In {room}: {users}", "Em {room}: {users}")
        }
        Text::Typed(command) => {
            let words: Vec<String> = command.words().collect();
            words.join(", ") + &language.argument(command)
        }
        Text::Help(command) => language.help(command),
        Text::Usage(command) => {
            let usage = language.usage(command);
            both!(language, "Use it like this: {usage}", "Use assim: {usage}")
        }
        Text::NoSuchCommand { word, nearest: Some(nearest) } => both!(
            language,
            "Unknown command: {word}. Did you mean \"{nearest}\"? /help shows them all.",
            "Comando desconhecido: {word}. Seria «{nearest}»? /help mostra todos."
        ),
        Text::NoSuchCommand { word, nearest: None } => both!(
            language,
            "Unknown command: {word}. /help shows them all; \"/{word}\" would be a message.",
            "Comando desconhecido: {word}. /help mostra todos; «/{word}» seria uma mensagem."
        ),
        Text::NowhereToSayIt { rooms } => {
            let how = language.how_to_enter(rooms);
            both!(
                language,
                "Nothing was sent: you are not in a room. {how}",
                "Nada foi enviado: você não está em nenhuma sala. {how}"
            )
        }
        Text::NotInARoom { rooms } => {
            let how = language.how_to_enter(rooms);
            both!(language, "You are not in a room. {how}", "Você não está em nenhuma sala. {how}")
        }
        Text::Refused { why, words } => failure_texts::refusal(language, why, words),
        Text::Failed(failure) => failure_texts::failed(language, failure),
        Text::Reason(failure) => failure_texts::reason(language, failure),
        Text::Ended(failure) => failure_texts::ended(language, failure),
        Text::Lost(failure) => {
            let reason = failure_texts::reason(language, failure);
            both!(
                language,
                "No connection. {reason} The client comes back by itself.",
                "Sem conexão. {reason} O cliente volta sozinho."
            )
        }
        Text::Restored(restored) => language.restored(restored),
        Text::NewElsewhere { room, count: 1 } => both!(language, "{room}: 1 new", "{room}: 1 nova"),
        Text::NewElsewhere { room, count } => {
            both!(language, "{room}: {count} new", "{room}: {count} novas")
        }
        Text::Day(date) => language.day(date),
    }
}

impl Language {
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
}
