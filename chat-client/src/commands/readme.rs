//! The READMEs' tables of commands have to say what the table of commands says.

use super::table::commands;
use crate::language::{Language, Text};

/// The table in the form of Markdown.
fn table(language: Language, head: &str) -> String {
    let rows = commands().map(|command| {
        let words: Vec<String> = command.words().map(|word| format!("`{word}`")).collect();
        let help = language.say(&Text::Help(command));
        format!("| {} | {help} |\n", words.join(", "))
    });
    format!("{head}\n| --- | --- |\n{}", rows.collect::<String>())
}

#[test]
fn both_readmes_have_the_table_of_commands_as_it_is() {
    for (readme, language, head) in [
        (
            include_str!("../../../README.md"),
            Language::English,
            "| command | what it does |",
        ),
        (
            include_str!("../../../README.pt-BR.md"),
            Language::Portuguese,
            "| comando | o que faz |",
        ),
    ] {
        // With the empty line before and behind it, so that there is no row more.
        let expected = format!("\n\n{}\n", table(language, head));
        assert!(readme.contains(&expected), "it should have:{expected}");
    }
}
