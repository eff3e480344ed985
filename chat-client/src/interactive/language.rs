//! The language of interactive mode.

use chrono::{Datelike as _, NaiveDate};
use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Portuguese, as in Brazil.
    #[value(name = "pt")]
    Portuguese,
    /// English.
    #[value(name = "en")]
    English,
}

/// `both!(language, "English", "Portuguese")`: a row of the table of texts, formatted.
macro_rules! both {
    ($language:expr, $english:literal, $portuguese:literal $(,)?) => {
        match $language {
            $crate::interactive::Language::English => format!($english),
            $crate::interactive::Language::Portuguese => format!($portuguese),
        }
    };
}
pub(super) use both;

/// A `match` with rows of a pattern, values that the texts need, and the text in both languages.
macro_rules! table {
    ($language:expr, match $matched:expr; $($pattern:pat $(, $name:ident = $value:expr)* => $english:literal, $portuguese:literal;)*) => {
        match $matched {
            $($pattern => match $language {
                $crate::interactive::Language::English => format!($english $(, $name = $value)*),
                $crate::interactive::Language::Portuguese => format!($portuguese $(, $name = $value)*),
            },)*
        }
    };
}
pub(super) use table;

impl Language {
    /// Portuguese if the user's locale is Portuguese, and English otherwise.
    pub fn of_environment() -> Self {
        if program::locale::is_portuguese() {
            Self::Portuguese
        } else {
            Self::English
        }
    }

    /// `ana`, `ana and bia`, `ana, bia and rui`.
    pub(super) fn enumerate(self, names: &[String]) -> String {
        let and = both!(self, "and", "e");
        match names {
            [] => String::new(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
        }
    }

    pub(super) fn day(self, date: NaiveDate) -> String {
        const MONTHS: [&str; 12] = [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ];
        match self {
            Self::English => date.format("%-d %B %Y").to_string(),
            Self::Portuguese => {
                let month = MONTHS
                    .get(date.month0() as usize)
                    .copied()
                    .unwrap_or_default();
                format!("{} de {month} de {}", date.day(), date.year())
            }
        }
    }
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
