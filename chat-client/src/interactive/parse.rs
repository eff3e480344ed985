//! Reading a typed line.

use super::commands::{Argument, Bare, Command, LONGEST_HISTORY, USUAL_HISTORY, WORDS, Word};

/// Everyday words that are one letter away from a command which takes an argument. Asking about them
/// would be a nuisance: `joia` is what people in Brazil answer when all is well.
const EVERYDAY: [&str; 5] = ["joia", "sendo", "sent", "sand", "coin"];

/// Shorter words are similar to everything.
const SHORTEST_NEAR: usize = 3;

/// A command with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Create(String),
    Join(String),
    Say(String),
    Whisper(Addressed),
    List,
    Users,
    Leave,
    /// Show so many of the room's last messages again.
    History(usize),
    Clear,
    Help,
    Exit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Nothing,
    Request(Request),
    /// A command without its argument, which is asked for.
    Unfinished(Missing),
    /// Not a command: a message.
    Text(String),
    /// Almost a command: the user is asked before it is run or sent.
    Nearly {
        line: String,
        meant: String,
    },
    NoSuchCommand {
        word: String,
        /// The most similar command, as it is typed.
        nearest: Option<String>,
    },
    /// A command with an argument that it cannot have.
    WrongArgument(Command),
    /// `@NAME` and nothing to send.
    NoText {
        to: String,
    },
    /// `@` without a name: it was meant to be private, so it is not sent to everybody.
    NoName,
}

/// What is asked for when it was not typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    RoomToCreate,
    RoomToEnter,
    Message,
}

/// The names that are known, since a name may have spaces in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub users: &'a [String],
    pub rooms: &'a [String],
}

/// Reads a line.
///
/// Nothing that begins with a slash is ever a message, so that no mistyped command is sent to
/// everybody, nor anything that begins with `@`, since it was meant for one person; `//` and `@@` at the
/// beginning stand for one of them.
pub(super) fn parse(line: &str, names: Names<'_>) -> Typed {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Typed::Nothing;
    }
    for (doubled, once) in [("//", "/"), ("@@", "@")] {
        if let Some(text) = trimmed.strip_prefix(doubled) {
            return Typed::Text(format!("{once}{text}"));
        }
    }
    if let Some(command) = trimmed.strip_prefix('/') {
        return after_slash(command, names.users);
    }
    if let Some(addressed) = trimmed.strip_prefix('@') {
        return after_at(addressed, names.users);
    }
    let (first, rest) = first_word(trimmed);
    match find(first) {
        Some(word) => bare(line, word, rest, names),
        None => match near_miss(first, rest) {
            Some(word) => nearly(line, word, rest, names),
            None => Typed::Text(line.to_owned()),
        },
    }
}

/// A line that begins with a word of the table. What is more likely something to say is a message, and
/// where both are likely the user is asked.
fn bare(line: &str, word: &Word, rest: &str, names: Names<'_>) -> Typed {
    let takes_rest = takes(word.command, rest, names);
    match word.bare {
        Bare::Command if takes_rest => complete(word.command, rest, names.users),
        Bare::Alone if rest.is_empty() => complete(word.command, rest, names.users),
        // `list de compras`, `send me the file`.
        Bare::Command => nearly(line, word, rest, names),
        Bare::Word if takes_rest => nearly(line, word, rest, names),
        Bare::Alone | Bare::Word => Typed::Text(line.to_owned()),
    }
}

/// Whether this is so clearly what the command takes that the line is not something to say. With a slash
/// before it, a command takes more.
fn takes(command: Command, rest: &str, names: Names<'_>) -> bool {
    let is_one_word = !rest.contains(char::is_whitespace);
    match command.argument() {
        Argument::None => rest.is_empty(),
        Argument::Room => is_one_word || names.rooms.iter().any(|room| room == rest),
        Argument::Message => is_one_word || rest.starts_with('@'),
        Argument::Private => rest.is_empty() || !is_one_word,
        Argument::Count => rest.is_empty() || count(rest).is_some(),
    }
}

/// Reads the recipient of a message; `None` means everybody.
pub(super) fn recipient<'a>(answer: &'a str, users: &'a [String]) -> Option<&'a str> {
    let name = answer.trim();
    let name = match name.strip_prefix('@') {
        // An at sign alone is not a name, but does not mean everybody either.
        Some(after_at) if !after_at.is_empty() && !users.iter().any(|user| user == name) => {
            after_at
        }
        _ => name,
    };
    match split_name(name, users) {
        (user, "") => Some(user).filter(|user| !user.is_empty()),
        _ => Some(name),
    }
}

/// The question whether a command was meant, in the shortest form that needs no question itself.
fn nearly(line: &str, word: &Word, rest: &str, names: Names<'_>) -> Typed {
    let stands_alone = word.command.argument() == Argument::None;
    let is_clear = word.bare == Bare::Command && takes(word.command, rest, names);
    let meant = if stands_alone {
        word.typed()
    } else {
        let slash = if is_clear { "" } else { "/" };
        format!("{slash}{} {rest}", word.word).trim_end().to_owned()
    };
    Typed::Nearly {
        line: line.to_owned(),
        meant,
    }
}

