//! Bodies: of requests, read within the limits of size and time; and how answers are packed.

use std::borrow::Cow;
use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dxr::Fault;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use protocol::fault;

use super::budget::{Exhausted, Reservation};
use super::unpacking::gunzip_beginning;
use crate::cause;
use crate::xml::ReadError;

/// A complete body as it came.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) bytes: Bytes,
    pub(super) is_gzip: bool,
    /// What it has reserved of the budget.
    pub(super) reservation: Reservation,
}

/// Why a body is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// It exceeds the limit.
    TooLarge {
        limit: usize,
        /// Its first bytes, as far as they were read.
        beginning: Vec<u8>,
    },
    /// For another reason, which the fault gives.
    Other(Fault),
}

impl Refused {
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::TooLarge { limit, .. } => {
                transport(format!("the body is larger than {limit} bytes"))
            }
            Self::Other(fault) => fault,
        }
    }
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

/// Collects the whole body within its limits. Of one that announces too large a size, only the beginning is
/// read, and only with `peek`.
pub(super) async fn collect(
    (limit, timeout): (usize, Duration),
    mut reservation: Reservation,
    is_gzip: bool,
    peek: bool,
    body: Incoming,
) -> Result<Collected, Refused> {
    let other = |reason| Refused::Other(transport(reason));
    if body.size_hint().lower() > limit as u64 {
        let beginning = match peek && !is_gzip {
            // Boxed, because it is rare, and each connection reserves space for the largest future.
            true => Box::pin(read_beginning(body)).await,
            false => Vec::new(),
        };
        return Err(Refused::TooLarge { limit, beginning });
    }
    let arriving = arrive(Limited::new(body, limit), &mut reservation);
    let bytes = match tokio::time::timeout(timeout, arriving).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Uncollected::Exhausted)) => return Err(exhausted()),
        Ok(Err(Uncollected::TooLarge { beginning })) => {
            return Err(Refused::TooLarge { limit, beginning });
        }
        Ok(Err(Uncollected::Broken(error))) => {
            let reason = cause::deepest(&*error);
            return Err(other(format!("the body did not arrive: {reason}")));
        }
        Err(_) => {
            let reason = format!("the body did not arrive within {:?}", timeout);
            return Err(other(reason));
        }
    };
    Ok(Collected {
        bytes,
        is_gzip,
        reservation,
    })
}

/// Why a body could not be collected.
pub(super) enum Uncollected {
    Exhausted,
    TooLarge { beginning: Vec<u8> },
    Broken(Box<dyn Error + Send + Sync>),
}

/// Collects the body as it arrives. Only bytes that arrived are reserved, whatever length was announced.
pub(super) async fn arrive(
    mut body: Limited<Incoming>,
    reservation: &mut Reservation,
) -> Result<Bytes, Uncollected> {
    let mut arrived = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let beginning = arrived.iter().chain(&whole).take(BEGINNING);
                let beginning = beginning.copied().collect();
                return Uncollected::TooLarge { beginning };
            }
            Uncollected::Broken(error)
        })?;
        // Frames that are not data are trailers, which are ignored.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        reservation
            .resize(arrived.len() + whole.len() + data.len())
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

/// The budget for requests is used up.
pub(super) fn exhausted() -> Refused {
    Refused::Other(ReadError::NotAdmitted.fault())
}

/// The body is damaged.
pub(super) fn not_gzip() -> Refused {
    let reason = "the body is not the gzip it claims to be";
    Refused::Other(transport(reason.to_owned()))
}

/// Unpacking the body is too much work.
pub(super) fn too_costly() -> Refused {
    let reason = "the body takes too long to unpack";
    Refused::Other(transport(reason.to_owned()))
}

/// The body unpacks to more than `limit` bytes.
pub(super) fn too_large_unpacked(gzipped: &[u8], limit: usize) -> Refused {
    Refused::TooLarge {
        limit,
        beginning: gunzip_beginning(gzipped, BEGINNING),
    }
}

fn transport(reason: String) -> Fault {
    Fault::new(fault::TRANSPORT, reason)
}

/// Bytes of an oversized body that are read for its method, before which stand an XML declaration and two
/// tags.
const BEGINNING: usize = 1 << 10;

/// Timeout for these bytes. Clients send them right after the header.
const BEGINNING_TIMEOUT: Duration = Duration::from_secs(1);

