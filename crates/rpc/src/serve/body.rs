//! The body of a request: read within the limits of size and time, unpacked if it comes packed.

use bytes::Bytes;
use dxr::Fault;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::header::CONTENT_ENCODING;
use protocol::fault;

use super::Limits;
use super::compression::{self, UnpackError};

/// The whole body, within the limits of size and time.
///
/// # Errors
/// The fault that says which limit it went beyond.
pub(super) async fn read(limits: &Limits, request: Request<Incoming>) -> Result<Bytes, Fault> {
    let limit = limits.body;
    let too_large = || transport(format!("the body is larger than {limit} bytes"));
    let packed = match request.headers().get(CONTENT_ENCODING) {
        None => false,
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"gzip") => true,
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => false,
        Some(_) => {
            return Err(transport(
                "of Content-Encoding only gzip is read".to_owned(),
            ));
        }
    };
    let body = request.into_body();
    // A body that says it is too large is not read at all.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let collected = Limited::new(body, limit).collect();
    let body = match tokio::time::timeout(limits.request, collected).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(error)) => return Err(transport(format!("the body did not arrive: {error}"))),
        Err(_) => {
            return Err(transport(format!(
                "the body did not arrive within {:?}",
                limits.request
            )));
        }
    };
    if !packed {
        return Ok(body);
    }
    compression::unpack(&body, limit).map_err(|error| match error {
        UnpackError::TooLarge => too_large(),
        UnpackError::NotGzip => transport("the body is not the gzip it claims to be".to_owned()),
    })
}

fn transport(reason: String) -> Fault {
    Fault::new(fault::TRANSPORT, reason)
}
