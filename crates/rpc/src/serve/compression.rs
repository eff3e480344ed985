//! gzip, the one compression that Python's client and server know.

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// Answers below this size are not worth compressing: they fit into one packet either way. It is
/// also where Python's server begins.
pub(super) const WORTH_COMPRESSING: usize = 1_400;

/// Why a body could not be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnpackError {
    /// It is larger than allowed; it was unpacked no further.
    TooLarge,
    /// It is no gzip.
    NotGzip,
}

/// Unpacks a body, up to `limit` bytes.
///
/// # Errors
/// When it would be larger or is no gzip.
pub(super) fn unpack(packed: &[u8], limit: usize) -> Result<Bytes, UnpackError> {
    let mut unpacked = Vec::new();
    // A packed body may be several, one after the other. One byte more than allowed tells that it is
    // too much.
    MultiGzDecoder::new(packed)
        .take(limit as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| UnpackError::NotGzip)?;
    if unpacked.len() > limit {
        return Err(UnpackError::TooLarge);
    }
    Ok(unpacked.into())
}

/// The first bytes of a body that is not unpacked as a whole; as many as there are.
pub(super) fn beginning(packed: &[u8], at_most: usize) -> Vec<u8> {
    let mut beginning = Vec::new();
    // What is broken further on does not matter here.
    let _ = MultiGzDecoder::new(packed)
        .take(at_most as u64)
        .read_to_end(&mut beginning);
    beginning
}

/// Packs a body; `None` when that fails, and the body goes as it is.
pub(super) fn pack(body: &[u8]) -> Option<Bytes> {
    // Level 1: messages are text, which shrinks well at once and little more with effort.
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_up_to_the_limit() {
        let body = vec![b'a'; 100_000];
        let packed = pack(&body).unwrap();
        assert!(packed.len() < 1_000);
        assert_eq!(unpack(&packed, 100_000).unwrap(), body);
        assert_eq!(unpack(&packed, 99_999), Err(UnpackError::TooLarge));
        assert_eq!(beginning(&packed, 10), [b'a'; 10]);
        assert_eq!(
            unpack(&packed[..packed.len() / 2], 100_000),
            Err(UnpackError::NotGzip)
        );
        assert_eq!(unpack(b"<a/>", 10), Err(UnpackError::NotGzip));
    }

    #[test]
    fn what_follows_a_packed_body_is_read_or_refused_and_never_dropped() {
        let (one, two) = (pack(b"<a>").unwrap(), pack(b"</a>").unwrap());
        let both = [one.as_ref(), two.as_ref()].concat();
        assert_eq!(unpack(&both, 7).unwrap().as_ref(), b"<a></a>");
        assert_eq!(unpack(&both, 6), Err(UnpackError::TooLarge));
        let more = [one.as_ref(), b"more"].concat();
        assert_eq!(unpack(&more, 100), Err(UnpackError::NotGzip));
    }
}
