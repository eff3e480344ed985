//! Output without a reader, as when it goes to `head`.

use std::io::pipe;

use support::{Language, Server, binaries};

/// Runs the program with its standard output closed at the other end, and checks that it ends without
/// a word.
#[track_caller]
fn expect_quiet_end(name: &str, flags: &[&str]) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = binaries::command(name)
        .args(flags)
        .stdout(writer)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {flags:?}: {output:?}");
    assert_eq!(said, "", "{name} {flags:?}");
}

#[test]
fn what_only_prints_ends_quietly() {
    for name in ["binder", "chat-server", "chat-client"] {
        for flags in [&["completions", "bash"][..], &["man"], &["--help"]] {
            expect_quiet_end(name, flags);
        }
    }
}

#[test]
fn a_question_to_the_binder_ends_quietly() {
    for language in [Language::Rust, Language::Python] {
        let binder = Server::binder(language);
        let server = Server::chat(language, &binder.address);
        for question in [&["list"][..], &["lookup", "create_room"], &["ping"]] {
            let flags = [question, &["--binder", &binder.address]].concat();
            expect_quiet_end("binder", &flags);
        }
        drop(server);
    }
}

#[test]
fn a_client_whose_output_is_closed_ends_quietly_and_gives_its_name_back() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    let flags = ["--plain", "--user", "ana", "--binder", &binder.address];
    expect_quiet_end("chat-client", &flags);
    server
        .caller()
        .must("register_user", &["ana"], "Usuário registrado com sucesso.");
}
