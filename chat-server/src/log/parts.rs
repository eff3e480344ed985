//! A snapshot in parts: records as lines of JSON, so many in each part as a write should have.

use crate::chat::snapshot::{Restoring, Snapshot};

/// The chat in parts of at most this size, or of one record where that is larger.
pub(super) fn parts(
    chat: &Snapshot,
    bytes: usize,
) -> impl Iterator<Item = Result<String, serde_json::Error>> {
    let mut lines = chat
        .records()
        .map(|record| serde_json::to_string(&record))
        .peekable();
    std::iter::from_fn(move || {
        let mut part = String::new();
        while let Some(next) = lines.peek() {
            let fits = next
                .as_ref()
                .is_ok_and(|line| part.is_empty() || part.len() + line.len() < bytes);
            if !fits && !part.is_empty() {
                break;
            }
            match lines.next()? {
                Ok(line) => {
                    part.push_str(&line);
                    part.push('\n');
                }
                Err(cause) => return Some(Err(cause)),
            }
        }
        (!part.is_empty()).then_some(Ok(part))
    })
}

/// Takes the records of a part.
pub(super) fn restore(restoring: &mut Restoring, part: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(part).map_err(|error| error.to_string())?;
    for line in text.lines() {
        let record = serde_json::from_str(line).map_err(|error| error.to_string())?;
        restoring.push(record).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{Command as _, CreateRoom};
    use crate::chat::{Chat, Moment, Policy, RoomName};

    #[test]
    fn parts_are_small_and_make_the_chat_again() {
        let mut chat = Chat::new(Policy::default());
        let at = Moment::parse("2025-03-09T12:00:01.000000+00:00 +1.000000").unwrap();
        for number in 0..100 {
            let room = RoomName::parse(&format!("sala {number}")).unwrap();
            CreateRoom::new(room).apply(&mut chat, at);
        }
        let parts: Vec<_> = parts(&chat.snapshot(), 1_000).map(Result::unwrap).collect();
        assert!(parts.len() > 5);
        assert!(parts.iter().all(|part| part.len() <= 1_000));
        let mut restoring = Restoring::default();
        for part in &parts {
            restore(&mut restoring, part.as_bytes()).unwrap();
        }
        assert_eq!(restoring.finish().unwrap(), chat);
    }
}
