//! What a user can ask for.

use crate::network::Dialect;

/// A command of plain mode: a bare word; what else it needs is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Create a room.
    Create,
    /// Join a room.
    Join,
    /// Send a message.
    Send,
    /// List the rooms.
    List,
    /// List the users of the room.
    Users,
    /// Leave the room. The original client of dialect classic has no such command.
    Leave,
    /// Leave.
    Exit,
}

impl Command {
    /// Reads a line as the original does: upper and lower case alike, and otherwise to the letter.
    /// `None` when it is not a command.
    #[must_use]
    pub fn parse(line: &str, dialect: Dialect) -> Option<Self> {
        match line.to_lowercase().as_str() {
            "create" => Some(Self::Create),
            "join" => Some(Self::Join),
            "send" => Some(Self::Send),
            "list" => Some(Self::List),
            "users" => Some(Self::Users),
            "leave" if dialect == Dialect::Accounts => Some(Self::Leave),
            "exit" => Some(Self::Exit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_space_around_a_command_does() {
        let parse = |line| Command::parse(line, Dialect::Classic);
        for line in ["join", "JOIN", "Join"] {
            assert_eq!(parse(line), Some(Command::Join), "{line:?}");
        }
        for line in [
            "",
            "join geral",
            "/join",
            "j",
            "joim",
            "  join  ",
            "join\t",
            "\u{a0}join",
        ] {
            assert_eq!(parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn rooms_are_left_by_command_in_dialect_accounts_alone() {
        assert_eq!(
            Command::parse("leave", Dialect::Accounts),
            Some(Command::Leave)
        );
        assert_eq!(Command::parse("leave", Dialect::Classic), None);
    }
}
