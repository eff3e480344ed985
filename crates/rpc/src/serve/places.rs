//! The places for connections: so many at the same time, of which one address gets at most its share, usually half.
//!
//! Beyond the limit of all, peers wait in the system's queue, which does not show their addresses. A connection
//! beyond the limit of its address has been accepted to see that, and is turned away with status 503.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::Limits;
use super::network::network;

/// The answer to any request on a connection beyond the limit of its address.
const TURNED_AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 113\r\n\
    Connection: close\r\n\
    \r\n\
    too many connections from this address; the server keeps the other places for others (unless --per-address off).\n";

/// How long a connection that is turned away may take to read that. A connection that is closed while bytes arrive
/// is reset, and the answer may be lost with it.
const GOODBYE: Duration = Duration::from_secs(1);

/// How many of them are read to their end at a time, besides the limit of connections. The others are closed at once.
const GOODBYES: usize = 8;

/// The places of one listener.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, Taken>>>,
    /// How many one address may have; `None` for all.
    share: Option<usize>,
    goodbyes: Arc<Semaphore>,
}

/// What one address has. Addresses without connections are not kept.
#[derive(Debug, Default)]
struct Taken {
    connections: usize,
    /// Whether one more was turned away, and none of its connections has ended since.
    is_full: bool,
}

/// The place of one connection, free again on drop.
#[derive(Debug)]
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, Taken>>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.connections)),
            taken: Arc::default(),
            share: limits
                .per_address
                .then(|| (limits.connections / limits.parts).max(1)),
            goodbyes: Arc::new(Semaphore::new(GOODBYES)),
        }
    }

    /// Waits until a place is free.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// Takes a free place for a connection from this address; none when it has its share already.
    pub(super) fn take(&self, permit: Option<OwnedSemaphorePermit>, peer: IpAddr) -> Option<Place> {
        let address = network(peer);
        let mut all = self.taken.lock();
        let taken = all.entry(address).or_default();
        if self.share.is_some_and(|share| taken.connections >= share) {
            if !std::mem::replace(&mut taken.is_full, true) {
                let connections = taken.connections;
                tracing::warn!(%address, connections, "an address has its share of the places; more from it are turned away");
            }
            return None;
        }
        taken.connections += 1;
        Some(Place {
            address,
            taken: Arc::clone(&self.taken),
            _permit: permit,
        })
    }

    /// Says why there is no place, in the background.
    pub(super) fn turn_away(&self, mut stream: TcpStream) {
        let Ok(permit) = Arc::clone(&self.goodbyes).try_acquire_owned() else {
            let _ = stream.try_write(TURNED_AWAY.as_bytes());
            return;
        };
        tokio::spawn(async move {
            let _permit = permit;
            let goodbye = async {
                stream.write_all(TURNED_AWAY.as_bytes()).await?;
                stream.shutdown().await?;
                let mut unread = [0; 1 << 10];
                while stream.read(&mut unread).await? > 0 {}
                io::Result::Ok(())
            };
            let _ = tokio::time::timeout(GOODBYE, goodbye).await;
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.taken.lock();
        if let Some(taken) = all.get_mut(&self.address) {
            taken.connections -= 1;
            taken.is_full = false;
            if taken.connections == 0 {
                all.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn places(connections: usize, per_address: bool) -> Places {
        Places::of(&Limits {
            connections,
            per_address,
            ..Limits::default()
        })
    }

    #[test]
    fn one_address_gets_half_of_the_places_and_each_again_that_it_gives_back() {
        let places = places(5, true);
        let mut of_one: Vec<Place> = (0..2).filter_map(|_| places.take(None, ONE)).collect();
        assert_eq!(of_one.len(), 2);
        assert!(places.take(None, ONE).is_none());
        let of_other = places.take(None, OTHER);
        assert!(of_other.is_some());
        of_one.pop();
        of_one.extend(places.take(None, ONE));
        assert_eq!(of_one.len(), 2);
        assert!(places.take(None, ONE).is_none());
        drop((of_one, of_other));
        assert!(places.taken.lock().is_empty());
    }

    #[test]
    fn a_single_place_is_for_any_address_and_without_shares_all_are() {
        let single = places(1, true);
        let _taken = single.take(None, ONE).unwrap();
        assert!(single.take(None, OTHER).is_some());
        let of_proxy = Places::of(
            &Limits {
                connections: 20,
                per_address: true,
                ..Limits::default()
            }
            .of_proxy(),
        );
        assert_eq!(of_proxy.share, Some(5));
        let all = places(4, false);
        let taken: Vec<Place> = (0..4).filter_map(|_| all.take(None, ONE)).collect();
        assert_eq!(taken.len(), 4);
    }

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let (header, body) = TURNED_AWAY.split_once("\r\n\r\n").unwrap();
        assert!(
            header.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
    }
}
