//! The chat service.

pub mod chat;
