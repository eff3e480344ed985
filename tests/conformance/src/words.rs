//! Sentences in the two languages of the report.

use std::fmt;

use clap::ValueEnum;

/// The language of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Portuguese.
    Pt,
}

impl Language {
    /// Portuguese if the user's locale is Portuguese, and English otherwise.
    pub fn of_environment() -> Self {
        if program::locale::is_portuguese() {
            Self::Pt
        } else {
            Self::En
        }
    }
}

/// One sentence in both languages. It is made where something is found; the report chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    english: String,
    portuguese: String,
}

impl Words {
    /// A sentence.
    pub fn new(english: impl Into<String>, portuguese: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            portuguese: portuguese.into(),
        }
    }

    /// What is the same in every language, such as a value.
    pub fn same(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        Self::new(text.clone(), text)
    }

    /// The sentence in a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.english,
            Language::Pt => &self.portuguese,
        }
    }
}

/// A sentence in both languages, with the same values in both: `words!("{n} names", "{n} nomes")`.
macro_rules! words {
    ($english:literal, $portuguese:literal) => {
        $crate::words::Words::new(format!($english), format!($portuguese))
    };
}
pub(crate) use words;
