//! Requests by chance: sensible ones, broken ones, noise. The seed is fixed, so that a failure is the
//! same the next time; what goes further is in `tests/fuzz/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use protocol::fault;
use protocol::procedure::Procedure;
use rpc::Limits;

use crate::differential::{Reading, read_by_python};
use support::{
    InProcess,
    wire::{Connection, ask, call_with, post},
};

const SEED: u64 = 20_240_229;

/// Requests to each server: some two seconds without optimization.
const REQUESTS: usize = 1_500;

/// What strangers write: ordinary names, so that calls meet, and everything that has ever been hard to
/// carry.
const TEXTS: [&str; 24] = [
    "ana",
    "bia",
    "caio",
    "geral",
    "rust",
    "senha",
    "oi",
    "",
    " ",
    "olá, você!",
    "<b>&amp;</b>",
    "]]>",
    "'\"'\"",
    "a\rb\r\nc\nd",
    "\t",
    "\u{7f}\u{80}\u{9b}",
    "\u{202e}abc",
    "\u{feff}",
    "😀👩‍💻",
    "2025-03-09 07:05:01",
    "0000-00-00 00:00:00",
    "&#1;",
    "\u{fffd}\u{10fffd}",
    "%s{}\\0$(id)",
];

/// Pieces that mean something to a parser.
const PIECES: [&[u8]; 24] = [
    b"<",
    b">",
    b"&",
    b"&#",
    b"&#x",
    b";",
    b"</",
    b"/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?",
    b"?>",
    b"<!DOCTYPE a [",
    b"\"",
    b"'",
    b"\0",
    b"\xff",
    b"\xc3",
    b"<value>",
    b"</value>",
    b"<int>",
    b" xmlns:a='b'",
];

struct Chance(fastrand::Rng);

impl Chance {
    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.usize(..choices.len())]
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.0.usize(..times) == 0
    }

    fn text(&mut self) -> String {
        if self.one_in(30) {
            return "x".repeat(self.0.usize(..20_000));
        }
        let mut text = self.of(&TEXTS).to_owned();
        if self.one_in(10) {
            text += self.of(&TEXTS);
        }
        text
    }

    fn value(&mut self, depth: usize) -> String {
        let inner = match self.0.usize(..20) {
            0 => format!("<int>{}</int>", self.0.i32(..)),
            1 => format!("<i8>{}</i8>", self.0.i64(..)),
            2 => format!("<boolean>{}</boolean>", self.0.usize(..3)),
            3 => format!("<double>{}</double>", self.0.f64() * 1e9),
            4 => "<nil/>".to_owned(),
            5 => "<base64>b2zDoQ==</base64>".to_owned(),
            6 => "<dateTime.iso8601>20240229T23:59:58</dateTime.iso8601>".to_owned(),
            7 if depth < 4 => {
                let values: String = (0..self.0.usize(..4))
                    .map(|_| self.value(depth + 1))
                    .collect();
                format!("<array><data>{values}</data></array>")
            }
            8 if depth < 4 => {
                let mut members = String::new();
                for _ in 0..self.0.usize(..4) {
                    let (name, value) = (escaped(&self.text()), self.value(depth + 1));
                    let _ = write!(members, "<member><name>{name}</name>{value}</member>");
                }
                format!("<struct>{members}</struct>")
            }
            9 => escaped(&self.text()),
            _ => format!("<string>{}</string>", escaped(&self.text())),
        };
        format!("<value>{inner}</value>")
    }

    fn call(&mut self, procedures: &[Procedure]) -> String {
        if self.one_in(20) {
            return self.batch(procedures);
        }
        let procedure = self.of(procedures);
        let mut count = procedure.parameters.len();
        if self.one_in(20) {
            count = self.0.usize(..6);
        }
        let parameters: String = (0..count)
            .map(|_| format!("<param>{}</param>", self.value(0)))
            .collect();
        let name = if self.one_in(30) {
            escaped(&self.text())
        } else {
            procedure.name.to_owned()
        };
        call_with(&name, &parameters)
    }

    fn batch(&mut self, procedures: &[Procedure]) -> String {
        let mut calls = String::new();
        for _ in 0..self.0.usize(..4) {
            let procedure = self.of(procedures);
            let parameters: String = procedure.parameters.iter().map(|_| self.value(2)).collect();
            let _ = write!(
                calls,
                "<value><struct><member><name>methodName</name><value>{}</value></member><member>\
                 <name>params</name><value><array><data>{parameters}</data></array></value></member></struct></value>",
                procedure.name
            );
        }
        let parameter =
            format!("<param><value><array><data>{calls}</data></array></value></param>");
        call_with("system.multicall", &parameter)
    }

    /// The bytes with a few of them changed.
    fn broken(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.0.usize(..4) {
            let at = self.0.usize(..=bytes.len());
            let to = (at + self.0.usize(..40)).min(bytes.len());
            match self.0.usize(..6) {
                0 => drop(bytes.drain(at..to)),
                1 => bytes.truncate(at),
                2 => {
                    let again = bytes[at..to].to_vec();
                    bytes.splice(at..at, again);
                }
                3 => bytes[at..to].reverse(),
                4 if at < bytes.len() => bytes[at] = self.0.u8(..),
                _ => drop(bytes.splice(at..at, self.of(&PIECES).iter().copied())),
            }
        }
        bytes
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\r', "&#13;")
        .replace("]]>", "]]&gt;")
}

