//! What the checks of a chat server share: the server, names that nothing else uses, and leaving no trace.

use std::time::Duration;

use serde_json::json;

use crate::chat::{Chat, Profile};
use crate::peer::Reply;
use crate::refusal::is_refusal;
use crate::requirement::{Group, Outcome, Requirement, Shortfall};
use crate::value::{mentions, short_around};
use crate::words::{Language, Words};

/// One check of a chat server.
pub(crate) struct Check {
    /// See [`Requirement::id`].
    pub id: &'static str,
    /// See [`Requirement::group`].
    pub group: Group,
    /// The requirement in English and in Portuguese.
    pub sentence: [&'static str; 2],
    /// Why, likewise.
    pub why: [&'static str; 2],
    /// Checks it.
    pub run: fn(&mut Scene) -> Outcome,
}

impl Check {
    /// What is required.
    pub(crate) fn requirement(&self) -> Requirement {
        Requirement::new(self.id, self.group, self.sentence, self.why)
    }
}

/// What may be waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After which time the server removes an empty room, where it was started so.
    pub room_ttl: Option<Duration>,
    /// Whether the five minutes of the sheet may be waited for.
    pub slow: bool,
    /// How long a server may take to register again in a binder that was started again.
    pub learning: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            room_ttl: None,
            slow: false,
            // A lease of ours is renewed every 10 s.
            learning: Duration::from_secs(15),
        }
    }
}

/// A chat server that is being checked.
pub(crate) struct Scene {
    /// The server.
    pub chat: Chat,
    /// What it is checked against.
    pub profile: Profile,
    /// What may be waited for.
    pub patience: Patience,
    /// Whether messages are lost or doubled where one client sends after the other.
    pub loses_alone: bool,
    /// Whether a message is given to the user who fetches first, and to no other.
    pub gives_to_first_reader_only: bool,
    /// Whether more than one call may be carried out at once: not where an open connection holds the server.
    pub may_have_threads: bool,
    /// Part of each name of this run.
    run: String,
    names: usize,
    entered: Vec<(String, String)>,
    registered: Vec<String>,
    /// Accounts that are in no room. They stay for ever, so they are used again: servers limit how many one
    /// address may have.
    accounts: Vec<String>,
    /// Whether a message arrives at all, once that was tried.
    messages_arrive: Option<Outcome>,
}

impl Scene {
    /// A scene with names of its own.
    pub(crate) fn new(chat: Chat, profile: Profile, patience: Patience) -> Self {
        Self {
            chat,
            profile,
            patience,
            loses_alone: false,
            gives_to_first_reader_only: false,
            may_have_threads: true,
            run: name_part(),
            names: 0,
            entered: Vec::new(),
            registered: Vec::new(),
            accounts: Vec::new(),
            messages_arrive: None,
        }
    }

    /// A name that nothing else uses.
    pub(crate) fn name(&mut self, base: &str) -> String {
        self.names += 1;
        numbered(base, &self.run, self.names)
    }

    /// A text that no other message has.
    pub(crate) fn text(&mut self) -> String {
        self.names += 1;
        format!("texto {}.{}.", self.run, self.names)
    }

    /// Remembers a user that is to be removed at the end.
    pub(crate) fn note_registered(&mut self, user: &str) {
        self.registered.push(user.to_owned());
    }

    /// A registered user.
    pub(crate) fn user(&mut self, base: &str) -> Result<String, Shortfall> {
        let user = match self.accounts.pop() {
            Some(account) => {
                self.note_registered(&account);
                return Ok(account);
            }
            None => self.name(base),
        };
        let reply = self.chat.register(&user);
        if is_refusal(&reply) {
            return Err(blocked(&format!("register({user})"), &reply));
        }
        self.note_registered(&user);
        Ok(user)
    }

    /// Whether a user of this very name can be registered. An account of such a name is not used again.
    pub(crate) fn takes(&mut self, user: &str) -> bool {
        let is_taken = !is_refusal(&self.chat.register(user));
        if is_taken && self.profile != Profile::Accounts {
            self.note_registered(user);
        }
        is_taken
    }

    /// A new room.
    pub(crate) fn room(&mut self, base: &str) -> Result<String, Shortfall> {
        let room = self.name(base);
        let reply = self.chat.create(&room);
        if is_refusal(&reply) {
            return Err(blocked(&format!("create_room({room})"), &reply));
        }
        Ok(room)
    }

    /// Puts a user into a room.
    pub(crate) fn enter(&mut self, user: &str, room: &str) -> Result<Reply, Shortfall> {
        let reply = self.chat.join(user, room);
        if is_refusal(&reply) {
            return Err(blocked(&format!("join_room({user}, {room})"), &reply));
        }
        self.note_entered(user, room);
        Ok(reply)
    }

    /// Remembers a user in a room that is to be left at the end.
    pub(crate) fn note_entered(&mut self, user: &str, room: &str) {
        self.entered.push((user.to_owned(), room.to_owned()));
    }

