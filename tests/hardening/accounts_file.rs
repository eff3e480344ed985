//! The server is killed while accounts are created: what it acknowledged is there when it comes back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dxr::{Fault, Value};
use rustix::process::Signal;

use crate::stage::{DEADLINE, Server, binaries};
use crate::wire::{Connection, ask, call, post};

const PEOPLE: usize = 4;

fn chat(file: &Path) -> Server {
    let file = file.to_str().unwrap();
    Server::our_chat(&["--binder", "127.0.0.1:1", "--accounts-file", file])
}

/// A path in a directory of this test's own, which is empty.
fn empty(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory.join("accounts")
}

/// Creates accounts, one after the other, until the server is gone, and tells of each that it was
/// acknowledged.
fn create_accounts(address: &str, prefix: &str, acknowledged: &mpsc::Sender<String>) {
    let mut connection = Connection::open(address);
    for count in 0.. {
        let name = format!("{prefix}-{count}");
        connection.send(post(call("register_user", &[&name, &password(&name)])));
        let Ok(response) = connection.try_response() else {
            return;
        };
        assert_eq!(response.answer(), Ok(Value::Boolean(true)), "{name}");
        // Whoever counts them has stopped when the server is about to be killed.
        let _ = acknowledged.send(name);
    }
}

fn password(name: &str) -> String {
    format!("senha de {name}")
}

#[test]
fn an_acknowledged_account_survives_a_kill_at_any_instant() {
    let file = empty("killed");
    let mut random = fastrand::Rng::with_seed(0x5eed);
    let mut kept: Vec<String> = Vec::new();
    for round in 0..8 {
        let server = chat(&file);
        let address = server.accounts.clone().unwrap();

        // A taken name costs the server no hashing, so all of them are asked for.
        for name in &kept {
            let taken = Fault::new(1, format!("Nome de usuário '{name}' já está em uso."));
            let answer = ask(&address, call("register_user", &[name, "outra"]));
            assert_eq!(answer, Err(taken), "round {round}");
        }
        if let Some(name) = kept.last() {
            let answer = ask(&address, call("login_user", &[name, &password(name)]));
            assert_eq!(answer, Ok(Value::Boolean(true)), "{name}, round {round}");
            let wrong = ask(&address, call("login_user", &[name, "outra"])).unwrap_err();
            assert_eq!(wrong.string(), "Senha incorreta.", "{name}");
        }

        // Killed after so many acknowledgements, at an instant that differs from round to round.
        let (enough, wait) = (random.usize(1..6), random.u64(0..40_000));
        let (acknowledged, arriving) = mpsc::channel();
        thread::scope(|scope| {
            for number in 0..PEOPLE {
                let (address, acknowledged) = (&address, acknowledged.clone());
                let prefix = format!("{round}-{number}");
                scope.spawn(move || create_accounts(address, &prefix, &acknowledged));
            }
            drop(acknowledged);
            for _ in 0..enough {
                kept.push(arriving.recv_timeout(DEADLINE).unwrap());
            }
            thread::sleep(Duration::from_micros(wait));
            server.program.signal(Signal::KILL);
            // What was acknowledged up to the kill counts as well.
            kept.extend(arriving.iter());
        });
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads the file");
    }
    let content = fs::read_to_string(&file).unwrap();
    assert!(!content.contains("senha"), "a password is in the file");
}

#[test]
fn a_damaged_file_ends_the_server_and_is_left_as_it_is() {
    let file = empty("damaged");
    let server = chat(&file);
    let address = server.accounts.clone().unwrap();
    ask(&address, call("register_user", &["ana", "senha"])).unwrap();
    drop(server);

    let mut damaged = fs::read(&file).unwrap();
    damaged.truncate(damaged.len() - 10);
    fs::write(&file, &damaged).unwrap();
    let path = file.to_str().unwrap();
    let output = binaries::command("chat-server")
        .args([
            "--listen",
            "127.0.0.1:0",
            "--accounts-listen",
            "127.0.0.1:0",
        ])
        .args(["--binder", "127.0.0.1:1", "--accounts-file", path])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains(path) && said.contains("line "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty(), "it does not say that it listens");
    assert_eq!(fs::read(&file).unwrap(), damaged, "it is not overwritten");
}