/// The first bytes of a body that is not read completely, as far as they arrive in time.
async fn read_beginning(mut body: Incoming) -> Vec<u8> {
    let mut beginning = Vec::new();
    let arriving = async {
        while beginning.len() < BEGINNING && method_name(&beginning).is_none() {
            let Some(Ok(frame)) = body.frame().await else {
                break;
            };
            let data = frame.into_data().unwrap_or_default();
            beginning.extend(data.iter().take(BEGINNING - beginning.len()));
        }
    };
    // After a timeout, what has arrived so far is used.
    let _ = tokio::time::timeout(BEGINNING_TIMEOUT, arriving).await;
    beginning
}

/// The method of a call, if its name is complete and written as clients write it: after a declaration and the first
/// tag. What looks like a name may be in a comment.
pub(super) fn method_name(beginning: &[u8]) -> Option<&str> {
    let text = beginning.utf8_chunks().next()?.valid();
    let (before, after) = text.split_once("<methodName>")?;
    let tag = match before.split_once("?>") {
        Some((declaration, tag)) if declaration.starts_with("<?xml ") => tag,
        _ => before,
    };
    let attributes = tag.trim().strip_prefix("<methodCall")?.strip_suffix('>')?;
    if attributes.contains(['<', '>']) {
        return None;
    }
    let (name, _) = after.split_once("</methodName>")?;
    Some(name.trim())
}

/// The method of a call that is not read otherwise, if its name is where clients write it.
pub(super) fn method_called(body: &[u8], is_gzip: bool) -> Option<String> {
    method_name(&beginning(body, is_gzip)).map(str::to_owned)
}

/// Whether an answer is a fault, as far as its beginning shows.
pub(super) fn is_fault(answer: &[u8], is_gzip: bool) -> bool {
    let beginning = beginning(answer, is_gzip);
    let text = beginning.utf8_chunks().next().map(|chunk| chunk.valid());
    let inside = text.and_then(|text| text.split_once("<methodResponse>"));
    inside.is_some_and(|(_, inside)| inside.trim_start().starts_with("<fault>"))
}

/// The first bytes of a body, unpacked.
fn beginning(body: &[u8], is_gzip: bool) -> Cow<'_, [u8]> {
    match is_gzip {
        true => gunzip_beginning(body, BEGINNING).into(),
        false => body.get(..BEGINNING).unwrap_or(body).into(),
    }
}

/// Smaller answers fit into one packet either way. Python's server has the same threshold.
pub(super) const MIN_GZIP_BYTES: usize = 1_400;

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
    fn the_method_is_found_when_all_of_its_name_has_arrived() {
        let call = "<?xml version='1.0'?>\n<methodCall>\n<methodName>send_message</methodName>\n\
            <params>\n<param>\n<value><string>é";
        for length in 0..call.len() {
            let expected = (length >= call.find("\n<params>").unwrap()).then_some("send_message");
            assert_eq!(
                method_name(&call.as_bytes()[..length]),
                expected,
                "{length}"
            );
        }
        assert_eq!(method_name(b"\xff\xfe<\0m\0"), None);
    }

    #[test]
    fn what_looks_like_a_name_in_another_place_is_none() {
        let name = "<methodName>list_rooms</methodName>";
        for (before, expected) in [
            ("<methodCall>", true),
            ("<methodCall xmlns:ex='x'>", true),
            ("<?xml version='1.0'?>\r\n<methodCall>\r\n", true),
            ("<?xml version='1.0'?><!-- ", false),
            ("<!-- <methodCall>", false),
            ("<?xml version='1.0'?><methodCall><!-- ", false),
            ("<?php <methodCall>?><!-- ", false),
        ] {
            let call = format!("{before}{name} --><methodCall><methodName>send_message");
            let found = method_name(call.as_bytes());
            assert_eq!(found, expected.then_some("list_rooms"), "{before}");
        }
    }

    #[test]
    fn a_fault_is_told_from_an_answer_by_its_beginning() {
        let fault = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value>";
        let answer =
            "<?xml version='1.0'?><methodResponse><params><param><value>&lt;fault></value>";
        for (body, expected) in [
            (fault, true),
            (answer, false),
            ("", false),
            ("<fault>", false),
        ] {
            assert_eq!(is_fault(body.as_bytes(), false), expected, "{body}");
            // The time for unpacking may be spent while the machine has no processor for this one.
            let gzipped = gzip(body.as_bytes()).unwrap();
            let is_seen = (0..100).any(|_| is_fault(&gzipped, true));
            assert_eq!(is_seen, expected, "{body}");
        }
    }
}