    /// A room with two users in it.
    pub(crate) fn room_with_two(&mut self) -> Result<(String, String, String), Shortfall> {
        let room = self.room("sala")?;
        let (ana, bia) = (self.user("ana")?, self.user("bia")?);
        self.enter(&ana, &room)?;
        self.enter(&bia, &room)?;
        Ok((room, ana, bia))
    }

    /// A new room that is listed. A requirement about what a server refuses, or survives, says nothing of one
    /// that does not serve.
    pub(crate) fn listed_room(&mut self) -> Result<String, Shortfall> {
        let room = self.room("sala")?;
        match self.chat.rooms() {
            Reply::Value(rooms) if mentions(&rooms, &room) => {
                // The calls of the requirement itself are shown.
                self.chat.peer.take_recorded();
                Ok(room)
            }
            reply => Err(blocked("list_rooms()", &reply)),
        }
    }

    /// That a user who entered a room is listed in it.
    pub(crate) fn needs_listed(&mut self, room: &str, user: &str) -> Outcome {
        match self.chat.users(room) {
            Reply::Value(users) if mentions(&users, user) => Ok(()),
            reply => Err(blocked(&format!("list_users({room})"), &reply)),
        }
    }

    /// That a message arrives when nothing disturbs it. It is tried once, in a room of its own.
    pub(crate) fn needs_messages(&mut self) -> Outcome {
        let outcome = match self.messages_arrive.take() {
            Some(known) => known,
            None => self.try_message(),
        };
        self.messages_arrive = Some(outcome.clone());
        self.chat.peer.take_recorded();
        outcome
    }

    fn try_message(&mut self) -> Outcome {
        let (room, ana, bia) = self.room_with_two()?;
        let text = self.text();
        self.say(&ana, &room, &text, None)?;
        match self.chat.fetch(&bia, &room) {
            Reply::Value(messages) if mentions(&messages, &text) => Ok(()),
            reply => Err(self.not_received(&bia, &room, &reply)),
        }
    }

    /// A message that another requirement rests on did not come.
    pub(crate) fn not_received(&self, user: &str, room: &str, reply: &Reply) -> Shortfall {
        let (method, _) = self.chat.fetching(user, room);
        blocked(&format!("{method}({user}, {room})"), reply)
    }

    /// Sends a message that must be taken.
    pub(crate) fn say(&mut self, user: &str, room: &str, text: &str, to: Option<&str>) -> Outcome {
        let reply = self.chat.send(user, room, text, to);
        if !reply.is_answer() || matches!(reply, Reply::Fault { .. }) {
            return Err(blocked(&format!("send_message({user}, {room})"), &reply));
        }
        Ok(())
    }

    /// Leaves every room and gives every name back, as far as that is offered.
    pub(crate) fn clean_up(&mut self) {
        for (user, room) in std::mem::take(&mut self.entered) {
            let _ = self.chat.leave(&user, &room);
        }
        let registered = std::mem::take(&mut self.registered);
        if self.profile == Profile::Accounts {
            self.accounts.extend(registered);
            self.accounts.sort_unstable();
            self.accounts.dedup();
            self.chat.peer.take_recorded();
            return;
        }
        for user in registered {
            if !self
                .chat
                .peer
                .call("unregister_user", &[json!(user)])
                .is_answer()
            {
                break;
            }
        }
        self.chat.peer.take_recorded();
    }
}

/// A name that is no part of one with another number: whether it is in an answer is seen by its text.
fn numbered(base: &str, run: &str, number: usize) -> String {
    format!("{base}-{run}-{number:04}")
}

/// A part of names that nothing else uses.
pub(crate) fn name_part() -> String {
    format!("{:06x}", fastrand::u32(..) & 0xff_ffff)
}

/// What a check needs does not work.
pub(crate) fn blocked(call: &str, reply: &Reply) -> Shortfall {
    let came = reply.words();
    let (english, portuguese) = (came.of(Language::En), came.of(Language::Pt));
    Shortfall::Blocked(Words::new(
        format!("not checked: it needs {call}; what came is {english}"),
        format!("não verificado: precisa de {call}; o que veio é {portuguese}"),
    ))
}

/// A finding from a reply.
pub(crate) fn failed(expected: Words, reply: &Reply) -> Shortfall {
    Shortfall::failed(expected, reply.words()).because(crate::diagnosis::of_reply(reply))
}

/// A finding from a reply in which there is a text that must not be, which is shown.
pub(crate) fn found_in(expected: Words, reply: &Reply, found: &str) -> Shortfall {
    match reply {
        Reply::Value(value) => Shortfall::failed(expected, Words::same(short_around(value, found))),
        _ => failed(expected, reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list with `ana-…-31` in it does not have `ana-…-3`.
    #[test]
    fn a_name_is_no_part_of_another_one() {
        let names: Vec<String> = (1..1000)
            .map(|number| numbered("ana", "0a", number))
            .collect();
        for name in &names {
            let listed = names.iter().filter(|other| other.contains(name.as_str()));
            assert_eq!(listed.count(), 1, "{name}");
        }
    }
}
