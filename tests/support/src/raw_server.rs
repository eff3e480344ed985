//! A server that answers every request with fixed bytes, or misbehaves, and keeps what it got.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::{DEADLINE, server::port};

/// How soon it looks for connections again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends these bytes and waits for another request.
    Bytes(Vec<u8>),
    /// Sends these bytes, perhaps none, and closes the connection.
    BytesAndClose(Vec<u8>),
    /// Sends nothing and keeps the connection open.
    Silence,
}

/// The server. Dropping it closes its port.
pub struct RawServer {
    pub address: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl RawServer {
    pub fn start(reply: Reply) -> Self {
        Self::start_at("127.0.0.1:0", reply)
    }

    pub fn start_at(address: &str, reply: Reply) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let stop = Arc::<AtomicBool>::default();
        let (kept, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let mut conversations = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let (reply, requests) = (reply.clone(), Arc::clone(&kept));
                        let stopped = Arc::clone(&stopped);
                        let talk = move || converse(stream, &reply, &requests, &stopped);
                        conversations.push(thread::spawn(talk));
                    }
                    Err(_) => thread::sleep(LOOK_AGAIN),
                }
            }
            // Afterwards no connection is open.
            drop(listener);
            for conversation in conversations {
                let _ = conversation.join();
            }
        });
        Self {
            address,
            requests,
            stop,
            thread: Some(thread),
        }
    }

    /// The complete requests so far, byte by byte.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }

    pub fn port(&self) -> u16 {
        port(&self.address)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

fn converse(
    mut stream: TcpStream,
    reply: &Reply,
    requests: &Mutex<Vec<Vec<u8>>>,
    stopped: &AtomicBool,
) {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LOOK_AGAIN)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    let mut unread = Vec::new();
    loop {
        if let Some(length) = complete(&unread) {
            let request = unread.drain(..length).collect();
            requests.lock().unwrap().push(request);
            match reply {
                Reply::Bytes(bytes) => drop(stream.write_all(bytes)),
                Reply::BytesAndClose(bytes) => {
                    let _ = stream.write_all(bytes);
                    return;
                }
                Reply::Silence => {}
            }
        }
        let mut piece = [0; 16 << 10];
        match stream.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => unread.extend_from_slice(&piece[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

/// The length of the first request, if it is complete.
fn complete(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.split("\r\ncontent-length:").nth(1)?;
    let length: usize = length.lines().next()?.trim().parse().ok()?;
    (bytes.len() >= end + length).then_some(end + length)
}
