//! The flags for the board and the lab.

use std::net::IpAddr;
use std::sync::Arc;

use crate::secrets::PrivateTexts;
use clap::builder::FalseyValueParser;
use rpc::Lab;
use rpc::serve::lab::NamedRule;

/// Whether there is a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum When {
    /// Always, also for the network.
    On,
    /// Never.
    Off,
    /// While only this machine can see it.
    Auto,
}

/// The flags for the board and the lab.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Board")]
pub struct BoardFlags {
    /// Whether to show calls live in a browser, at the binder's address. "auto": only while the
    /// server listens on a loopback address; turn it on for a network where everybody may see what is said.
    #[arg(long, env = "CHAT_BOARD", value_name = "WHEN", default_value = "auto")]
    board: When,

    /// Show the texts of private messages on the board too, for a class in which everybody may read them.
    #[arg(long, env = "CHAT_BOARD_PRIVATE", value_parser = FalseyValueParser::new())]
    board_private: bool,

    /// Names of the binder's machine by which others open the board, with --board on. They can always use
    /// its IP address. Browsers that ask under another name are refused: a foreign page could be behind it. A
    /// chat server gives its events to the page under these names.
    #[arg(
        long,
        env = "CHAT_BOARD_HOST",
        value_name = "HOST",
        value_delimiter = ','
    )]
    board_host: Vec<String>,

    /// Break calls on purpose, to show a class what networks do: METHOD=ACTION:WHEN, where the action is
    /// delay, fault, drop-request, drop-answer or twice, and WHEN a probability such as 0.3, every=3 for
    /// each third call, or next for the next one only. ":client=NAME" at the end means one user or
    /// address alone. May be given several times, or without a rule to set rules on the board.
    #[arg(long, env = "CHAT_LAB", value_name = "RULE", num_args = 0..=1, action = clap::ArgAction::Append, value_delimiter = ',')]
    lab: Option<Vec<NamedRule>>,
}

impl BoardFlags {
    /// Whether a server at `address` has a board.
    pub fn show_on(&self, address: IpAddr) -> bool {
        match self.board {
            When::On => true,
            When::Off => false,
            When::Auto => address.is_loopback(),
        }
    }

    /// Whether the texts of private messages are shown.
    pub const fn private(&self) -> PrivateTexts {
        if self.board_private {
            PrivateTexts::Shown
        } else {
            PrivateTexts::Masked
        }
    }

    /// Further names under which the board is opened.
    pub fn hosts(&self) -> &[String] {
        &self.board_host
    }

    /// The lab, if the flag is given.
    pub fn lab(&self) -> Option<Arc<Lab>> {
        self.lab
            .as_ref()
            .map(|rules| Arc::new(Lab::with_rules(rules.iter().cloned())))
    }
}
