//! The READMEs' tables of flags have to say what the programs say of themselves.

use std::collections::BTreeSet;

use support::binaries::command;

const READMES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../README.md")),
    ("README.pt-BR.md", include_str!("../../README.pt-BR.md")),
];

/// What `--help` says of a flag that is a setting; such flags have a variable beside them.
#[derive(Debug)]
struct Setting {
    flag: String,
    variable: String,
    default: Option<String>,
}

fn settings(program: &str) -> Vec<Setting> {
    let help = command(program)
        .arg("--help")
        // Its value would be shown beside its name.
        .env_remove("CHAT_SERVER_DATA")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
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
                variable: note("env")?.trim_end_matches('=').to_owned(),
                // What a README has to say in its own words is not compared.
                default: note("default").filter(|default| !default.contains(' ')),
            })
        })
        .collect()
}

#[test]
fn both_readmes_have_every_flag_with_its_variable_and_default() {
    let programs = ["binder", "chat-server", "chat-client"];
    let settings: Vec<_> = programs.into_iter().flat_map(settings).collect();
    assert!(settings.len() > 30, "only {settings:?}");
    for (name, readme) in READMES {
        for setting in &settings {
            let Setting {
                flag,
                variable,
                default,
            } = setting;
            let row = readme
                .lines()
                .find(|line| line.contains(&format!("| `{variable}` |")))
                .unwrap_or_else(|| panic!("{name} has no row for {setting:?}"));
            let has_flag = [" ", "`"]
                .iter()
                .any(|end| row.starts_with(&format!("| `{flag}{end}")));
            assert!(has_flag, "{name}: {row} should be of {flag}");
            if let Some(default) = default {
                assert!(
                    row.contains(default),
                    "{name}: {row} should say {default:?}"
                );
            }
        }
        let known: BTreeSet<&str> = settings
            .iter()
            .map(|setting| setting.variable.as_str())
            .collect();
        for row in readme.lines().filter(|line| line.starts_with("| `--")) {
            let has_known = row.split('`').any(|word| known.contains(word));
            assert!(has_known, "{name}: no program has {row}");
        }
    }
}
