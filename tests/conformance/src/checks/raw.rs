//! Requests that no caller would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use protocol::endpoint::Endpoint;

/// How long such a request may keep the check.
const WAIT: Duration = Duration::from_secs(2);

/// How much of an answer is read.
const READ: u64 = 64 << 10;

/// Posts a body as it is, and reads whatever comes. That nothing comes is no finding here: what counts is
/// whether the next call is answered.
pub(super) fn post(server: &Endpoint, body: &[u8]) {
    let Ok(mut stream) = TcpStream::connect((server.address.as_str(), server.port)) else {
        return;
    };
    let length = body.len();
    let head = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: {server}\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let _ = stream.set_read_timeout(Some(WAIT));
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let _ = stream.take(READ).read_to_end(&mut Vec::new());
}
