//! A request as a client sends it, of which the body is what counts.

use std::io::{self, BufRead, Read as _};

/// The largest body that is read.
const LARGEST: usize = 1 << 20;

/// The longest line before the body, or before a part of it.
const LONGEST_LINE: u64 = 64 << 10;

/// What counts of a request.
pub(super) struct Request {
    pub(super) body: Vec<u8>,
    /// Whether the client expects the end of the connection after the answer.
    pub(super) is_last: bool,
}

/// Reads the next request, whose body has a length or comes in chunks, as Node.js sends it where it does not know
/// the length. Nothing when the connection ends before it.
pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let (mut length, mut is_chunked, mut is_last) = (0, false, false);
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
            Some(("connection", value)) => is_last = value.trim() == "close",
            // The line with the method.
            _ if line.ends_with(" http/1.0") => is_last = true,
            _ => {}
        }
    }
    let body = if is_chunked {
        chunks(reader)?
    } else {
        Some(exactly(reader, LARGEST.min(length))?)
    };
    Ok(body.map(|body| Request { body, is_last }))
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

    fn body(request: &str) -> Option<String> {
        let request = read(&mut request.as_bytes()).ok()??;
        Some(String::from_utf8(request.body).unwrap())
    }

    #[test]
    fn a_body_has_a_length_or_comes_in_chunks() {
        let with_length = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n<a/>";
        assert_eq!(body(with_length).unwrap(), "<a/>");
        let chunked = |chunks: &str| {
            body(&format!(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            ))
        };
        let whole = chunked("3\r\n<a>\r\nb;x=y\r\n0123456</a>\r\n0\r\nX: y\r\n\r\n");
        assert_eq!(whole.unwrap(), "<a>0123456</a>");
        assert_eq!(chunked("3\r\n<a>\r\n"), None, "the connection ended");
        assert_eq!(chunked("no\r\n"), None);
        assert_eq!(chunked("ffffffffffffffff\r\n"), None, "too large");
    }

    #[test]
    fn a_client_says_that_it_makes_no_other_call_on_a_connection() {
        for (head, expected) in [
            ("POST / HTTP/1.1", false),
            ("POST / HTTP/1.0", true),
            ("POST / HTTP/1.1\r\nConnection: close", true),
            ("POST / HTTP/1.0\r\nConnection: keep-alive", false),
        ] {
            let request = format!("{head}\r\n\r\n");
            let request = read(&mut request.as_bytes()).unwrap().unwrap();
            assert_eq!(request.is_last, expected, "{head}");
        }
    }
}
