//! The table of commands: every word that is a command, once.
//!
//! It is used to read lines ([`parse`](super::parse)), to complete words, and to write `/help`,
//! and the READMEs' tables are checked against it.

use super::language::{Language, table};

/// How many messages `/history` shows by default.
pub(super) const USUAL_HISTORY: usize = 20;

/// The most that `/history` can show: a server's longest answer.
pub(super) const LONGEST_HISTORY: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    None,
    /// A room's name; asked for when it is missing.
    Room,
    /// A message, perhaps with `@NAME` before it; asked for when it is missing.
    Message,
    /// The name of a user, and a message.
    Private,
    /// A number of messages, which may be left out.
    Count,
}

/// How a word is read without a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    /// A command, with what follows it. So are the words of the original.
    Command,
    /// A command when it is the whole line: it means nothing else then.
    Alone,
    /// An everyday word: the user is asked when it may be a command.
    Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub word: &'static str,
    /// Several words may be the same command.
    pub command: Command,
    pub bare: Bare,
}

impl Word {
    const fn new(word: &'static str, command: Command, bare: Bare) -> Self {
        Self {
            word,
            command,
            bare,
        }
    }

    /// The word as it is shown, with a slash where it needs one.
    pub(super) fn typed(&self) -> String {
        let slash = match self.bare {
            Bare::Command => "",
            Bare::Alone | Bare::Word => "/",
        };
        format!("{slash}{}", self.word)
    }
}

/// The table, in the order in which help lists it.
pub(super) const WORDS: [Word; 16] = [
    Word::new("create", Command::Create, Bare::Command),
    Word::new("join", Command::Join, Bare::Command),
    Word::new("j", Command::Join, Bare::Word),
    Word::new("send", Command::Send, Bare::Command),
    Word::new("msg", Command::Message, Bare::Word),
    Word::new("list", Command::List, Bare::Command),
    Word::new("users", Command::Users, Bare::Command),
    Word::new("who", Command::Users, Bare::Word),
    Word::new("names", Command::Users, Bare::Word),
    Word::new("leave", Command::Leave, Bare::Word),
    Word::new("part", Command::Leave, Bare::Word),
    Word::new("history", Command::History, Bare::Word),
    Word::new("clear", Command::Clear, Bare::Word),
    Word::new("help", Command::Help, Bare::Alone),
    Word::new("exit", Command::Exit, Bare::Command),
    Word::new("quit", Command::Exit, Bare::Alone),
];

/// The commands in the table's order, each once.
pub(super) fn commands() -> impl Iterator<Item = Command> {
    let mut last = None;
    WORDS.iter().filter_map(move |word| {
        let repeated = last.replace(word.command) == Some(word.command);
        (!repeated).then_some(word.command)
    })
}

impl Command {
    pub const fn argument(self) -> Argument {
        match self {
            Self::Create | Self::Join => Argument::Room,
            Self::Send => Argument::Message,
            Self::Message => Argument::Private,
            Self::History => Argument::Count,
            Self::List | Self::Users | Self::Leave | Self::Clear | Self::Help | Self::Exit => {
                Argument::None
            }
        }
    }

    /// The words that are this command, as they are typed.
    pub fn words(self) -> impl Iterator<Item = String> {
        WORDS
            .iter()
            .filter(move |word| word.command == self)
            .map(Word::typed)
    }
}

/// A command without its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Create,
    Join,
    Send,
    Message,
    List,
    Users,
    Leave,
    History,
    Clear,
    Help,
    Exit,
}

impl Language {
    pub(super) fn help(self, command: Command) -> String {
        table! { self, match command;
            Command::Create => "creates a room", "cria uma sala";
            Command::Join => "enters a room", "entra em uma sala";
            Command::Send =>
                "sends a text to the room, or with @NAME to one person alone",
                "envia um texto à sala, ou com @NOME só a uma pessoa";
            Command::Message => "sends a text to one person alone", "envia um texto só a uma pessoa";
            Command::List => "shows the rooms", "mostra as salas";
            Command::Users => "shows who is in the room", "mostra quem está na sala";
            Command::Leave => "leaves the room", "sai da sala";
            Command::History =>
                "shows the last N messages again",
                "mostra de novo as últimas N mensagens";
            Command::Clear => "empties the screen", "limpa a tela";
            Command::Help => "shows these commands", "mostra estes comandos";
            Command::Exit => "leaves the chat", "sai do chat";
        }
    }

    /// What may follow a command. Arguments in brackets are asked for when they are left out.
    pub(super) fn argument(self, command: Command) -> String {
        table! { self, match command.argument();
            Argument::None => "", "";
            Argument::Room => " [ROOM]", " [SALA]";
            Argument::Message => " [@NAME] [TEXT]", " [@NOME] [TEXTO]";
            Argument::Private => " NAME TEXT", " NOME TEXTO";
            Argument::Count => " [N]", " [N]";
        }
    }

    pub(super) fn usage(self, command: Command) -> String {
        table! { self, match command;
            Command::Create => "create ROOM", "create SALA";
            Command::Join => "join ROOM", "join SALA";
            Command::Send => "send TEXT, or send @NAME TEXT", "send TEXTO, ou send @NOME TEXTO";
            Command::Message => "/msg NAME TEXT", "/msg NOME TEXTO";
            Command::List => "list", "list";
            Command::Users => "users", "users";
            Command::Leave => "/leave", "/leave";
            Command::History =>
                "/history N, with N from 1 to 1000",
                "/history N, com N de 1 a 1000";
            Command::Clear => "/clear", "/clear";
            Command::Help => "/help", "/help";
            Command::Exit => "exit", "exit";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_six_of_the_original_are_always_commands_without_a_slash_and_no_word_is_there_twice()
    {
        let bare: Vec<_> = WORDS
            .iter()
            .filter(|word| word.bare == Bare::Command)
            .map(|word| word.word)
            .collect();
        assert_eq!(bare, ["create", "join", "send", "list", "users", "exit"]);
        for (position, word) in WORDS.iter().enumerate() {
            let first = WORDS.iter().position(|other| other.word == word.word);
            assert_eq!(first, Some(position), "{}", word.word);
        }
    }

    #[test]
    fn each_command_is_listed_once_with_all_its_words() {
        let listed: Vec<Command> = commands().collect();
        assert_eq!(listed.len(), 11);
        assert_eq!(
            Command::Users.words().collect::<Vec<_>>(),
            ["users", "/who", "/names"]
        );
    }
}
