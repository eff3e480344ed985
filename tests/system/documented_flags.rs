//! docs/flags.md has to say what the programs say about themselves.

use std::collections::BTreeSet;

use support::binaries::command;

const PAGE: &str = include_str!("../../docs/flags.md");

const PROGRAMS: [&str; 3] = ["binder", "chat-server", "chat-client"];

/// What `--help` says about a flag that is a setting; such flags have a variable beside them.
#[derive(Debug)]
struct Setting {
    flag: String,
    variable: String,
    default: Option<String>,
}

fn help(program: &str) -> String {
    let help = command(program).arg("--help").output().unwrap();
    String::from_utf8(help.stdout).unwrap()
}

fn settings(program: &str) -> Vec<Setting> {
    let help = help(program);
    let described = help.split("\n      --").skip(1);
    described
        .filter_map(|described| {
            let note = |name: &str| {
                let (_, rest) = described.split_once(&format!("[{name}: "))?;
                rest.split_once(']').map(|(note, _)| note.to_owned())
            };
            let name = described.split([' ', '\n']).next()?;
            Some(Setting {
                flag: format!("--{name}"),
                // Its value is that of this run.
                variable: note("env")?.split('=').next()?.to_owned(),
                // A default in words is not compared: the page has words of its own.
                default: note("default").filter(|default| !default.contains(' ')),
            })
        })
        .collect()
}

/// The first words of the lines in this section of `--help` that are not continued from the line before.
fn section(help: &str, title: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != title).skip(1);
    lines
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_flag_is_documented_with_its_variable_and_default() {
    let settings: Vec<_> = PROGRAMS.into_iter().flat_map(settings).collect();
    assert!(settings.len() > 30, "only {settings:?}");
    for setting in &settings {
        let Setting {
            flag,
            variable,
            default,
        } = setting;
        let row = PAGE
            .lines()
            .find(|line| line.contains(&format!("| `{variable}` |")))
            .unwrap_or_else(|| panic!("there is no row for {setting:?}"));
        let has_flag = [" ", "`"]
            .iter()
            .any(|end| row.starts_with(&format!("| `{flag}{end}")));
        assert!(has_flag, "{row} should be of {flag}");
        if let Some(default) = default {
            assert!(row.contains(default), "{row} should say {default:?}");
        }
    }
    let known: BTreeSet<&str> = settings
        .iter()
        .map(|setting| setting.variable.as_str())
        .collect();
    for row in PAGE.lines().filter(|line| line.starts_with("| `--")) {
        let has_known = row.split('`').any(|word| known.contains(word));
        assert!(has_known, "no program has {row}");
    }
}

#[test]
fn every_command_is_documented() {
    for program in PROGRAMS {
        let commands = section(&help(program), "Commands:");
        assert!(commands.len() > 2, "{program}: {commands:?}");
        for line in commands {
            let command = line.split(' ').next().unwrap();
            // The same in all three programs.
            let program = match command {
                "help" => continue,
                "completions" | "man" => "binder",
                _ => program,
            };
            let begins = format!("| `{program} {command}");
            let is_documented = PAGE.lines().any(|line| {
                line.strip_prefix(&begins)
                    .is_some_and(|rest| rest.starts_with(['`', ' ']))
            });
            assert!(is_documented, "there is no row for {program} {command}");
        }
    }
}

#[test]
fn every_exit_code_of_the_client_is_documented_in_the_words_of_its_help() {
    let codes = section(&help("chat-client"), "Exit codes:");
    assert!(codes.len() > 5, "{codes:?}");
    for line in codes {
        let (code, meaning) = line.split_once("  ").unwrap();
        let row = format!("| {code} | {meaning} |");
        assert!(PAGE.contains(&row), "there should be: {row}");
    }
}
