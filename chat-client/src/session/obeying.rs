//! Obeying commands, one after the other.

use std::io::Write;

use protocol::classic::answers::{JoinAnswer, UsersAnswer};
use protocol::classic::message::Delivery;
use protocol::classic::texts::ROOM_EXISTS;
use tracing::info;

use super::command::Command;
use super::{Session, Step};
use crate::network::feed::Feed;
use crate::screen::python_list::python_list;
use crate::screen::texts;

impl<W: Write> Session<W> {
    /// Obeys commands until the user leaves.
    pub(super) async fn obey_commands(&mut self, user: &str) -> Step<()> {
        loop {
            let line = self.ask(texts::ASK_COMMAND).await?;
            match Command::parse(&line) {
                Some(Command::Create) => self.create().await?,
                Some(Command::Join) => self.join(user).await?,
                Some(Command::Send) => self.send(user).await?,
                Some(Command::List) => self.list().await?,
                Some(Command::Users) => self.users().await?,
                Some(Command::Exit) => return Ok(()),
                None => self.say(texts::UNKNOWN_COMMAND)?,
            }
        }
    }

    async fn create(&mut self) -> Step<()> {
        let room = self.ask(texts::ASK_ROOM).await?;
        match self
            .attention
            .answer(self.server.create_room(&room))
            .await?
        {
            Some(answer) => self.say(&answer),
            None => Ok(()),
        }
    }

    async fn join(&mut self, user: &str) -> Step<()> {
        let room = self.ask(texts::ASK_ROOM).await?;
        self.join_room(user, &room).await
    }

    /// Joins a room that may have to be created first.
    pub(super) async fn enter(&mut self, user: &str, room: &str) -> Step<()> {
        match self.attention.answer(self.server.create_room(room)).await? {
            // Somebody was there first, which is just as well.
            Some(answer) if answer == ROOM_EXISTS => {}
            Some(answer) => self.say(&answer)?,
            None => return Ok(()),
        }
        self.join_room(user, room).await
    }

    async fn join_room(&mut self, user: &str, room: &str) -> Step<()> {
        let history = match self
            .attention
            .answer(self.server.join_room(user, room))
            .await?
        {
            Some(JoinAnswer::Joined { messages, .. }) => messages,
            Some(JoinAnswer::Refused(answer)) => return self.say(&answer),
            None => return Ok(()),
        };
        info!(?room, "joined");
        self.room = Some(room.to_owned());
        self.say(&texts::joined(room))?;
        self.say(texts::LAST_MESSAGES)?;
        let broadcasts = history
            .iter()
            .filter(|message| message.delivery == Delivery::Broadcast);
        for message in broadcasts {
            self.say(&texts::past_message(
                &message.timestamp,
                &message.origin,
                &message.content,
            ))?;
        }
        let every = self.settings.poll_every;
        let server = self.server.clone();
        let feed = Feed::start(server, user.to_owned(), room.to_owned(), history, every);
        self.attention.listen(user, feed);
        Ok(())
    }

    async fn send(&mut self, user: &str) -> Step<()> {
        let Some(room) = self.room.clone() else {
            return self.say(texts::NOT_IN_A_ROOM);
        };
        let text = self.ask(texts::ASK_MESSAGE).await?;
        let recipient = self.ask(texts::ASK_RECIPIENT).await?;
        let call = self.server.send_message(user, &room, &text, &recipient);
        match self.attention.answer(call).await? {
            Some(answer) => self.say(&answer),
            None => Ok(()),
        }
    }

    async fn list(&mut self) -> Step<()> {
        self.say(texts::ROOMS)?;
        match self.attention.answer(self.server.list_rooms()).await? {
            Some(rooms) => self.say(&python_list(&rooms)),
            None => Ok(()),
        }
    }

    async fn users(&mut self) -> Step<()> {
        let Some(room) = self.room.clone() else {
            return self.say(texts::NOT_IN_A_ROOM);
        };
        self.say(&texts::users_of(&room))?;
        match self.attention.answer(self.server.list_users(&room)).await? {
            Some(UsersAnswer::Users(names)) => self.say(&python_list(&names)),
            Some(UsersAnswer::Refused(answer)) => self.say(&answer),
            None => Ok(()),
        }
    }
}
