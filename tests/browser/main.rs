//! The board, looked at in a real Chromium: what a class sees when real programs call each other.
//!
//! These tests need Debian's packages `chromium` and `chromium-driver`, or the same programs under the same
//! names, and stand behind a feature so that nothing else needs them:
//!
//! ```text
//! cargo test --workspace --features tests/browser --test browser
//! ```
//!
//! [`page`] drives the browser, [`class`] starts what it looks at; every other module is one topic.
#![cfg(test)]

mod class;
mod page;

mod accessibility;
mod captions;
mod exports;
mod hostile;
mod kept;
mod keyboard;
mod lab;
mod lanes;
mod picture;
mod polls;
mod replay;
mod restarts;
mod secrets;
mod sizes;
mod strangers;
mod tabs;
mod views;
