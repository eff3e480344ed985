//! HTTP as bytes on a socket: for everything that no decent client sends.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use dxr::{Fault, Value};
use protocol::classic::message::Message;
use tokio::net::TcpSocket;

use crate::DEADLINE;
use crate::runtime::runtime;

/// A connection on which bytes are sent as they are.
pub struct Connection {
    stream: TcpStream,
    /// What came after the response that was read last.
    unread: Vec<u8>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, unpacked from chunks.
    pub body: Vec<u8>,
}

impl Connection {
    /// A new connection to `HOST:PORT`.
    pub fn open(address: &str) -> Self {
        Self::on(TcpStream::connect(address).unwrap())
    }

    /// A new connection to `HOST:PORT`, if something listens there.
    pub fn try_open(address: &str) -> std::io::Result<Self> {
        TcpStream::connect(address).map(Self::on)
    }

    /// A new connection to `HOST:PORT` that comes from one of the addresses of this machine.
    pub fn open_from(source: Ipv4Addr, address: &str) -> Self {
        let stream = runtime().block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
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

    /// The body as text.
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

    /// The fault that the body holds.
    #[track_caller]
    pub fn fault(&self) -> Fault {
        self.answer().expect_err("a fault")
    }
}

/// A request with this body, as Python's client sends it.
pub fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    post_with(&[], body)
}

/// A request with this body and more headers.
pub fn post_with(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let mut lines = vec![("Content-Length", length.as_str())];
    lines.extend_from_slice(headers);
    [head(&lines).as_bytes(), body].concat()
}

/// The header of a request with no headers but these and the usual ones.
pub fn head(headers: &[(&str, &str)]) -> String {
    let mut head = "POST /RPC2 HTTP/1.1\r\nHost: chat\r\nContent-Type: text/xml\r\n".to_owned();
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// The body in chunks of `size` bytes.
pub fn chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.chunks(size) {
        chunks.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

/// A call with strings.
pub fn call(method: &str, texts: &[&str]) -> String {
    let parameters: String = texts
        .iter()
        .map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<param><value><string>{text}</string></value></param>")
        })
        .collect();
    call_with(method, &parameters)
}

/// A call with this in its `<params>`.
pub fn call_with(method: &str, parameters: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
    )
}

/// What a server answers to one body, on a connection of its own.
#[track_caller]
pub fn ask(address: &str, body: impl AsRef<[u8]>) -> Result<Value, Fault> {
    let mut connection = Connection::open(address);
    connection.send(post(body));
    connection.response().answer()
}

/// The body of the answer to a call with strings, on a connection of its own.
#[track_caller]
pub fn body_of_answer(address: &str, method: &str, texts: &[&str]) -> String {
    let values = texts.iter().map(|&text| Value::String(text.to_owned()));
    let mut connection = Connection::open(address);
    connection.send(post(
        rpc::xml::write::call(method, values.collect()).unwrap(),
    ));
    connection.response().text()
}

/// The room that tests of one room use.
pub const ROOM: &str = "geral";

/// A connection on which calls are made.
pub struct Client(Connection);

impl Client {
    /// A new connection to `HOST:PORT`.
    pub fn open(address: &str) -> Self {
        Self(Connection::open(address))
    }

    /// Makes a call with strings.
    pub fn call(&mut self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        self.0.send(post(call(method, texts)));
        self.0.response().answer()
    }

    /// A new connection to `HOST:PORT` from this address of this machine.
    pub fn open_from(source: Ipv4Addr, address: &str) -> Self {
        Self(Connection::open_from(source, address))
    }

    /// Registers a name in a binder, for a server at this port of this machine.
    pub fn register(&mut self, name: &str, port: u16) -> Result<Value, Fault> {
        let [name, host] = [name, "localhost"].map(|text| Value::String(text.to_owned()));
        let parameters = vec![name, host, Value::Integer(port.into())];
        let call = rpc::xml::write::call("register_procedure", parameters).unwrap();
        self.0.send(post(call));
        self.0.response().answer()
    }

    /// Makes calls with strings in one batch. The answer to each is an array of one value, or a fault's struct.
    #[track_caller]
    pub fn batch<'a, const N: usize>(
        &mut self,
        calls: impl IntoIterator<Item = (&'a str, [&'a str; N])>,
    ) -> Vec<Value> {
        let string = |text: &str| Value::String(text.to_owned());
        let calls = calls.into_iter().map(|(method, texts)| {
            let members = [
                ("methodName".to_owned(), string(method)),
                (
                    "params".to_owned(),
                    Value::Array(texts.map(string).to_vec()),
                ),
            ];
            Value::Struct(members.into())
        });
        let calls = vec![Value::Array(calls.collect())];
        self.0.send(post(
            rpc::xml::write::call("system.multicall", calls).unwrap(),
        ));
        match self.0.response().answer() {
            Ok(Value::Array(answers)) => answers,
            other => panic!("not the answers of a batch: {other:?}"),
        }
    }

    /// Makes a call that must not be answered with a fault.
    #[track_caller]
    pub fn ask(&mut self, method: &str, texts: &[&str]) -> Value {
        let answer = self.call(method, texts);
        answer.unwrap_or_else(|fault| panic!("{method}{texts:?}: {fault:?}"))
    }

    /// Makes a call that must be answered with this text.
    #[track_caller]
    pub fn must(&mut self, method: &str, texts: &[&str], expected: &str) {
        let answer = self.ask(method, texts);
        assert_eq!(answer, Value::String(expected.to_owned()), "{method}");
    }

    /// Sends a message to [`ROOM`], which must succeed.
    #[track_caller]
    pub fn send(&mut self, user: &str, text: &str) {
        self.must("send_message", &[user, ROOM, text, ""], "Mensagem enviada.");
    }

    /// The texts that a user finds in [`ROOM`].
    #[track_caller]
    pub fn texts(&mut self, user: &str) -> Vec<String> {
        let answer = self.ask("receive_messages", &[user, ROOM]);
        let messages = Message::list_from_value(answer).unwrap();
        messages.into_iter().map(|one| one.content).collect()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
