//! One exchange with the server: over the connection that is there, or over a new one.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Limited;
use hyper::Response;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::http::response;
use tokio::time::Instant;

use super::destination::{Forwarding, Standing};
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

/// How long a call that changes something still waits at a server that is gone: one that ends properly takes its names
/// back before its last answers.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A call that can be sent once more. Kept only where there are several servers, so that a call to a single one costs
/// no more.
type Again = Option<Box<(Parts, Bytes)>>;

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
    /// Sends the call, and waits for the answer as long as the client does. It is sent once more if it changes nothing
    /// and its server is left before the answer.
    pub(super) async fn run(self, head: Parts, body: Bytes) -> Result<Answered, Failed> {
        let mut timer = self.link.timer.lock().take().unwrap_or_default();
        let is_one_of_several = self.forwarding.standing().may_be_one_of_several();
        let mut copy = is_one_of_several.then(|| Box::new((head.clone(), body.clone())));
        let mut request = (head, body);
        let began = Instant::now();
        let answered = loop {
            let attempt = self.run_until(&mut timer, began, request, &mut copy);
            let answered = attempt.await;
            match (&answered, copy.take()) {
                (Err(Failed::Left), Some(again)) => request = *again,
                _ => break answered,
            }
        };
        *self.link.timer.lock() = Some(timer);
        answered
    }

    /// Sends the call once. While it waits, a copy is kept only if it changes nothing.
    async fn run_until(
        self,
        timer: &mut Timer,
        began: Instant,
        (head, body): (Parts, Bytes),
        copy: &mut Again,
    ) -> Result<Answered, Failed> {
        let limit = self.forwarding.timeout;
        let waits_at_server = AtomicBool::new(false);
        let mut exchange = pin!(self.send(head, body, &waits_at_server));
        tokio::select! {
            biased;
            answered = &mut exchange => return answered,
            () = timer.until(began + QUICK.min(limit)) => {}
        }
        let gone = async {
            self.connection.hung_up().await;
            tokio::time::sleep(GONE).await;
        };
        *copy = copy.take().filter(|request| self.changes_nothing(request));
        tokio::select! {
            answered = exchange => answered,
            () = gone => Err(Failed::ClientGone),
            () = self.left(&waits_at_server, copy.is_some()) => Err(Failed::Left),
            () = timer.until(began + limit) => Err(Failed::TimedOut(limit)),
        }
    }

    fn changes_nothing(self, (head, body): &(Parts, Bytes)) -> bool {
        let is_gzip = body::is_gzip(&head.headers) == Ok(true);
        let method = body::method_called(body, is_gzip);
        let procedure = method.and_then(|method| self.forwarding.procedure(&method));
        procedure.is_some_and(|procedure| procedure.changes_nothing)
    }

    /// Completes when the server for which the call waits is left.
    async fn left(self, waits_at_server: &AtomicBool, changes_nothing: bool) {
        let mut standing = self.forwarding.standing.clone();
        let is_over = |standing: &Standing| match standing {
            Standing::Unknown | Standing::Alone | Standing::OneOfSeveral => false,
            // It answers, though without what is new.
            Standing::Behind => changes_nothing,
            Standing::Gone => true,
        };
        loop {
            let is_left = standing.wait_for(is_over).await.is_ok();
            if !is_left || !waits_at_server.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            if changes_nothing {
                return;
            }
            // The answer ends this wait, too: both are polled together.
            tokio::time::sleep(LAST_ANSWERS).await;
            if is_over(&self.forwarding.standing()) {
                return;
            }
        }
    }

    /// Notes when the call `waits_at_server`: at the one that was meant, before that is left.
    async fn send(
        self,
        head: Parts,
        body: Bytes,
        waits_at_server: &AtomicBool,
    ) -> Result<Answered, Failed> {
        self.forwarding.connect.note_call();
        let is_left = || self.forwarding.standing().is_left();
        let kept = self.link.to_server.lock().take();
        let mut request = (head, body);
        if let Some(mut server) = kept
            && server.is_usable()
            && !is_left()
        {
            waits_at_server.store(true, Ordering::Relaxed);
            match server.exchange(request).await {
                Sent::Answer(response) => return self.collect(server, response).await,
                Sent::Failed(failed) => return Err(failed),
                Sent::NotAtAll(unsent) => request = unsent,
            }
        }
        waits_at_server.store(false, Ordering::Relaxed);
        let connected = self.forwarding.connect.connect().await;
        let connected =
            connected.map_err(|unreachable| Failed::NotDelivered(unreachable.to_string()))?;
        waits_at_server.store(!connected.is_substitute && !is_left(), Ordering::Relaxed);
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
