//! Unpacking, within limits of size and of work.
//!
//! The size of what comes out says little of the work: gzip may hold blocks and members that are empty. A mebibyte
//! of them keeps a processor busy for four seconds and unpacks to nothing. So the time that the processor spends is
//! limited, too. That is the time of this thread, which other programs do not make longer.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

/// How much work unpacking may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Time of the processor.
    time: Duration,
    /// Bytes that are unpacked between two looks at the clock. The emptiest blocks take some five microseconds
    /// for each.
    piece: usize,
}

impl Effort {
    /// For what is done at once, between the calls of others.
    pub(super) const AT_ONCE: Self = Self {
        time: Duration::from_micros(200),
        piece: 64,
    };

    /// For a large answer, at once as well: several times what a mebibyte takes.
    pub(super) const FOR_LARGE_ANSWER: Self = Self {
        time: Duration::from_millis(20),
        piece: 1 << 10,
    };

    /// For what waits for its turn in the lane: ten times what the largest body takes.
    pub(super) const IN_LANE: Self = Self {
        time: Duration::from_millis(200),
        piece: 1 << 10,
    };
}

/// Why a body could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GunzipError {
    /// It exceeds the limit; decompression stopped there.
    TooLarge,
    /// It is more work than it may be; decompression stopped there.
    TooCostly,
    /// It is not gzip, or damaged.
    NotGzip,
}

/// Decompresses at most `limit` bytes.
pub(super) fn gunzip(gzipped: &[u8], limit: usize, effort: Effort) -> Result<Bytes, GunzipError> {
    // One byte beyond the limit shows that there is too much.
    let mut unpacked =
        unpack(gzipped, limit.saturating_add(1), effort).map_err(|(_, error)| error)?;
    if unpacked.len() > limit {
        return Err(GunzipError::TooLarge);
    }
    // It has grown by doubling.
    unpacked.shrink_to_fit();
    Ok(unpacked.into())
}

/// The first bytes of a compressed body, as far as little work shows them.
pub(super) fn gunzip_beginning(gzipped: &[u8], at_most: usize) -> Vec<u8> {
    // Damage further on does not matter here.
    unpack(gzipped, at_most, Effort::AT_ONCE).unwrap_or_else(|(beginning, _)| beginning)
}

/// The first bytes; with an error what was unpacked before it.
fn unpack(
    gzipped: &[u8],
    at_most: usize,
    effort: Effort,
) -> Result<Vec<u8>, (Vec<u8>, GunzipError)> {
    // gzip allows several members one after the other.
    let mut decoder = MultiGzDecoder::new(Metered::new(gzipped, effort)).take(at_most as u64);
    let mut unpacked = Vec::new();
    match decoder.read_to_end(&mut unpacked) {
        Ok(_) => Ok(unpacked),
        Err(_) if decoder.get_ref().get_ref().is_spent => Err((unpacked, GunzipError::TooCostly)),
        Err(_) => Err((unpacked, GunzipError::NotGzip)),
    }
}

/// Bytes that come in pieces and end with an error when the time is over.
struct Metered<'a> {
    bytes: &'a [u8],
    /// What is left of the current piece.
    piece: usize,
    effort: Effort,
    began: Option<Duration>,
    is_spent: bool,
}

impl<'a> Metered<'a> {
    const fn new(bytes: &'a [u8], effort: Effort) -> Self {
        Self {
            bytes,
            piece: 0,
            effort,
            began: None,
            is_spent: false,
        }
    }
}

impl BufRead for Metered<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece == 0 {
            let now = processor_time();
            let began = *self.began.get_or_insert(now);
            if now.saturating_sub(began) > self.effort.time {
                self.is_spent = true;
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.piece = self.effort.piece;
        }
        Ok(self.bytes.get(..self.piece).unwrap_or(self.bytes))
    }

    fn consume(&mut self, length: usize) {
        self.bytes = self.bytes.get(length..).unwrap_or_default();
        self.piece = self.piece.saturating_sub(length);
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// The time that the processor has spent on this thread.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanoseconds)
}

/// The time that has passed, which is longer on a busy machine.
#[cfg(not(target_os = "linux"))]
fn processor_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::super::body::gzip;
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_up_to_the_limit() {
        let body = vec![b'a'; 100_000];
        let gzipped = gzip(&body).unwrap();
        assert!(gzipped.len() < 1_000);
        assert_eq!(gunzip(&gzipped, 100_000, Effort::IN_LANE).unwrap(), body);
        assert_eq!(
            gunzip(&gzipped, 99_999, Effort::IN_LANE),
            Err(GunzipError::TooLarge)
        );
        assert_eq!(gunzip_beginning(&gzipped, 10), [b'a'; 10]);
        let half = &gzipped[..gzipped.len() / 2];
        assert_eq!(
            gunzip(half, 100_000, Effort::IN_LANE),
            Err(GunzipError::NotGzip)
        );
        assert!(!gunzip_beginning(half, 10).is_empty());
        assert_eq!(
            gunzip(b"<a/>", 10, Effort::IN_LANE),
            Err(GunzipError::NotGzip)
        );
    }

    #[test]
    fn what_follows_a_packed_body_is_read_or_refused_and_never_dropped() {
        let (one, two) = (gzip(b"<a>").unwrap(), gzip(b"</a>").unwrap());
        let both = [one.as_ref(), two.as_ref()].concat();
        let unpacked = |gzipped: &[u8], limit| gunzip(gzipped, limit, Effort::IN_LANE);
        assert_eq!(unpacked(&both, 7).unwrap().as_ref(), b"<a></a>");
        assert_eq!(unpacked(&both, 6), Err(GunzipError::TooLarge));
        let more = [one.as_ref(), b"more"].concat();
        assert_eq!(unpacked(&more, 100), Err(GunzipError::NotGzip));
    }

    #[test]
    fn blocks_and_members_that_hold_nothing_are_not_unpacked_to_their_end() {
        // Some 20 MB of each: more than the fastest processor unpacks in any of the times. Four empty blocks with the
        // fixed code take five bytes.
        let blocks = [0x02, 0x08, 0x20, 0x80, 0x00];
        let header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
        let empty_blocks = [header, &blocks.repeat(4_000_000)[..]].concat();
        let empty_members = gzip(b"").unwrap().repeat(1_000_000);
        for costly in [empty_blocks, empty_members] {
            for effort in [Effort::AT_ONCE, Effort::FOR_LARGE_ANSWER, Effort::IN_LANE] {
                let began = processor_time();
                assert_eq!(gunzip(&costly, 100, effort), Err(GunzipError::TooCostly));
                let took = processor_time() - began;
                assert!(took < effort.time + Duration::from_millis(100), "{took:?}");
            }
            assert!(gunzip_beginning(&costly, 100).is_empty());
        }
    }

    #[test]
    fn the_largest_body_is_unpacked_however_well_it_packs() {
        let mut random = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_be_bytes()[0]
        })
        .take(1 << 20)
        .collect();
        for body in [vec![b'a'; 1 << 20], noise] {
            let gzipped = gzip(&body).unwrap();
            assert_eq!(gunzip(&gzipped, 1 << 20, Effort::IN_LANE).unwrap(), body);
        }
    }
}
