//! What one client knows at the end: what it sent, and what it was shown.

use crate::text::Key;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) key: Key,
    pub(crate) room: usize,
    /// The client that it was for, if not everybody.
    pub(crate) to: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) client: u32,
    pub(crate) sent: Vec<Acknowledged>,
    /// Everything that was shown in each room, in the order in which it was; nothing for rooms that
    /// the client did not follow.
    pub(crate) seen: Vec<Option<Vec<Key>>>,
}

impl Record {
    pub(crate) fn new(client: u32, rooms: usize) -> Self {
        Self {
            client,
            sent: Vec::new(),
            seen: vec![Some(Vec::new()); rooms],
        }
    }

    /// Notes what came after everything that was seen in a room.
    pub(crate) fn see(&mut self, room: usize, shown: &[Key]) {
        if let Some(Some(seen)) = self.seen.get_mut(room) {
            seen.extend_from_slice(shown);
        }
    }

    /// Notes that a room was not followed.
    pub(crate) fn ignore(&mut self, room: usize) {
        if let Some(seen) = self.seen.get_mut(room) {
            *seen = None;
        }
    }

    /// Notes what is new in a room's newest messages, which begin with some that were seen before.
    pub(crate) fn see_newest(&mut self, room: usize, newest: &[Key]) -> Result<(), String> {
        let Some(Some(seen)) = self.seen.get_mut(room) else {
            return Ok(());
        };
        let known = match seen.last() {
            None => 0,
            Some(last) => newest
                .iter()
                .position(|key| key == last)
                .map(|place| place + 1)
                .ok_or("it fell behind: what it saw last is no longer among the newest")?,
        };
        let (before, new) = newest.split_at(known);
        if !seen.ends_with(before) {
            return Err("the newest messages are others than before".to_owned());
        }
        seen.extend_from_slice(new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_follows_what_is_known() {
        let keys: Vec<Key> = (0..10).map(|count| Key { sender: 1, count }).collect();
        let mut record = Record::new(0, 1);
        record.see_newest(0, &keys[..3]).unwrap();
        record.see_newest(0, &keys[1..5]).unwrap();
        record.see_newest(0, &keys[1..5]).unwrap();
        record.see(0, &keys[5..6]);
        assert_eq!(record.seen[0].as_deref(), Some(&keys[..6]));
        assert!(record.see_newest(0, &keys[7..]).is_err());
        let swapped = [keys[4], keys[3], keys[5]];
        assert!(record.see_newest(0, &swapped).is_err());
    }
}