fn after_slash(command: &str, users: &[String]) -> Typed {
    let (first, rest) = first_word(command);
    match find(first) {
        Some(word) => complete(word.command, rest, users),
        None => Typed::NoSuchCommand {
            word: format!("/{first}"),
            nearest: WORDS
                .iter()
                .find(|word| is_near(first, word.word))
                .map(Word::typed),
        },
    }
}

fn complete(command: Command, rest: &str, users: &[String]) -> Typed {
    let alone = |request| {
        if rest.is_empty() {
            Typed::Request(request)
        } else {
            Typed::WrongArgument(command)
        }
    };
    match command {
        Command::Create if rest.is_empty() => Typed::Unfinished(Missing::RoomToCreate),
        Command::Create => Typed::Request(Request::Create(rest.to_owned())),
        Command::Join if rest.is_empty() => Typed::Unfinished(Missing::RoomToEnter),
        Command::Join => Typed::Request(Request::Join(rest.to_owned())),
        Command::Send if rest.is_empty() => Typed::Unfinished(Missing::Message),
        Command::Send => message(rest, users),
        Command::Message if rest.is_empty() => Typed::WrongArgument(command),
        Command::Message => after_at(rest.strip_prefix('@').unwrap_or(rest), users),
        Command::History if rest.is_empty() => Typed::Request(Request::History(USUAL_HISTORY)),
        Command::History => match count(rest) {
            Some(count) => Typed::Request(Request::History(count)),
            None => Typed::WrongArgument(command),
        },
        Command::List => alone(Request::List),
        Command::Users => alone(Request::Users),
        Command::Leave => alone(Request::Leave),
        Command::Clear => alone(Request::Clear),
        Command::Help => alone(Request::Help),
        Command::Exit => alone(Request::Exit),
    }
}

fn count(rest: &str) -> Option<usize> {
    let count = rest.parse().ok()?;
    (1..=LONGEST_HISTORY).contains(&count).then_some(count)
}

fn message(rest: &str, users: &[String]) -> Typed {
    match rest.strip_prefix('@') {
        Some(addressed) if !addressed.starts_with('@') => after_at(addressed, users),
        doubled => Typed::Request(Request::Say(doubled.unwrap_or(rest).to_owned())),
    }
}

/// `NAME TEXT`, behind an at sign.
fn after_at(addressed: &str, users: &[String]) -> Typed {
    let (to, text) = split_name(addressed, users);
    if to.is_empty() {
        return Typed::NoName;
    }
    if text.is_empty() {
        Typed::NoText { to: to.to_owned() }
    } else {
        Typed::Request(Request::Whisper(Addressed::new(addressed)))
    }
}

/// The word of the table, upper and lower case alike.
fn find(word: &str) -> Option<&'static Word> {
    let word = word.to_lowercase();
    WORDS.iter().find(|known| known.word == word)
}

/// The command that a line without a slash may have been meant as.
fn near_miss(first: &str, rest: &str) -> Option<&'static Word> {
    let everyday = EVERYDAY.contains(&first.to_lowercase().as_str());
    WORDS.iter().find(|word| {
        // A command that stands alone is not meant by a whole sentence.
        let fits = word.command.argument() != Argument::None || rest.is_empty();
        word.bare == Bare::Command && fits && !everyday && is_near(first, word.word)
    })
}

/// Whether one letter more, less, changed or swapped makes the one into the other.
fn is_near(typed: &str, word: &str) -> bool {
    let typed = typed.to_lowercase();
    typed.chars().count() >= SHORTEST_NEAR && strsim::osa_distance(&typed, word) == 1
}

/// A name and a text, as they were typed behind an at sign. Where the name ends depends on who is in the
/// room, since a name may have spaces in it: `joana lima segredo` is a message for *joana* or for *joana
/// lima*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addressed {
    typed: String,
}

impl Addressed {
    pub(super) fn new(typed: &str) -> Self {
        Self {
            typed: typed.to_owned(),
        }
    }

    pub(super) fn line(&self) -> String {
        format!("@{}", self.typed)
    }

    /// The name and the text: the longest of these names that it begins with, or else its first word.
    pub(super) fn split<'a>(&'a self, users: &'a [String]) -> (&'a str, &'a str) {
        split_name(&self.typed, users)
    }
}

/// The longest name of the room that the text begins with, or else its first word. A name is typed as
/// it is rather than with other capitals, where both are possible.
pub(super) fn split_name<'a>(text: &'a str, users: &'a [String]) -> (&'a str, &'a str) {
    let known = users
        .iter()
        .filter_map(|user| {
            let (typed, after) = text.split_at_checked(user.len())?;
            let is_exact = typed == user;
            let is_meant = typed.to_lowercase() == user.to_lowercase();
            // People put a colon or a comma after a name.
            let after = after.strip_prefix([':', ',']).unwrap_or(after);
            let ends = after.is_empty() || after.starts_with(char::is_whitespace);
            (is_meant && ends).then_some((is_exact, user, after))
        })
        .max_by_key(|(is_exact, user, _)| (user.len(), *is_exact));
    match known {
        Some((_, user, after)) => (user, after.trim_start()),
        None => first_word(text),
    }
}

/// The first word, and what follows it without the space between.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
