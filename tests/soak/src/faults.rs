//! Faults that clients and foreign programs inject into connections.

use std::time::Duration;

use dxr::Value;
use fastrand::Rng;
use protocol::binder::Endpoint;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends a call and breaks it off: before it is sent completely, before the answer, or in the middle of
/// the answer. The call may have been carried out or not.
pub(crate) async fn break_off(rng: &mut Rng, at: &Endpoint, method: &str, parameters: Vec<Value>) {
    let Ok(body) = rpc::xml::write::call(method, parameters) else {
        return;
    };
    let request = request(body.as_bytes());
    let Ok(mut stream) = connect(at).await else {
        return;
    };
    // Errors of a closed connection have no receiver.
    match rng.u8(..4) {
        0 => {
            let part = rng.usize(..request.len());
            let _ = stream
                .write_all(request.get(..part).unwrap_or_default())
                .await;
        }
        1 => {
            let _ = stream.write_all(&request).await;
        }
        2 => {
            let _ = stream.write_all(&request).await;
            tokio::time::sleep(Duration::from_micros(rng.u64(..2_000))).await;
        }
        _ => {
            let _ = stream.write_all(&request).await;
            let mut some = [0; 20];
            let _ = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut some)).await;
        }
    }
    if rng.bool() {
        // What is not read yet is thrown away, and the server sees a reset.
        let _ = stream.set_zero_linger();
    }
}

/// Sends something that is no call, and may read the answer.
pub(crate) async fn make_noise(rng: &mut Rng, at: &Endpoint) {
    let Ok(mut stream) = connect(at).await else {
        return;
    };
    let noise = match rng.u8(..5) {
        0 => request(b"<methodCall><methodName>list_rooms"),
        1 => request(&b"<value><array><data>".repeat(5_000)),
        2 => b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        3 => b"POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n<".to_vec(),
        _ => (0..rng.usize(1..2_000)).map(|_| rng.u8(..)).collect(),
    };
    let _ = stream.write_all(&noise).await;
    if rng.bool() {
        let mut answer = [0; 4096];
        let _ = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut answer)).await;
    }
}

async fn connect(at: &Endpoint) -> std::io::Result<TcpStream> {
    TcpStream::connect((at.address.as_str(), at.port)).await
}

fn request(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
