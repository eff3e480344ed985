//! English.

mod failures;
mod refusals;

use chrono::NaiveDate;

use super::{Text, enumeration};
use crate::commands::Command;
use crate::commands::table::Argument;
use crate::network::Restored;

pub(super) fn say(text: &Text<'_>) -> String {
    match *text {
        Text::AskName => "Your name: ".to_owned(),
        Text::AskPassword { user } => format!("Password of {user}: "),
        Text::AskPasswordAgain => "The same password again: ".to_owned(),
        Text::AccountIsNew { user } => {
            format!("{user} is a new account. Choose its password; it is asked for twice.")
        }
        Text::AccountMayBeNew { user } => format!(
            "{user} may be a new account, so the password is asked for twice. Ctrl-C goes back."
        ),
        Text::PasswordsDiffer => "The two passwords differ; no account was created.".to_owned(),
        Text::EmptyPassword => "A password cannot be empty.".to_owned(),
        Text::HowToLeave => "To leave, type \"exit\" or press Ctrl-D.".to_owned(),
        Text::NotUtf8 { shown } => format!(
            "The byte {shown} is not UTF-8 and is sent as shown. Check the terminal's encoding."
        ),
        Text::AskRoom => "Room: ".to_owned(),
        Text::AskMessage => "Message: ".to_owned(),
        Text::AskRecipient => "To whom (Enter: everybody): ".to_owned(),
        Text::AskMeant { meant, may_be_sent } => {
            let send = if may_be_sent {
                ", n: send the line as it is"
            } else {
                ""
            };
            format!("Nothing was sent. Did you mean \"{meant}\"? (y: yes{send}, Enter: neither) ")
        }
        Text::AskCreate { room } => {
            format!("Room {room} does not exist. Create and enter it? (y: yes, Enter: no) ")
        }
        Text::AskEnter { room } => format!("Enter {room} now? (y: yes, Enter: no) "),
        Text::Embedded {
            binder,
            chat_server,
            accounts,
            board,
            join,
            is_kept,
        } => format!(
            "In this process: binder at {binder}, chat server at {chat_server},\naccounts at \
             {accounts}. The calls, live: {board}\nOthers join from another terminal with \
             \"{join}\".\nWhen you leave, the chat ends for everybody.{}",
            if is_kept {
                " The next time it goes on."
            } else {
                ""
            }
        ),
        Text::Welcome { user, rooms: [] } => {
            format!(
                "Hello, {user}. There are no rooms yet: \"create NAME\" makes one. /help shows everything."
            )
        }
        Text::Welcome { user, rooms } => format!(
            "Hello, {user}. Rooms: {}. Enter one with \"join NAME\". /help shows everything.",
            rooms.join(", ")
        ),
        Text::WelcomeToRoom { user } => format!("Hello, {user}. /help shows everything."),
        Text::Entered { room, others: [] } => {
            format!("You are in {room}. Nobody else is here.")
        }
        Text::Entered { room, others } => {
            format!("You are in {room}, with {}.", enumeration(others, "and"))
        }
        Text::Left { room } => format!("You left {room}."),
        Text::CameIn { users } => format!("→ {} came in", enumeration(users, "and")),
        Text::WentOut { users } => format!("← {} left", enumeration(users, "and")),
        Text::Goodbye => "Goodbye.".to_owned(),
        Text::GoodbyeOfHost => {
            "Goodbye. The chat ran in this client and has ended for everybody.".to_owned()
        }
        Text::RoomCreated { room } => {
            format!("Room {room} created. Enter it with \"join {room}\".")
        }
        Text::RoomThere { room } => format!("Room {room} created."),
        Text::Rooms { rooms: [], .. } => {
            "There are no rooms yet: \"create NAME\" makes one.".to_owned()
        }
        Text::Rooms { rooms, current } => {
            let names: Vec<String> = rooms
                .iter()
                .map(|room| match current {
                    Some(current) if current == room => format!("{room} (you are here)"),
                    _ => room.clone(),
                })
                .collect();
            format!("Rooms: {}", names.join(", "))
        }
        Text::Users { room, users } => format!("In {room}: {}", users.join(", ")),
        Text::NoHistory { room } => format!("There are no messages in {room} yet."),
        Text::HelpTitle => "Commands (a slash may come before those shown without):".to_owned(),
        Text::Typed(command) => {
            let words: Vec<String> = command.words().collect();
            format!("{}{}", words.join(", "), argument(command))
        }
        Text::Help(command) => help(command).to_owned(),
        Text::HelpMessages => {
            "In a room, what is no command is sent to everybody, and \"@NAME text\" to NAME alone; \
             \"//\" and \"@@\" at the beginning send a slash and an @ to everybody."
                .to_owned()
        }
        Text::HelpMarks => {
            "\"»\" and the bell: a message for you alone, or with your name in it. Grey: your own \
             messages, shown as soon as you type them; one that the server did not take is named \
             below. \"│\": a further line of the same message."
                .to_owned()
        }
        Text::HelpKeys => {
            "Tab completes. Ctrl-C clears the line and at the name leaves. Ctrl-D leaves."
                .to_owned()
        }
        Text::NoSuchCommand {
            word,
            nearest: Some(nearest),
        } => format!("Unknown command: {word}. Did you mean \"{nearest}\"? /help shows them all."),
        Text::NoSuchCommand {
            word,
            nearest: None,
        } => {
            format!(
                "Unknown command: {word}. /help shows them all; \"/{word}\" would be a message."
            )
        }
        Text::Usage(command) => format!("Use it like this: {}", usage(command)),
        Text::NoText { to } => {
            format!("The text is missing: \"@{to} hi\" sends \"hi\" to {to} alone.")
        }
        Text::NoName => {
            "Nothing was sent: a name is missing behind the @, as in \"@bia hi\". \"@@\" at \
                         the beginning sends an @ to everybody."
                .to_owned()
        }
        Text::NowhereToSayIt { rooms } => {
            format!(
                "Nothing was sent: you are not in a room. {}",
                how_to_enter(rooms)
            )
        }
        Text::NotInARoom { rooms } => format!("You are not in a room. {}", how_to_enter(rooms)),
        Text::PutAside { line } => {
            format!("Nothing was done with \"{line}\"; the up arrow brings it back.")
        }
        Text::PutAsideMeanwhile => {
            "Nothing was done with what you typed meanwhile; the up arrow brings it back."
                .to_owned()
        }
        Text::NotSent { message } => format!("Not sent: \"{message}\"."),
        Text::PerhapsSent { message } => format!("Perhaps not sent: \"{message}\"."),
        Text::Refused { why, words } => refusals::say(why, words),
        Text::Failed(failure) => failures::say(failure),
        Text::Reason(failure) => failures::reason(failure),
        Text::Ended(failure) => failures::ended(failure),
        Text::Lost(failure) => format!(
            "No connection. {} The client comes back by itself.",
            failures::reason(failure)
        ),
        Text::Back => "Connected again.".to_owned(),
        Text::Restored(restored) => restored_again(restored),
        Text::NameGone { user } => {
            format!("The name {user} is somebody else's now, and you are not in the chat any more.")
        }
        Text::NameComesFree => {
            "A name without a password comes free 60 s after its holder fell silent.".to_owned()
        }
        Text::RoomGone { room } => format!("There was no way back into {room}."),
        Text::Private => "(private)".to_owned(),
        Text::You => "you".to_owned(),
        Text::Missed => "while you were away".to_owned(),
        Text::NewElsewhere { room, count } => format!("{room}: {count} new"),
        Text::Day(date) => day(date),
    }
}

