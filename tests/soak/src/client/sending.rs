//! Sending messages, with or without faults on the way, and as a short visitor.

use protocol::classic::texts;

use super::{Client, Outcome, caller, name_of};
use crate::dialect::{Dialect, Sent, texts_of};
use crate::faults;
use crate::record::Acknowledged;
use crate::text::{self, Key};

impl Client {
    /// Sends to everybody or to one; `broken` breaks the call off first, once or more.
    pub(super) async fn send(&mut self, broken: bool) -> Outcome<()> {
        let Some(&room) = self.joined.last() else {
            return Ok(());
        };
        let to = (self.rng.u8(..5) == 0).then(|| self.rng.u32(..self.settings.clients));
        self.sends += 1;
        let key = Key {
            sender: self.number,
            count: self.sends,
        };
        let recipient = to.map(name_of).unwrap_or_default();
        let parameters = |client: &Self| {
            let id = format!("{}-{}", key.sender, key.count);
            texts_of(&[
                &client.name,
                &client.room(room),
                &text::of(key),
                &recipient,
                &id,
            ])
        };
        if broken {
            for _ in 0..=self.rng.u8(..2) {
                self.measured.broken += 1;
                let parameters = parameters(self);
                faults::break_off(&mut self.rng, &self.server, "send_message_once", parameters)
                    .await;
            }
        }
        let answer = self.call("send_message_once", parameters(self)).await?;
        match self.dialect.sent(answer) {
            Ok(Sent::Stored) => self.acknowledged(key, room, to),
            Ok(Sent::Refused) => self.measured.refused += 1,
            Err(reason) => return Err(self.failure(reason)),
        }
        Ok(())
    }

    fn acknowledged(&mut self, key: Key, room: usize, to: Option<u32>) {
        self.record.sent.push(Acknowledged { key, room, to });
        self.progress.acknowledged();
    }

    /// A visitor registers a new name, sends messages, and unregisters.
    pub(super) async fn receive_a_visit(&mut self, room: usize) -> Outcome<()> {
        self.visits += 1;
        self.measured.visits += 1;
        let sender = 1_000_000 + self.number * 10_000 + self.visits;
        let (name, room_name) = (format!("visita {sender}"), self.room(room));
        let own = std::mem::replace(&mut self.caller, caller(sender, &self.classic)?);
        let registered = self.call("register_user", texts_of(&[&name])).await?;
        // The server may have been killed when it had carried the call out and not answered it: then the
        // name is this client's.
        if let Err(fault) = registered
            && fault.string() != texts::NAME_TAKEN
        {
            return Err(self.failure(format!("not registered: {fault:?}")));
        }
        self.value("join_room", texts_of(&[&name, &room_name]))
            .await?;
        for count in 0..self.rng.u32(..3) {
            let key = Key { sender, count };
            let id = count.to_string();
            let parameters = texts_of(&[&name, &room_name, &text::of(key), "", &id]);
            let answer = self.call("send_message_once", parameters).await?;
            match self.expect(Dialect::Classic.sent(answer))? {
                Sent::Stored => self.acknowledged(key, room, None),
                Sent::Refused => self.measured.refused += 1,
            }
        }
        self.value("unregister_user", texts_of(&[&name])).await?;
        self.caller = own;
        Ok(())
    }
}
