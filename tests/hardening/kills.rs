//! The chat server is killed, and what it acknowledged is there when it comes back: the real programs.

mod checker;
mod load;
mod readers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use self::checker::Checker;
use support::{
    KeptChat, Language, Server, TerminalClient,
    dialect::{Dialect, Shown},
    eventually,
    ledger::{Messages, Seen},
    runtime,
    server::wait_until_registered,
};

use self::load::{ROOMS, World};

/// How often the server is killed, unless `KILLS` says otherwise: hundreds take minutes.
const KILLS: u32 = 12;

/// Nothing is removed for its age or its size.
const LASTING: [&str; 10] = [
    "--takeover-after",
    "1h",
    "--silent-after",
    "1h",
    "--room-ttl",
    "1h",
    "--history",
    "1000000",
    "--history-memory",
    "4000000000",
];

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
        wait_until_registered(&binder.address, name);
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
    let recipients = [
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
    let libraries =
        [(Dialect::Classic, "lib"), (Dialect::Accounts, "lib-conta")].map(|(dialect, name)| {
            runtime().spawn(readers::converse(Arc::clone(&world), dialect, name))
        });
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
                    load::send(world, dialect, name, rooms, &recipients, random);
                }));
            }
        }
        let (one, other) = (random.fork(), random.fork());
        senders.push(scope.spawn(|| load::come_and_go(world, one)));
        senders.push(scope.spawn(|| load::create_accounts(world, other)));
        let readers = [
            scope.spawn(|| readers::wait(world, Dialect::Classic, "espera", ROOMS[0])),
            scope.spawn(|| readers::wait(world, Dialect::Accounts, "espera-conta", ROOMS[0])),
            scope.spawn(|| readers::wait(world, Dialect::Accounts, "espera-conta", ROOMS[1])),
            scope.spawn(|| readers::poll(world, "relogio")),
            scope.spawn(|| readers::poll_from_python(world, "proxy")),
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
            python.program.resume();
            checker.look(round % 10 == 0);
            if round % 50 == 0 {
                println!(
                    "{round} kills, {} messages",
                    world.ledger.lock().messages.acknowledged().count()
                );
            }
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
    let ledger = world.ledger.lock().clone();
    checker.look_at_names(&ledger, usize::MAX);
    for library in libraries {
        seen.push(runtime().block_on(library).unwrap());
    }
    python.is_shown("fim", "fim:1");
    let printed = printed("python", &python.exit().out, &ledger.messages);
    // The others are compared with readers of everything, who have no private messages.
    let mut all: Vec<Seen> = checker.rooms.map(|(kept, _)| kept).into();
    all.extend(seen);
    all.push(printed);
    let wrong = ledger.messages.check(&all);
    println!(
        "{kills} kills: {} messages, {} rooms, {} guests, {} accounts acknowledged",
        ledger.messages.acknowledged().count(),
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

/// What the original client printed as arriving.
fn printed(name: &str, out: &str, messages: &Messages) -> Seen {
    let shown = out.lines().filter_map(|line| {
        let (timestamp, said) = line.strip_prefix('[')?.split_once("] ")?;
        let (_, text) = said.split_once(": ")?;
        Some(Shown {
            text: text.to_owned(),
            timestamp: Some(timestamp.to_owned()),
        })
    });
    let mut seen = Seen::nothing(name, ROOMS[0]);
    seen.extend(messages, shown);
    seen.without_own = true;
    seen
}
