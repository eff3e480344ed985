//! Requests that no caller would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use contract::value::from_json;
use protocol::endpoint::Endpoint;
use serde_json::Value as Json;

use crate::peer::connect;

/// How long such a request may keep the check.
const WAIT: Duration = Duration::from_secs(2);

/// How much of an answer is read.
const READ: usize = 64 << 10;

/// Posts a body as it is, and reads whatever comes. That nothing comes is no finding here: what counts is
/// whether the next call is answered.
pub(super) fn post(server: &Endpoint, body: &[u8]) {
    let Some(mut stream) = send(server, &request(server, body)) else {
        return;
    };
    // Each read has a timeout of its own, and an answer may come byte by byte.
    let end = Instant::now() + WAIT;
    let (mut piece, mut left) = ([0; 4096], READ);
    while let Ok(length @ 1..) = stream.read(&mut piece)
        && left > length
        && Instant::now() < end
    {
        left -= length;
    }
}

/// Makes a call and closes the connection when its answer begins to arrive: it was carried out, and the
/// caller does not know.
pub(super) fn lose_answer(server: &Endpoint, method: &str, parameters: &[Json]) {
    let call = call(method, parameters);
    if let Some(mut stream) = send(server, &request(server, call.as_bytes())) {
        let _ = stream.read(&mut [0]);
    }
}

/// Closes the connection in the middle of a call, and another one before the answer to the whole call.
pub(super) fn hang_up(server: &Endpoint, method: &str, parameters: &[Json]) {
    let call = call(method, parameters);
    let whole = request(server, call.as_bytes());
    let half = whole.get(..whole.len() - call.len() / 2);
    drop(send(server, half.unwrap_or_default()));
    drop(send(server, &whole));
}

fn call(method: &str, parameters: &[Json]) -> String {
    let parameters = parameters.iter().map(from_json).collect();
    // Every text of the checks can be written as XML.
    rpc::xml::write::call(method, parameters).unwrap_or_default()
}

fn request(server: &Endpoint, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: {server}\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn send(server: &Endpoint, request: &[u8]) -> Option<TcpStream> {
    let mut stream = connect(server)?;
    let _ = stream.set_read_timeout(Some(WAIT));
    // One that reads nothing must not keep the check either.
    let _ = stream.set_write_timeout(Some(WAIT));
    let _ = stream.write_all(request);
    Some(stream)
}
