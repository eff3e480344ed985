//! Leases: keys with one end when it is not kept alive.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client::{Client, Repeat};
use crate::error::Error;
use crate::wire::{Int, Nothing};

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseId(pub i64);

#[derive(Serialize)]
struct GrantRequest {
    #[serde(rename = "TTL")]
    ttl: Int,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(rename = "ID")]
    id: Int,
}

#[derive(Serialize)]
struct LeaseRequest {
    #[serde(rename = "ID")]
    id: Int,
}

/// The answer of a stream, of which only the first part is of interest.
#[derive(Deserialize)]
struct Streamed {
    result: KeptAlive,
}

#[derive(Deserialize)]
struct KeptAlive {
    /// Left out when the lease has expired.
    #[serde(rename = "TTL", default)]
    ttl: Int,
}

impl Client {
    /// A new lease for so long. If the request must be repeated, one may be left over, and expires.
    pub async fn grant(&self, for_time: Duration) -> Result<LeaseId, Error> {
        let seconds = i64::try_from(for_time.as_secs()).unwrap_or(i64::MAX).max(1);
        let request = GrantRequest { ttl: Int(seconds) };
        let granted: Granted = self
            .ask("lease/grant", &request, Repeat::Idempotent)
            .await?;
        Ok(LeaseId(granted.id.0))
    }

    /// Keeps a lease for its whole time from now on. Fails with [`Error::LeaseNotFound`] when it has expired.
    pub async fn keep_alive(&self, LeaseId(id): LeaseId) -> Result<(), Error> {
        let request = LeaseRequest { id: Int(id) };
        let kept: Streamed = self
            .ask("lease/keepalive", &request, Repeat::Idempotent)
            .await?;
        if kept.result.ttl.0 > 0 {
            Ok(())
        } else {
            Err(Error::LeaseNotFound)
        }
    }

    /// Ends a lease, and with it its keys. That it has expired is no error.
    pub async fn revoke(&self, LeaseId(id): LeaseId) -> Result<(), Error> {
        let request = LeaseRequest { id: Int(id) };
        match self
            .ask::<Nothing>("lease/revoke", &request, Repeat::Idempotent)
            .await
        {
            Ok(_) | Err(Error::LeaseNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Reply, Scripted};

    #[tokio::test]
    async fn a_lease_that_is_over_is_said_when_it_is_kept_alive() {
        let server = Scripted::start(vec![
            Reply::ok(r#"{"result":{"ID":"5","TTL":"9"}}"#),
            Reply::ok(r#"{"result":{"ID":"5"}}"#),
            Reply::refused(404, 5, "etcdserver: requested lease not found"),
        ])
        .await;
        let client = server.client();
        assert_eq!(client.keep_alive(LeaseId(5)).await, Ok(()));
        let over = client.keep_alive(LeaseId(5)).await;
        assert_eq!(over, Err(Error::LeaseNotFound));
        assert_eq!(client.revoke(LeaseId(5)).await, Ok(()));
    }
}
