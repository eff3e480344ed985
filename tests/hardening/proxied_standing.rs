//! Servers of one chat behind a proxy, of which one hangs or is out of date.

use std::time::Duration;

use serde_json::{Value as Json, json};

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use support::{
    Caller, InProcess, Seen, eventually,
    raw_server::{RawServer, Reply},
    wire::{Connection, call, post},
};

use crate::proxy::{ANSWER, answer, binder, look_up};

/// A procedure that changes nothing, and one that does not.
const POLL: &str = "receive_new_messages";
const SEND: &str = "send_message";

/// Longer than the tests wait: an answer that comes is not that of a call that took too long.
const LONG: Duration = Duration::from_secs(60);

/// A proxy, beside the binder at which the servers register: the same one, or another.
struct Proxied {
    registers: InProcess,
    bridge: Option<InProcess>,
}

impl Proxied {
    fn each() -> [Self; 2] {
        let other = InProcess::binder();
        let bridge = InProcess::binder_with(Settings {
            proxy: Some(ProxySettings {
                upstream: vec![other.address.parse().unwrap()],
                timeout: LONG,
                ..ProxySettings::new(Ports::Free)
            }),
            ..Settings::default()
        });
        let itself = Self {
            registers: binder(LONG, LONG),
            bridge: None,
        };
        let by_bridge = Self {
            registers: other,
            bridge: Some(bridge),
        };
        [itself, by_bridge]
    }

    fn lease(&self, server: &RawServer, behind: Option<u32>) {
        let mut parameters = vec![
            json!([POLL]),
            json!("127.0.0.1"),
            json!(server.port()),
            json!(60),
            json!("4f2a"),
            json!(0),
        ];
        parameters.extend(behind.map(Json::from));
        let answer = Caller::rust(&self.registers.address).call("register_lease", &parameters);
        assert_eq!(answer, Seen::Value(json!([])), "it holds the name");
    }

    fn forget(&self, server: &RawServer) {
        let parameters = [json!(POLL), json!("127.0.0.1"), json!(server.port())];
        let gone = Caller::rust(&self.registers.address).call("unregister_procedure", &parameters);
        assert_eq!(gone, Seen::Value(json!(true)));
    }

    /// Two servers of a chat, and where calls are passed on to the first of them.
    fn chat(&self, first: Reply) -> (RawServer, RawServer, String) {
        let (first, second) = (
            RawServer::start(first),
            RawServer::start(Reply::Bytes(answer(""))),
        );
        self.lease(&first, None);
        // What is behind is not looked up.
        self.lease(&second, Some(3));
        let proxy = self.bridge.as_ref().unwrap_or(&self.registers);
        let through = look_up(&proxy.address, POLL);
        self.lease(&second, None);
        (first, second, through)
    }
}

/// Two clients, each with a call that has arrived at this server, which does not answer.
fn a_poll_and_a_send_at(server: &RawServer, through: &str) -> [Connection; 2] {
    let [mut polls, mut sends] = [0, 1].map(|_| Connection::open(through));
    polls.send(post(call(POLL, &["ana", "geral", ""])));
    sends.send(post(call(SEND, &["ana", "geral", "oi", ""])));
    eventually("both calls have arrived", || {
        (server.requests().len() == 2).then_some(())
    });
    [polls, sends]
}

#[test]
fn a_server_that_is_behind_is_left_while_another_of_its_chat_is_not() {
    for proxied in Proxied::each() {
        let (cut_off, current, through) = proxied.chat(Reply::Bytes(answer("")));
        let mut client = Connection::open(&through);
        // Which server has the next call, over the connection that is there.
        let mut goes_to = |server: &RawServer| {
            let before = server.requests().len();
            assert_eq!(client.ask(post(call(SEND, &[]))).text(), ANSWER);
            (server.requests().len() == before + 1).then_some(())
        };
        goes_to(&cut_off).expect("it was looked up");
        proxied.lease(&cut_off, Some(3));
        eventually("calls go to the current one", || goes_to(&current));
        // Both are: then it is better than another.
        proxied.lease(&current, Some(3));
        eventually("calls go to the one that was looked up", || {
            goes_to(&cut_off)
        });
        proxied.lease(&current, None);
        eventually("calls go to the current one again", || goes_to(&current));
        proxied.lease(&cut_off, None);
        eventually("calls go to the one that was looked up again", || {
            goes_to(&cut_off)
        });
    }
}

#[test]
fn a_poll_at_a_server_that_hangs_goes_to_another_of_its_chat_and_other_calls_end() {
    for proxied in Proxied::each() {
        let (hung, sound, through) = proxied.chat(Reply::Silence);
        let [mut polls, mut sends] = a_poll_and_a_send_at(&hung, &through);
        assert!(polls.is_quiet_for(Duration::from_secs(1)), "it waits");
        proxied.forget(&hung);

        assert_eq!(polls.response().text(), ANSWER);
        let refused = sends.response();
        assert_eq!(refused.status, 504);
        let reason = refused.text();
        assert!(reason.contains("may have been carried out"), "{reason}");
        let seen = |server: &RawServer, what: &str| {
            let seen = server.requests().into_iter();
            let seen = seen.filter(|request| String::from_utf8_lossy(request).contains(what));
            seen.count()
        };
        assert_eq!((seen(&sound, POLL), seen(&sound, SEND)), (1, 0));

        // What comes next goes to the other one, also a call that changes something.
        for client in [&mut polls, &mut sends] {
            let request = post(call(SEND, &["ana", "geral", "oi", ""]));
            assert_eq!(client.ask(request).text(), ANSWER);
        }
        assert_eq!((seen(&sound, SEND), hung.requests().len()), (2, 2));
    }
}

#[test]
fn a_poll_at_a_server_that_is_behind_goes_to_another_and_what_is_sent_waits_for_its_answer() {
    for proxied in Proxied::each() {
        let (cut_off, current, through) = proxied.chat(Reply::Silence);
        let [mut polls, mut sends] = a_poll_and_a_send_at(&cut_off, &through);
        proxied.lease(&cut_off, Some(3));
        assert_eq!(polls.response().text(), ANSWER);
        // Longer than a call waits at a server that is gone.
        assert!(sends.is_quiet_for(Duration::from_secs(3)), "it waits");
        assert_eq!(current.requests().len(), 1);
    }
}
