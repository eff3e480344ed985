//! Formatting of messages and texts.
//!
//! Everything here gives whole lines, ready to be written: what strangers typed has gone through
//! [`visible`], and colours are in it if the [`Palette`] has any.

use chrono::{Local, NaiveDate, NaiveDateTime};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::language::Language;
use super::texts::Text;
use crate::network::Message;
use crate::terminal::escaping::visible;
use crate::terminal::{self, INDENT, Palette};

const BELL: &str = "\x07";

/// What a tab in a message becomes: people send each other code.
const TAB: &str = "    ";

/// The mark of private messages and mentions.
const MARK: &str = "»";

/// Formats events and messages for one user.
#[derive(Clone, Debug)]
pub(super) struct Rendering {
    language: Language,
    palette: Palette,
    user: String,
    /// The day of the last message shown; the day the client started before there is one.
    day: NaiveDate,
    /// How wide the screen is at this moment, if that is known.
    columns: fn() -> Option<u16>,
}

/// The beginning of a message, to say which one is meant: the whole text if it takes up a row or two.
pub(super) fn beginning(message: &str) -> String {
    const SHOWN: usize = 80;
    let mut clusters = message.grapheme_indices(true);
    match clusters.nth(SHOWN) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message.to_owned(),
    }
}

impl Rendering {
    pub(super) fn new(language: Language, palette: Palette) -> Self {
        Self {
            language,
            palette,
            user: String::new(),
            day: Local::now().date_naive(),
            columns: || terminal::size().map(|size| size.columns),
        }
    }

