//! A request as a client sends it, of which the body is what counts.

use std::io::{self, BufRead, Read as _};

/// The largest body that is read.
const LARGEST: usize = 1 << 20;

/// The longest line before the body, or before a part of it.
const LONGEST_LINE: u64 = 64 << 10;

/// Reads the body of the next request: with a length, or in chunks, as Node.js sends it where it does not know
/// the length. Nothing when the connection ends before it.
pub(super) fn body(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let Some(line) = line(reader)? else {
            return Ok(None);
        };
        let line = line.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        match line.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or_default(),
            Some(("transfer-encoding", value)) => is_chunked = value.trim().ends_with("chunked"),
            _ => {}
        }
    }
    if is_chunked {
        return chunks(reader);
    }
    exactly(reader, LARGEST.min(length)).map(Some)
}

/// The chunks of a body in one piece.
fn chunks(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(size) = line(reader)? else {
            return Ok(None);
        };
        // Behind the size there may be extensions.
        let digits = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(digits, 16) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if size == 0 {
            break;
        }
        if size > LARGEST - body.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        body.extend(exactly(reader, size)?);
        // The end of the line behind the chunk.
        line(reader)?;
    }
    // Headers may follow, and an empty line: they are part of the request.
    while line(reader)?.is_some_and(|line| !line.is_empty()) {}
    Ok(Some(body))
}

fn exactly(reader: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The next line without its end; nothing at the end of the connection.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if reader.take(LONGEST_LINE).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request: &str) -> Option<String> {
        let body = body(&mut request.as_bytes()).ok()??;
        Some(String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_body_has_a_length_or_comes_in_chunks() {
        let with_length = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n<a/>";
        assert_eq!(read(with_length).unwrap(), "<a/>");
        let chunked = |chunks: &str| {
            read(&format!(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            ))
        };
        let whole = chunked("3\r\n<a>\r\nb;x=y\r\n0123456</a>\r\n0\r\nX: y\r\n\r\n");
        assert_eq!(whole.unwrap(), "<a>0123456</a>");
        assert_eq!(chunked("3\r\n<a>\r\n"), None, "the connection ended");
        assert_eq!(chunked("no\r\n"), None);
        assert_eq!(chunked("ffffffffffffffff\r\n"), None, "too large");
    }
}
