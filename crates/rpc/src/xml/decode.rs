//! From bytes to text: the encoding that the document itself declares.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::ReadError;

/// An XML declaration is at the start and short; beyond this nobody declares anything.
const DECLARATION: usize = 200;

/// The text of a document in the encoding that its byte order mark or its declaration names, UTF-8
/// when there is neither.
///
/// # Errors
/// When the encoding is unknown, or the bytes are not valid in it.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (declared(bytes)?, bytes),
    };
    if encoding == UTF_8 {
        return std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| ReadError::NotWellFormed {
                reason: format!("not valid UTF-8 at byte {}", error.valid_up_to()),
            });
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| ReadError::NotWellFormed {
            reason: format!("the bytes are not valid {}", encoding.name()),
        })
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, ReadError> {
    if !bytes.starts_with(b"<?xml") {
        return Ok(UTF_8);
    }
    let head = bytes.get(..DECLARATION).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("?>").next().unwrap_or_default();
    let Some((_, after)) = declaration.split_once("encoding") else {
        return Ok(UTF_8);
    };
    let label = after
        .trim_start()
        .trim_start_matches('=')
        .trim_start()
        .split(['"', '\''])
        .nth(1)
        .unwrap_or_default();
    Encoding::for_label(label.as_bytes()).ok_or_else(|| ReadError::NotWellFormed {
        reason: format!("unknown encoding '{}'", label.escape_debug()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_encoding_is_used() {
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>ol\xe1</a>";
        assert!(text(latin).unwrap().ends_with("<a>olá</a>"));
        let plain = "<?xml version='1.0'?><a>olá</a>";
        assert_eq!(text(plain.as_bytes()).unwrap(), plain);
        let marked = [b"\xEF\xBB\xBF".as_slice(), b"<a/>"].concat();
        assert_eq!(text(&marked).unwrap(), "<a/>");
    }

    #[test]
    fn bytes_that_are_not_what_they_claim_are_refused() {
        assert!(text(b"<a>\xff</a>").is_err());
        assert!(text(b"<?xml version='1.0' encoding='klingon'?><a/>").is_err());
        assert!(text(b"<?xml version='1.0' encoding='shift_jis'?><a>\xff\xff</a>").is_err());
    }
}
