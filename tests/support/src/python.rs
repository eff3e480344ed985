//! The Python programs of `tests/python/`, run by the machine's own Python.

use std::process::Command;

use contract::value::base64;
use serde_json::{Value as Json, json};

use crate::Program;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python");

/// The file of `script` in `tests/python/`.
pub fn path(script: &str) -> String {
    format!("{FOLDER}/{script}")
}

/// A command that runs `script` of `tests/python/`.
///
/// Python is required: a machine without it fails these tests instead of skipping them.
pub fn command(script: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(path(script))
        // Tests wait for its output, so nothing may stay in a buffer.
        .env("PYTHONUNBUFFERED", "1")
        // The texts have accents, whatever the locale is.
        .env("PYTHONUTF8", "1");
    command
}

pub fn start(script: &str, flags: &[&str]) -> Program {
    Program::start(
        format!("python3 {script} {}", flags.join(" ")),
        command(script).args(flags),
    )
}

/// Python's XML-RPC parser in a process of its own.
pub struct Parser(Program);

impl Parser {
    pub fn start() -> Self {
        Self(start("parse.py", &[]))
    }

    /// What Python makes of a document: a call, an answer, a fault, or a refusal.
    pub fn read(&mut self, document: &[u8]) -> Json {
        let line = json!({ "name": "it", "base64": base64(document) });
        self.0.type_line(&line.to_string());
        serde_json::from_str(&self.0.next_line()).unwrap()
    }
}
