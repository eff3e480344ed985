//! A binder as others write them: what it answers to a name or a procedure that it does not have differs.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// A value, as it stands in the document.
    Value(&'static str),
    Fault(i32, &'static str),
    Status(u16),
}

/// How a binder serves connections. All of them keep a connection for as long as the client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    Threads,
    OneThread,
}

/// How a binder differs from others.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// To a registration.
    pub registered: Reply,
    /// To the look-up of a name that is not registered.
    pub unknown_name: Reply,
    /// To any other procedure.
    pub unknown_procedure: Reply,
    pub serving: Serving,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    pub procedure: String,
}

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<String, (String, String)>,
    asked: Vec<Asked>,
    connections: usize,
}

/// A running binder. It runs until the tests end.
pub struct OddBinder {
    /// `HOST:PORT` of its calls.
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl OddBinder {
    /// Starts a binder on a port of its own.
    pub fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&shared));
                let serve = move || {
                    shared.lock().unwrap().connections += 1;
                    // A client that is gone is not the binder's business.
                    let _ = serve(&stream, kind, &shared);
                    shared.lock().unwrap().connections -= 1;
                };
                match kind.serving {
                    Serving::Threads => drop(thread::spawn(serve)),
                    Serving::OneThread => serve(),
                }
            }
        });
        Self { address, state }
    }

    pub fn names(&self) -> usize {
        self.state.lock().unwrap().names.len()
    }

    /// Forgets the names, as a binder does that is restarted.
    pub fn forget(&self) {
        self.state.lock().unwrap().names.clear();
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// How often this procedure was called so far.
    pub fn count(&self, procedure: &str) -> usize {
        let asked = self.asked();
        asked
            .iter()
            .filter(|asked| asked.procedure == procedure)
            .count()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

fn serve(stream: &TcpStream, kind: Kind, state: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(body) = read_request(&mut reader)? {
        let (status, body) = answer(&body, kind, state);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        // In one piece, as nothing waits for the rest then.
        (&*stream).write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// The body of the next request, if there is one.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(String::from_utf8(body).unwrap()))
}

/// The HTTP status and the body with which a call is answered.
fn answer(call: &str, kind: Kind, state: &Mutex<State>) -> (u16, String) {
    let call = roxmltree::Document::parse(call).unwrap();
    let text = |tag: &str| {
        let node = call.descendants().find(|node| node.has_tag_name(tag));
        node.and_then(|node| node.text()).unwrap().to_owned()
    };
    let procedure = text("methodName");
    // None of the parameters here is a struct: what has no children but a text is a value.
    let parameters: Vec<String> = call
        .descendants()
        .filter(|node| ["string", "int", "i4"].contains(&node.tag_name().name()))
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect();
    let name = parameters.first().cloned().unwrap_or_default();
    let mut state = state.lock().unwrap();
    state.asked.push(Asked {
        at: Instant::now(),
        procedure: procedure.clone(),
    });
    let reply = match procedure.as_str() {
        "register_procedure" => {
            let place = (parameters[1].clone(), parameters[2].clone());
            state.names.insert(name, place);
            kind.registered
        }
        "lookup_procedure" => match state.names.get(&name) {
            Some((address, port)) => {
                let address = format!("<value><string>{address}</string></value>");
                let port = format!("<value><int>{port}</int></value>");
                let place = format!("<array><data>{address}{port}</data></array>");
                return (200, value(&place));
            }
            None => kind.unknown_name,
        },
        _ => kind.unknown_procedure,
    };
    match reply {
        Reply::Status(status) => (status, String::new()),
        Reply::Value(answer) => (200, value(answer)),
        Reply::Fault(code, text) => (200, fault(code, text)),
    }
}

fn value(value: &str) -> String {
    format!(
        "<?xml version='1.0'?><methodResponse><params><param><value>{value}</value></param></params></methodResponse>"
    )
}

fn fault(code: i32, text: &str) -> String {
    let text = text.replace('<', "&lt;");
    let member = |name: &str, value: &str| {
        format!("<member><name>{name}</name><value>{value}</value></member>")
    };
    let members = member("faultCode", &format!("<int>{code}</int>"))
        + member("faultString", &format!("<string>{text}</string>")).as_str();
    format!(
        "<?xml version='1.0'?><methodResponse><fault><value><struct>{members}</struct></value></fault></methodResponse>"
    )
}
