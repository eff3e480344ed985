//! Looking at the past: the log as lines that a person reads, and the chat as it was at a position.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use protocol::characters::escaped;
use thiserror::Error;

use crate::chat::commands::{
    AnyCommand, AnyOutcome, CreateRoomOutcome, JoinOutcome, LeaveOutcome, RegisterUserOutcome,
    SendMessageOutcome, Started, UnregisterUserOutcome,
};
use crate::chat::{Caller, Credential, Kind, Message, Recipient};
use crate::log::reading::{Applied, Reader, Step};
use crate::log::{OpenError, Position, default_directory};

/// How often a followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// How many entries are read before their lines are written. A reader that takes its time must not hold a
/// transaction meanwhile: SQLite's write-ahead log would only grow.
const READ_AT_ONCE: u64 = 1_000;

/// How many messages of a room are shown.
const MESSAGES_SHOWN: usize = 10;

/// What stands in the place of what is not shown.
const MASKED: &str = "***";

/// A log, and how much to show.
#[derive(Clone, Debug, Args)]
pub struct Source {
    /// The directory of the log. [default: that of a server on port 9000]
    #[arg(long, env = "CHAT_SERVER_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Show private messages and the hashes of passwords, too.
    #[arg(long)]
    pub private: bool,

    /// Whose log it is when no directory is named.
    #[arg(skip = protocol::classic::PORT)]
    pub port: u16,
}

#[derive(Debug, Error)]
pub enum PastError {
    #[error(transparent)]
    Log(#[from] OpenError),
    #[error("the log goes from position {first} to {last}; position {asked} cannot be shown")]
    OutOfReach {
        asked: u64,
        /// The oldest place that can be shown.
        first: Position,
        /// The newest.
        last: Position,
    },
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// There is no log of a chat in memory.
    #[error(
        "a chat with --data off is in memory alone and leaves no log; say with --data DIR where another one is"
    )]
    Off,
    /// Neither a directory was given nor is there a default one.
    #[error("neither XDG_STATE_HOME nor HOME is set; say with --data DIR where the log is")]
    NoDirectory,
}

impl Source {
    /// The same source; without a directory it is that of a server on this port.
    pub fn on_port(&self, port: u16) -> Self {
        Self {
            port,
            ..self.clone()
        }
    }

    fn open(&self) -> Result<Reader, PastError> {
        let directory = match &self.data {
            Some(named) if named == Path::new("off") => return Err(PastError::Off),
            Some(named) => named.clone(),
            None => default_directory(self.port).ok_or(PastError::NoDirectory)?,
        };
        Ok(Reader::open(&directory)?)
    }
}

/// Writes the log as lines, and with `follow` what is appended from then on, until the output is closed.
pub fn print_log(source: &Source, follow: bool, output: &mut impl Write) -> Result<(), PastError> {
    let mut reader = source.open()?;
    loop {
        let before = reader.position();
        let mut lines = String::new();
        reader.read(Position(before.0 + READ_AT_ONCE), |step| {
            let line = match step {
                Step::Applied(applied) => line(&applied, source.private),
                Step::Dropped { first, last } => {
                    format!("{:>8}  to {last}: no longer kept", first.0)
                }
            };
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{line}");
        })?;
        if closed(
            output
                .write_all(lines.as_bytes())
                .and_then(|()| output.flush()),
        )? {
            return Ok(());
        }
        match (reader.position() == before, follow) {
            (false, _) => {}
            (true, true) => std::thread::sleep(FOLLOW_EVERY),
            (true, false) => return Ok(()),
        }
    }
}

