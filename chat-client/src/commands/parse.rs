//! Reading a typed line.

use super::table::{Argument, LONGEST_HISTORY, USUAL_HISTORY, WORDS, Word};
use super::{Command, Request};

/// Everyday words that are one letter away from a command which takes an argument. Asking about them
/// would be a nuisance: `joia` is what people in Brazil answer when all is well.
const EVERYDAY: [&str; 5] = ["joia", "sendo", "sent", "sand", "coin"];

/// Shorter words are near to everything.
const SHORTEST_NEAR: usize = 3;

/// What a typed line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// An empty line.
    Nothing,
    /// Something to do.
    Request(Request),
    /// A command whose argument has to be asked for.
    Unfinished(Command),
    /// No command: a message, for whoever is in a room.
    Text(String),
    /// Nearly a command, so that it is neither obeyed nor sent before the user was asked.
    Nearly {
        /// The line as it was typed.
        line: String,
        /// What it may have been meant to be.
        meant: String,
    },
    /// A slash with a word after it that is no command.
    NoSuchCommand {
        /// What was typed.
        word: String,
        /// The command that it is nearest to, as it is typed.
        nearest: Option<String>,
    },
    /// A command with an argument that it cannot have.
    WrongArgument(Command),
    /// `@NAME` and nothing to send.
    NoText {
        /// The name.
        to: String,
    },
    /// `@` and no name: it was to be private, so it is not sent to everybody.
    NoName,
}

/// Reads a line. `users` are those of the room, since a name may have spaces in it.
///
/// Nothing that begins with a slash is ever a message, so that no mistyped command is sent to
/// everybody, nor anything that begins with `@`, since it was meant for one person; `//` and `@@` at the
/// beginning stand for one of them.
#[must_use]
pub fn parse(line: &str, users: &[String]) -> Typed {
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
        return after_slash(command, users);
    }
    if let Some(addressed) = trimmed.strip_prefix('@') {
        return after_at(addressed, users);
    }
    let (first, rest) = first_word(trimmed);
    match find(first) {
        Some(word) if !word.needs_slash => match complete(word.command, rest, users) {
            // `list de compras` is something to say.
            Typed::WrongArgument(_) => nearly(line, word.typed()),
            typed => typed,
        },
        Some(word) if rest.is_empty() => nearly(line, word.typed()),
        Some(_) => Typed::Text(line.to_owned()),
        None => match near_miss(first, rest) {
            Some(word) if rest.is_empty() => nearly(line, word.typed()),
            Some(word) => nearly(line, format!("{} {rest}", word.typed())),
            None => Typed::Text(line.to_owned()),
        },
    }
}

/// Reads the answer to the question whom a message is for: one user of the room, or everybody.
#[must_use]
pub fn recipient<'a>(answer: &'a str, users: &'a [String]) -> Option<&'a str> {
    let name = answer.trim();
    let name = match name.strip_prefix('@') {
        // An at sign alone names nobody, and was not meant for everybody.
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

fn nearly(line: &str, meant: String) -> Typed {
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

/// A command with what follows it.
fn complete(command: Command, rest: &str, users: &[String]) -> Typed {
    match command.argument() {
        Argument::None if !rest.is_empty() => Typed::WrongArgument(command),
        Argument::Room | Argument::Message if rest.is_empty() => Typed::Unfinished(command),
        Argument::Count if !rest.is_empty() => match rest.parse() {
            Ok(count) if (1..=LONGEST_HISTORY).contains(&count) => {
                Typed::Request(Request::History(count))
            }
            _ => Typed::WrongArgument(command),
        },
        _ => Typed::Request(match command {
            Command::Create => Request::Create(rest.to_owned()),
            Command::Join => Request::Join(rest.to_owned()),
            Command::Send => return message(rest, users),
            Command::List => Request::List,
            Command::Users => Request::Users,
            Command::Leave => Request::Leave,
            Command::History => Request::History(USUAL_HISTORY),
            Command::Help => Request::Help,
            Command::Exit => Request::Exit,
        }),
    }
}

/// What follows `send`.
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
    let to = to.to_owned();
    if text.is_empty() {
        Typed::NoText { to }
    } else {
        let text = text.to_owned();
        Typed::Request(Request::Whisper { to, text })
    }
}

/// The longest name of the room that the text begins with, or else its first word. A name is typed as
/// it is rather than with other capitals, where both are possible.
fn split_name<'a>(text: &'a str, users: &'a [String]) -> (&'a str, &'a str) {
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
        .max_by_key(|(is_exact, user, _)| (*is_exact, user.len()));
    match known {
        Some((_, user, after)) => (user, after.trim_start()),
        None => first_word(text),
    }
}

/// The first word, and what follows it without the space between.
fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

/// The word of the table, upper and lower case alike.
fn find(word: &str) -> Option<&'static Word> {
    let word = word.to_lowercase();
    WORDS.iter().find(|known| known.word == word)
}

/// The command that a line without a slash may have been meant to be.
fn near_miss(first: &str, rest: &str) -> Option<&'static Word> {
    let everyday = EVERYDAY.contains(&first.to_lowercase().as_str());
    WORDS.iter().find(|word| {
        // A command that stands alone is not meant by a whole sentence.
        let fits = word.command.argument() != Argument::None || rest.is_empty();
        !word.needs_slash && fits && !everyday && is_near(first, word.word)
    })
}

/// Whether one letter more, less, changed or swapped makes the one into the other.
fn is_near(typed: &str, word: &str) -> bool {
    let typed = typed.to_lowercase();
    typed.chars().count() >= SHORTEST_NEAR && strsim::osa_distance(&typed, word) == 1
}

#[cfg(test)]
mod tests;
