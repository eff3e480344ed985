//! Everything that interactive mode can say.

use chrono::NaiveDate;
use protocol::binder::Endpoint;
use protocol::refusal::Refusal;

use crate::commands::Command;
use crate::failure;
use crate::network::{Failure, Restored};

/// Something to say: one line. Whatever strangers typed is in it as they typed it.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    // Questions. What is typed follows on the same line.
    /// By which name to be known.
    AskName,
    /// The password of an account.
    AskPassword {
        /// The account.
        user: &'a str,
    },
    /// The same password once more.
    AskPasswordAgain,
    /// Which room to create or enter.
    AskRoom,
    /// What to send.
    AskMessage,
    /// Whom to send it to; an empty answer means everybody.
    AskRecipient,
    /// Whether the line before was meant as a command, or is to be sent.
    AskMeant {
        /// What it may have been meant to be.
        meant: &'a str,
        /// Whether there is a room to send it to.
        may_be_sent: bool,
    },

    /// Whether to create a room that was to be entered.
    AskCreate {
        /// The room.
        room: &'a str,
    },
    /// Whether to enter a room that was created a moment ago.
    AskEnter {
        /// The room.
        room: &'a str,
    },

    // Coming and going.
    /// The servers run in this process: several lines, and no stranger's text in them.
    Embedded {
        /// Where the binder is.
        binder: &'a Endpoint,
        /// Where the chat server is.
        chat_server: &'a Endpoint,
        /// Where it is for accounts.
        accounts: &'a Endpoint,
        /// What a browser opens to show the calls.
        board: &'a str,
        /// What others type to join.
        join: &'a str,
        /// Whether the chat goes on the next time.
        is_kept: bool,
    },
    /// The name is taken by us; what there is, and what to do first.
    Welcome {
        /// Our name.
        user: &'a str,
        /// The rooms there are.
        rooms: &'a [String],
    },
    /// The name is taken by us, and the room that we named before is entered next.
    WelcomeToRoom {
        /// Our name.
        user: &'a str,
    },
    /// Above the history of a room.
    Entered {
        /// The room.
        room: &'a str,
        /// The others in it.
        others: &'a [String],
    },
    /// We are in no room any more.
    Left {
        /// The room.
        room: &'a str,
    },
    /// Others came.
    CameIn {
        /// Who.
        users: &'a [String],
    },
    /// Others went.
    WentOut {
        /// Who.
        users: &'a [String],
    },
    /// The last words.
    Goodbye,
    /// The last words where the chat ran in this process.
    GoodbyeOfHost,

    // Answers.
    /// The room is there now, and how to enter it.
    RoomCreated {
        /// The room.
        room: &'a str,
    },
    /// The room is there now. Whether to enter it is asked next.
    RoomThere {
        /// The room.
        room: &'a str,
    },
    /// The rooms that there are.
    Rooms {
        /// Their names.
        rooms: &'a [String],
        /// The one we are in.
        current: Option<&'a str>,
    },
    /// Who is in the room.
    Users {
        /// The room.
        room: &'a str,
        /// Everybody in it.
        users: &'a [String],
    },
    /// There is nothing to show again.
    NoHistory {
        /// The room.
        room: &'a str,
    },
    /// The first line of help.
    HelpTitle,
    /// How a command is typed, in all its words and with what may follow them, in help.
    Typed(Command),
    /// What a command does, in help.
    Help(Command),
    /// What is no command and can be typed, in help.
    HelpMessages,
    /// What the marks and the grey of messages mean, in help.
    HelpMarks,
    /// Which keys there are, in help.
    HelpKeys,

    // Signing in.
    /// There is no such account yet.
    AccountIsNew {
        /// Its name.
        user: &'a str,
    },
    /// Nothing says whether there is such an account.
    AccountMayBeNew {
        /// Its name.
        user: &'a str,
    },
    /// A password was typed, and then another one.
    PasswordsDiffer,
    /// No password was typed.
    EmptyPassword,

    // What cannot be done as it was typed.
    /// Ctrl-C where it clears nothing.
    HowToLeave,
    /// A byte that is not UTF-8 was typed.
    NotUtf8 {
        /// As it is shown.
        shown: &'a str,
    },
    /// A slash and a word that is no command.
    NoSuchCommand {
        /// What was typed.
        word: &'a str,
        /// The command that it is nearest to.
        nearest: Option<&'a str>,
    },
    /// How a command is used.
    Usage(Command),
    /// `@NAME` without a text.
    NoText {
        /// The name.
        to: &'a str,
    },
    /// `@` without a name.
    NoName,
    /// A text outside all rooms.
    NowhereToSayIt {
        /// Whether there are rooms to enter.
        rooms: bool,
    },
    /// A command that needs a room, outside all rooms.
    NotInARoom {
        /// Whether there are rooms to enter.
        rooms: bool,
    },
    /// A line that was asked about was neither obeyed nor sent, and is in the history.
    PutAside {
        /// The line.
        line: &'a str,
    },
    /// Lines that were typed before the name was taken, and that are in the history.
    PutAsideMeanwhile,
    /// What was to be sent has certainly not been sent. The reason follows on the same line.
    NotSent {
        /// The message.
        message: &'a str,
    },
    /// What was to be sent may have been sent or not. The reason follows on the same line.
    PerhapsSent {
        /// The message.
        message: &'a str,
    },

    // Trouble.
    /// A server's refusal.
    Refused {
        /// What it means.
        why: &'a Refusal,
        /// The server's own words.
        words: &'a str,
    },
    /// Something was not done, at whichever hop.
    Failed(&'a Failure),
    /// Why something was not done of which it was said that it was not.
    Reason(&'a Failure),
    /// The client ends.
    Ended(&'a failure::Failure),
    /// The server does not answer.
    Lost(&'a Failure),
    /// The server answers again.
    Back,
    /// The server answers again, and something had to be put right.
    Restored(&'a Restored),
    /// Our name is somebody else's.
    NameGone {
        /// Our name.
        user: &'a str,
    },
    /// When a name that is taken can be had, at a server of ours with the usual timeout.
    NameComesFree,
    /// The room cannot be entered again.
    RoomGone {
        /// The room.
        room: &'a str,
    },

    // Parts of what is shown.
    /// A private message's mark.
    Private,
    /// Ourselves, where others are named.
    You,
    /// Above messages that were missed.
    Missed,
    /// Messages in a room of ours that is not shown.
    NewElsewhere {
        /// The room.
        room: &'a str,
        /// How many.
        count: usize,
    },
    /// Above the first message of a day.
    Day(NaiveDate),
}
