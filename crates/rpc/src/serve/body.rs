//! Bodies: of requests, read within the limits of size and time; and gzip in both directions.

use std::error::Error;
use std::io::{Read as _, Write as _};

use bytes::{Bytes, BytesMut};
use dxr::Fault;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use protocol::fault;

use super::Limits;
use super::budget::{Budget, Exhausted, Share};
use crate::cause;

/// A complete body.
#[derive(Debug)]
pub(super) struct Read {
    /// Decompressed.
    pub(super) bytes: Bytes,
    /// Its share of the budget, to be kept until the call ends.
    pub(super) share: Share,
}

/// Whether a body is compressed with gzip; a fault for any other encoding.
pub(super) fn is_gzip(headers: &HeaderMap) -> Result<bool, Fault> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(false),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"gzip") => Ok(true),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(false),
        Some(_) => Err(transport(
            "of Content-Encoding only gzip is read".to_owned(),
        )),
    }
}

/// Reads the whole body within its limits, or returns the fault that names the limit.
pub(super) async fn read(
    limits: &Limits,
    budget: &Budget,
    gzipped: bool,
    body: Incoming,
) -> Result<Read, Fault> {
    let limit = limits.body;
    let too_large = || transport(format!("the body is larger than {limit} bytes"));
    // Refused before reading when the announced length is too large.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut share = budget.share();
    let collected = collect(Limited::new(body, limit), &mut share);
    let bytes = match tokio::time::timeout(limits.request, collected).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Uncollected::Exhausted)) => return Err(exhausted()),
        Ok(Err(Uncollected::Broken(error))) if error.is::<LengthLimitError>() => {
            return Err(too_large());
        }
        Ok(Err(Uncollected::Broken(error))) => {
            let reason = cause::deepest(&*error);
            return Err(transport(format!("the body did not arrive: {reason}")));
        }
        Err(_) => {
            return Err(transport(format!(
                "the body did not arrive within {:?}",
                limits.request
            )));
        }
    };
    if !gzipped {
        return Ok(Read { bytes, share });
    }
    let bytes = gunzip(&bytes, limit).map_err(|error| match error {
        GunzipError::TooLarge => too_large(),
        GunzipError::NotGzip => transport("the body is not the gzip it claims to be".to_owned()),
    })?;
    share
        .reserve(bytes.len())
        .map_err(|Exhausted| exhausted())?;
    Ok(Read { bytes, share })
}

/// Why a body could not be collected.
enum Uncollected {
    Exhausted,
    Broken(Box<dyn Error + Send + Sync>),
}

/// Collects the body as it arrives. Only bytes that arrived are reserved, whatever length was announced.
async fn collect(mut body: Limited<Incoming>, share: &mut Share) -> Result<Bytes, Uncollected> {
    let mut arrived = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Frames that are not data are trailers, which are ignored.
        let Ok(data) = frame.map_err(Uncollected::Broken)?.into_data() else {
            continue;
        };
        share
            .reserve(arrived.len() + whole.len() + data.len())
            .map_err(|Exhausted| Uncollected::Exhausted)?;
        // Most bodies arrive in one piece and are not copied.
        if arrived.is_empty() && whole.is_empty() {
            arrived = data;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut arrived));
            whole.extend_from_slice(&data);
        }
    }
    Ok(if whole.is_empty() {
        arrived
    } else {
        whole.freeze()
    })
}

fn exhausted() -> Fault {
    transport("too many large bodies at the same time; send it again later".to_owned())
}

fn transport(reason: String) -> Fault {
    Fault::new(fault::TRANSPORT, reason)
}

/// Smaller answers fit into one packet either way. Python's server has the same threshold.
pub(super) const MIN_GZIP_BYTES: usize = 1_400;

/// Why a body could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GunzipError {
    /// It exceeds the limit; decompression stopped there.
    TooLarge,
    /// It is not gzip, or damaged.
    NotGzip,
}

/// Decompresses at most `limit` bytes.
pub(super) fn gunzip(gzipped: &[u8], limit: usize) -> Result<Bytes, GunzipError> {
    let mut unpacked = Vec::new();
    // gzip allows several members one after the other. One byte beyond the limit shows that there is too
    // much.
    MultiGzDecoder::new(gzipped)
        .take(limit as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| GunzipError::NotGzip)?;
    if unpacked.len() > limit {
        return Err(GunzipError::TooLarge);
    }
    Ok(unpacked.into())
}

/// Compresses a body; `None` when that fails, and the body is sent uncompressed.
pub(super) fn gzip(body: &[u8]) -> Option<Bytes> {
    // Level 1: text shrinks well at once, and little more with effort.
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
        let gzipped = gzip(&body).unwrap();
        assert!(gzipped.len() < 1_000);
        assert_eq!(gunzip(&gzipped, 100_000).unwrap(), body);
        assert_eq!(gunzip(&gzipped, 99_999), Err(GunzipError::TooLarge));
        assert_eq!(
            gunzip(&gzipped[..gzipped.len() / 2], 100_000),
            Err(GunzipError::NotGzip)
        );
        assert_eq!(gunzip(b"<a/>", 10), Err(GunzipError::NotGzip));
    }

    #[test]
    fn what_follows_a_packed_body_is_read_or_refused_and_never_dropped() {
        let (one, two) = (gzip(b"<a>").unwrap(), gzip(b"</a>").unwrap());
        let both = [one.as_ref(), two.as_ref()].concat();
        assert_eq!(gunzip(&both, 7).unwrap().as_ref(), b"<a></a>");
        assert_eq!(gunzip(&both, 6), Err(GunzipError::TooLarge));
        let more = [one.as_ref(), b"more"].concat();
        assert_eq!(gunzip(&more, 100), Err(GunzipError::NotGzip));
    }
}
