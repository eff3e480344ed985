//! A poll costs what it returns. What the room keeps besides, what others say to each other in private, and
//! how many rooms and users there are, is not looked at.
//!
//! No clock decides here, so a busy machine fails nothing. What is counted is the memory that the server
//! touches while it answers: the processor marks each page it uses, and Linux shows which are marked
//! (`Referenced` in `/proc/PID/smaps`, cleared by writing to `/proc/PID/clear_refs`). A walk
//! through a long history touches all its pages, whether or not anything is allocated on the way. Counting
//! allocations would miss that, and counting instructions takes a debugger or a processor that not every
//! machine lends.
#![cfg(test)]
#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use chat_server::chat::commands::{
    Command, CreateRoom, Join, RegisterUser, SendMessage, SendMessageOutcome,
};
use chat_server::chat::{Caller, Chat, Kind, MessageText, Policy, Recipient, RoomName, Username};
use chat_server::dialects::classic;
use chat_server::replica::Replica;
use chat_server::service::ChatService;
use dxr::Value;
use futures_util::FutureExt as _;
use protocol::binder::Endpoint;
use protocol::classic::Message;
use protocol::classic::answers::WaitAnswer;
use rpc::{Caller as Client, Observers, Service};
use tokio::net::TcpListener;

const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// How much more a poll may touch where there is a hundred times as much, in KiB. Finding a place among
/// more messages takes some more steps, each to a page of its own, which makes less than two hundred;
/// walking through the smallest thing that grows with them, the list of who may read each, makes fifteen
/// hundred.
const MORE_AT_MOST: u64 = 512;

/// How often each poll is watched. What else goes on in the process can only add to what is touched, so
/// the least is what the poll did.
const TIMES: usize = 2;

#[tokio::test]
async fn a_poll_touches_what_it_returns_and_nothing_else() {
    // A page of two mebibytes would be touched as a whole.
    nix::sys::prctl::set_thp_disable(true).unwrap();
    let policy = Policy {
        history: MANY,
        memory: usize::MAX,
        ..Policy::default()
    };
    let service = Arc::new(ChatService::new(Replica::in_memory(Chat::new(policy))));
    let server = Server::start(&service).await;

    let short = Room::new(&service, "short");
    short.talk(FEW);
    let least = server.polls(&short).await;

    let long = Room::new(&service, "long");
    long.talk(MANY);
    let polls = server.polls(&long).await;
    polls.is_hardly_more_than(&least, "messages");

    let whispering = Room::new(&service, "whispering");
    whispering.talk(FEW);
    whispering.whisper(MANY - FEW);
    let polls = server.polls(&whispering).await;
    polls.is_hardly_more_than(&least, "private messages of others");

    // Its own messages are left out first, so that those of others fit; they are not walked through.
    let chattering = Room::new(&service, "chattering");
    chattering.talk(FEW - 1);
    chattering.say(&chattering.reader, MANY - FEW, &Recipient::Empty);
    chattering.talk(1);
    let first = [Value::String("1970-01-01 00:00:00".to_owned())];
    let touched = server
        .touched_by("receive_new_messages", &chattering, &first, FEW)
        .await;
    is_hardly_more(
        "a poll of all",
        touched,
        least.of_all,
        "messages of its own",
    );

    for number in 0..3_000 {
        Room::new(&service, &format!("crowd-{number}"));
    }
    let polls = server.polls(&short).await;
    polls.is_hardly_more_than(&least, "rooms and users");
}

/// In memory a command is carried out at once.
fn carry_out<C: Command>(service: &ChatService, command: C) -> C::Outcome {
    service.submit(command).now_or_never().unwrap().unwrap()
}

/// A room with a reader, and two others who talk.
struct Room {
    service: Arc<ChatService>,
    name: RoomName,
    reader: Caller,
    talker: Caller,
    listener: Caller,
}

impl Room {
    fn new(service: &Arc<ChatService>, name: &str) -> Self {
        let user = |role: &str| {
            let caller = Caller {
                name: Username::parse(&format!("{role}-{name}")).unwrap(),
                kind: Kind::Guest,
            };
            carry_out(service, RegisterUser::guest(caller.name.clone()));
            caller
        };
        let room = Self {
            name: RoomName::parse(name).unwrap(),
            reader: user("reader"),
            talker: user("talker"),
            listener: user("listener"),
            service: Arc::clone(service),
        };
        let name = room.name.clone();
        carry_out(service, CreateRoom::new(name));
        for caller in [&room.reader, &room.talker, &room.listener] {
            let (caller, room) = (caller.clone(), room.name.clone());
            carry_out(service, Join { caller, room });
        }
        room
    }

    fn talk(&self, messages: usize) {
        self.say(&self.talker, messages, &Recipient::Empty);
    }

    fn whisper(&self, messages: usize) {
        let listener = self.listener.name.to_string();
        self.say(&self.talker, messages, &Recipient::Named(listener));
    }

