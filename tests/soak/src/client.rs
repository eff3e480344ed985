//! One client: what it does by chance, and what it insists on.

mod calling;
mod reading;
mod rooms;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use dxr::Value;
use fastrand::Rng;
use protocol::binder::Endpoint;
use rpc::{Caller, Observers};
use support::dialect::Dialect;
use support::ledger::Seen;
use tokio::sync::{Barrier, watch};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::faults;
use crate::figures::Measured;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::system::System;

/// How many messages one answer holds at most.
const PAGE: usize = 1_000;

/// How long one answer may take, which is ample.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    number: u32,
    name: String,
    dialect: Dialect,
    reading: Reading,
    settings: Settings,
    binder: Endpoint,
    classic: Endpoint,
    server: Endpoint,
    caller: Caller,
    rng: Rng,
    rooms: Arc<[String]>,
    /// The rooms it is in, as far as it asked for it.
    joined: Vec<usize>,
    /// Where to read on in each room: a timestamp or a cursor.
    places: Vec<String>,
    last_whole_poll: Instant,
    sends: u32,
    visits: u32,
    /// What it was shown in each room.
    seen: Vec<Seen>,
    measured: Measured,
    progress: Arc<Progress>,
}

/// How a client learns what others have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// It asks now and then.
    Polling,
    /// It waits for them, in the room it is in.
    Waiting,
}

type Outcome<T> = Result<T, Failure>;

impl Client {
    /// The client of this number: the kinds of clients take turns.
    pub(crate) fn new(
        number: u32,
        settings: Settings,
        system: &System,
        rooms: Arc<[String]>,
        progress: Arc<Progress>,
    ) -> Outcome<Self> {
        let (dialect, reading) = match number % 4 {
            0 => (Dialect::Classic, Reading::Polling),
            1 => (Dialect::Accounts, Reading::Polling),
            2 => (Dialect::Classic, Reading::Waiting),
            _ => (Dialect::Accounts, Reading::Waiting),
        };
        let server = match dialect {
            Dialect::Classic => &system.classic,
            Dialect::Accounts => &system.accounts,
        };
        let name = name_of(number);
        let seen = rooms.iter().map(|room| Seen::nothing(&name, room));
        let seen = seen.collect();
        Ok(Self {
            number,
            name,
            dialect,
            reading,
            settings,
            binder: system.binder.clone(),
            classic: system.classic.clone(),
            server: server.clone(),
            caller: caller(number, server)?,
            rng: Rng::with_seed(
                settings
                    .seed
                    .wrapping_mul(1_000_003)
                    .wrapping_add(number.into()),
            ),
            joined: Vec::new(),
            places: vec!["0000-01-01 00:00:00".to_owned(); rooms.len()],
            last_whole_poll: Instant::now(),
            sends: 0,
            visits: 0,
            seen,
            measured: Measured::default(),
            progress,
            rooms,
        })
    }

    /// Enters, does things by chance until `stopping`, reads what is left.
    pub(crate) async fn run(
        mut self,
        ready: Arc<Barrier>,
        quiet: Arc<Barrier>,
        stopping: watch::Receiver<bool>,
    ) -> Outcome<(Vec<Seen>, Measured)> {
        self.enter().await?;
        ready.wait().await;
        while !*stopping.borrow() {
            self.act().await?;
            let most = u64::try_from(self.settings.pause.as_micros()).unwrap_or(u64::MAX / 2) * 2;
            tokio::time::sleep(Duration::from_micros(self.rng.u64(..=most))).await;
        }
        // What others send last has to be there before the rest is read.
        quiet.wait().await;
        for room in 0..self.rooms.len() {
            self.join(room).await?;
            if self.follows(room) {
                while self.read(room, Duration::ZERO).await? == PAGE {}
            }
        }
        let followed: Vec<bool> = (0..self.rooms.len())
            .map(|room| self.follows(room))
            .collect();
        let seen = self
            .seen
            .into_iter()
            .zip(followed)
            .filter(|(_, followed)| *followed);
        Ok((seen.map(|(seen, _)| seen).collect(), self.measured))
    }

    async fn enter(&mut self) -> Outcome<()> {
        let parameters = texts_of(&self.dialect.registration(&self.name));
        if let Err(fault) = self.call("register_user", parameters).await? {
            return Err(self.failure(format!("not registered: {fault:?}")));
        }
        for room in 0..self.rooms.len() {
            let create = texts_of(&[&self.room(room)]);
            // Every client creates every room; all but the first are answered that it exists.
            let _ = self.call("create_room", create).await?;
            self.join(room).await?;
            if self.reading == Reading::Waiting {
                self.place(room, String::new());
                self.read(room, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    async fn act(&mut self) -> Outcome<()> {
        let room = self.rng.usize(..self.rooms.len());
        match self.rng.u8(..100) {
            0..40 => self.send(false).await,
            40..75 => self.read_now_and_then(room).await,
            75..83 => self.join(room).await,
            83..86 => self.leave().await,
            86..90 => self.look_around(room).await,
            90..95 => self.send(true).await,
            95..97 => self.disconnect().await,
            97..98 => self.receive_a_visit(room).await,
            _ => {
                self.measured.noise += 1;
                faults::make_noise(&mut self.rng, &self.server).await;
                Ok(())
            }
        }
    }

    fn room(&self, room: usize) -> String {
        self.rooms.get(room).cloned().unwrap_or_default()
    }
}

fn texts_of(texts: &[impl AsRef<str>]) -> Vec<Value> {
    let text = |text: &_| Value::String(AsRef::<str>::as_ref(text).to_owned());
    texts.iter().map(text).collect()
}

fn name_of(number: u32) -> String {
    format!("pessoa {number}")
}

fn caller(number: u32, server: &Endpoint) -> Outcome<Caller> {
    Caller::new(server, TIMEOUT, Observers::none()).map_err(|error| Failure::Client {
        client: number,
        reason: error.to_string(),
    })
}
