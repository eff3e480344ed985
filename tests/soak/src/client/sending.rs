//! Sending messages, with or without faults on the way, and as a short visitor.

use protocol::classic::texts;
use support::dialect::Dialect;
use support::ledger::State;

use super::{Client, Outcome, caller, name_of, texts_of};
use crate::{faults, text};

impl Client {
    /// Sends to the room or to one user; `broken` breaks the call off first, once or more.
    pub(super) async fn send(&mut self, broken: bool) -> Outcome<()> {
        let Some(&room) = self.joined.last() else {
            return Ok(());
        };
        let to = (self.rng.u8(..5) == 0).then(|| name_of(self.rng.u32(..self.settings.clients)));
        self.sends += 1;
        let parameters = self.begin(&self.name, self.sends, room, to.as_deref());
        if broken {
            for _ in 0..=self.rng.u8(..2) {
                self.measured.broken += 1;
                let parameters = texts_of(&parameters);
                faults::break_off(&mut self.rng, &self.server, "send_message_once", parameters)
                    .await;
            }
        }
        self.send_once(self.dialect, &parameters).await
    }

    /// Notes a message, and gives the parameters that send it.
    fn begin(&self, sender: &str, count: u32, room: usize, to: Option<&str>) -> [String; 5] {
        let (text, room) = (text::of(sender, count), self.room(room));
        self.progress.messages.lock().begin(&text, &room, to);
        [
            sender.to_owned(),
            room,
            text,
            to.unwrap_or_default().to_owned(),
            count.to_string(),
        ]
    }

    async fn send_once(&mut self, dialect: Dialect, parameters: &[String; 5]) -> Outcome<()> {
        let answer = self.call("send_message_once", texts_of(parameters)).await?;
        let state = if self.expect(dialect.sent(&answer))? {
            State::Acknowledged
        } else {
            self.measured.refused += 1;
            State::Refused
        };
        self.progress.sent(&parameters[2], state);
        Ok(())
    }

    /// A visitor registers a new name, sends messages, and unregisters.
    pub(super) async fn receive_a_visit(&mut self, room: usize) -> Outcome<()> {
        self.visits += 1;
        self.measured.visits += 1;
        let name = format!("visita {} de {}", self.visits, self.name);
        let own = std::mem::replace(&mut self.caller, caller(self.number, &self.classic)?);
        let registered = self.call("register_user", texts_of(&[&name])).await?;
        // The server may have been killed when it had carried the call out and not answered it: then the
        // name is this client's.
        if let Err(fault) = registered
            && fault.string() != texts::NAME_TAKEN
        {
            return Err(self.failure(format!("not registered: {fault:?}")));
        }
        self.value("join_room", texts_of(&[&name, &self.room(room)]))
            .await?;
        for count in 0..self.rng.u32(..3) {
            let parameters = self.begin(&name, count, room, None);
            self.send_once(Dialect::Classic, &parameters).await?;
        }
        self.value("unregister_user", texts_of(&[&name])).await?;
        self.caller = own;
        Ok(())
    }
}
