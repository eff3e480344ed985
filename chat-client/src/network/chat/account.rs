//! Whether a name has an account already, found out without creating one.
//!
//! `login_user` registers a name that is new with whatever password was typed, and neither it nor
//! `register_user` can be undone: there is no procedure to remove an account or to change a password. So a
//! client that wants a new password to be typed twice has to know before it logs in. No procedure says
//! so, but `receive_messages` does on the way: it changes nothing, and in a room that exists it refuses a
//! name without an account. The originals answer the same.
//!
//! Where there is no room to ask about, it stays [unknown](Account::Unknown), and the password had better
//! be typed twice too.
//!
//! Between this answer and the login another client may register the name. Then the login says that the
//! password is wrong, unless it is the same one. Or a server without a file of accounts is restarted; then
//! the login registers the name again, as it does for everybody who was signed in at that time.

use protocol::refusal::Refusal;

use super::Chat;

/// Rooms may be removed between the listing and the question, but hardly all of them.
const ROOMS_ASKED: usize = 3;

/// What is known about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// It exists: logging in proves its password.
    Exists,
    /// It does not exist: logging in creates it.
    New,
    /// The server does not say.
    Unknown,
}

impl Chat {
    /// Whether there is an account of this name.
    pub async fn account(&self, name: &str) -> Account {
        let Ok(rooms) = self.rooms().await else {
            return Account::Unknown;
        };
        let server = self.now().server;
        // The answer has the room's messages in it, and the newest room has the fewest.
        for room in rooms.iter().rev().take(ROOMS_ASKED) {
            let Err(failure) = server.messages(name, room).await else {
                return Account::Exists;
            };
            match failure.refusal() {
                Some(Refusal::NotRegistered) => return Account::New,
                Some(Refusal::NoSuchRoom) => {}
                _ => return Account::Unknown,
            }
        }
        Account::Unknown
    }
}
