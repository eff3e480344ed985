//! The lines of a stream that arrives in pieces.

use crate::error::Error;

/// The longest line: etcd splits what is longer than its limit of 1.5 MB for a request, and base64 adds a third.
const LONGEST_LINE: usize = 16 << 20;

/// The lines of a stream that arrives in pieces.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Up to where there is certainly no end of a line.
    searched: usize,
}

impl Lines {
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.bytes.len() + piece.len() > LONGEST_LINE {
            return Err(Error::Unexpected(
                "a line of a watch is too long".to_owned(),
            ));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let unsearched = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let rest = self.bytes.split_off(self.searched + end + 1);
        self.searched = 0;
        Some(std::mem::replace(&mut self.bytes, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut lines = Lines::default();
        lines.push(b"one\ntw").unwrap();
        assert_eq!(lines.next().unwrap(), b"one\n");
        assert_eq!(lines.next(), None);
        lines.push(b"o\n").unwrap();
        assert_eq!(lines.next().unwrap(), b"two\n");
        assert_eq!(lines.next(), None);
    }
}
