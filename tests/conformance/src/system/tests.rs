//! Where the server is found that was started, beside places that the binder has of its own.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// The shelf's programs, of which the binder has a place built in.
fn commands(built_in: &str, server_port: &str) -> Commands {
    let program = |name| format!("python3 -S {PROGRAMS}/{name}.py");
    Commands::new(
        &format!(
            "{} --port {{port}} --built-in {built_in}",
            program("binder")
        ),
        &format!(
            "{} --port {server_port} --binder {{binder}}",
            program("server")
        ),
        "true {binder}",
    )
}

fn start(commands: &Commands) -> Result<System<'_>, CannotCheck> {
    System::start(commands, None, Patience::default(), Language::En)
}

/// The place at which the server was found.
fn found(commands: &Commands) -> Endpoint {
    let mut system = start(commands).unwrap();
    let registers = system.registers(None, Language::En).unwrap();
    assert_eq!(registers.outcome, Ok(()));
    system.place.clone().unwrap()
}

#[test]
fn a_stranger_at_a_place_built_into_the_binder_is_left_alone() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    let was_called = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&was_called);
    thread::spawn(move || {
        for _ in stranger.incoming() {
            note.store(true, Ordering::SeqCst);
        }
    });
    let place = found(&commands(&format!("localhost:{port}"), "{server_port}"));
    assert_ne!(place.port, port);
    assert!(!was_called.load(Ordering::SeqCst));
}

/// As the original server of dialect accounts, whose binder has the place built in.
#[test]
fn a_server_at_the_place_built_into_the_binder_is_found() {
    // Free after this line.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let commands = commands(&format!("localhost:{port}"), &port.to_string());
    assert_eq!(found(&commands).port, port);
}

#[test]
fn a_place_of_the_binder_itself_is_refused() {
    let commands = commands("localhost:{port}", "{server_port}");
    let refused = start(&commands).err().unwrap();
    assert!(
        matches!(refused, CannotCheck::BehindProxy(_)),
        "{refused:?}"
    );
}

#[test]
fn how_a_server_ended_is_said() {
    let commands = Commands {
        server: Command::new(&["echo adeus; exit 3".to_owned()]),
        ..commands("localhost:9", "{server_port}")
    };
    let mut system = start(&commands).unwrap();
    let began = std::time::Instant::now();
    let registers = system.registers(None, Language::En).unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    let Err(Shortfall::Failed(finding)) = registers.outcome else {
        panic!("{registers:?}");
    };
    let provoked = finding.provoked.unwrap();
    let provoked = provoked.of(Language::En);
    assert_eq!(
        provoked,
        "the server ended with exit code 3; it had printed: adeus"
    );
}
