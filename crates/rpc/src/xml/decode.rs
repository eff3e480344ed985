//! From bytes to text, in the encoding that the document declares.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::ReadError;

/// Bytes in which an XML declaration ends.
const DECLARATION: usize = 200;

enum Declared {
    /// `iso-8859-1` as Python has it: each byte is the code point of its character. In browsers, and so in
    /// encoding_rs, the label means windows-1252.
    Latin1,
    Ascii,
    Other(&'static Encoding),
}

/// Decodes a document by its byte order mark or its declaration, as UTF-8 when it has neither. Fails when
/// the encoding is unknown or the bytes are not valid in it.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (
            Declared::Other(encoding),
            bytes.get(length..).unwrap_or_default(),
        ),
        None => (declared(bytes)?, bytes),
    };
    let not_valid = |name: &str, position: Option<usize>| {
        let place = position.map_or_else(String::new, |position| format!(" at byte {position}"));
        let reason = format!("not valid {name}{place}");
        ReadError::NotWellFormed { reason }
    };
    match encoding {
        Declared::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes)),
        Declared::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(encoding_rs::mem::decode_latin1(bytes)),
            position => Err(not_valid("ASCII", position)),
        },
        Declared::Other(encoding) if encoding == UTF_8 => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| not_valid("UTF-8", Some(error.valid_up_to()))),
        Declared::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| not_valid(encoding.name(), None)),
    }
}

fn declared(bytes: &[u8]) -> Result<Declared, ReadError> {
    const UTF_8_DECLARED: Declared = Declared::Other(UTF_8);
    if !bytes.starts_with(b"<?xml") {
        return Ok(UTF_8_DECLARED);
    }
    let head = bytes.get(..DECLARATION).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("?>").next().unwrap_or_default();
    let Some((_, after)) = declaration.split_once("encoding") else {
        return Ok(UTF_8_DECLARED);
    };
    let label = after
        .trim_start()
        .trim_start_matches('=')
        .trim_start()
        .split(['"', '\''])
        .nth(1)
        .unwrap_or_default();
    // Python accepts these with any of the separators.
    let plain = label.to_ascii_lowercase().replace(['-', '_', ' '], "");
    match plain.as_str() {
        "iso88591" | "latin1" | "latin" | "l1" => Ok(Declared::Latin1),
        "usascii" | "ascii" => Ok(Declared::Ascii),
        // Python's own names have underscores where others have hyphens.
        _ => Encoding::for_label(label.as_bytes())
            .or_else(|| Encoding::for_label(label.replace('_', "-").as_bytes()))
            .map(Declared::Other)
            .ok_or_else(|| {
                let label: String = label.chars().take(40).collect();
                let reason = format!("unknown encoding '{}'", label.escape_debug());
                ReadError::NotWellFormed { reason }
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_encoding_is_used() {
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>ol\xe1</a>";
        assert!(text(latin).unwrap().ends_with("<a>olá</a>"));
        let numbers = b"<?xml version='1.0' encoding='latin-1'?><a>\x80\xff</a>";
        assert!(text(numbers).unwrap().ends_with("<a>\u{80}ÿ</a>"));
        let page = b"<?xml version='1.0' encoding='windows-1252'?><a>\x80\xff</a>";
        assert!(text(page).unwrap().ends_with("<a>€ÿ</a>"));
        let plain = "<?xml version='1.0'?><a>olá</a>";
        assert_eq!(text(plain.as_bytes()).unwrap(), plain);
        let marked = [b"\xEF\xBB\xBF".as_slice(), b"<a/>"].concat();
        assert_eq!(text(&marked).unwrap(), "<a/>");
    }

    #[test]
    fn bytes_that_are_not_what_they_claim_are_refused() {
        assert!(text(b"<a>\xff</a>").is_err());
        assert!(text(b"<?xml version='1.0' encoding='klingon'?><a/>").is_err());
        assert!(text(b"<?xml version='1.0' encoding='us-ascii'?><a>\xe1</a>").is_err());
        assert!(text(b"<?xml version='1.0' encoding='shift_jis'?><a>\xff\xff</a>").is_err());
    }
}
