//! System calls of a program, as `strace` writes them down.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::eventually;

/// A system call. Times are line numbers of the trace.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    arguments: String,
    pub(crate) began: usize,
    /// `usize::MAX` when the process ended first.
    pub(crate) ended: usize,
    /// `None` when it failed, or the process ended first.
    pub(crate) result: Option<u64>,
}

/// How strace is called to write the calls named in `calls` to `file`. It is not the program's parent, so
/// that the program can be killed and waited for as if it ran alone.
pub(crate) fn strace(file: &Path, calls: &str) -> Vec<String> {
    let found = Command::new("strace").arg("-V").output();
    assert!(
        found.is_ok(),
        "strace is missing (Debian: apt-get install strace), needed to record what a server writes"
    );
    let flags = [
        "strace",
        "-D",
        "-f",
        "--seccomp-bpf",
        "-y",
        "-xx",
        "-s",
        "4194304",
        "-o",
    ];
    let mut words: Vec<String> = flags.iter().map(ToString::to_string).collect();
    words.push(file.to_str().unwrap().to_owned());
    words.push(format!("--trace={calls}"));
    words
}

/// Reads the trace of a program that has ended. Its lines are numbered from `first`.
pub(crate) fn read(file: &Path, first: usize) -> Vec<Call> {
    let text = eventually("the end of the trace", || {
        let text = fs::read_to_string(file).unwrap();
        let (pid, _) = text.split_once(' ')?;
        // The first thread ends last.
        let last = text.strip_suffix(" +++\n")?.rsplit('\n').next()?;
        last.starts_with(pid).then_some(text)
    });
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: HashMap<&str, usize> = HashMap::new();
    for (number, line) in (first..).zip(text.lines()) {
        let (pid, line) = line.split_once(' ').unwrap();
        let line = line.trim_start();
        let index = if let Some(rest) = line.strip_prefix("<... ") {
            let (_, rest) = rest.split_once('>').unwrap();
            let index = unfinished.remove(pid).unwrap();
            calls[index].arguments.push_str(rest);
            index
        } else if line.starts_with("+++") || line.starts_with("---") {
            continue;
        } else {
            let (name, arguments) = line.split_once('(').unwrap();
            calls.push(Call {
                name: name.to_owned(),
                arguments: arguments.to_owned(),
                began: number,
                ended: usize::MAX,
                result: None,
            });
            calls.len() - 1
        };
        let call = &mut calls[index];
        if let Some(whole) = call.arguments.strip_suffix(" <unfinished ...>") {
            call.arguments.truncate(whole.len());
            unfinished.insert(pid, index);
            continue;
        }
        // Texts have no such character: each of their bytes is written as a number.
        if let Some(equals) = call.arguments.rfind('=')
            && let Some(bracket) = call.arguments[..equals].rfind(')')
        {
            let digits = call.arguments[equals + 1..].trim_start();
            let end = digits.find(|one: char| !one.is_ascii_digit());
            call.result = digits[..end.unwrap_or(digits.len())].parse().ok();
            call.arguments.truncate(bracket);
        }
        call.ended = number;
    }
    calls
}

impl Call {
    /// The descriptor that it is about, and what is open there.
    pub(crate) fn descriptor(&self) -> Option<(u32, String)> {
        let (number, rest) = self.arguments.split_once('<')?;
        let (path, _) = rest.split_once('>')?;
        Some((number.parse().ok()?, text(path)))
    }

    /// The texts among its arguments, one after the other.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let quoted = self.arguments.split('"').skip(1).step_by(2);
        quoted.flat_map(bytes).collect()
    }

    /// The first text among its arguments, which is a path.
    pub(crate) fn path(&self) -> PathBuf {
        text(self.arguments.split('"').nth(1).unwrap()).into()
    }

    /// The last of its arguments, which is a number.
    pub(crate) fn last_number(&self) -> u64 {
        let (_, last) = self.arguments.rsplit_once(", ").unwrap();
        last.parse().unwrap()
    }

    /// The arguments besides texts, as they are.
    pub(crate) fn flags(&self) -> String {
        self.arguments.split('"').step_by(2).collect()
    }
}

/// Each byte is written as `\x` and two digits.
fn bytes(escaped: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        if byte > b'9' {
            byte - b'a' + 10
        } else {
            byte - b'0'
        }
    };
    let escapes = escaped.as_bytes().chunks_exact(4);
    escapes
        .map(|escape| digit(escape[2]) * 16 + digit(escape[3]))
        .collect()
}

fn text(escaped: &str) -> String {
    String::from_utf8_lossy(&bytes(escaped)).into_owned()
}
