//! The body of a request: read within the limits of size and time, unpacked if it comes packed.

use std::error::Error;

use bytes::{Bytes, BytesMut};
use dxr::Fault;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use protocol::fault;

use super::Limits;
use super::budget::{Budget, Share, UsedUp};
use super::compression::{self, UnpackError};
use super::oversized::{self, BEGINNING};
use crate::cause;

/// A body that was read.
#[derive(Debug)]
pub(super) struct Read {
    /// All of it, unpacked.
    pub(super) bytes: Bytes,
    /// What it has of the budget: to be kept as long as its call goes on.
    pub(super) share: Share,
}

/// Why a body is not given.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is larger than the limit.
    TooLarge {
        limit: usize,
        /// What it begins with, as far as that is known.
        beginning: Vec<u8>,
    },
    /// For another reason, which the fault says.
    Other(Fault),
}

impl Refused {
    /// The fault that says so.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::TooLarge { limit, .. } => {
                transport(format!("the body is larger than {limit} bytes"))
            }
            Self::Other(fault) => fault,
        }
    }
}

/// Whether a body comes packed.
///
/// # Errors
/// When it is encoded in another way.
pub(super) fn is_packed(headers: &HeaderMap) -> Result<bool, Fault> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(false),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"gzip") => Ok(true),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(false),
        Some(_) => Err(transport(
            "of Content-Encoding only gzip is read".to_owned(),
        )),
    }
}

/// The whole body, within the limits of size and time and out of the budget. Of one that says it is too
/// large, the beginning is read if `peek` says so, and nothing else.
///
/// # Errors
/// Which limit it went beyond.
pub(super) async fn read(
    limits: &Limits,
    budget: &Budget,
    packed: bool,
    peek: bool,
    body: Incoming,
) -> Result<Read, Refused> {
    let limit = limits.body;
    let other = |reason| Refused::Other(transport(reason));
    if body.size_hint().lower() > limit as u64 {
        let beginning = match peek && !packed {
            // Boxed, because it is rare, and each connection has room for the largest future.
            true => Box::pin(oversized::beginning(body)).await,
            false => Vec::new(),
        };
        return Err(Refused::TooLarge { limit, beginning });
    }
    let mut share = budget.share();
    let collected = collect(Limited::new(body, limit), &mut share);
    let bytes = match tokio::time::timeout(limits.request, collected).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Uncollected::UsedUp)) => return Err(Refused::Other(used_up())),
        Ok(Err(Uncollected::TooLarge { beginning })) => {
            return Err(Refused::TooLarge { limit, beginning });
        }
        Ok(Err(Uncollected::Broken(error))) => {
            let reason = cause::deepest(&*error);
            return Err(other(format!("the body did not arrive: {reason}")));
        }
        Err(_) => {
            let reason = format!("the body did not arrive within {:?}", limits.request);
            return Err(other(reason));
        }
    };
    if !packed {
        return Ok(Read { bytes, share });
    }
    let bytes = compression::unpack(&bytes, limit).map_err(|error| match error {
        UnpackError::TooLarge => Refused::TooLarge {
            limit,
            beginning: compression::beginning(&bytes, BEGINNING),
        },
        UnpackError::NotGzip => other("the body is not the gzip it claims to be".to_owned()),
    })?;
    share
        .grow_to(bytes.len())
        .map_err(|UsedUp| Refused::Other(used_up()))?;
    Ok(Read { bytes, share })
}

/// Why a body is not there.
enum Uncollected {
    UsedUp,
    TooLarge { beginning: Vec<u8> },
    Broken(Box<dyn Error + Send + Sync>),
}

/// Puts the body together as it arrives. What has not arrived takes nothing, whatever was announced.
async fn collect(mut body: Limited<Incoming>, share: &mut Share) -> Result<Bytes, Uncollected> {
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
        // What is no data are trailers, which say nothing to us.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        share
            .grow_to(arrived.len() + whole.len() + data.len())
            .map_err(|UsedUp| Uncollected::UsedUp)?;
        // Most bodies arrive in one piece, which need not be copied.
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

fn used_up() -> Fault {
    transport("too many large bodies at the same time; send it again later".to_owned())
}

fn transport(reason: String) -> Fault {
    Fault::new(fault::TRANSPORT, reason)
}
