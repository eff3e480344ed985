//! Checks any implementation of the chat: a binder, a chat server, a terminal client, or all three.
//!
//! A program is checked against a profile: the two protocols to the letter, or the assignment that they
//! are two solutions of. Each requirement is checked by calls, with names that nothing else uses, and what
//! was made is removed again.

mod chat;
mod checks;
mod client;
mod diagnosis;
mod peer;
mod refusal;
mod report;
mod requirement;
mod requirements;
mod run;
mod scene;
mod system;
mod value;
mod words;

pub use chat::Profile;
pub use client::{adopt_orphans, client, end_all};
pub use report::{Counts, Report, Target, not_checked};
pub use requirement::{Checked, Requirement, Shortfall};
pub use requirements::requirements;
pub use run::{CannotCheck, binder, server, to_the_letter};
pub use scene::Patience;
pub use system::{Commands, system, together};
pub use words::Language;
