//! The room the user is in.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) name: String,
    others: Vec<String>,
    /// Names with spaces of users who left.
    left: Vec<String>,
}

const MOST_LEFT: usize = 100;

/// Who joined and left since the last update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) came: Vec<String>,
    pub(super) went: Vec<String>,
}

impl Room {
    /// A room with all of its users, ourselves among them.
    pub(super) fn new(name: &str, user: &str, users: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            others: without(user, users),
            left: Vec::new(),
        }
    }

    pub(super) fn others(&self) -> &[String] {
        &self.others
    }

    /// The names that a private message may begin with: those of users who left too. A message for *ana
    /// maria*, who left a moment ago, is not one for *ana* that begins with *maria*.
    pub(super) fn addressable(&self) -> Vec<String> {
        [&self.others[..], &self.left].concat()
    }

    /// Adds a user. Returns whether they were not known.
    pub(super) fn notice(&mut self, name: &str) -> bool {
        let is_news = !self.others.iter().any(|other| other == name);
        if is_news {
            self.others.push(name.to_owned());
        }
        is_news
    }

    pub(super) fn update(&mut self, user: &str, users: Vec<String>) -> Changes {
        let now = without(user, users);
        let not_in = |those: &[String]| {
            let those = those.to_vec();
            move |name: &&String| !those.contains(name)
        };
        let changes = Changes {
            came: now.iter().filter(not_in(&self.others)).cloned().collect(),
            went: self.others.iter().filter(not_in(&now)).cloned().collect(),
        };
        self.others = now;
        let may_be_mistaken = |name: &&String| name.contains(char::is_whitespace);
        self.left
            .extend(changes.went.iter().filter(may_be_mistaken).cloned());
        self.left.retain(|name| !self.others.contains(name));
        let too_many = self.left.len().saturating_sub(MOST_LEFT);
        self.left.drain(..too_many);
        changes
    }
}

fn without(user: &str, mut users: Vec<String>) -> Vec<String> {
    users.retain(|other| other != user);
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_comes_and_goes_is_noticed_and_oneself_is_not() {
        let mut room = Room::new("geral", "ana", names(&["bia", "leo", "ana"]));
        assert_eq!(room.others(), ["bia", "leo"]);
        let changes = room.update("ana", names(&["leo", "ana", "rui", "zoe"]));
        assert_eq!(changes.came, ["rui", "zoe"]);
        assert_eq!(changes.went, ["bia"]);
        assert_eq!(
            room.update("ana", names(&["leo", "rui", "zoe"])),
            Changes::default()
        );
        assert_eq!(room.addressable(), ["leo", "rui", "zoe"]);
        assert!(room.notice("bia") && !room.notice("bia"));
        let changes = room.update("ana", names(&["leo", "rui", "zoe"]));
        assert_eq!(changes.went, ["bia"]);
    }

    #[test]
    fn a_name_with_a_space_is_addressable_after_its_user_left() {
        let mut room = Room::new("geral", "ana", names(&["joana", "joana lima"]));
        room.update("ana", names(&["joana"]));
        assert_eq!(room.others(), ["joana"]);
        assert_eq!(room.addressable(), ["joana", "joana lima"]);
        room.update("ana", names(&["joana", "joana lima"]));
        assert_eq!(room.addressable(), ["joana", "joana lima"]);
    }
}
