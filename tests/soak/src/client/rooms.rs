//! Joining and leaving rooms, listing them, and reconnecting.

use std::time::Duration;

use dxr::Value;
use protocol::binder::Endpoint;
use support::dialect::Dialect;

use super::{Client, Outcome, caller, texts_of};
use crate::system::is_built_in;

impl Client {
    pub(super) async fn join(&mut self, room: usize) -> Outcome<()> {
        let parameters = texts_of(&[&self.name, &self.room(room)]);
        match self.value("join_room", parameters).await? {
            Value::Struct(_) => {}
            other => return Err(self.failure(format!("joining is answered with {other:?}"))),
        }
        match self.dialect {
            // A guest is in one room at a time.
            Dialect::Classic => self.joined.clear(),
            Dialect::Accounts => self.joined.retain(|joined| *joined != room),
        }
        self.joined.push(room);
        Ok(())
    }

    pub(super) async fn leave(&mut self) -> Outcome<()> {
        let Some(room) = self.joined.pop() else {
            return Ok(());
        };
        let parameters = texts_of(&[&self.room(room), &self.name]);
        self.value("leave_room", parameters).await.map(drop)
    }

    pub(super) async fn look_around(&mut self, room: usize) -> Outcome<()> {
        self.value("list_rooms", Vec::new()).await?;
        let parameters = texts_of(&[&self.room(room)]);
        let users = self.value("list_users", parameters).await?;
        let users = protocol::reading::strings(users).map_err(|error| error.to_string());
        let users = self.expect(users)?;
        // Others come and go all the time, but this client knows where it is itself.
        if users.contains(&self.name) == self.joined.contains(&room) {
            Ok(())
        } else {
            Err(self.failure(format!("listed in '{}': {users:?}", self.room(room))))
        }
    }

    /// Closes everything, is away, and looks the server up again.
    pub(super) async fn disconnect(&mut self) -> Outcome<()> {
        self.measured.disconnected += 1;
        let away = Duration::from_millis(self.rng.u64(20..500));
        tokio::time::sleep(away).await;
        let binder = caller(self.number, &self.binder)?;
        let name = texts_of(&[self.dialect.name_in_binder()]);
        if let Ok(found) = binder.call("lookup_procedure", name).await {
            match Endpoint::from_lookup(found) {
                Ok(Some(found)) if found == self.server => {}
                // The binder came back a moment ago, before the next registration.
                Ok(None) => {}
                Ok(Some(found)) if is_built_in(&found) => {}
                other => return Err(self.failure(format!("the binder knows {other:?}"))),
            }
        }
        self.caller = caller(self.number, &self.server)?;
        Ok(())
    }
}