    fn say(&self, sender: &Caller, messages: usize, recipient: &Recipient) {
        for _ in 0..messages {
            let command = SendMessage {
                caller: sender.clone(),
                room: self.name.clone(),
                text: MessageText::parse("alguém já leu o capítulo da aula de hoje?").unwrap(),
                recipient: recipient.clone(),
                once: None,
            };
            let outcome = carry_out(&self.service, command);
            assert!(matches!(outcome, SendMessageOutcome::Sent(_)));
        }
    }
}

/// The server, with a client that reaches it over HTTP as all do.
struct Server {
    client: Client,
    other_pages: OtherPages,
}

impl Server {
    async fn start(service: &Arc<ChatService>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint: Endpoint = listener.local_addr().unwrap().to_string().parse().unwrap();
        let serving = Service::new(classic::methods(service));
        tokio::spawn(rpc::serve(listener, serving, std::future::pending()));
        let client = Client::new(&endpoint, Duration::from_secs(30), Observers::none()).unwrap();
        Self {
            client,
            other_pages: OtherPages(vec![1; 32 << 20]),
        }
    }

    /// What each kind of poll by the room's reader touches.
    async fn polls(&self, room: &Room) -> Polls {
        let newest = self.messages("receive_messages", room, &[]).await;
        let after = |back: usize| [Value::String(newest[newest.len() - back].timestamp.clone())];
        let wait = [Value::String(String::new()), Value::Integer(0)];
        Polls {
            empty: self
                .touched_by("receive_new_messages", room, &after(1), 0)
                .await,
            of_ten: self
                .touched_by("receive_new_messages", room, &after(11), 10)
                .await,
            of_all: self.touched_by("receive_messages", room, &[], FEW).await,
            wait: self.touched_by("wait_messages", room, &wait, 0).await,
        }
    }

    /// What a poll touches that is answered with so many messages.
    async fn touched_by(&self, method: &str, room: &Room, more: &[Value], expected: usize) -> u64 {
        // What happens once, such as encoding a message for its first reader, is over after the first.
        for _ in 0..2 {
            let messages = self.messages(method, room, more).await;
            assert_eq!(messages.len(), expected, "{method}");
        }
        let mut least = u64::MAX;
        for _ in 0..TIMES {
            self.other_pages.forget_what_was_touched();
            self.messages(method, room, more).await;
            least = least.min(kibibytes_touched());
        }
        least
    }

    async fn messages(&self, method: &str, room: &Room, more: &[Value]) -> Vec<Message> {
        let mut parameters = vec![
            Value::String(room.reader.name.to_string()),
            Value::String(room.name.to_string()),
        ];
        parameters.extend_from_slice(more);
        let answer = self.client.call(method, parameters).await.unwrap();
        match answer {
            Value::Struct(_) => {
                let page = WaitAnswer::from_value(answer, Message::list_from_value);
                page.unwrap().messages
            }
            list => Message::list_from_value(list).unwrap(),
        }
    }
}

/// What each kind of poll touches, in KiB: server, client and test together.
#[derive(Debug)]
struct Polls {
    empty: u64,
    of_ten: u64,
    of_all: u64,
    wait: u64,
}

impl Polls {
    #[track_caller]
    fn is_hardly_more_than(&self, least: &Self, what: &str) {
        for (kind, touched, least) in [
            ("an empty poll", self.empty, least.empty),
            ("a poll of ten", self.of_ten, least.of_ten),
            ("a poll of all", self.of_all, least.of_all),
            ("a wait", self.wait, least.wait),
        ] {
            is_hardly_more(kind, touched, least, what);
        }
    }
}

#[track_caller]
fn is_hardly_more(kind: &str, touched: u64, least: u64, what: &str) {
    assert!(
        touched <= least + MORE_AT_MOST,
        "{kind} touches {touched} KiB where there are many {what}, and {least} KiB where there are few: \
         something is walked through that should not be"
    );
}

/// More memory than the processor knows by heart.
struct OtherPages(Vec<u8>);

impl OtherPages {
    /// Begins to count again.
    ///
    /// A page is marked when the processor looks up where it is, which it does not do while it still
    /// knows. Reading so many other pages makes it forget.
    fn forget_what_was_touched(&self) {
        let read = self.0.iter().step_by(4_096).map(|byte| u64::from(*byte));
        black_box(read.sum::<u64>());
        std::fs::write("/proc/self/clear_refs", "1").expect("Linux counts what a process touches");
    }
}

/// What this process has touched since then of the memory that is its own. Of what comes from files, such
/// as the C library, other processes touch the same pages.
fn kibibytes_touched() -> u64 {
    let mappings = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let (mut is_own, mut touched) = (false, 0);
    for line in mappings.lines() {
        if let Some(figure) = line.strip_prefix("Referenced:") {
            let kibibytes: u64 = figure.trim().trim_end_matches(" kB").parse().unwrap();
            touched += if is_own { kibibytes } else { 0 };
        } else if line.split(' ').next().unwrap().contains('-') {
            // From where to where, and the path if it comes from a file.
            is_own = !line.contains('/');
        }
    }
    touched
}
