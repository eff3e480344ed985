//! Printing to a reader that may close the pipe early.

use std::io::{self, ErrorKind, Write as _};

/// Prints bytes on standard output. A reader that closes the pipe, as `head` does, has what it wanted:
/// that is a success, unlike a full disk.
pub fn print(answer: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    // Without flushing, the last line's failure would go unnoticed.
    unless_closed(output.write_all(answer).and_then(|()| output.flush()))
}

fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_had_enough_is_no_failure_and_a_full_disk_is_one() {
        assert!(unless_closed(Err(ErrorKind::BrokenPipe.into())).is_ok());
        let full = unless_closed(Err(ErrorKind::StorageFull.into()));
        assert_eq!(full.unwrap_err().kind(), ErrorKind::StorageFull);
    }
}
