//! `binder list`, `lookup` and `ping`, asked of binders in both languages.

use serde_json::json;

use support::{Caller, Language, Server, binaries};

/// What the question is answered with, as rows of cells.
fn ask(binder: &Server, question: &[&str]) -> (Vec<Vec<String>>, String) {
    let output = binaries::command("binder")
        .args(question)
        .args(["--binder", &binder.address])
        .output()
        .unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let rows = answer.lines().map(|line| {
        // Cells are two spaces apart, and have one at most inside.
        let cells = line.split("  ").map(str::trim);
        let cells = cells.filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    });
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
    (rows.collect(), complaint)
}

#[test]
fn binders_of_both_languages_tell_what_they_can() {
    for language in [Language::Rust, Language::Python] {
        let binder = Server::binder(language);
        let server = Server::chat(language, &binder.address);
        let place = format!("localhost:{}", server.port());
        let row = |rows: &[Vec<String>], name: &str| {
            let row = rows
                .iter()
                .find(|row| row.first().is_some_and(|cell| cell == name));
            row.unwrap_or_else(|| panic!("{name} is not in {rows:?}"))
                .clone()
        };

        let (listed, _) = ask(&binder, &["list"]);
        let (found, _) = ask(&binder, &["lookup", "create_room"]);
        for rows in [&listed, &found] {
            row(rows, "NAME");
            let row = row(rows, "create_room");
            assert_eq!(row[1], place, "{language:?}");
            match language {
                Language::Rust => assert!(row[2].ends_with("left"), "{row:?}"),
                Language::Python => assert_eq!(row[2..], ["?", "?"]),
            }
        }

        let (hops, _) = ask(&binder, &["ping", "create_room"]);
        let times = ["binder: where is create_room?", "service: list_rooms"].map(|hop| {
            let row = row(&hops, hop);
            row[2].clone()
        });
        assert!(times.iter().all(|time| time.ends_with(" ms")), "{times:?}");

        let (_, complaint) = ask(&binder, &["lookup", "nothing"]);
        assert!(complaint.contains("does not know nothing"), "{complaint}");
        drop(server);
    }
}

#[test]
fn a_service_that_is_gone_is_distinguished_from_the_binder() {
    let binder = Server::binder(Language::Python);
    let server = Server::chat(Language::Python, &binder.address);
    let place = format!("localhost:{}", server.port());
    drop(server);
    let (hops, complaint) = ask(&binder, &["ping", "create_room"]);
    assert!(
        hops.iter().any(|row| row[0].starts_with("binder: ")),
        "{hops:?}"
    );
    for part in [&place, "create_room", "does not answer"] {
        assert!(complaint.contains(part), "{part} is not in {complaint}");
    }
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
}

/// A Python binder takes any address.
#[test]
fn what_a_binder_answers_does_not_act_on_the_terminal() {
    let binder = Server::binder(Language::Python);
    let mut caller = Caller::rust(&binder.address);
    let address = "host\u{9b}31m\u{202e}";
    let registration = [json!("mau"), json!(address), json!(1)];
    caller.call("register_procedure", &registration);
    let (found, _) = ask(&binder, &["lookup", "mau"]);
    let (hops, complaint) = ask(&binder, &["ping", "mau"]);
    let cells = found.concat().concat() + &hops.concat().concat();
    for shown in [cells, complaint] {
        assert!(!shown.contains(['\u{9b}', '\u{202e}']), "{shown:?}");
        assert!(shown.contains("31m"), "{shown:?}");
    }
}

#[test]
fn names_are_registered_by_hand_in_binders_of_both_languages() {
    for language in [Language::Rust, Language::Python] {
        let binder = Server::binder(language);
        let (said, complaint) = ask(&binder, &["register", "nome", "localhost:4711"]);
        assert_eq!(complaint, "");
        let address = &binder.address;
        let expected = format!("nome is registered at localhost:4711 in the binder at {address}.");
        assert_eq!(said, [[expected]]);
        let (found, _) = ask(&binder, &["lookup", "nome"]);
        assert_eq!(found[1][..2], ["nome", "localhost:4711"]);

        let (_, complaint) = ask(&binder, &["unregister", "nome"]);
        let (found, unknown) = ask(&binder, &["lookup", "nome"]);
        match language {
            Language::Rust => {
                assert_eq!(complaint, "");
                assert!(unknown.contains("does not know nome"), "{unknown}");
            }
            Language::Python => {
                assert!(complaint.contains("cannot unregister names"), "{complaint}");
                assert_eq!(complaint.lines().count(), 1, "{complaint}");
                assert_eq!(found[1][..2], ["nome", "localhost:4711"]);
            }
        }
    }
}

#[test]
fn our_binder_on_loopback_has_the_server_with_accounts_built_in() {
    let binder = Server::binder(Language::Rust);
    let (rows, _) = ask(&binder, &["list"]);
    assert_eq!(rows[1][..3], ["chat_server", "localhost:8000", "built in"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
}

#[test]
fn questions_to_a_chat_server_of_either_language_say_that_it_is_not_a_binder() {
    for language in [Language::Rust, Language::Python] {
        let binder = Server::binder(language);
        let server = Server::chat(language, &binder.address);
        for question in [&["list"][..], &["lookup", "create_room"], &["ping"]] {
            let (_, complaint) = ask(&server, question);
            let expected = format!("binder: {} is a chat server, not a binder", server.address);
            assert!(complaint.starts_with(&expected), "{complaint}");
            assert_eq!(complaint.lines().count(), 1, "{complaint}");
        }
    }
}

#[test]
fn a_binder_without_a_port_is_looked_for_at_its_usual_one() {
    let complaint = |program: &str, arguments: &[&str]| {
        let output = binaries::command(program).args(arguments).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    // Too long for a part of a host name (RFC 1035), so that no name server is asked for it.
    let host = "x".repeat(64);
    let expected = format!("no binder at {host}:5000");
    let binder = ["--binder", &host];
    let asked = complaint("binder", &[&["list"], &binder[..]].concat());
    assert!(asked.contains(&expected), "{asked}");
    let asked = complaint("chat-client", &[&["--plain"], &binder[..]].concat());
    assert!(asked.contains(&expected), "{asked}");
}
