//! What the meter costs: calls on a connection in memory, without HTTP's way through the operating system, which is
//! most of a call. So the share of the meter is larger here than in a server.

use std::net::SocketAddr;
use std::sync::Arc;

use divan::Bencher;
use metrics::Metrics;
use protocol::procedure::{Procedure, Type};
use rpc::{Answer, Methods, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn main() {
    divan::main();
}

/// Calls on one connection.
const CALLS: usize = 1_000;

const PING: Procedure = Procedure {
    name: "ping",
    parameters: &[],
    answers: &[Type::String],
    changes_nothing: true,
    help: "Answers pong.",
};

fn service(metrics: Option<&Metrics>) -> Arc<Service> {
    let service = Service::new(Methods::new().immediate(&PING, |_| Ok(Answer::text("pong"))));
    let meter = metrics.map(|metrics| metrics.meter("bench", service.methods.names()));
    Arc::new(Service { meter, ..service })
}

/// Sends calls one after the other, and waits for each answer.
async fn call(service: Arc<Service>) {
    let (mut peer, ours) = tokio::io::duplex(64 << 10);
    let body =
        "<?xml version='1.0'?><methodCall><methodName>ping</methodName><params/></methodCall>";
    let length = body.len();
    let request =
        format!("POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let client = async {
        let mut answer = [0; 4 << 10];
        for _ in 0..CALLS {
            let _ = peer.write_all(request.as_bytes()).await;
            let _ = peer.read(&mut answer).await;
        }
        drop(peer);
    };
    tokio::join!(client, rpc::serve::serve_stream(ours, nobody, service));
}

#[divan::bench(args = [false, true], sample_count = 200)]
fn a_thousand_calls(bencher: Bencher, metered: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    let metrics = metered.then(Metrics::default);
    let service = service(metrics.as_ref());
    bencher.bench_local(|| runtime.block_on(call(Arc::clone(&service))));
}
