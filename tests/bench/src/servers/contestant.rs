//! Who is compared, and by which calls.

use std::fmt;

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// axum with fixed bytes: what HTTP alone costs.
    Bare,
    /// This project's binder and chat server.
    Ours,
    /// dxr_server with fixed data: what the ready-made way costs.
    PlainDxr,
    /// Python's SimpleXMLRPCServer doing what the original does.
    Original,
}

impl Contestant {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Ours, Self::PlainDxr, Self::Original];

    /// How many clients it is saturated with.
    pub(crate) const fn clients(self) -> usize {
        match self {
            // Python's server keeps no connection, and five that it has not accepted yet. A client
            // that comes when there are six more gets no answer for a second; five keep its single
            // thread busy.
            Self::Original => 5,
            _ => 16,
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "bare axum",
            Self::Ours => "this project",
            Self::PlainDxr => "dxr_server",
            Self::Original => "Python's original",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Call {
    /// `receive_new_messages` when there is nothing new.
    EmptyPoll,
    /// `receive_new_messages` when there are fifty.
    PollOfFifty,
    /// `send_message` to a whole room.
    Send,
    /// `lookup_procedure` at the binder.
    Lookup,
}

impl Call {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 4] =
        [Self::EmptyPoll, Self::PollOfFifty, Self::Send, Self::Lookup];
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyPoll => "empty poll",
            Self::PollOfFifty => "poll of 50 messages",
            Self::Send => "send",
            Self::Lookup => "binder lookup",
        })
    }
}
