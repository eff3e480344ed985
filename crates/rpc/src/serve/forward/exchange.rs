//! One exchange with the server: over the connection that is there, or over a new one.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Limited;
use hyper::Response;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::http::response;
use tokio::time::Instant;

use super::destination::Forwarding;
use super::failed::Failed;
use super::headers;
use super::server_connection::{Sent, ServerConnection};
use super::timer::Timer;
use crate::cause;
use crate::serve::Connection;
use crate::serve::body::{self, Uncollected};
use crate::serve::link::Link;
use crate::serve::service::Shared;

/// Largest answer, as large as our own callers read one.
const LARGEST_ANSWER: usize = 64 << 20;

/// A call that takes longer is watched for a client that hangs up.
const QUICK: Duration = Duration::from_secs(1);

/// How long the server is still waited for when the client seems to be gone: one that has closed only its
/// sending side looks the same, and waits for its answer.
const GONE: Duration = Duration::from_secs(2);

/// A complete answer.
pub(super) struct Answered {
    pub(super) head: response::Parts,
    pub(super) body: Bytes,
}

/// What a call is forwarded with.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a> {
    pub(super) shared: &'a Shared,
    pub(super) forwarding: &'a Forwarding,
    pub(super) link: &'a Link,
    pub(super) connection: &'a Connection,
}

impl Exchange<'_> {
    /// Sends the call once, and waits for the answer as long as the client does.
    pub(super) async fn run(self, head: Parts, body: Bytes) -> Result<Answered, Failed> {
        let mut timer = self.link.timer.lock().take().unwrap_or_default();
        let answered = self.run_until(&mut timer, head, body).await;
        *self.link.timer.lock() = Some(timer);
        answered
    }

    async fn run_until(
        self,
        timer: &mut Timer,
        head: Parts,
        body: Bytes,
    ) -> Result<Answered, Failed> {
        let (began, limit) = (Instant::now(), self.forwarding.timeout);
        let mut exchange = pin!(self.send(head, body));
        tokio::select! {
            biased;
            answered = &mut exchange => return answered,
            () = timer.until(began + QUICK.min(limit)) => {}
        }
        let gone = async {
            self.connection.hung_up().await;
            tokio::time::sleep(GONE).await;
        };
        tokio::select! {
            answered = exchange => answered,
            () = gone => Err(Failed::ClientGone),
            () = timer.until(began + limit) => Err(Failed::TimedOut(limit)),
        }
    }

    async fn send(self, head: Parts, body: Bytes) -> Result<Answered, Failed> {
        self.forwarding.connect.note_call();
        let kept = self.link.to_server.lock().take();
        let mut request = (head, body);
        if let Some(mut server) = kept
            && server.is_usable()
            && !self.forwarding.standing().is_left()
        {
            match server.exchange(request).await {
                Sent::Answer(response) => return self.collect(server, response).await,
                Sent::Failed(failed) => return Err(failed),
                Sent::NotAtAll(unsent) => request = unsent,
            }
        }
        let connected = self.forwarding.connect.connect().await;
        let connected =
            connected.map_err(|unreachable| Failed::NotDelivered(unreachable.to_string()))?;
        let mut server = Box::new(ServerConnection::new(connected).await?);
        match server.exchange(request).await {
            Sent::Answer(response) => self.collect(server, response).await,
            Sent::Failed(failed) => Err(failed),
            Sent::NotAtAll(_) => Err(Failed::NotDelivered("the connection closed".to_owned())),
        }
    }

    async fn collect(
        self,
        mut server: Box<ServerConnection>,
        response: Response<Incoming>,
    ) -> Result<Answered, Failed> {
        let (mut head, incoming) = response.into_parts();
        // The answer is charged while it arrives, and again by the caller while it is sent.
        let mut reservation = self.shared.answers.reservation(self.link.ends.peer.ip());
        let arriving = body::arrive(Limited::new(incoming, LARGEST_ANSWER), &mut reservation);
        let body = server.drive(arriving).await.map_err(|error| match error {
            Uncollected::Exhausted => Failed::NoBudget,
            Uncollected::TooLarge { .. } => Failed::TooLarge(LARGEST_ANSWER),
            Uncollected::Broken(error) => Failed::Broken(cause::deepest(&*error)),
        })?;
        head.headers = headers::of_answer(head.headers, body.len());
        head.version = hyper::Version::HTTP_11;
        if server.is_kept() {
            *self.link.to_server.lock() = Some(server);
        }
        Ok(Answered { head, body })
    }
}