    pub(super) fn set_user(&mut self, user: &str) {
        user.clone_into(&mut self.user);
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// A text in the user's language, escaped and without colours.
    pub(super) fn plain(&self, text: &Text<'_>) -> String {
        visible(&self.language.say(text))
    }

    /// A text that answers what the user did.
    pub(super) fn answer(&self, text: &Text<'_>) -> String {
        self.wrapped(&self.plain(text), INDENT)
    }

    /// A command and what it does, as a line of help.
    pub(super) fn help(&self, typed: &Text<'_>, help: &Text<'_>) -> String {
        const TYPED: usize = 21;
        let line = format!("  {:<TYPED$} {}", self.plain(typed), self.plain(help));
        self.wrapped(&line, &" ".repeat(TYPED + 3))
    }

    pub(super) fn trouble(&self, text: &Text<'_>) -> String {
        self.paint_trouble(&self.plain(text))
    }

    /// A failure, escaped already.
    pub(super) fn paint_trouble(&self, line: &str) -> String {
        self.wrapped(&self.palette.trouble(line), INDENT)
    }

    /// A text of minor importance, dimmed.
    pub(super) fn aside(&self, text: &Text<'_>) -> String {
        self.wrapped(&self.palette.dim(&self.plain(text)), INDENT)
    }

    /// A text about a message for the user, with the bell.
    pub(super) fn ringing(&self, text: &Text<'_>) -> String {
        let mark = self.palette.mention(MARK);
        let line = format!("{mark} {}", self.plain(text));
        self.wrapped(&line, INDENT) + BELL
    }

    /// A line across the screen's text, with a word on it.
    pub(super) fn marker(&self, text: &Text<'_>) -> String {
        self.palette.dim(&format!("─── {} ───", self.plain(text)))
    }

    pub(super) fn past(&mut self, message: &Message) -> String {
        self.message(message)
    }

    /// A message that arrives now, with the bell if it is for the user.
    pub(super) fn arriving(&mut self, message: &Message) -> String {
        let rings = self.is_for_user(message);
        let mut lines = self.message(message);
        if rings {
            lines.push_str(BELL);
        }
        lines
    }

    pub(super) fn own(&mut self, text: &str, to: Option<&str>) -> String {
        let now = Local::now();
        self.message(&Message {
            origin: self.user.clone(),
            recipient: to.map(str::to_owned),
            text: text.to_owned(),
            timestamp: now.format(WITH_DATE).to_string(),
        })
    }

    fn message(&mut self, message: &Message) -> String {
        let moment = Moment::read(&message.timestamp);
        let mut lines = self.change_of_day(&moment);
        let time = visible(&moment.time);
        let mut text = message.text.split('\n').map(line);
        let first = text.next().unwrap_or_default();
        let head = self.head(message);
        let is_own = message.origin == self.user;
        let line = if is_own {
            self.palette.dim(&format!("{time} {head}: {first}"))
        } else if self.is_for_user(message) {
            let text = if self.is_mention(message) {
                self.palette.mention(&first)
            } else {
                first
            };
            format!(
                "{} {} {head}: {text}",
                self.palette.dim(&time),
                self.palette.mention(MARK),
            )
        } else {
            format!("{} {head}: {first}", self.palette.dim(&time))
        };
        let margin = " ".repeat(usize::from(terminal::width(&time)));
        lines.push_str(&self.wrapped(&line, &format!("{margin} ")));
        for further in text {
            // Marked, so that a message cannot imitate another user's.
            let bar = format!("{} ", self.palette.dim(&format!("{margin} │")));
            lines.push('\n');
            lines.push_str(&self.wrapped(&format!("{bar}{further}"), &bar));
        }
        lines
    }

    fn head(&self, message: &Message) -> String {
        let private = self.language.say(&Text::Private);
        let you = self.language.say(&Text::You);
        let nick = |name: &str| self.palette.nick(name, &visible(name));
        match &message.recipient {
            None if message.origin == self.user => visible(&message.origin),
            None => nick(&message.origin),
            Some(to) if message.origin == self.user => {
                format!("{you} → {} {private}", visible(to))
            }
            Some(_) => format!(
                "{} {}",
                nick(&message.origin),
                self.palette.private(&private)
            ),
        }
    }

    fn change_of_day(&mut self, moment: &Moment) -> String {
        match moment.day {
            Some(day) if day != self.day => {
                self.day = day;
                self.marker(&Text::Day(day)) + "\n"
            }
            _ => String::new(),
        }
    }

    /// Whether the message is private for the user or mentions their name.
    pub(super) fn is_for_user(&self, message: &Message) -> bool {
        let is_private = message.recipient.is_some() && message.origin != self.user;
        is_private || self.is_mention(message)
    }

    fn wrapped(&self, line: &str, indent: &str) -> String {
        match (self.columns)() {
            Some(columns) => terminal::wrap(line, indent, columns),
            None => line.to_owned(),
        }
    }

    fn is_mention(&self, message: &Message) -> bool {
        message.origin != self.user && mentions(&message.text, &self.user)
    }
}

fn line(text: &str) -> String {
    visible(&text.replace('\t', TAB))
}

/// How dialect classic writes a moment, a fraction of the second aside.
pub(super) const WITH_DATE: &str = "%Y-%m-%d %H:%M:%S";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The day; dialect accounts does not send it.
    pub(super) day: Option<NaiveDate>,
    /// The hour and the minute, or whatever the server wrote.
    pub(super) time: String,
}

impl Moment {
    pub(super) fn read(timestamp: &str) -> Self {
        let whole_seconds = timestamp.split('.').next().unwrap_or(timestamp);
        NaiveDateTime::parse_from_str(whole_seconds, WITH_DATE).map_or_else(
            |_| Self {
                day: None,
                time: timestamp.to_owned(),
            },
            |moment| Self {
                day: Some(moment.date()),
                time: moment.format("%H:%M").to_string(),
            },
        )
    }
}

/// Whether the text contains `name` as a separate word, ignoring case and the normalization of accents.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (comparable(text), comparable(name));
    if name.is_empty() {
        return false;
    }
    text.match_indices(&name).any(|(start, found)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text
            .get(start + found.len()..)
            .and_then(|text| text.chars().next());
        let is_apart = |neighbour: Option<char>| !neighbour.is_some_and(char::is_alphanumeric);
        is_apart(before) && is_apart(after)
    })
}

fn comparable(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

#[cfg(test)]
#[path = "rendering_tests.rs"]
mod tests;