/// Writes the rooms, their users and last messages as they were after the entry at `to`, or after the last.
/// Fails when that position is not in the log.
pub fn print_replay(
    source: &Source,
    to: Option<u64>,
    output: &mut impl Write,
) -> Result<(), PastError> {
    let mut reader = source.open()?;
    let first = reader.position();
    let last = to.map_or(Position::LAST, |to| Position(to).min(Position::LAST));
    let mut at = None;
    if last >= first {
        reader.read(last, |step| {
            if let Step::Applied(applied) = step {
                at = Some(applied.at);
            }
        })?;
    }
    if let Some(asked) = to
        && reader.position() != Position(asked)
    {
        let last = {
            reader.read(Position::LAST, |_| {})?;
            reader.position()
        };
        return Err(PastError::OutOfReach { asked, first, last });
    }
    let chat = reader.chat();
    let at = at.or_else(|| chat.last_moment());
    let moment = at.map(|at| at.local().format("%Y-%m-%d %H:%M:%S").to_string());
    let mut text = format!(
        "position {}, {}: {} rooms, {} users\n",
        reader.position(),
        moment.as_deref().unwrap_or("before the first entry"),
        chat.rooms().len(),
        chat.user_count()
    );
    for room in chat.rooms() {
        let users = chat.users(room.as_str()).into_iter().flatten();
        let users: Vec<String> = users.map(ToString::to_string).collect();
        let users = if users.is_empty() {
            "empty".to_owned()
        } else {
            users.join(", ")
        };
        let _ = writeln!(text, "\n{room} ({users})");
        for message in chat.latest_messages(room.as_str(), MESSAGES_SHOWN) {
            let _ = writeln!(text, "  {}", said(&message, source.private));
        }
    }
    closed(
        output
            .write_all(text.as_bytes())
            .and_then(|()| output.flush()),
    )?;
    Ok(())
}

/// Whether the reader has closed the output, as `head` does when it has its lines: no failure.
fn closed(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(true),
        written => written.map(|()| false),
    }
}

fn said(message: &Message, private: bool) -> String {
    let text = match message.to {
        Some(_) if !private => MASKED.to_owned(),
        _ => escaped(message.text.as_str()),
    };
    let to = recipient(&message.recipient);
    format!("[{}] {}{to}: {text}", message.timestamp, message.origin)
}

/// An entry as a line: position, time, command, outcome.
fn line(applied: &Applied, private: bool) -> String {
    let at = applied.at.local().format("%Y-%m-%d %H:%M:%S%.3f");
    let command = command(&applied.command, private);
    let outcome = outcome(&applied.outcome);
    format!("{:>8}  {at}  {command}  → {outcome}", applied.position.0)
}

fn command(command: &AnyCommand, private: bool) -> String {
    match command {
        AnyCommand::StartServer(start) => format!("start, rules {}", start.rules),
        AnyCommand::RegisterUser(register) => {
            let credential = match &register.credential {
                Credential::Nothing => String::new(),
                Credential::Password(hash) if private => format!(" with {}", hash.0),
                Credential::Password(_) => " with a password".to_owned(),
            };
            format!("register {}{credential}", register.name)
        }
        AnyCommand::UnregisterUser(unregister) => {
            format!("unregister {}", user(&unregister.caller))
        }
        AnyCommand::CreateRoom(create) => format!("create {}", create.room),
        AnyCommand::Join(join) => format!("{} joins {}", user(&join.caller), join.room),
        AnyCommand::Leave(leave) => format!("{} leaves {}", user(&leave.caller), leave.room),
        AnyCommand::SendMessage(send) => {
            let text = match send.recipient {
                Recipient::Named(_) if !private => MASKED.to_owned(),
                _ => escaped(send.text.as_str()),
            };
            let to = recipient(&send.recipient);
            format!("{}{to} in {}: {text}", user(&send.caller), send.room)
        }
        AnyCommand::RecordActivity(activity) => format!(
            "activity: {} polled, {} called, {} connected",
            activity.polled.len(),
            activity.called.len(),
            activity.connected.len()
        ),
        AnyCommand::RecordLogin(login) => format!("person {} logged in elsewhere", login.person),
        AnyCommand::RemoveSilentUsers(_) => "remove silent users".to_owned(),
        AnyCommand::RemoveIdleRooms(_) => "remove idle rooms".to_owned(),
    }
}

