//! Every word that is a command.

use super::Command;

/// How many messages `/history` shows when it is not told.
pub const USUAL_HISTORY: usize = 20;

/// The most that `/history` can show: a server's longest answer.
pub const LONGEST_HISTORY: usize = 1_000;

/// What follows a command on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A room's name; asked for when it is missing.
    Room,
    /// A message, perhaps with `@NAME` before it; asked for when it is missing.
    Message,
    /// A number of messages, which may be left out.
    Count,
}

/// A word that is a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word without a slash.
    pub word: &'static str,
    /// The command that it is. Two words may be one command.
    pub command: Command,
    /// Whether it is a command only with a slash before it. The words of the original are commands
    /// without; what came later leaves people their everyday words.
    pub needs_slash: bool,
}

impl Word {
    const fn of_the_original(word: &'static str, command: Command) -> Self {
        Self {
            word,
            command,
            needs_slash: false,
        }
    }

    const fn with_slash(word: &'static str, command: Command) -> Self {
        Self {
            word,
            command,
            needs_slash: true,
        }
    }

    /// The shortest way to type it.
    #[must_use]
    pub fn typed(&self) -> String {
        let slash = if self.needs_slash { "/" } else { "" };
        format!("{slash}{}", self.word)
    }
}

/// The table, in the order in which help lists it.
pub const WORDS: [Word; 11] = [
    Word::of_the_original("create", Command::Create),
    Word::of_the_original("join", Command::Join),
    Word::of_the_original("send", Command::Send),
    Word::of_the_original("list", Command::List),
    Word::of_the_original("users", Command::Users),
    Word::with_slash("who", Command::Users),
    Word::with_slash("leave", Command::Leave),
    Word::with_slash("history", Command::History),
    Word::with_slash("help", Command::Help),
    Word::of_the_original("exit", Command::Exit),
    Word::with_slash("quit", Command::Exit),
];

/// The commands in the table's order, each once.
pub fn commands() -> impl Iterator<Item = Command> {
    let mut last = None;
    WORDS.iter().filter_map(move |word| {
        let repeated = last.replace(word.command) == Some(word.command);
        (!repeated).then_some(word.command)
    })
}

impl Command {
    /// What follows it on the line.
    #[must_use]
    pub const fn argument(self) -> Argument {
        match self {
            Self::Create | Self::Join => Argument::Room,
            Self::Send => Argument::Message,
            Self::History => Argument::Count,
            Self::List | Self::Users | Self::Leave | Self::Help | Self::Exit => Argument::None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_of_the_original_need_no_slash_and_no_word_is_there_twice() {
        let bare: Vec<_> = WORDS
            .iter()
            .filter(|word| !word.needs_slash)
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
        assert_eq!(listed.len(), 9);
        assert_eq!(
            Command::Users.words().collect::<Vec<_>>(),
            ["users", "/who"]
        );
    }
}
