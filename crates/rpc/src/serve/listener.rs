//! Accepts connections, up to a limit, until shutdown.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::link::Ends;
use super::run_connection;
use super::service::{Capacity, Service, Shared};
use super::shortage::Shortage;
use super::stream::poll_arrival;

/// Pause after an accept error such as exhausted file descriptors: long enough not to spin, too short to be
/// noticed once descriptors are free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the calls on one stream that need not be a socket, as [`serve`] does for each connection.
pub async fn serve_stream(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    service: Arc<Service>,
) {
    let (_going_on, stopping) = watch::channel(false);
    // Only a socket can be watched for a client that hangs up.
    let never = |_: &_, _: &mut Context<'_>| Poll::Pending;
    let shared = Shared::of(&Capacity::of(&service.limits), service);
    let ends = Ends { peer, local: None };
    run_connection::run(stream, never, ends, shared, stopping).await;
}

/// Serves calls on `listener` until `shutdown` completes.
///
/// Then no connection is accepted any more, calls in flight are answered, idle connections are closed, and
/// what is still open after `Limits::shutdown` is dropped.
pub async fn serve(listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) {
    let capacity = Capacity::of(&service.limits);
    serve_within(listener, service, &capacity, shutdown).await;
}

/// The same for one of several services that share the connections and the memory for calls.
pub async fn serve_within(
    listener: TcpListener,
    service: Service,
    capacity: &Capacity,
    shutdown: impl Future<Output = ()>,
) {
    let limits = service.limits.clone();
    let places = &*capacity.places;
    let shared = Shared::of(capacity, Arc::new(service));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shortage = Shortage::of(limits.connections);
    tokio::pin!(shutdown);
    loop {
        let accept = async {
            // The place comes before the connection: beyond the limit, peers wait in the system's queue
            // instead of being turned away.
            let place = places.free().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            () = &mut shutdown => break,
            (accepted, place) = accept => match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = places.take(place, peer.ip()) else {
                        places.turn_away(stream);
                        continue;
                    };
                    // Answers are small and written at once; Nagle's algorithm would only delay them.
                    let _ = stream.set_nodelay(true);
                    let (of_connection, stopping) = (Arc::clone(&shared), stopping.clone());
                    let local = stream.local_addr().ok();
                    connections.spawn(async move {
                        let ends = Ends { peer, local };
                        run_connection::run(stream, poll_arrival, ends, of_connection, stopping).await;
                        drop(place);
                    });
                    shared.usage.set_connections(connections.len());
                    shortage.open(connections.len());
                }
                Err(error) => {
                    shortage.failed(&error);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            // Finished tasks are removed as they end, or the set would grow with every connection.
            Some(_) = connections.join_next() => {
                shared.usage.set_connections(connections.len());
                shortage.open(connections.len());
            }
            () = shortage.may_have_ended() => shortage.open(connections.len()),
        }
    }
    drop(listener);
    // Fails when no connection is left.
    let _ = stop.send(true);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.shutdown, all_ended)
        .await
        .is_err()
    {
        tracing::warn!("some calls did not finish in time and are dropped");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::serve::Methods;
    use crate::xml::{read, write};

    /// Serves a stream of events that does not end to `peer`, until the connection is closed.
    async fn stream_to(peer: impl Future<Output = ()>, ours: tokio::io::DuplexStream) {
        let endless = || {
            let events = std::iter::repeat(Ok::<_, std::convert::Infallible>("data: x\n\n"));
            let body = axum::body::Body::from_stream(futures_util::stream::iter(events));
            ([("content-type", "text/event-stream")], body)
        };
        let pages =
            axum::Router::new().route("/events", axum::routing::get(async move || endless()));
        let service = Service {
            pages: Some(pages),
            ..Service::new(Methods::new())
        };
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        tokio::select! {
            () = serve_stream(ours, nobody, Arc::new(service)) => {}
            () = peer => {}
        }
    }

    const GET: &[u8] = b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn a_stream_whose_peer_takes_nothing_is_closed_and_one_that_is_read_slowly_is_not() {
        let began = tokio::time::Instant::now();
        let (mut peer, ours) = tokio::io::duplex(4 << 10);
        peer.write_all(GET).await.unwrap();
        stream_to(std::future::pending(), ours).await;
        let took = began.elapsed().as_secs();
        assert!((30..=41).contains(&took), "{took} s");

        let (mut peer, ours) = tokio::io::duplex(4 << 10);
        peer.write_all(GET).await.unwrap();
        let slowly = async {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_secs(20)).await;
                let length = peer.read(&mut [0; 1 << 10]).await.unwrap();
                assert!(length > 0, "the stream goes on");
            }
        };
        stream_to(slowly, ours).await;
    }

    #[tokio::test]
    async fn calls_on_a_stream_that_is_no_socket_are_answered_until_it_ends() {
        let service = Arc::new(Service::new(Methods::new()));
        let (mut peer, ours) = tokio::io::duplex(64 << 10);
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let talk = async {
            let call = write::call("system.listMethods", Vec::new()).unwrap();
            let length = call.len();
            let request =
                format!("POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{call}");
            peer.write_all(request.repeat(2).as_bytes()).await.unwrap();
            peer.shutdown().await.unwrap();
            let mut came = String::new();
            peer.read_to_string(&mut came).await.unwrap();
            came
        };
        let (came, ()) = tokio::join!(talk, serve_stream(ours, nobody, service));
        let answers: Vec<&str> = came
            .split("HTTP/1.1 200 OK")
            .filter_map(|response| response.split_once("\r\n\r\n"))
            .map(|(_, body)| body)
            .collect();
        assert_eq!(answers.len(), 2, "{came}");
        for answer in answers {
            assert!(read::answer(answer.as_bytes()).unwrap().is_ok(), "{answer}");
        }
    }
}