fn outcome(outcome: &AnyOutcome) -> String {
    match outcome {
        AnyOutcome::StartServer(Started::New) => "a new chat".to_owned(),
        AnyOutcome::StartServer(Started::Again) => "the chat goes on".to_owned(),
        AnyOutcome::RegisterUser(RegisterUserOutcome::Registered { person, taken_from }) => {
            let taken = taken_from.map(|former| format!(", taken from the silent {former}"));
            format!("registered as person {person}{}", taken.unwrap_or_default())
        }
        AnyOutcome::RegisterUser(RegisterUserOutcome::NameTaken) => "refused: taken".to_owned(),
        AnyOutcome::RegisterUser(RegisterUserOutcome::TooManyUsers) => {
            "refused: too many users".to_owned()
        }
        AnyOutcome::RegisterUser(RegisterUserOutcome::TooManyFromAddress)
        | AnyOutcome::CreateRoom(CreateRoomOutcome::TooManyFromAddress) => {
            "refused: too many from this address".to_owned()
        }
        AnyOutcome::UnregisterUser(UnregisterUserOutcome::Unregistered { left }) => {
            format!("unregistered, left {} rooms", left.len())
        }
        AnyOutcome::CreateRoom(CreateRoomOutcome::Created) => "created".to_owned(),
        AnyOutcome::CreateRoom(CreateRoomOutcome::AlreadyExists) => "refused: exists".to_owned(),
        AnyOutcome::CreateRoom(CreateRoomOutcome::TooManyRooms) => {
            "refused: too many rooms".to_owned()
        }
        AnyOutcome::Join(JoinOutcome::Joined { users, left, .. }) => {
            let left = left.as_ref().map(|room| format!(", left {room}"));
            format!("joined, {} users{}", users.len(), left.unwrap_or_default())
        }
        AnyOutcome::Leave(LeaveOutcome::Left) => "left".to_owned(),
        AnyOutcome::SendMessage(SendMessageOutcome::Sent(receipt)) => {
            format!("message {}", receipt.sequence)
        }
        AnyOutcome::SendMessage(SendMessageOutcome::AloneInRoom) => "refused: alone".to_owned(),
        AnyOutcome::SendMessage(SendMessageOutcome::RecipientNotInRoom { .. }) => {
            "refused: the recipient is not in the room".to_owned()
        }
        AnyOutcome::UnregisterUser(UnregisterUserOutcome::NotRegistered)
        | AnyOutcome::Join(JoinOutcome::NotRegistered { .. })
        | AnyOutcome::Leave(LeaveOutcome::NotRegistered)
        | AnyOutcome::SendMessage(SendMessageOutcome::NotRegistered) => {
            "refused: not registered".to_owned()
        }
        AnyOutcome::Join(JoinOutcome::NoSuchRoom)
        | AnyOutcome::Leave(LeaveOutcome::NoSuchRoom)
        | AnyOutcome::SendMessage(SendMessageOutcome::NoSuchRoom) => {
            "refused: no such room".to_owned()
        }
        AnyOutcome::Leave(LeaveOutcome::NotInRoom)
        | AnyOutcome::SendMessage(SendMessageOutcome::NotInRoom) => {
            "refused: not in the room".to_owned()
        }
        AnyOutcome::RecordActivity(()) | AnyOutcome::RecordLogin(()) => "recorded".to_owned(),
        AnyOutcome::RemoveSilentUsers(removed) => {
            let names: Vec<String> = removed.iter().map(|one| user(&one.caller)).collect();
            format!("removed {}", listed(&names))
        }
        AnyOutcome::RemoveIdleRooms(removed) => {
            let names: Vec<String> = removed.iter().map(ToString::to_string).collect();
            format!("removed {}", listed(&names))
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Distinguishes an account from a guest of the same name.
fn user(caller: &Caller) -> String {
    match caller.kind {
        Kind::Guest => caller.name.to_string(),
        Kind::Account => format!("{} (account)", caller.name),
    }
}

fn recipient(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Absent | Recipient::Empty => String::new(),
        Recipient::Named(name) => format!(" to {}", escaped(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keep;
    use crate::log::sqlite::SqliteLog;

    #[test]
    fn a_chat_in_memory_has_no_log() {
        let source = Source {
            data: Some("off".into()),
            private: false,
            port: 0,
        };
        let shown = print_log(&source, false, &mut Vec::new());
        assert!(matches!(shown, Err(PastError::Off)), "{shown:?}");
    }

    #[test]
    fn a_position_beyond_all_that_there_can_be_is_out_of_reach() {
        let directory = tempfile::tempdir().unwrap();
        drop(SqliteLog::open(directory.path(), Keep::Newest).unwrap());
        let source = Source {
            data: Some(directory.path().to_owned()),
            private: false,
            port: 0,
        };
        for asked in [1, u64::MAX] {
            let shown = print_replay(&source, Some(asked), &mut Vec::new());
            assert!(
                matches!(shown, Err(PastError::OutOfReach { asked: named, .. }) if named == asked),
                "{shown:?}"
            );
        }
    }
}
