//! The chat server is killed, and what it acknowledged is there when it comes back: the real programs.

mod kept;
mod ledger;
mod load;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dxr::{Fault, Value};
use fastrand::Rng;

use self::ledger::{Ledger, Seen, Shown, check};
use self::load::{Dialect, Line, ROOMS, World, password};
use crate::stage::in_process::runtime;
use crate::stage::server::wait_until_known;
use crate::stage::waiting::next_second;
use crate::stage::{DEADLINE, Language, Server, TerminalClient, eventually};
use crate::wire::{ask, call};

pub(crate) use self::kept::KeptChat;

/// How often the server is killed, unless `KILLS` says otherwise: hundreds take minutes.
const KILLS: u32 = 12;

/// Nothing goes because time passes.
const LASTING: [&str; 8] = [
    "--takeover-after",
    "1h",
    "--silent-after",
    "1h",
    "--room-ttl",
    "1h",
    "--history",
    "1000000",
];

/// A guest who sends nothing, and to whom nothing private is sent, looks after each restart.
struct Checker<'world> {
    world: &'world World,
    line: Line,
    /// For each room, what it has and the cursor after it.
    rooms: [(Seen, String); 2],
}

impl<'world> Checker<'world> {
    const NAMES: [&'static str; 2] = ["eva", "rui"];

    fn new(world: &'world World) -> Self {
        let rooms = [0, 1].map(|room| {
            let seen = Seen {
                reader: Self::NAMES[room].to_owned(),
                room: ROOMS[room],
                shown: Vec::new(),
                without_own: false,
            };
            (seen, "0-0".to_owned())
        });
        Self {
            world,
            line: world.line(Dialect::Classic),
            rooms,
        }
    }

    /// Everything after the cursor.
    fn read(&mut self, room: usize, mut cursor: String) -> (Vec<Shown>, String) {
        let mut all = Vec::new();
        loop {
            let parameters = [Self::NAMES[room], ROOMS[room], &cursor];
            let (messages, next) = self.line.page(Dialect::Classic, parameters, 0);
            cursor = next;
            if messages.is_empty() {
                return (all, cursor);
            }
            all.extend(messages);
        }
    }

    fn texts(&mut self, method: &str, parameters: &[&str]) -> Vec<String> {
        protocol::reading::strings(self.line.insist(method, parameters).unwrap()).unwrap()
    }

    /// Everything that was acknowledged up to now is there.
    fn look(&mut self, is_thorough: bool) {
        let ledger = self.world.ledger.lock().clone();
        let rooms: HashSet<String> = self.texts("list_rooms", &[]).into_iter().collect();
        for room in &ledger.rooms {
            assert!(rooms.contains(room), "{room} is lost");
        }
        let users = self.texts("list_users", &[ROOMS[0]]);
        let members: HashSet<&String> = users.iter().collect();
        assert_eq!(
            users.len(),
            members.len(),
            "a member is listed twice: {users:?}"
        );
        for member in &ledger.members {
            assert!(
                members.contains(member),
                "{member} is not in the room any more"
            );
        }
        for gone in &ledger.gone {
            assert!(!members.contains(gone), "{gone} is back");
        }
        self.look_at_names(&ledger, if is_thorough { usize::MAX } else { 10 });
        for room in 0..ROOMS.len() {
            let (newer, cursor) = self.read(room, self.rooms[room].1.clone());
            let (seen, place) = &mut self.rooms[room];
            seen.shown.extend(newer);
            *place = cursor;
            let known: HashSet<&str> = seen.shown.iter().map(|shown| shown.text.as_str()).collect();
            for (text, sent) in &ledger.messages {
                if sent.room == ROOMS[room] && sent.to.is_none() && sent.is_acknowledged {
                    assert!(known.contains(text.as_str()), "{text} is lost");
                }
            }
            if is_thorough {
                let before = self.rooms[room].0.shown.clone();
                let (again, _) = self.read(room, "0-0".to_owned());
                assert_eq!(again[..before.len()], before, "the past has changed");
            }
        }
    }

    /// The newest names are taken, and the passwords are theirs.
    fn look_at_names(&mut self, ledger: &Ledger, newest: usize) {
        let mut accounts = self.world.line(Dialect::Accounts);
        let taken = "O nome de usuário já está em uso. Escolha outro.";
        let guests = ledger.guests.iter().rev().take(newest);
        for name in guests.chain(ledger.accounts.iter().rev().take(newest)) {
            let answer = self.line.insist("register_user", &[name]);
            assert_eq!(answer, Err(Fault::new(1, taken.to_owned())), "{name}");
        }
        if let Some(name) = ledger.accounts.last() {
            let wrong = accounts.insist("login_user", &[name, "outra"]);
            assert_eq!(
                wrong,
                Err(Fault::new(1, "Senha incorreta.".to_owned())),
                "{name}"
            );
            let right = accounts.insist("login_user", &[name, &password(name)]);
            assert_eq!(right, Ok(Value::Boolean(true)), "{name}");
        }
    }
}

/// Ends the clients when the test fails, too.
struct Stop<'world>(&'world AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn from_environment<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// `KILLS=300 cargo test -p tests --test hardening -- --nocapture kills::everything` kills it 300 times.
#[test]
fn everything_acknowledged_outlives_a_kill_at_any_instant() {
    let kills = from_environment("KILLS").unwrap_or(KILLS);
    let seed = from_environment("SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    println!("KILLS={kills} SEED={seed}");
    let mut random = Rng::with_seed(seed);

    let binder = Server::our_binder(&[]);
    let mut chat = KeptChat::start(&[&["--binder", &binder.address][..], &LASTING].concat());
    for name in ["create_room", "chat_server"] {
        wait_until_known(&binder.address, name);
    }
    let world = Arc::new(World {
        binder: binder.address.clone(),
        classic: chat.classic.clone(),
        accounts: chat.accounts.clone(),
        ledger: parking_lot::Mutex::default(),
        // Both clients of the library, and this test.
        ready: tokio::sync::Barrier::new(3),
        stopping: AtomicBool::new(false),
        sending: AtomicUsize::new(3),
    });
    let mut line = world.line(Dialect::Classic);
    for room in ROOMS {
        line.insist("create_room", &[room]).unwrap();
    }
    let guests = ["ana", "bia", "caio"];
    let accounts = ["davi", "elis", "fabio"];
    let readers = [
        "espera",
        "relogio",
        "proxy",
        "espera-conta",
        "python",
        "lib",
        "lib-conta",
    ];
    for name in guests.iter().chain(&["espera", "relogio", "proxy", "eva"]) {
        world.enter(Dialect::Classic, name, &ROOMS[..1]);
    }
    world.enter(Dialect::Classic, "rui", &ROOMS[1..]);
    for name in accounts.iter().chain(&["espera-conta", "fim"]) {
        world.enter(Dialect::Accounts, name, &ROOMS);
    }
    let libraries = [(Dialect::Classic, "lib"), (Dialect::Accounts, "lib-conta")]
        .map(|(dialect, name)| runtime().spawn(load::converse(Arc::clone(&world), dialect, name)));
    let mut python = TerminalClient::start(Language::Python, &binder.address);
    python.register("python", "Usuário registrado com sucesso.\n");
    python.join(ROOMS[0]);
    world.ledger.lock().members.push("python".to_owned());

    runtime().block_on(world.ready.wait());

    let mut checker = Checker::new(&world);
    let mut seen: Vec<Seen> = thread::scope(|scope| {
        let stop = Stop(&world.stopping);
        let world = &*world;
        let mut senders = Vec::new();
        for (names, dialect, rooms) in [
            (guests, Dialect::Classic, &ROOMS[..1]),
            (accounts, Dialect::Accounts, &ROOMS[..]),
        ] {
            for name in names {
                let random = random.fork();
                senders.push(scope.spawn(move || {
                    load::send(world, dialect, name, rooms, &readers, random);
                }));
            }
        }
        let (one, other) = (random.fork(), random.fork());
        senders.push(scope.spawn(|| load::come_and_go(world, one)));
        senders.push(scope.spawn(|| load::create_accounts(world, other)));
        let readers = [
            scope.spawn(|| load::wait(world, Dialect::Classic, "espera", ROOMS[0])),
            scope.spawn(|| load::wait(world, Dialect::Accounts, "espera-conta", ROOMS[0])),
            scope.spawn(|| load::wait(world, Dialect::Accounts, "espera-conta", ROOMS[1])),
            scope.spawn(|| load::poll(world, "relogio")),
            scope.spawn(|| load::poll_from_python(world, "proxy")),
        ];

        for round in 1..=kills {
            thread::sleep(Duration::from_millis(random.u64(..400)));
            // The original client ends when it calls while nothing listens, so it does not call then.
            python.program.pause();
            chat.kill();
            if random.u8(..4) == 0 {
                chat.start_and_kill(Duration::from_micros(random.u64(..150_000)));
            }
            chat.start_again();
            python.program.go_on();
            checker.look(round % 10 == 0);
        }

        drop(stop);
        for sender in senders {
            sender.join().unwrap();
        }
        eventually("nothing more is sent", || {
            (world.sending.load(Ordering::Relaxed) == 0).then_some(())
        });
        for room in 0..ROOMS.len() {
            world.send_last(room);
        }
        readers.map(|reader| reader.join().unwrap()).into()
    });
    checker.look(true);
    for library in libraries {
        seen.push(runtime().block_on(library).unwrap());
    }
    python.is_shown("fim", "fim:1");
    seen.push(printed("python", &python.exit().out));

    let ledger = world.ledger.lock();
    let mut wrong = Vec::new();
    for (kept, _) in &checker.rooms {
        let here: Vec<Seen> = seen
            .iter()
            .filter(|seen| seen.room == kept.room)
            .cloned()
            .collect();
        wrong.extend(check(&ledger, kept, &here));
    }
    println!(
        "{kills} kills: {} messages, {} rooms, {} guests, {} accounts acknowledged",
        ledger
            .messages
            .values()
            .filter(|sent| sent.is_acknowledged)
            .count(),
        ledger.rooms.len(),
        ledger.guests.len(),
        ledger.accounts.len(),
    );
    assert!(
        wrong.is_empty(),
        "{} faults: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(10)]
    );
    for (path, mode, content) in chat.files() {
        assert_eq!(mode, 0o600, "only its owner reads {}", path.display());
        let has_password = content.windows(9).any(|window| window == b"senha de ");
        assert!(!has_password, "a password is in {}", path.display());
    }
}

/// The original client keeps only what is later, as a string, than the last timestamp it saw.
#[test]
fn timestamps_increase_and_identifiers_count_over_a_restart_within_the_same_second() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    let address = chat.classic.clone();
    let call = |method: &str, texts: &[&str]| ask(&address, call(method, texts)).unwrap();
    call("create_room", &["geral"]);
    for name in ["ana", "bia"] {
        call("register_user", &[name]);
        call("join_room", &[name, "geral"]);
    }
    let (mut last, mut sent, mut same_second) = ("1970-01-01 00:00:00".to_owned(), 0, 0);
    for restart in 1..=10 {
        // As much of a second as there is, so that the restart ends within it.
        next_second();
        for count in 1..=6 {
            if count == 4 {
                chat.kill();
                chat.start_again();
            }
            let text = format!("{restart}:{count}");
            for id in [&text, &format!("{restart}:{}", count.min(3))] {
                // The second time under the identifier of a message that is there: it is not stored again.
                call("send_message_once", &["ana", "geral", &text, "", id]);
            }
            sent += 1;
        }
        let messages = load::shown(
            Dialect::Classic,
            call("receive_new_messages", &["bia", "geral", &last]),
        );
        let texts: Vec<&str> = messages
            .iter()
            .map(|message| message.text.as_str())
            .collect();
        let expected: Vec<String> = (1..=6).map(|count| format!("{restart}:{count}")).collect();
        assert_eq!(texts, expected);
        let timestamps: Vec<&String> = messages.iter().flat_map(|one| &one.timestamp).collect();
        assert!(
            timestamps.is_sorted_by(|one, other| one < other),
            "{timestamps:?}"
        );
        // The third is from before the restart, and the fourth from after it.
        same_second += u32::from(timestamps[2][..19] == timestamps[3][..19]);
        last.clone_from(timestamps[5]);
        if same_second == 2 {
            let all = load::shown(
                Dialect::Classic,
                call("receive_messages", &["bia", "geral"]),
            );
            assert_eq!(all.len(), sent);
            return;
        }
    }
    panic!("no restart was within a second");
}

#[test]
fn a_damaged_log_ends_the_server_before_it_listens_and_is_left_as_it_is() {
    let mut chat = KeptChat::start(&["--binder", "127.0.0.1:1"]);
    for name in ["ana", "bia"] {
        ask(&chat.classic, call("register_user", &[name])).unwrap();
    }
    chat.stop();
    let path = chat.directory().join("chat.db");
    let content = std::fs::read(&path).unwrap();
    let foreign = b"nothing that SQLite wrote".repeat(100);
    let cut = content[..content.len() / 2].to_vec();
    let text = b"RegisterUser";
    let place = content
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    let mut unknown = content.clone();
    unknown[place..place + text.len()].copy_from_slice(b"ReqisterUser");
    let another = "choose another directory with --data DIR";
    for (damaged, reasons) in [
        (foreign, ["is not a chat's log", another]),
        (cut, ["is damaged", "restore a backup"]),
        (unknown, ["was written by a newer version", another]),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        let ended = chat.begin().wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        for part in reasons.into_iter().chain(chat.directory().to_str()) {
            assert!(ended.err.contains(part), "{part:?} is not in {}", ended.err);
        }
        assert_eq!(ended.out, "", "it does not say that it listens");
        assert_eq!(
            std::fs::read(&path).unwrap(),
            damaged,
            "it is not overwritten"
        );
    }
    std::fs::write(&path, content).unwrap();
    chat.start_again();
    let taken = ask(&chat.classic, call("register_user", &["ana"])).unwrap_err();
    assert!(taken.string().contains("em uso"), "{}", taken.string());
}

/// What the original client printed as arriving.
fn printed(name: &str, out: &str) -> Seen {
    let shown = out.lines().filter_map(|line| {
        let (timestamp, said) = line.strip_prefix('[')?.split_once("] ")?;
        let (_, text) = said.split_once(": ")?;
        Some(Shown {
            text: text.to_owned(),
            timestamp: Some(timestamp.to_owned()),
        })
    });
    Seen {
        reader: name.to_owned(),
        room: ROOMS[0],
        shown: shown.collect(),
        without_own: true,
    }
}