/// Sends sensible and broken calls of these procedures, and gives every answer.
fn answers(address: &str, procedures: &[Procedure], chance: &mut Chance) -> Vec<Vec<u8>> {
    let mut connection = Connection::open(address);
    let mut answers = Vec::new();
    for _ in 0..REQUESTS {
        let mut body = chance.call(procedures).into_bytes();
        if chance.one_in(2) {
            body = chance.broken(body);
        }
        connection.send(post(&body));
        match connection.try_response() {
            Ok(response) => {
                assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&body));
                answers.push(response.body);
            }
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&body)),
        }
    }
    answers
}

#[test]
fn every_call_is_answered_with_what_python_reads() {
    let mut chance = Chance(fastrand::Rng::with_seed(SEED));
    let binder = InProcess::binder_with(binder::Settings {
        names: 50,
        ..binder::Settings::default()
    });
    let chat = InProcess::unregistered_chat(chat_server::Settings::default());
    let system = |name| Procedure {
        name,
        parameters: &[],
        answers: &[],
        changes_nothing: false,
        help: "",
    };
    let system = [
        "system.listMethods",
        "system.methodHelp",
        "system.methodSignature",
        "system.multicall",
    ]
    .map(system);
    let classic = protocol::classic::procedures::ORIGINAL;
    let accounts = protocol::accounts::procedures::ORIGINAL;
    // Hashing passwords is slow, and what is answered is what other calls are answered too.
    let accounts: Vec<Procedure> = accounts
        .into_iter()
        .filter(|procedure| !["register_user", "login_user"].contains(&procedure.name))
        .collect();
    let names = [
        protocol::binder::REGISTER_PROCEDURE,
        protocol::binder::LOOKUP_PROCEDURE,
        protocol::binder::REGISTER_LEASE,
        protocol::binder::UNREGISTER_PROCEDURE,
        protocol::binder::LIST_PROCEDURES,
    ];
    let answers: Vec<Vec<u8>> = [
        (&binder.address, [names.as_slice(), &system].concat()),
        (&chat.address, [classic.as_slice(), &system].concat()),
        (&chat.accounts, [accounts.as_slice(), &system].concat()),
    ]
    .into_iter()
    .flat_map(|(address, procedures)| answers(address, &procedures, &mut chance))
    .collect();

    let documents: Vec<&[u8]> = answers.iter().map(Vec::as_slice).collect();
    let mut outcomes = BTreeMap::new();
    for (answer, pythons) in answers.iter().zip(read_by_python(&documents)) {
        let ours = Reading::of_our_answer(answer);
        assert_eq!(ours, pythons, "{}", String::from_utf8_lossy(answer));
        let code = match ours {
            Reading::Call { .. } => 0,
            Reading::Fault(code, _) => code,
            Reading::Refused(reason) => panic!("{reason}: {}", String::from_utf8_lossy(answer)),
        };
        *outcomes.entry(code).or_insert(0) += 1;
    }
    // A handler that panics would be an internal fault.
    assert!(
        !outcomes.contains_key(&i64::from(fault::INTERNAL)),
        "{outcomes:?}"
    );
    // And all of this was really met.
    for code in [
        0,
        fault::APPLICATION,
        fault::NOT_WELL_FORMED,
        fault::NOT_A_CALL,
        fault::NO_SUCH_METHOD,
        fault::INVALID_PARAMETERS,
    ] {
        let met = outcomes.get(&i64::from(code)).copied().unwrap_or(0);
        assert!(met >= 20, "{code}: {outcomes:?}");
    }
}

#[test]
fn noise_is_answered_or_the_connection_closed() {
    let mut chance = Chance(fastrand::Rng::with_seed(SEED));
    let (server, _) = InProcess::counting(Limits::default());
    let procedures = [support::in_process::PING, support::in_process::ECHO];
    for _ in 0..REQUESTS {
        let request = post(chance.call(&procedures));
        let request = chance.broken(request);
        let mut connection = Connection::open(&server.address);
        connection.send(&request);
        // What is missing does not come any more.
        connection.end_sending();
        if let Err(error) = connection.try_response() {
            assert!(
                !matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ),
                "neither: {}",
                String::from_utf8_lossy(&request)
            );
        }
    }
    ask(&server.address, call_with("ping", "")).unwrap();
}
