//! A terminal client driven through its standard input and output, as somebody would type.

use super::program::Ended;
use super::{Language, Program, binaries, python};

/// The prompts, which are the same in both languages.
pub(crate) mod prompt {
    pub(crate) const USERNAME: &str = "Digite seu username: ";
    pub(crate) const COMMAND: &str = "Use um comando (create, join, send, list, users, exit): ";
    /// In dialect accounts one can leave a room.
    pub(crate) const ACCOUNTS_COMMAND: &str =
        "Use um comando (create, join, send, list, users, leave, exit): ";
    pub(crate) const PASSWORD: &str = "Digite sua senha: ";
    pub(crate) const ROOM: &str = "Nome da sala: ";
    pub(crate) const MESSAGE: &str = "Mensagem: ";
    pub(crate) const RECIPIENT: &str = "Usuario(se quiser mensagem privada): ";
}

/// A terminal client in either language. Except for [`TerminalClient::dialogue`], what it can be told
/// is in the words of dialect classic.
pub(crate) struct TerminalClient {
    /// The process.
    pub(crate) program: Program,
}

impl TerminalClient {
    /// A client that asks the binder at `HOST:PORT` where the chat is.
    pub(crate) fn start(language: Language, binder: &str) -> Self {
        match language {
            // The original polls every 2 seconds; asking more often changes nothing but the wait.
            Language::Python => Self {
                program: python::start(
                    "classic_client.py",
                    &["--binder", binder, "--poll-seconds", "0.2"],
                ),
            },
            Language::Rust => Self::ours(&["--binder", binder]),
        }
    }

    /// A client of dialect accounts that asks the binder at `HOST:PORT` where the chat is.
    pub(crate) fn accounts(language: Language, binder: &str) -> Self {
        match language {
            Language::Python => Self {
                program: python::start(
                    "accounts_client.py",
                    &["--binder", binder, "--poll-seconds", "0.2"],
                ),
            },
            Language::Rust => Self::ours(&["--accounts", "--binder", binder]),
        }
    }

    /// Our client in plain mode with these flags.
    pub(crate) fn ours(flags: &[&str]) -> Self {
        let flags = [&["--plain"], flags].concat();
        Self {
            program: binaries::start("chat-client", &flags),
        }
    }

    /// Waits for each prompt and answers it.
    #[track_caller]
    pub(crate) fn dialogue(&mut self, turns: &[(&str, &str)]) {
        for (prompt, line) in turns {
            self.program.wait_for(prompt);
            self.program.type_line(line);
        }
    }

    /// Answers the prompt for a name, and waits for what comes of it.
    #[track_caller]
    pub(crate) fn register(&mut self, name: &str, answer: &str) {
        self.dialogue(&[(prompt::USERNAME, name)]);
        self.program.wait_for(answer);
    }

    /// Creates a room.
    #[track_caller]
    pub(crate) fn create(&mut self, room: &str, answer: &str) {
        self.dialogue(&[(prompt::COMMAND, "create"), (prompt::ROOM, room)]);
        self.program.wait_for(answer);
    }

    /// Joins a room.
    #[track_caller]
    pub(crate) fn join(&mut self, room: &str) {
        self.dialogue(&[(prompt::COMMAND, "join"), (prompt::ROOM, room)]);
        self.program.wait_for(&format!(
            "Voce entrou na sala '{room}'.\nUltimas mensagens:\n"
        ));
    }

    /// Sends a message, to everybody when `to` is empty.
    #[track_caller]
    pub(crate) fn send(&mut self, text: &str, to: &str, answer: &str) {
        self.dialogue(&[
            (prompt::COMMAND, "send"),
            (prompt::MESSAGE, text),
            (prompt::RECIPIENT, to),
        ]);
        self.program.wait_for(answer);
    }

    /// Gives a command without questions, and waits for what comes of it.
    #[track_caller]
    pub(crate) fn command(&mut self, command: &str, answer: &str) {
        self.dialogue(&[(prompt::COMMAND, command)]);
        self.program.wait_for(answer);
    }

    /// Waits until a message of `from` is shown as arriving.
    #[track_caller]
    pub(crate) fn is_shown(&self, from: &str, text: &str) {
        self.program
            .wait_until_printed(&format!("] {from}: {text}\n"));
    }

    /// Leaves the chat by `exit`.
    #[track_caller]
    pub(crate) fn exit(mut self) -> Ended {
        self.command("exit", "Desconectando o Cliente...\n");
        self.program.finish()
    }
}
