//! Binders by others: whatever they answer to a name or a procedure that they do not have, our server
//! registers in them and our client finds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use support::{
    DEADLINE, Server, TerminalClient, binaries, eventually,
    odd_binder::{Kind, OddBinder, Reply, Serving},
    terminal_client::prompt,
};

const REGISTERED: &str = "Usuário registrado com sucesso.\n";

/// The names of our server: twelve of dialect classic and the one of dialect accounts.
const NAMES: usize = 13;

const CANNOT_MARSHAL: Reply = Reply::Fault(
    1,
    "<class 'TypeError'>:cannot marshal None unless allow_none is enabled",
);
const NOT_SUPPORTED: Reply = Reply::Fault(1, "<class 'Exception'>:method is not supported");
const NIL: Reply = Reply::Value("<nil/>");
const TRUE: Reply = Reply::Value("<boolean>1</boolean>");

/// A binder with nothing odd about it, apart from what it lacks.
const PLAIN: Kind = Kind {
    registered: TRUE,
    unknown_name: NIL,
    unknown_procedure: NOT_SUPPORTED,
    serving: Serving::Threads,
};

/// A binder that has its own way to say that a name is not registered.
const fn without_name(unknown_name: Reply) -> Kind {
    Kind {
        unknown_name,
        ..PLAIN
    }
}

/// A binder that has its own way to say that there is no such name or procedure.
const fn without_either(reply: Reply) -> Kind {
    Kind {
        unknown_name: reply,
        unknown_procedure: reply,
        ..PLAIN
    }
}

const KINDS: [(&str, Kind); 17] = [
    ("plain", PLAIN),
    (
        "no allow_none",
        Kind {
            registered: CANNOT_MARSHAL,
            ..without_name(CANNOT_MARSHAL)
        },
    ),
    (
        "raises",
        without_name(Reply::Fault(1, "<class 'KeyError'>:'NAME'")),
    ),
    (
        "empty list",
        without_name(Reply::Value("<array><data></data></array>")),
    ),
    (
        "empty string",
        without_name(Reply::Value("<string></string>")),
    ),
    ("False", without_name(Reply::Value("<boolean>0</boolean>"))),
    (
        "sentence",
        without_either(Reply::Value(
            "<string>Procedimento não encontrado.</string>",
        )),
    ),
    ("8001", without_either(Reply::Fault(8001, "no such thing"))),
    (
        "-32500",
        without_either(Reply::Fault(-32500, "application error")),
    ),
    ("-1", without_either(Reply::Fault(-1, "unknown"))),
    ("-506", without_either(Reply::Fault(-506, "not defined"))),
    ("3", without_either(Reply::Fault(3, "?"))),
    ("200", without_either(Reply::Fault(200, ""))),
    ("HTTP 404", without_either(Reply::Status(404))),
    ("HTTP 405", without_either(Reply::Status(405))),
    ("HTTP 501", without_either(Reply::Status(501))),
    (
        "one thread",
        Kind {
            serving: Serving::OneThread,
            ..PLAIN
        },
    ),
];

#[test]
fn every_kind_of_binder_is_registered_in_and_asked() {
    let failed: Vec<&str> = thread::scope(|scope| {
        let running = KINDS.map(|(name, kind)| {
            let run = move || catch_unwind(AssertUnwindSafe(|| register_and_find(kind)));
            let thread = thread::Builder::new().name(name.to_owned());
            (name, thread.spawn_scoped(scope, run).unwrap())
        });
        running
            .into_iter()
            .filter_map(|(name, running)| running.join().unwrap().is_err().then_some(name))
            .collect()
    });
    assert!(failed.is_empty(), "not understood: {failed:?}");
}

/// Waits until the server has registered the names of both dialects.
fn wait_until_registered(server: &Server) {
    eventually("the names are registered", || {
        (server
            .program
            .err()
            .matches("registered in the binder")
            .count()
            == 2)
            .then_some(())
    });
}

fn register_and_find(kind: Kind) {
    let binder = OddBinder::start(kind);

    // Without a server there is none, which is not the binder's fault.
    for dialect in [&["--plain"][..], &["--plain", "--accounts"]] {
        let flags = [dialect, &["--binder", &binder.address]].concat();
        let ended = binaries::start("chat-client", &flags).wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.err.contains("knows no chat server"), "{ended:?}");
    }

    let lookups_before = binder.count("lookup_procedure");
    let server = Server::our_chat(&["--binder", &binder.address]);
    wait_until_registered(&server);
    assert_eq!(binder.names(), NAMES);
    assert_eq!(binder.count("register_procedure"), NAMES);
    assert_eq!(binder.count("register_lease"), 1);
    // Whether a refused name is registered all the same is asked once.
    let lookups = binder.count("lookup_procedure") - lookups_before;
    let is_refused = matches!(kind.registered, Reply::Fault(..));
    assert_eq!(lookups, usize::from(is_refused));

    let mut ana = TerminalClient::ours(&["--binder", &binder.address]);
    ana.register("ana", REGISTERED);
    ana.create("geral", "Sala 'geral' criada.\n");
    ana.join("geral");
    // Ana is still there, and keeps no other user out.
    let mut bia = TerminalClient::ours(&["--accounts", "--binder", &binder.address]);
    bia.dialogue(&[
        (prompt::USERNAME, "bia"),
        (prompt::PASSWORD, "senha"),
        (prompt::ACCOUNTS_COMMAND, "list"),
    ]);
    bia.program.wait_for("['geral']\n");
    let ended = ana.exit();
    assert_eq!(ended.err, "");
    eventually("no connection is kept", || {
        (binder.connections() == 0).then_some(())
    });
    let log = server.program.err();
    let is_warning = |line: &&str| line.contains("WARN") && !line.contains("file descriptors");
    assert_eq!(log.lines().find(is_warning), None, "{log}");
}

/// A binder without leases writes a line for each call. It is asked seldom, and names that it lost unnoticed
/// are registered again nevertheless.
#[test]
fn a_binder_without_leases_is_left_alone_for_half_a_minute_and_then_learns_what_it_forgot() {
    /// What the documents promise.
    const LOOKED_UP_EVERY: Duration = Duration::from_secs(30);
    let binder = OddBinder::start(PLAIN);
    let server = Server::our_chat(&["--binder", &binder.address]);
    wait_until_registered(&server);
    let registered = binder.asked();
    binder.forget();
    let forgotten = Instant::now();
    while binder.names() < NAMES {
        assert!(
            forgotten.elapsed() < LOOKED_UP_EVERY + DEADLINE,
            "{:?}",
            binder.asked()
        );
        thread::sleep(Duration::from_millis(50));
    }
    let asked = binder.asked();
    let last = registered.last().unwrap();
    let next = &asked[registered.len()];
    assert_eq!(next.procedure, "lookup_procedure");
    let pause = next.at - last.at;
    assert!(
        pause > LOOKED_UP_EVERY - Duration::from_secs(1),
        "{pause:?}"
    );
    // One that finds that the names are gone, one to learn whether there are leases now, one for each
    // dialect before it takes the names, and the names.
    assert_eq!(
        asked.len() - registered.len(),
        1 + 1 + 2 + NAMES,
        "{asked:?}"
    );
}
