//! A connection on which anything can be sent, and the responses on it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use dxr::{Fault, Value};
use tokio::net::TcpSocket;

use crate::runtime::runtime;
use crate::waiting::DEADLINE;

/// A connection on which bytes are sent as they are.
pub struct Connection {
    stream: TcpStream,
    /// What came after the response that was read last.
    unread: Vec<u8>,
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, unpacked from chunks.
    pub body: Vec<u8>,
}

impl Connection {
    pub fn open(address: &str) -> Self {
        Self::on(TcpStream::connect(address).unwrap())
    }

    /// A new connection to `HOST:PORT`, if something listens there.
    pub fn try_open(address: &str) -> std::io::Result<Self> {
        TcpStream::connect(address).map(Self::on)
    }

    /// A new connection to `HOST:PORT` that comes from one of the addresses of this machine.
    pub fn open_from(source: Ipv4Addr, address: &str) -> Self {
        Self::on_socket(TcpSocket::new_v4().unwrap(), source, address)
    }

    /// The same with little room for what is not read: the system's usual buffers take megabytes.
    pub fn open_narrow_from(source: Ipv4Addr, address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        Self::on_socket(socket, source, address)
    }

    fn on_socket(socket: TcpSocket, source: Ipv4Addr, address: &str) -> Self {
        let stream = runtime().block_on(async {
            socket.bind((source, 0).into()).unwrap();
            socket.connect(address.parse().unwrap()).await.unwrap()
        });
        let stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        Self::on(stream)
    }

    fn on(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// Sends bytes. A server that has closed already is not an error: its answer may still be there
    /// to be read.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Sends bytes, all of which the server must take.
    #[track_caller]
    pub fn send_all(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Ends what is sent, and nothing else.
    pub fn end_sending(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Sends a request and reads the next response.
    #[track_caller]
    pub fn ask(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.response()
    }

    /// Reads one response.
    ///
    /// # Panics
    /// When the connection ends before it, with what came.
    #[track_caller]
    pub fn response(&mut self) -> Response {
        match self.try_response() {
            Ok(response) => response,
            Err(error) => panic!(
                "no response: {error}; so far {:?}",
                String::from_utf8_lossy(&self.unread)
            ),
        }
    }

    /// Reads one response, or gives the reason why there is none.
    pub fn try_response(&mut self) -> std::io::Result<Response> {
        let head = loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                break String::from_utf8_lossy(&self.unread[..end]).into_owned();
            }
            self.read_more()?;
        };
        self.unread.drain(..head.len() + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut response = Response {
            status: status.parse().unwrap(),
            headers: lines
                .map(|line| {
                    let (name, value) = line.split_once(':').unwrap();
                    (name.to_ascii_lowercase(), value.trim().to_owned())
                })
                .collect(),
            body: Vec::new(),
        };
        if response.status >= 200 {
            let length = response.header("content-length").expect("a length");
            let length: usize = length.parse().unwrap();
            while self.unread.len() < length {
                self.read_more()?;
            }
            response.body = self.unread.drain(..length).collect();
        }
        Ok(response)
    }

    /// Waits for the status line, and leaves the response to be read.
    #[track_caller]
    pub fn status(&mut self) -> u16 {
        while find(&self.unread, b"\r\n").is_none() {
            self.read_more().unwrap();
        }
        let line = String::from_utf8_lossy(&self.unread).into_owned();
        line.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Whether the server has closed the connection, without reading what came before that.
    pub fn is_closed(&self) -> bool {
        self.stream.take_error().is_ok_and(|error| error.is_some())
            || (&self.stream).write(b" ").is_err()
    }

    /// Reads one response and keeps nothing of its body.
    pub fn try_discard(&mut self) -> std::io::Result<()> {
        let end = loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                break end;
            }
            self.read_more()?;
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).to_ascii_lowercase();
        let (_, length) = head.split_once("content-length: ").expect("a length");
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        let mut left = (end + 4 + length) - self.unread.len();
        self.unread.clear();
        let mut piece = vec![0; 256 << 10];
        while left > 0 {
            let most = left.min(piece.len());
            match self.stream.read(&mut piece[..most])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                length => left -= length,
            }
        }
        Ok(())
    }

    fn read_more(&mut self) -> std::io::Result<()> {
        let mut piece = [0; 16 << 10];
        match self.stream.read(&mut piece)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.unread.extend_from_slice(&piece[..length]);
                Ok(())
            }
        }
    }

    /// Appends what has arrived, if anything has.
    pub fn read_available(&mut self, to: &mut String) {
        let mut piece = [0; 16 << 10];
        self.stream.set_nonblocking(true).unwrap();
        while let Ok(length @ 1..) = self.stream.read(&mut piece) {
            to.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
        self.stream.set_nonblocking(false).unwrap();
    }

    /// Everything that the server sends until it closes the connection.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.unread);
        // A reset ends it, too.
        let _ = self.stream.read_to_end(&mut all);
        all
    }

    /// Waits until the server closes the connection without another byte.
    ///
    /// # Panics
    /// When it sends something, or leaves the connection open for longer than `within`.
    #[track_caller]
    pub fn closes_within(&mut self, within: Duration) {
        assert_eq!(String::from_utf8_lossy(&self.unread), "", "nothing more");
        self.stream.set_read_timeout(Some(within)).unwrap();
        match self.stream.read(&mut [0]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("still open after {within:?}: {other:?}"),
        }
        self.stream.set_read_timeout(Some(DEADLINE)).unwrap();
    }

    /// Whether the server says nothing and keeps the connection open for this long.
    pub fn is_quiet_for(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let read = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(DEADLINE)).unwrap();
        self.unread.is_empty()
            && read.is_err_and(|error| {
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
            })
    }
}

impl Response {
    /// The value of a header; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The value or fault that the body holds.
    #[track_caller]
    pub fn answer(&self) -> Result<Value, Fault> {
        assert_eq!(
            (self.status, self.header("content-type")),
            (200, Some("text/xml"))
        );
        match rpc::xml::read::answer(&self.body) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}: {:.400}", self.text()),
        }
    }

    #[track_caller]
    pub fn fault(&self) -> Fault {
        self.answer().expect_err("a fault")
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
