//! The READMEs' tables of commands have to say what the table of commands says.

use super::commands::commands;
use crate::interactive::{Language, Text};

const README: &str = include_str!("../../../README.md");
const README_IN_PORTUGUESE: &str = include_str!("../../../README.pt-BR.md");

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
        (README, Language::English, "| command | what it does |"),
        (
            README_IN_PORTUGUESE,
            Language::Portuguese,
            "| comando | o que faz |",
        ),
    ] {
        // With the empty line before and after it, so that no other row is accepted.
        let expected = format!("\n\n{}\n", table(language, head));
        assert!(readme.contains(&expected), "it should have:{expected}");
    }
}

#[test]
fn the_readmes_the_help_and_the_program_say_alike_how_to_leave() {
    use clap::CommandFactory as _;

    let help = crate::flags::Flags::command()
        .render_long_help()
        .to_string();
    for (language, text) in [
        (Language::English, README),
        (Language::English, &help),
        (Language::Portuguese, README_IN_PORTUGUESE),
    ] {
        let said = language.say(&Text::HowToLeave).replace('"', "`");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(&said), "{said}");
    }
}
