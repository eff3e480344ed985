//! Every word that is a command.

/// How many messages `/history` shows by default.
pub(super) const USUAL_HISTORY: usize = 20;

/// The most that `/history` can show: a server's longest answer.
pub(super) const LONGEST_HISTORY: usize = 1_000;

/// What follows a command on the line.
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
