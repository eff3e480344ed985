//! The commands, one after the other.

use std::io::Write;

use protocol::classic::texts::{MESSAGE_SENT, room_created};
use protocol::refusal::Refusal;
use tracing::info;

use super::events::Flow;
use super::failures;
use super::input::Line;
use super::python_list::python_list;
use super::session::Session;
use super::texts;
use crate::network::{Dialect, Failure};

impl<W: Write> Session<W> {
    pub(super) async fn run_commands(&mut self) -> Flow<()> {
        let dialect = self.chat.dialect();
        loop {
            let line = self.ask(&texts::ask_command(dialect)).await?;
            // What is not UTF-8 is not a command.
            let command = match &line {
                Line::Text(line) => Command::parse(line, dialect),
                Line::NotUtf8(_) => None,
            };
            let Some(command) = command else {
                self.say(&texts::unknown_command(dialect))?;
                continue;
            };
            if command == Command::Exit {
                return Ok(());
            }
            self.sign_in_again().await?;
            match command {
                Command::Create => self.create().await?,
                Command::Join => self.join().await?,
                Command::Send => self.send().await?,
                Command::List => self.list().await?,
                Command::Users => self.users().await?,
                Command::Leave => self.leave().await?,
                Command::Exit => return Ok(()),
            }
        }
    }

    /// Signs in again and goes back to the room, if the name was lost.
    async fn sign_in_again(&mut self) -> Flow<()> {
        if self.chat.user().is_some() {
            return Ok(());
        }
        self.sign_in().await?;
        match self.room.take() {
            Some(room) => self.enter(&room).await,
            None => Ok(()),
        }
    }

    async fn create(&mut self) -> Flow<()> {
        let Some(room) = self.ask_text(texts::ASK_ROOM).await? else {
            return Ok(());
        };
        match self.events.answer(self.chat.create_room(&room)).await? {
            // A success in dialect accounts has no words; its original client has these.
            Some(()) => self.say(&room_created(&room)),
            None => Ok(()),
        }
    }

    async fn join(&mut self) -> Flow<()> {
        let Some(room) = self.ask_text(texts::ASK_ROOM).await? else {
            return Ok(());
        };
        self.join_room(&room).await
    }

    /// Joins a room that may have to be created first.
    pub(super) async fn enter(&mut self, room: &str) -> Flow<()> {
        match self.events.show_until(self.chat.create_room(room)).await? {
            Ok(()) => self.say(&room_created(room))?,
            // Another client created it first.
            Err(failure) if failure.refusal() == Some(&Refusal::RoomExists) => {}
            Err(failure @ Failure::Refused(_)) => self.say(&failures::line(&failure))?,
            Err(failure) => return self.say(&failures::line(&failure)),
        }
        self.join_room(room).await
    }

    async fn join_room(&mut self, room: &str) -> Flow<()> {
        let receiving = self.settings.receiving;
        let call = self.chat.join_room(room, receiving);
        let Some(joined) = self.events.answer(call).await? else {
            return Ok(());
        };
        info!(?room, "joined");
        self.room = Some(room.to_owned());
        self.say(&texts::joined(room))?;
        let dialect = self.chat.dialect();
        if dialect == Dialect::Accounts {
            self.say(&texts::users_there(&python_list(&joined.users)))?;
        }
        self.say(texts::LAST_MESSAGES)?;
        for message in &joined.history {
            // The original client of dialect classic leaves out what is private.
            if dialect == Dialect::Accounts || !message.is_private() {
                self.say(&texts::past_message(dialect, message))?;
            }
        }
        if dialect == Dialect::Classic {
            self.events.show_private(room, &joined.history)?;
        }
        let user = self.chat.user().unwrap_or_default();
        self.events.listen(user, room.to_owned(), joined.feed);
        Ok(())
    }

    async fn leave(&mut self) -> Flow<()> {
        let Some(room) = self.room.clone() else {
            return self.say(texts::NOT_IN_A_ROOM);
        };
        let Some(()) = self.events.answer(self.chat.leave_room(&room)).await? else {
            return Ok(());
        };
        self.events.stop_listening();
        self.room = None;
        self.say(&texts::left(&room))
    }

    async fn send(&mut self) -> Flow<()> {
        let Some(room) = self.room.clone() else {
            return self.say(texts::NOT_IN_A_ROOM);
        };
        let text = self.ask(texts::ASK_MESSAGE).await?;
        let recipient = self.ask(texts::ASK_RECIPIENT).await?;
        // Both have been read by now, so a script's next line is the next command in any case.
        let (text, recipient) = match (text, recipient) {
            (Line::Text(text), Line::Text(recipient)) => (text, recipient),
            (Line::NotUtf8(shown), _) | (_, Line::NotUtf8(shown)) => {
                let error = texts::not_utf8(&shown);
                return self.say(&format!("{error} {}", texts::NOT_SENT));
            }
        };
        let recipient = Some(recipient.as_str()).filter(|name| !name.is_empty());
        let call = self.chat.send(&room, &text, recipient);
        let in_words = failures::line_about_message;
        match self.events.reply_or(in_words, call).await? {
            Some(()) => self.say(MESSAGE_SENT),
            None => Ok(()),
        }
    }

    async fn list(&mut self) -> Flow<()> {
        let chat = self.chat.clone();
        self.show_list(texts::ROOMS, chat.rooms()).await
    }

    async fn users(&mut self) -> Flow<()> {
        let Some(room) = self.room.clone() else {
            return self.say(texts::NOT_IN_A_ROOM);
        };
        let chat = self.chat.clone();
        self.show_list(&texts::users_of(&room), chat.users(&room))
            .await
    }

    /// Shows the names that a call brings. The header comes before the call in dialect classic and
    /// after it in dialect accounts, which shows when the call fails.
    async fn show_list(
        &mut self,
        header: &str,
        call: impl Future<Output = Result<Vec<String>, Failure>>,
    ) -> Flow<()> {
        let dialect = self.chat.dialect();
        if dialect == Dialect::Classic {
            self.say(header)?;
        }
        let Some(names) = self.events.answer(call).await? else {
            return Ok(());
        };
        if dialect == Dialect::Accounts {
            self.say(header)?;
        }
        self.say(&python_list(&names))
    }
}

/// A command of plain mode: a bare word; what else it needs is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Create,
    Join,
    Send,
    List,
    Users,
    /// Leave the room. The original client of dialect classic has no such command.
    Leave,
    Exit,
}

impl Command {
    /// Reads a line as the original does: upper and lower case alike, and otherwise to the letter.
    /// `None` when it is not a command.
    pub(super) fn parse(line: &str, dialect: Dialect) -> Option<Self> {
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
