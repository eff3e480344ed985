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
    /// Reads a line as the original does: upper and lower case alike, space around it ignored.
    /// `None` when it is no command.
    #[must_use]
    pub fn parse(line: &str, dialect: Dialect) -> Option<Self> {
        match line.trim_matches(is_space).to_lowercase().as_str() {
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

/// What Python's `strip` takes off: four separators more than Rust's `trim`.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_space_around_a_command_do_not_matter() {
        let parse = |line| Command::parse(line, Dialect::Classic);
        for line in ["join", "JOIN", " Join\t", "\u{1f}join\u{a0}"] {
            assert_eq!(parse(line), Some(Command::Join), "{line:?}");
        }
        for line in ["", "join geral", "/join", "j", "joim"] {
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
