//! Looking after each restart whether everything that was acknowledged is there.

use std::collections::HashSet;

use dxr::{Fault, Value};

use support::{
    dialect::{Dialect, Shown, password},
    ledger::Seen,
};

use super::load::{Ledger, Line, ROOMS, World};

/// A guest that neither sends nor receives private messages looks after each restart.
pub(super) struct Checker<'world> {
    world: &'world World,
    line: Line,
    /// For each room, what it has and the cursor after it.
    pub(super) rooms: [(Seen, String); 2],
}

impl<'world> Checker<'world> {
    const NAMES: [&'static str; 2] = ["eva", "rui"];

    pub(super) fn new(world: &'world World) -> Self {
        let rooms = [0, 1].map(|room| {
            let seen = Seen::nothing(Self::NAMES[room], ROOMS[room]);
            (seen, "0-0".to_owned())
        });
        Self {
            world,
            line: world.line(Dialect::Classic),
            rooms,
        }
    }

    /// Everything after the cursor.
    fn read(&mut self, room: usize, mut cursor: String) -> (Vec<Shown>, String) {
        let mut all = Vec::new();
        loop {
            let parameters = [Self::NAMES[room], ROOMS[room], &cursor];
            let (messages, next) = self.line.page(Dialect::Classic, parameters, 0);
            cursor = next;
            if messages.is_empty() {
                return (all, cursor);
            }
            all.extend(messages);
        }
    }

    fn texts(&mut self, method: &str, parameters: &[&str]) -> Vec<String> {
        protocol::reading::strings(self.line.insist(method, parameters).unwrap()).unwrap()
    }

    /// Everything that was acknowledged up to now is there; of the names, the newest are looked at. If it
    /// `reads_again`, what was there before is compared, too.
    pub(super) fn look(&mut self, reads_again: bool) {
        let ledger = self.world.ledger.lock().clone();
        let rooms: HashSet<String> = self.texts("list_rooms", &[]).into_iter().collect();
        for room in &ledger.rooms {
            assert!(rooms.contains(room), "{room} is lost");
        }
        let users = self.texts("list_users", &[ROOMS[0]]);
        let members: HashSet<&String> = users.iter().collect();
        assert_eq!(
            users.len(),
            members.len(),
            "a member is listed twice: {users:?}"
        );
        for member in &ledger.members {
            assert!(
                members.contains(member),
                "{member} is not in the room any more"
            );
        }
        for gone in &ledger.gone {
            assert!(!members.contains(gone), "{gone} is back");
        }
        self.look_at_names(&ledger, 10);
        for (room, name) in ROOMS.into_iter().enumerate() {
            let (newer, cursor) = self.read(room, self.rooms[room].1.clone());
            let (seen, place) = &mut self.rooms[room];
            seen.extend(&ledger.messages, newer);
            *place = cursor;
            let known: HashSet<&str> = seen.texts.iter().map(|text| &**text).collect();
            for (text, room, is_private) in ledger.messages.acknowledged() {
                let is_here = room == name && !is_private;
                assert!(!is_here || known.contains(text), "{text} is lost");
            }
            if reads_again {
                let (shown, _) = self.read(room, "0-0".to_owned());
                let mut again = Seen::nothing("", "");
                again.extend(&ledger.messages, shown);
                let before = &self.rooms[room].0;
                let is_unchanged = again.texts.starts_with(&before.texts)
                    && again.timestamps.starts_with(&before.timestamps);
                assert!(is_unchanged, "the past has changed");
            }
        }
    }

    /// The newest names are taken, and the passwords are theirs.
    pub(super) fn look_at_names(&mut self, ledger: &Ledger, newest: usize) {
        let mut accounts = self.world.line(Dialect::Accounts);
        let taken = "O nome de usuário já está em uso. Escolha outro.";
        let guests = ledger.guests.iter().rev().take(newest);
        for name in guests.chain(ledger.accounts.iter().rev().take(newest)) {
            let answer = self.line.insist("register_user", &[name]);
            assert_eq!(answer, Err(Fault::new(1, taken.to_owned())), "{name}");
        }
        if let Some(name) = ledger.accounts.last() {
            let wrong = accounts.insist("login_user", &[name, "outra"]);
            assert_eq!(
                wrong,
                Err(Fault::new(1, "Senha incorreta.".to_owned())),
                "{name}"
            );
            let right = accounts.insist("login_user", &[name, &password(name)]);
            assert_eq!(right, Ok(Value::Boolean(true)), "{name}");
        }
    }
}
