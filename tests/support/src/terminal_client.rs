//! A terminal client driven through its standard input and output, as a user types.

use crate::program::Ended;
use crate::{Language, Program, binaries, python};

/// The prompts, which are the same in both languages.
pub mod prompt {
    pub const USERNAME: &str = "Digite seu username: ";
    pub const COMMAND: &str = "Use um comando (create, join, send, list, users, exit): ";
    /// In dialect accounts one can leave a room.
    pub const ACCOUNTS_COMMAND: &str =
        "Use um comando (create, join, send, list, users, leave, exit): ";
    pub const PASSWORD: &str = "Digite sua senha: ";
    pub const ROOM: &str = "Nome da sala: ";
    pub const MESSAGE: &str = "Mensagem: ";
    pub const RECIPIENT: &str = "Usuario(se quiser mensagem privada): ";
}

/// A terminal client in either language. Except for [`TerminalClient::dialogue`], the methods
/// use the words of dialect classic.
pub struct TerminalClient {
    pub program: Program,
}

impl TerminalClient {
    /// A client that asks the binder at `HOST:PORT` where the chat is.
    pub fn start(language: Language, binder: &str) -> Self {
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
    pub fn accounts(language: Language, binder: &str) -> Self {
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
    pub fn ours(flags: &[&str]) -> Self {
        let flags = [&["--plain"], flags].concat();
        Self {
            program: binaries::start("chat-client", &flags),
        }
    }

    /// Waits for each prompt and answers it.
    #[track_caller]
    pub fn dialogue(&mut self, turns: &[(&str, &str)]) {
        for (prompt, line) in turns {
            self.program.wait_for(prompt);
            self.program.type_line(line);
        }
    }

    /// Answers the prompt for a name, and waits for the reply.
    #[track_caller]
    pub fn register(&mut self, name: &str, answer: &str) {
        self.dialogue(&[(prompt::USERNAME, name)]);
        self.program.wait_for(answer);
    }

    #[track_caller]
    pub fn create(&mut self, room: &str, answer: &str) {
        self.dialogue(&[(prompt::COMMAND, "create"), (prompt::ROOM, room)]);
        self.program.wait_for(answer);
    }

    #[track_caller]
    pub fn join(&mut self, room: &str) {
        self.dialogue(&[(prompt::COMMAND, "join"), (prompt::ROOM, room)]);
        self.program.wait_for(&format!(
            "Voce entrou na sala '{room}'.\nUltimas mensagens:\n"
        ));
    }

    /// Sends a message, to the room when `to` is empty.
    #[track_caller]
    pub fn send(&mut self, text: &str, to: &str, answer: &str) {
        self.dialogue(&[
            (prompt::COMMAND, "send"),
            (prompt::MESSAGE, text),
            (prompt::RECIPIENT, to),
        ]);
        self.program.wait_for(answer);
    }

    /// Gives a command without questions, and waits for the reply.
    #[track_caller]
    pub fn command(&mut self, command: &str, answer: &str) {
        self.dialogue(&[(prompt::COMMAND, command)]);
        self.program.wait_for(answer);
    }

    /// Waits until a message of `from` is shown as arriving.
    #[track_caller]
    pub fn is_shown(&self, from: &str, text: &str) {
        self.program
            .wait_until_printed(&format!("] {from}: {text}\n"));
    }

    #[track_caller]
    pub fn exit(mut self) -> Ended {
        self.command("exit", "Desconectando o Cliente...\n");
        self.program.finish()
    }
}
