//! A message's way from a client that sends to one that waits.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use protocol::classic::Message;
use protocol::classic::answers::WaitAnswer;

use crate::figures::{Spread, microseconds};
use crate::load::client::Client;
use crate::plan::Plan;
use crate::setup::Room;

/// A client that sends, and one that waits.
pub(super) struct Way<'chat> {
    room: &'chat Room,
    sender: Client,
    waiter: Option<Client>,
    /// How far the second one has read.
    cursor: String,
}

impl<'chat> Way<'chat> {
    /// They are in this room, at one server or at two.
    pub(super) async fn begin(
        room: &'chat Room,
        sends_to: SocketAddr,
        waits_at: SocketAddr,
    ) -> anyhow::Result<Self> {
        let mut waiter = Client::new(waits_at)?;
        let now = page(&waiter.call(room.glance_ahead()).await?)?;
        Ok(Self {
            room,
            sender: Client::new(sends_to)?,
            waiter: Some(waiter),
            cursor: now.cursor,
        })
    }

    /// The median time from a call that sends to the other client's answer, in microseconds.
    pub(super) async fn round(&mut self, plan: &Plan) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        let end = Instant::now() + plan.fine_round;
        while Instant::now() < end {
            let mut waiter = self.waiter.take().context("a client is gone")?;
            let wait = self.room.wait(&self.cursor);
            let waiting = tokio::spawn(async move {
                let answer = waiter.call(wait).await?;
                anyhow::Ok((waiter, answer, Instant::now()))
            });
            // It is to wait when the message comes.
            tokio::time::sleep(plan.settle).await;
            let sent = Instant::now();
            self.sender.call(self.room.send()).await?;
            let (waiter, answer, heard) = waiting.await??;
            let page = page(&answer)?;
            ensure!(page.messages.len() == 1, "an answer without its message");
            self.cursor = page.cursor;
            self.waiter = Some(waiter);
            times.push(microseconds(heard - sent));
        }
        Ok(Spread::of(times).median)
    }
}

fn page(answer: &[u8]) -> anyhow::Result<WaitAnswer<Message>> {
    let value = rpc::xml::read::answer(answer)?.map_err(|fault| anyhow::anyhow!("{fault}"))?;
    Ok(WaitAnswer::from_value(value, Message::list_from_value)?)
}
