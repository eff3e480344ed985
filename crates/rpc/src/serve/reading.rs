//! From a body to a call: unpacked and read at once when that is cheap, otherwise in the lane for costly
//! work. The values are charged to the budget of the request before they are made.

use bytes::Bytes;
use dxr::Fault;
use protocol::fault;

use super::body::{self, Collected, Refused};
use super::budget::Reservation;
use super::connection::Connection;
use super::lane::{self, READ_AT_ONCE, READ_AT_ONCE_ON_FAST_PATH};
use super::limits::Limits;
use super::unpacking::{Effort, GunzipError, gunzip};
use crate::xml::{self, ReadError, read};

/// A request that was unpacked and read.
pub(super) struct Request {
    /// The unpacked body, if it is kept.
    pub(super) body: Bytes,
    pub(super) call: Result<xml::Call, ReadError>,
    /// To be kept until the call ends.
    pub(super) reservation: Reservation,
}

/// What to do with a body.
struct Reader {
    limits: (usize, usize),
    /// Whether the body is needed after it was read.
    keep: bool,
    reservation: Reservation,
}

/// Reads a body as a call; `keep` says whether the body is needed afterwards.
pub(super) async fn read(
    limits: &Limits,
    connection: &Connection,
    Collected {
        bytes,
        is_gzip,
        reservation,
    }: Collected,
    keep: bool,
) -> Result<Request, Refused> {
    let reader = Reader {
        limits: (limits.body, limits.depth),
        keep,
        reservation,
    };
    if !is_gzip && bytes.len() <= READ_AT_ONCE {
        return Ok(reader.read(bytes));
    }
    if !is_gzip {
        let reader = match reader.read_plain(&bytes) {
            Ok(request) => return Ok(request),
            Err(reader) => reader,
        };
        return in_lane(connection, move || Ok(reader.read(bytes))).await;
    }
    // What is small when it is unpacked is not much larger before, unless it is made to be.
    if bytes.len() <= READ_AT_ONCE
        && let Ok(unpacked) = gunzip(&bytes, READ_AT_ONCE.min(limits.body), Effort::AT_ONCE)
    {
        return Ok(reader.read(unpacked));
    }
    in_lane(connection, move || reader.unpack_and_read(&bytes)).await
}

/// Boxed, because it is rare, and each connection reserves space for the largest future.
async fn in_lane(
    connection: &Connection,
    work: impl FnOnce() -> Result<Request, Refused> + Send + 'static,
) -> Result<Request, Refused> {
    let panicked = || Refused::Other(Fault::new(fault::INTERNAL, "internal error".to_owned()));
    let read = Box::pin(lane::run(connection.peer(), work)).await;
    read.unwrap_or_else(|| Err(panicked()))
}

impl Reader {
    fn read(mut self, body: Bytes) -> Request {
        let (_, depth) = self.limits;
        let kept = if self.keep { body.len() } else { 0 };
        let reservation = &mut self.reservation;
        let admit = |values: usize| reservation.resize(values + kept).is_ok();
        let call = read::call_admitted(depth, &body, admit);
        self.finish(body, call)
    }

    /// Reads a body if that is cheap.
    fn read_plain(mut self, body: &Bytes) -> Result<Request, Self> {
        if body.len() > READ_AT_ONCE_ON_FAST_PATH {
            return Err(self);
        }
        let kept = if self.keep { body.len() } else { 0 };
        let reservation = &mut self.reservation;
        let admit = |values: usize| reservation.resize(values + kept).is_ok();
        match read::call_on_fast_path(body, admit) {
            Some(call) => Ok(self.finish(body.clone(), call)),
            None => Err(self),
        }
    }

    fn unpack_and_read(mut self, gzipped: &Bytes) -> Result<Request, Refused> {
        let (limit, _) = self.limits;
        let unpacked = gunzip(gzipped, limit, Effort::IN_LANE).map_err(|error| match error {
            GunzipError::TooLarge => body::too_large_unpacked(gzipped, limit),
            GunzipError::TooCostly => body::too_costly(),
            GunzipError::NotGzip => body::not_gzip(),
        })?;
        if self.reservation.resize(unpacked.len()).is_err() {
            return Err(body::exhausted());
        }
        Ok(self.read(unpacked))
    }

    fn finish(self, body: Bytes, call: Result<xml::Call, ReadError>) -> Request {
        Request {
            // A long poll would otherwise keep the buffer in which the request arrived.
            body: if self.keep { body } else { Bytes::new() },
            call,
            reservation: self.reservation,
        }
    }
}
