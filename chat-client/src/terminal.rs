//! The terminal: what both modes write to it and read from it.
//!
//! [`escaping`] makes text from others harmless and [`hidden_typing`] hides a password. The rest is the
//! screen of interactive mode: `screen` is its interface, `reader` the thread that edits lines with
//! rustyline and `display` the queue of texts shown above them.

mod display;
mod drawing;
pub mod escaping;
mod helper;
pub mod hidden_typing;
#[cfg(unix)]
mod keyboard;
mod layout;
mod mode;
mod palette;
mod question;
mod reader;
mod resizing;
mod screen;
mod tall;
mod wrapping;

pub use display::WireOutput;
pub(crate) use layout::width;
pub use palette::ColorChoice;
pub(crate) use palette::Palette;
pub(crate) use question::{Answer, Echo, Input, Next, Question, Reply};
pub(crate) use resizing::size;
pub(crate) use screen::Screen;
pub use screen::{ScreenError, is_possible};
pub use wrapping::wrapped;
pub(crate) use wrapping::{INDENT, wrap};
