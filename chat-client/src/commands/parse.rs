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
}

/// Reads a line. `users` are those of the room, since a name may have spaces in it.
///
/// Nothing that begins with a slash is ever a message, so that no mistyped command is sent to
/// everybody; `//` at the beginning stands for one slash.
#[must_use]
pub fn parse(line: &str, users: &[String]) -> Typed {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Typed::Nothing;
    }
    if let Some(escaped) = trimmed.strip_prefix("//") {
        return Typed::Text(format!("/{escaped}"));
    }
    if let Some(command) = trimmed.strip_prefix('/') {
        return after_slash(command, users);
    }
    if trimmed.starts_with('@') {
        return addressed(trimmed, users).unwrap_or_else(|| Typed::Text(line.to_owned()));
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
        Argument::Message if rest.starts_with('@') => {
            addressed(rest, users).unwrap_or_else(|| Typed::Request(Request::Say(rest.to_owned())))
        }
        Argument::Count if !rest.is_empty() => match rest.parse() {
            Ok(count) if (1..=LONGEST_HISTORY).contains(&count) => {
                Typed::Request(Request::History(count))
            }
            _ => Typed::WrongArgument(command),
        },
        _ => Typed::Request(match command {
            Command::Create => Request::Create(rest.to_owned()),
            Command::Join => Request::Join(rest.to_owned()),
            Command::Send => Request::Say(rest.to_owned()),
            Command::List => Request::List,
            Command::Users => Request::Users,
            Command::Leave => Request::Leave,
            Command::History => Request::History(USUAL_HISTORY),
            Command::Help => Request::Help,
            Command::Exit => Request::Exit,
        }),
    }
}

/// `@NAME TEXT`. `None` when no name follows the sign.
fn addressed(line: &str, users: &[String]) -> Option<Typed> {
    let rest = line.strip_prefix('@')?;
    let (to, text) = split_name(rest, users);
    if to.is_empty() {
        return None;
    }
    let to = to.to_owned();
    Some(if text.is_empty() {
        Typed::NoText { to }
    } else {
        let text = text.to_owned();
        Typed::Request(Request::Whisper { to, text })
    })
}

/// The longest name of the room that the text begins with, or else its first word.
fn split_name<'text>(text: &'text str, users: &[String]) -> (&'text str, &'text str) {
    let known = users
        .iter()
        .filter_map(|user| {
            let after = text.strip_prefix(user.as_str())?;
            // People put a colon or a comma after a name.
            let after = after.strip_prefix([':', ',']).unwrap_or(after);
            let ends = after.is_empty() || after.starts_with(char::is_whitespace);
            ends.then_some((user.len(), after))
        })
        .max_by_key(|(length, _)| *length);
    match known {
        Some((length, after)) => (text.get(..length).unwrap_or_default(), after.trim_start()),
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
