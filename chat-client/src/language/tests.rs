//! Which language is chosen, and that both say what has to be typed.

use super::*;
use crate::commands::table::{self, Argument};

fn of(variables: &[(&str, &str)]) -> Language {
    Language::of_locale(|asked| {
        variables
            .iter()
            .find(|(variable, _)| *variable == asked)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_locale_chooses_and_portuguese_is_for_everybody_else() {
    assert_eq!(of(&[("LANG", "en_GB.UTF-8")]), Language::English);
    assert_eq!(of(&[("LANG", "pt_BR")]), Language::Portuguese);
    assert_eq!(of(&[("LANG", "C.UTF-8")]), Language::Portuguese);
    assert_eq!(of(&[("LANG", "de_DE")]), Language::Portuguese);
    assert_eq!(of(&[]), Language::Portuguese);
}

#[test]
fn the_more_important_variable_wins_unless_it_is_empty() {
    let set = |all, messages| {
        of(&[
            ("LC_ALL", all),
            ("LC_MESSAGES", messages),
            ("LANG", "pt_BR"),
        ])
    };
    assert_eq!(set("en", "pt"), Language::English);
    assert_eq!(set("", "en"), Language::English);
    assert_eq!(set("", ""), Language::Portuguese);
    // Not one of ours, and not the user's second choice either.
    assert_eq!(set("fr", "en"), Language::Portuguese);
}

#[test]
fn usage_begins_with_the_word_and_names_what_follows_it() {
    for language in [Language::Portuguese, Language::English] {
        for command in table::commands() {
            let usage = language.say(&Text::Usage(command));
            let typed = command.words().next().unwrap();
            let (_, usage) = usage.split_once(": ").unwrap();
            assert!(usage.starts_with(&typed), "{usage}");
            assert_eq!(
                command.argument() == Argument::None,
                usage == typed,
                "{usage}"
            );
        }
    }
}

#[test]
fn days_are_written_as_people_write_them() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
    assert_eq!(
        Language::Portuguese.say(&Text::Day(day)),
        "1 de março de 2026"
    );
    assert_eq!(Language::English.say(&Text::Day(day)), "1 March 2026");
}
