//! What interactive mode says, in the language of whoever uses it.
//!
//! Everything that can be said is a [`Text`]. Each language words all of them, and all that the
//! network can refuse or fail at, in one `match` without a rest: a text that is missing in one of
//! them does not compile. Plain mode has the original's words and no choice (`crate::screen::texts`).

mod english;
mod portuguese;
pub mod text;

use clap::ValueEnum;

pub use text::Text;

/// A language in which the client can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Portuguese, as in Brazil.
    #[value(name = "pt")]
    Portuguese,
    /// English.
    #[value(name = "en")]
    English,
}

/// Where a user's language is looked for, the more important first (POSIX, "Environment Variables").
/// An empty one does not count.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// Portuguese when that is the language of the user's locale, and English otherwise: it is what
    /// most people read whose language is missing here.
    #[must_use]
    pub fn of_environment() -> Self {
        Self::of_locale(|variable| std::env::var(variable).ok())
    }

    fn of_locale(value: impl Fn(&str) -> Option<String>) -> Self {
        LOCALE_VARIABLES
            .into_iter()
            .filter_map(value)
            .find(|locale| !locale.is_empty())
            .map_or(Self::English, |locale| Self::named_by(&locale))
    }

    /// The language of a locale such as `pt_BR.UTF-8`.
    fn named_by(locale: &str) -> Self {
        match locale.split(['_', '-', '.', '@']).next() {
            Some(language) if language.eq_ignore_ascii_case("pt") => Self::Portuguese,
            _ => Self::English,
        }
    }

    /// Words the text. It may contain what strangers typed, as they typed it.
    #[must_use]
    pub fn say(self, text: &Text<'_>) -> String {
        match self {
            Self::Portuguese => portuguese::say(text),
            Self::English => english::say(text),
        }
    }
}

/// `ana`, `ana e bia`, `ana, bia e rui`.
fn enumeration(names: &[String], and: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
