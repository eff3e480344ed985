//! The model's rules for sharing places and memory.

use super::holder::Holder;
use super::model::{Model, Room};
use crate::chat::commands::{CreateRoom, CreateRoomOutcome, RegisterUserOutcome};
use crate::chat::{Address, Message, Username};

impl Model {
    pub(super) fn create(&mut self, command: &CreateRoom) -> CreateRoomOutcome {
        if self.room(&command.room).is_some() {
            return CreateRoomOutcome::AlreadyExists;
        }
        if self.rooms.len() >= self.policy.rooms {
            return CreateRoomOutcome::TooManyRooms;
        }
        let own = self.rooms.iter().filter(|room| room.from == command.from);
        let is_full = own.count() >= self.policy.rooms.div_ceil(2);
        if self.policy.per_address && command.from.is_some() && is_full {
            return CreateRoomOutcome::TooManyFromAddress;
        }
        self.rooms.push(Room {
            name: command.room.clone(),
            from: command.from,
            members: Vec::new(),
            kept: Vec::new(),
            last_shown: String::new(),
            last_use: self.now.elapsed,
        });
        CreateRoomOutcome::Created
    }

    /// Whether there is a place for a user under this name, if of the others those are `left`.
    pub(super) fn fits(
        &self,
        name: &Username,
        from: Option<Address>,
        left: impl Fn(&Username) -> bool,
    ) -> Result<(), RegisterUserOutcome> {
        let others = || {
            let others = self.holders.iter();
            others.filter(|(other, _)| *other != name && left(other))
        };
        let own = others().filter(|(_, holder)| holder.from == from).count();
        let (users, share) = (self.policy.users, self.policy.users.div_ceil(2));
        if others().count() >= users {
            Err(RegisterUserOutcome::TooManyUsers)
        } else if self.policy.per_address && from.is_some() && own >= share {
            Err(RegisterUserOutcome::TooManyFromAddress)
        } else {
            Ok(())
        }
    }

    /// The guest who gives its name up first.
    pub(super) fn first_unseen(&self, name: &Username, from: Option<Address>) -> Option<Username> {
        let others = self.holders.iter().filter(|(other, _)| *other != name);
        let own = others.clone().filter(|(_, holder)| holder.from == from);
        let share = self.policy.users.div_ceil(2);
        let is_own = self.policy.per_address && from.is_some() && own.count() >= share;
        let unseen = others.filter(|(_, holder)| {
            !holder.has_polled
                && holder.can_take_over(self.now, &self.policy.timeouts)
                && (!is_own || holder.from == from)
        });
        let key = |holder: &Holder| (holder.last_seen, holder.person);
        let first = unseen.min_by_key(|(_, holder)| key(holder));
        first.map(|(other, _)| other.clone())
    }

    /// Drops messages until the rest fits into the memory, but not the newest.
    pub(super) fn drop_what_is_too_much(&mut self, newest: u64) {
        while self.approximate_bytes() > self.policy.memory {
            let dropped = if self.rules == 1 {
                self.oldest_of_largest_room(newest)
            } else {
                self.oldest_of_largest_sender(newest)
            };
            let Some(dropped) = dropped else {
                break;
            };
            for room in &mut self.rooms {
                room.kept.retain(|message| message.sequence != dropped);
            }
        }
    }

    fn oldest_of_largest_room(&self, newest: u64) -> Option<u64> {
        let rooms = self.rooms.iter();
        let rooms = rooms.filter(|room| room.kept.first().is_some_and(|it| it.sequence < newest));
        let largest = rooms.max_by_key(|room| (room.approximate_bytes(), room.name.clone()))?;
        Some(largest.kept[0].sequence)
    }

    fn oldest_of_largest_sender(&self, newest: u64) -> Option<u64> {
        let kept = || self.rooms.iter().flat_map(|room| &room.kept);
        let bytes = |of: &dyn Fn(&Message) -> bool| -> usize {
            let messages = kept().filter(|message| of(message));
            messages.map(|message| message.approximate_bytes()).sum()
        };
        let older = || kept().filter(|message| message.sequence < newest);
        let (_, from) = older()
            .map(|one| (bytes(&|other| other.from == one.from), one.from))
            .max()?;
        let (_, name) = older()
            .filter(|one| one.from == from)
            .map(|one| {
                let own = |other: &Message| other.from == from && other.origin == one.origin;
                (bytes(&own), one.origin.clone())
            })
            .max()?;
        let is_own = |one: &Message| one.from == from && one.origin == name;
        let rooms = self.rooms.iter().filter_map(|room| {
            let own = || room.kept.iter().filter(|one| is_own(one));
            let oldest = own().map(|one| one.sequence).min()?;
            let bytes: usize = own().map(|one| one.approximate_bytes()).sum();
            (oldest < newest).then_some((bytes, &room.name, oldest))
        });
        rooms.max().map(|(_, _, oldest)| oldest)
    }
}
