//! What a user can ask for.

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
    /// Leave.
    Exit,
}

impl Command {
    /// Reads a line as the original does: upper and lower case alike, space around it ignored.
    /// `None` when it is no command.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        match line.trim_matches(is_space).to_lowercase().as_str() {
            "create" => Some(Self::Create),
            "join" => Some(Self::Join),
            "send" => Some(Self::Send),
            "list" => Some(Self::List),
            "users" => Some(Self::Users),
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
        for line in ["join", "JOIN", " Join\t", "\u{1f}join\u{a0}"] {
            assert_eq!(Command::parse(line), Some(Command::Join), "{line:?}");
        }
        for line in ["", "join geral", "/join", "j", "joim"] {
            assert_eq!(Command::parse(line), None, "{line:?}");
        }
    }
}