const fn how_to_enter(rooms: bool) -> &'static str {
    if rooms {
        "Enter one with \"join NAME\"; \"list\" shows which there are."
    } else {
        "There are no rooms yet: \"create NAME\" makes one."
    }
}

fn help(command: Command) -> &'static str {
    match command {
        Command::Create => "creates a room",
        Command::Join => "enters a room",
        Command::Send => "sends a text to the room, or with @NAME to one person alone",
        Command::Message => "sends a text to one person alone",
        Command::List => "shows the rooms",
        Command::Users => "shows who is in the room",
        Command::Leave => "leaves the room",
        Command::History => "shows the last N messages again",
        Command::Clear => "empties the screen",
        Command::Help => "shows these commands",
        Command::Exit => "leaves the chat",
    }
}

/// What may follow a command; in brackets what may be left out, and is then asked for.
const fn argument(command: Command) -> &'static str {
    match command.argument() {
        Argument::None => "",
        Argument::Room => " [ROOM]",
        Argument::Message => " [@NAME] [TEXT]",
        Argument::Private => " NAME TEXT",
        Argument::Count => " [N]",
    }
}

/// How a command is typed, with what follows it.
fn usage(command: Command) -> &'static str {
    match command {
        Command::Create => "create ROOM",
        Command::Join => "join ROOM",
        Command::Send => "send TEXT, or send @NAME TEXT",
        Command::Message => "/msg NAME TEXT",
        Command::List => "list",
        Command::Users => "users",
        Command::Leave => "/leave",
        Command::History => "/history N, with N from 1 to 1000",
        Command::Clear => "/clear",
        Command::Help => "/help",
        Command::Exit => "exit",
    }
}

fn restored_again(restored: &Restored) -> String {
    if restored.is_only_rejoined() {
        let rooms = restored.joined.join(", ");
        return format!(
            "You were no longer in {rooms}, perhaps because you left it with another client, and have joined again."
        );
    }
    let mut line = if restored.moved {
        format!("Connected again, now to {}", restored.server)
    } else {
        "Connected again".to_owned()
    };
    if restored.registered {
        line.push_str("; the server had forgotten you, and your name is registered anew");
    }
    if !restored.created.is_empty() {
        line.push_str(&format!(
            "; room created anew: {}",
            restored.created.join(", ")
        ));
    }
    line.push('.');
    line
}

fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}
