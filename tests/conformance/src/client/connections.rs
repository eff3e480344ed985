//! The connections of the scripted servers.

use std::io::{self, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use protocol::endpoint::Endpoint;

use super::request;
use super::script::{State, answer};

/// Lets a server end that takes connections.
pub(super) fn end(is_alive: &AtomicBool, endpoint: &Endpoint) {
    if is_alive.swap(false, Ordering::SeqCst) {
        // The thread that accepts looks when it is woken.
        let _ = TcpStream::connect(("127.0.0.1", endpoint.port));
    }
}

/// Takes connections. It goes on as long as the flag is set.
pub(super) fn serve(
    listener: TcpListener,
    state: &Arc<Mutex<State>>,
) -> io::Result<Arc<AtomicBool>> {
    let is_alive = Arc::new(AtomicBool::new(true));
    let (flag, state) = (Arc::clone(&is_alive), Arc::clone(state));
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming() {
            if !flag.load(Ordering::SeqCst) {
                return;
            }
            let (Ok(stream), state) = (stream, Arc::clone(&state)) else {
                continue;
            };
            // A client that hangs up is what is checked elsewhere.
            thread::spawn(move || serve_one(&stream, &state));
        }
    })?;
    Ok(is_alive)
}

/// Answers one call as Python's server does, in HTTP/1.0, and closes the connection; or call after call in HTTP/1.1.
fn serve_one(mut stream: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = request::read(&mut reader)? {
        let Some(body) = answer(&request.body, state) else {
            // The connection ends without an answer.
            return Ok(());
        };
        let stays_open = state.lock().keeps_connections && !request.is_last;
        let (version, connection) = if stays_open {
            ("1.1", "")
        } else {
            // Java's client keeps connections in HTTP/1.0 as well, unless the answer says this.
            ("1.0", "Connection: close\r\n")
        };
        let length = body.len();
        let head = format!(
            "HTTP/{version} 200 OK\r\nContent-Type: text/xml\r\n{connection}Content-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), &body].concat())?;
        if !stays_open {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::Shutdown;

    use super::super::script::Script;
    use super::*;
    use crate::chat::Profile;

    #[test]
    fn an_answer_says_whether_its_connection_is_closed() {
        let script = Script::start(0, Profile::Classic).unwrap();
        for (keeps_connections, version) in [(false, "HTTP/1.0"), (true, "HTTP/1.1")] {
            script.state.lock().keeps_connections = keeps_connections;
            let mut stream = TcpStream::connect(("127.0.0.1", script.binder.port)).unwrap();
            let request = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n<a/>";
            stream.write_all(request).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(version), "{answer}");
            let is_closed = answer.contains("\r\nConnection: close\r\n");
            assert_eq!(is_closed, !keeps_connections, "{answer}");
        }
    }
}
