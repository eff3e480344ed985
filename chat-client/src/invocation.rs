//! How the programs are started from where the user is, so that what a message says to type works as
//! typed: `cargo run -p …` for a client that cargo runs, else beside the client's own program.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Binder,
    ChatServer,
    ChatClient,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Binder => "binder",
            Self::ChatServer => "chat-server",
            Self::ChatClient => env!("CARGO_PKG_NAME"),
        }
    }
}

/// The line that starts the program with these arguments.
pub fn command(program: Program, arguments: &str) -> String {
    static INVOCATION: OnceLock<Invocation> = OnceLock::new();
    INVOCATION
        .get_or_init(|| {
            Invocation::read(std::env::args_os().next(), |name| std::env::var(name).ok())
        })
        .command(program, arguments)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Invocation {
    Cargo,
    Program {
        /// Ends in a slash, unless the program was found through PATH.
        directory: String,
        /// The client's own file name, which may have been changed.
        client: String,
    },
}

impl Invocation {
    fn read(program: Option<OsString>, variable: impl Fn(&str) -> Option<String>) -> Self {
        // Programs that `cargo run` or `cargo test` start for another package inherit its name.
        let is_ours = variable("CARGO_PKG_NAME").as_deref() == Some(Program::ChatClient.name());
        if is_ours && variable("CARGO").is_some() {
            return Self::Cargo;
        }
        let typed = program.map(|program| program.to_string_lossy().into_owned());
        let typed = typed.unwrap_or_default();
        let client = Path::new(&typed).file_name();
        let client = client.map(|name| name.to_string_lossy().into_owned());
        match client {
            Some(client) => Self::Program {
                directory: typed.strip_suffix(&client).unwrap_or_default().to_owned(),
                client,
            },
            None => Self::Program {
                directory: String::new(),
                client: Program::ChatClient.name().to_owned(),
            },
        }
    }

    fn command(&self, program: Program, arguments: &str) -> String {
        match self {
            Self::Cargo if arguments.is_empty() => format!("cargo run -p {}", program.name()),
            Self::Cargo => format!("cargo run -p {} -- {arguments}", program.name()),
            Self::Program { directory, client } => {
                let name = match program {
                    Program::ChatClient => client,
                    Program::Binder | Program::ChatServer => program.name(),
                };
                let path = quoted(format!("{directory}{name}"));
                if arguments.is_empty() {
                    path
                } else {
                    format!("{path} {arguments}")
                }
            }
        }
    }
}

/// A path as a shell reads it.
fn quoted(path: String) -> String {
    let is_plain = |character: char| {
        character.is_alphanumeric() || ['/', '\\', ':', '.', '-', '_', '+'].contains(&character)
    };
    if path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(program: &str, variables: &[(&str, &str)]) -> Invocation {
        Invocation::read(Some(program.into()), |asked| {
            let found = variables.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn commands(invocation: &Invocation) -> [String; 3] {
        [
            invocation.command(Program::ChatClient, ""),
            invocation.command(Program::Binder, ""),
            invocation.command(Program::ChatServer, "--binder localhost:1"),
        ]
    }

    #[test]
    fn a_client_that_cargo_runs_names_cargo() {
        let cargo = [("CARGO", "/bin/cargo"), ("CARGO_PKG_NAME", "chat-client")];
        assert_eq!(
            commands(&invocation("target/debug/chat-client", &cargo)),
            [
                "cargo run -p chat-client",
                "cargo run -p binder",
                "cargo run -p chat-server -- --binder localhost:1",
            ]
        );
        // Started by the tests of another package.
        let other = [("CARGO", "/bin/cargo"), ("CARGO_PKG_NAME", "tests")];
        assert_ne!(
            invocation("target/debug/chat-client", &other),
            Invocation::Cargo
        );
    }

    #[test]
    fn every_other_client_names_itself_and_its_neighbours_as_it_was_typed() {
        for (typed, named) in [
            (
                "chat-client",
                ["chat-client", "binder", "chat-server --binder localhost:1"],
            ),
            (
                "./chat",
                ["./chat", "./binder", "./chat-server --binder localhost:1"],
            ),
            (
                "/my programs/chat-client",
                [
                    "'/my programs/chat-client'",
                    "'/my programs/binder'",
                    "'/my programs/chat-server' --binder localhost:1",
                ],
            ),
        ] {
            assert_eq!(commands(&invocation(typed, &[])), named);
        }
        assert_eq!(
            Invocation::read(None, |_| None).command(Program::ChatClient, ""),
            "chat-client"
        );
    }
}
