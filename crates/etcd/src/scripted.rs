//! A server that answers as a script says, for tests.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{Client, Config};

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status and a body.
    Answer(u16, String),
    /// Begins an answer with these lines, and never ends it.
    Stream(Vec<String>),
    /// Never answers.
    Silence,
    /// Closes the connection.
    Close,
}

impl Reply {
    pub(crate) fn ok(body: &str) -> Self {
        Self::Answer(200, body.to_owned())
    }

    pub(crate) fn refused(status: u16, code: u32, message: &str) -> Self {
        let body = format!(r#"{{"error":"{message}","message":"{message}","code":{code}}}"#);
        Self::Answer(status, body)
    }
}

#[derive(Debug)]
struct Request {
    path: String,
    body: String,
    token: Option<String>,
}

/// The server; it ends with the runtime of its test.
#[derive(Debug)]
pub(crate) struct Scripted {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    /// Gives these replies in turn.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let replies = Mutex::new(replies.into_iter());
        Self::start_with(move |_| replies.lock().next().expect("a request without a reply")).await
    }

    /// Replies by path.
    pub(crate) async fn start_with(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (reply, recorded) = (Arc::new(reply), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (reply, recorded) = (Arc::clone(&reply), Arc::clone(&recorded));
                tokio::spawn(async move { serve(connection, &*reply, &recorded).await });
            }
        });
        Self { address, requests }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// A client of this server alone.
    pub(crate) fn client(&self) -> Client {
        Client::new(Config::new(vec![self.address()])).unwrap()
    }

    /// The paths and bodies of the requests.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        let requests = self.requests.lock();
        let pair = |request: &Request| (request.path.clone(), request.body.clone());
        requests.iter().map(pair).collect()
    }

    /// The tokens of the requests.
    pub(crate) fn tokens(&self) -> Vec<Option<String>> {
        let requests = self.requests.lock();
        requests
            .iter()
            .map(|request| request.token.clone())
            .collect()
    }
}

/// An address without a listener.
pub(crate) async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn serve(
    connection: TcpStream,
    reply: &(impl Fn(&str) -> Reply + ?Sized),
    requests: &Mutex<Vec<Request>>,
) {
    let mut connection = BufReader::new(connection);
    while let Some(request) = read(&mut connection).await {
        let reply = reply(&request.path);
        requests.lock().push(request);
        match reply {
            Reply::Answer(status, body) => {
                let length = body.len();
                let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n");
                connection
                    .write_all((head + &body).as_bytes())
                    .await
                    .unwrap();
            }
            Reply::Stream(lines) => {
                let mut text = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
                for line in lines {
                    text.push_str(&format!("{:x}\r\n{line}\n\r\n", line.len() + 1));
                }
                connection.write_all(text.as_bytes()).await.unwrap();
                std::future::pending().await
            }
            Reply::Silence => std::future::pending().await,
            Reply::Close => return,
        }
    }
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut token) = (0, None);
    loop {
        line.clear();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name {
            "content-length" => length = value.parse().ok()?,
            "authorization" => token = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Request { path, body, token })
}
