//! The disk is full: writing is refused, reading goes on, and nothing is half done.

use std::fs;
use std::path::{Path, PathBuf};

use dxr::{Fault, Value};
use protocol::classic::texts::CANNOT_WRITE_NOW;

use support::{
    Program, Server, eventually,
    kept_chat::{self, enter},
    wire::{Client, ROOM},
};

/// A server that keeps its chat on a small file system of its own, which others see through its process.
struct Small {
    server: Server,
    /// The file system as this process sees it.
    disk: PathBuf,
}

impl Small {
    fn start(mount_point: &Path, bytes: usize) -> Self {
        let mount = format!(
            "mount -t tmpfs -o size={bytes} none '{}' && echo $$ && exec \"$0\" \"$@\"",
            mount_point.display()
        );
        let wrapper = ["unshare", unshare_flags(), "bash", "-c", &mount];
        let data = mount_point.join("chat");
        let mut command = kept_chat::command(&wrapper, &data, &["--metrics-listen", "127.0.0.1:0"]);
        let mut program = Program::start("chat-server on a small disk", &mut command);
        let pid = program.next_line();
        let disk = PathBuf::from(format!("/proc/{pid}/root{}", mount_point.display()));
        Self {
            server: Server::ready(program),
            disk,
        }
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let piece = vec![0; 4096];
        let mut file = fs::File::create(self.disk.join("filler")).unwrap();
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.disk.join("filler")).unwrap();
    }
}

/// Without root, mounting is allowed in a user namespace of its own.
fn unshare_flags() -> &'static str {
    if rustix::process::geteuid().is_root() {
        "-m"
    } else {
        "-Urm"
    }
}

const REFUSED: &str = "commands are refused";
const WRITTEN: &str = "the chat can be written again";

/// What the log says last of being written.
fn last_of_log(server: &Server) -> &'static str {
    let log = server.program.err();
    let last = [REFUSED, WRITTEN].map(|text| (log.rfind(text), text));
    last.into_iter().max().unwrap().1
}

#[test]
fn a_full_disk_refuses_writes_and_takes_them_again_when_there_is_room() {
    let place = kept_chat::directory();
    let small = Small::start(place.path(), 4 << 20);
    let server = &small.server;
    let mut client = enter(&server.address);
    let mut accounts = Client::open(server.accounts.as_ref().unwrap());
    for name in ["conta", "outra"] {
        let registered = accounts.call("register_user", &[name, "senha"]);
        assert_eq!(registered, Ok(Value::Boolean(true)));
        accounts.ask("join_room", &[name, ROOM]);
    }
    client.send("ana", "antes");
    let mut kept = vec!["antes".to_owned()];

    for round in 0..3 {
        small.fill();
        // What fits into the room that is there already is taken, until there is none.
        let long = "x".repeat(8 << 10);
        let refused = Value::String(CANNOT_WRITE_NOW.to_owned());
        eventually("a refusal", || {
            let answer = client.ask("send_message", &["ana", ROOM, &long, ""]);
            if answer == refused {
                return Some(());
            }
            assert_eq!(answer, Value::String("Mensagem enviada.".to_owned()));
            kept.push(long.clone());
            None
        });
        let fault = Fault::new(1, CANNOT_WRITE_NOW.to_owned());
        // Where the long one had no room, short ones may have some, until there is none left.
        let mut rooms = 0;
        eventually("no room for short commands", || {
            let sent = client.ask("send_message", &["ana", ROOM, "curta", ""]);
            if sent != refused {
                kept.push("curta".to_owned());
            }
            rooms += 1;
            let created = client.ask("create_room", &[&format!("sala {round} {rooms}")]);
            (sent == refused && created == refused).then_some(())
        });
        assert_eq!(client.call("register_user", &["novo"]), Err(fault.clone()));
        for (method, texts) in [
            ("send_message", ["conta", ROOM, &long, ""].as_slice()),
            ("register_user", ["nova", "senha"].as_slice()),
            ("create_room", ["recusada"].as_slice()),
        ] {
            assert_eq!(accounts.call(method, texts), Err(fault.clone()), "{method}");
        }
        // A monitor sees it.
        let no_room = "not ready: the log takes no commands: the disk is full\n";
        let says = |text: &str| server.monitor("/healthz").1.contains(text);
        eventually("the server is not ready", || says(no_room).then_some(()));
        // So does the log, although short commands had room after the long one.
        assert_eq!(last_of_log(server), REFUSED);
        // Reading goes on, and nothing that was refused is seen.
        assert_eq!(client.texts("bia"), kept);
        let users = client.ask("list_users", &[ROOM]);
        assert_eq!(format!("{users:?}").matches("bia").count(), 1);
        let rooms = format!("{:?}", client.ask("list_rooms", &[]));
        assert!(!rooms.contains("recusada"), "{rooms}");

        small.make_room();
        let text = format!("depois {round}");
        client.send("ana", &text);
        kept.push(text);
        assert!(!says(no_room), "it can be written again");
        let account = format!("nova{round}");
        let registered = accounts.call("register_user", &[&account, "senha"]);
        assert_eq!(registered, Ok(Value::Boolean(true)));
    }
    assert_eq!(client.texts("bia"), kept);
    // A restart finds what was acknowledged.
    let copy = kept_chat::directory();
    for file in ["chat.db", "chat.db-wal"] {
        fs::copy(small.disk.join("chat").join(file), copy.path().join(file)).unwrap();
    }
    let restarted = kept_chat::start(copy.path(), &[]);
    assert_eq!(Client::open(&restarted.address).texts("bia"), kept);
    // The end is said once for each beginning, and last.
    eventually("the log says that it can be written", || {
        (last_of_log(server) == WRITTEN).then_some(())
    });
    let log = server.program.err();
    let said = |text| log.matches(text).count();
    assert!((1..=3).contains(&said(REFUSED)), "{log}");
    assert_eq!(said(WRITTEN), said(REFUSED), "{log}");
    assert!(log.lines().count() < 60, "{log}");
    small.server.program.terminate();
}

/// Whether there is no room for SQLite's index or for the entry that says that the server starts.
#[test]
fn a_disk_that_is_full_at_the_start_is_said_in_the_last_line() {
    let place = kept_chat::directory();
    let chat = place.path().join("chat");
    kept_chat::start(&chat, &[]).program.terminate();
    let mount_point = place.path().join("small");
    fs::create_dir(&mount_point).unwrap();
    let data = mount_point.join("chat");
    for left in [0, 32] {
        let full = format!(
            "cd '{}' && mount -t tmpfs -o size=1m none . && cd \"$PWD\" && cp -r '{}' chat \
             && head -c {left}k /dev/zero >left; cat /dev/zero >filler; rm left; exec \"$0\" \"$@\"",
            mount_point.display(),
            chat.display(),
        );
        let wrapper = ["unshare", unshare_flags(), "bash", "-c", &full];
        let output = kept_chat::command(&wrapper, &data, &[]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty(), "{said}");
        let last = format!(
            "chat-server: cannot keep the chat in {}: the disk is full; choose another directory with --data DIR, \
             or --data off to keep it in memory alone",
            data.display()
        );
        assert_eq!(said.lines().last(), Some(&*last), "{left}");
    }
}
