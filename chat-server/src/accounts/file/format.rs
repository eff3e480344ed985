//! The accounts file as text: a name and a password's hash on each line, between a first and a last line
//! that tell whether all of it is there.

use argon2::password_hash::phc::PasswordHash;

use crate::accounts::{Hashes, passwords};
use crate::chat::Username;

const FIRST_LINE: &str = "distributed-chat accounts, version 1";
/// What the first line of any version begins with.
const ANY_VERSION: &str = "distributed-chat accounts, version ";
/// What the last line begins with.
const END: &str = "end of ";

/// The content of a file with these accounts.
pub(super) fn render(hashes: &Hashes) -> String {
    let mut content = format!("{FIRST_LINE}\n");
    for (name, hash) in hashes {
        // A name has no control characters, so it has no tab.
        content.push_str(&format!("{name}\t{hash}\n"));
    }
    content.push_str(&last_line(hashes));
    content.push('\n');
    content
}

fn last_line(hashes: &Hashes) -> String {
    format!("{END}{} accounts", hashes.len())
}

/// The accounts in a file.
///
/// # Errors
/// The line, counted from 1, and what is wrong there.
pub(super) fn parse(content: &[u8]) -> Result<Hashes, (usize, &'static str)> {
    let content = std::str::from_utf8(content).map_err(|_| (1, "it is not text"))?;
    let mut lines = content.split_terminator('\n').enumerate();
    match lines.next() {
        Some((_, FIRST_LINE)) => {}
        Some((_, line)) if line.starts_with(ANY_VERSION) => {
            return Err((1, "this server does not know its version"));
        }
        _ => return Err((1, "it does not begin like an accounts file")),
    }
    let mut hashes = Hashes::new();
    let mut last = 1;
    for (index, line) in lines.by_ref() {
        last = index + 1;
        if line == last_line(&hashes) && content.ends_with('\n') {
            return match lines.next() {
                None => Ok(hashes),
                Some((index, _)) => Err((index + 1, "something follows the end")),
            };
        }
        let Some((name, hash)) = line.split_once('\t') else {
            let is_end = line.starts_with(END) && content.ends_with('\n');
            return Err(match is_end {
                true => (last, "the lines before it are not as many"),
                false => (last, "it is no name and hash"),
            });
        };
        let name = Username::parse(name).map_err(|_| (last, "it begins with no valid name"))?;
        let hash = PasswordHash::new(hash)
            .ok()
            .filter(passwords::is_ours)
            .ok_or((last, "it has no hash as this server makes them"))?;
        if hashes.insert(name, hash).is_some() {
            return Err((last, "the name is there twice"));
        }
    }
    Err((last, "the end is missing"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$ZZ7V0KT3nRPYPzPEq5eVxpQiyrFmrvXVHXcSkOqdhS8";

    /// Two accounts.
    pub(in crate::accounts) fn two() -> Hashes {
        ["ana", "josé da silva"]
            .map(|name| {
                (
                    Username::parse(name).unwrap(),
                    PasswordHash::new(HASH).unwrap(),
                )
            })
            .into()
    }

    #[test]
    fn any_cut_and_any_strange_line_is_damage() {
        let whole = render(&two());
        assert_eq!(parse(whole.as_bytes()), Ok(two()));
        for end in 0..whole.len() {
            assert!(parse(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        for (damaged, line) in [
            (whole.replace("ana\t", "\t"), 2),
            (whole.replace("ana\t", "ana "), 2),
            (whole.replace("josé da silva", "ana"), 3),
            (whole.replacen("argon2id", "argon2", 1), 2),
            (whole.replacen("v=19", "v=16", 1), 2),
            // It would take four tebibytes to check such a password, or many years.
            (whole.replacen("m=19456", "m=4294967295", 1), 2),
            (whole.replacen("t=2", "t=4294967295", 1), 2),
            (whole.replacen("ZZ7V0", "", 1), 2),
            (format!("{whole}more\n"), 5),
            (whole.replace("end of 2", "end of 3"), 4),
            (whole.replace("version 1", "version 2"), 1),
        ] {
            assert_eq!(parse(damaged.as_bytes()).unwrap_err().0, line, "{damaged}");
        }
    }
}
