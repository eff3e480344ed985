//! Nothing is lost and nothing is doubled, although many messages share a second.

use std::thread;
use std::time::Duration;

use serde_json::Value as Json;

use support::{
    Caller, DEADLINE, InProcess, Language, Program, Server, TerminalClient, python,
    terminal_client::prompt, waiting::next_second,
};

const ROOM: &str = "geral";

/// Who speaks, each on a connection and a thread of its own.
const SENDERS: [&str; 2] = ["ana", "bia"];

/// How many messages each of them sends.
const EACH: usize = 100;

/// The senders send all their messages as fast as they can; gives what the room has then, in its
/// order, as `SENDER: TEXT`.
fn send_all(address: &str) -> Vec<String> {
    thread::scope(|scope| {
        for sender in SENDERS {
            scope.spawn(move || {
                let mut caller = Caller::rust(address);
                for number in 0..EACH {
                    caller.say(sender, ROOM, &text(sender, number), "");
                }
            });
        }
    });
    said(address)
}

fn text(sender: &str, number: usize) -> String {
    format!("{number} de {sender}")
}

/// What was said in the room, in its order, as `SENDER: TEXT`.
fn said(address: &str) -> Vec<String> {
    let messages = Caller::rust(address).answer("receive_messages", &[SENDERS[0], ROOM]);
    let line = |message: &Json| {
        let member = |name: &str| message[name].as_str().unwrap().to_owned();
        format!("{}: {}", member("origin"), member("content"))
    };
    messages.as_array().unwrap().iter().map(line).collect()
}

fn enter_senders(address: &str) {
    for sender in SENDERS {
        Caller::rust(address).enter(sender, ROOM);
    }
}

/// The original's client keeps what is strictly later than the last message *of others*, and begins with
/// the whole second in which it starts.
#[track_caller]
fn an_original_client_loses_nothing(flags: &[&str]) {
    let server = InProcess::chat();
    let flags = [&["--server", &server.address], flags].concat();
    let client = python::start("original_filter.py", &flags);
    let report = client.report();
    let ended = client.wait_for_end(DEADLINE);
    assert_eq!(ended.code, Some(0), "{report}{ended:#?}");
}

#[test]
fn the_first_message_of_a_room_in_the_second_in_which_the_client_started_is_seen() {
    an_original_client_loses_nothing(&["--rounds", "12"]);
}

#[test]
fn a_thousand_messages_of_its_own_do_not_make_a_client_deaf() {
    an_original_client_loses_nothing(&["--own", "1000"]);
}

#[test]
fn eight_mebibytes_of_its_own_do_not_make_a_client_deaf() {
    // 513 times 16 KiB.
    an_original_client_loses_nothing(&["--own", "513", "--length", "16384"]);
}

#[test]
fn polling_python_clients_see_each_of_200_messages_once_and_in_one_order() {
    let server = InProcess::chat();
    let all = (SENDERS.len() * EACH).to_string();
    // One asks again and again while messages come, one finds most of them in a single answer.
    let mut collectors: Vec<Program> = [("impaciente", "0.01"), ("calmo", "0.5")]
        .map(|(user, interval)| {
            let flags = [
                ["--server", &server.address],
                ["--user", user],
                ["--room", ROOM],
                ["--expect", &all],
                ["--deadline", "20"],
                ["--interval", interval],
            ];
            python::start("poll_collector.py", flags.as_flattened())
        })
        .into();
    for collector in &mut collectors {
        collector.wait_for("ready\n");
    }
    enter_senders(&server.address);
    let mut client = TerminalClient::start(Language::Python, server.binder_of_chat());
    client.register("caio", "Usuário registrado com sucesso.\n");
    client.join(ROOM);

    let order = send_all(&server.address);
    assert_eq!(order.len(), SENDERS.len() * EACH, "all are stored");
    for sender in SENDERS {
        let own: Vec<String> = (0..EACH)
            .map(|number| format!("{sender}: {}", text(sender, number)))
            .collect();
        let kept: Vec<&String> = order
            .iter()
            .filter(|line| line.starts_with(sender))
            .collect();
        assert_eq!(
            kept,
            own.iter().collect::<Vec<_>>(),
            "in the sender's order"
        );
    }
    let texts: Vec<&str> = order
        .iter()
        .map(|line| line.split_once(": ").unwrap().1)
        .collect();
    for collector in collectors {
        let report = collector.report();
        let ended = collector.finish();
        let shown: Vec<&str> = ended.out.lines().skip(1).collect();
        assert_eq!(shown, texts, "{report}");
    }
    expect_shown_once(client, &server.address, &order);
}

#[test]
fn our_client_misses_nothing_and_doubles_nothing_of_the_original_server() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Python, &binder.address);
    our_client_sees_everything_once(&server.address, &binder.address);
}

#[test]
fn our_client_misses_nothing_and_doubles_nothing_of_our_server() {
    let server = InProcess::chat();
    our_client_sees_everything_once(&server.address, server.binder_of_chat());
}

fn our_client_sees_everything_once(server: &str, binder: &str) {
    enter_senders(server);
    let mut client = TerminalClient::start(Language::Rust, binder);
    client.register("caio", "Usuário registrado com sucesso.\n");
    client.dialogue(&[(prompt::COMMAND, "join")]);
    client.program.wait_for(prompt::ROOM);

    // All within one second, as far as the machine can: some before the join, which the history has,
    // and some after it.
    next_second();
    let mut caller = Caller::rust(server);
    for number in 0..5 {
        caller.say("ana", ROOM, &format!("antes {number}"), "");
    }
    client.program.type_line(ROOM);
    client.program.wait_for("Ultimas mensagens:\n");
    // Two messages are two, even when they are equal.
    caller.say("ana", ROOM, "de novo", "");
    caller.say("ana", ROOM, "de novo", "");

    let order = send_all(server);
    expect_shown_once(client, server, &order);
}

#[test]
fn our_client_shows_once_what_shares_a_second_with_what_it_has_shown() {
    // A machine that is busy in the wrong moment proves nothing; three times in a row it is not.
    assert!((0..3).any(|_| shows_once_what_comes_later_in_a_second()));
}

/// Whether a poll came between two messages of one second.
///
/// # Panics
/// When it did, and the client has lost or doubled one of them.
fn shows_once_what_comes_later_in_a_second() -> bool {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Python, &binder.address);
    let mut caller = server.caller();
    caller.enter("ana", ROOM);
    let mut client = TerminalClient::ours(&["--binder", &binder.address, "--wire"]);
    client.register("caio", "Usuário registrado com sucesso.\n");
    // From the join on it polls every two seconds, and so now in the middle of each second.
    next_second();
    thread::sleep(Duration::from_millis(400));
    client.join(ROOM);
    next_second();
    next_second();
    caller.say("ana", ROOM, "antes da pergunta", "");
    client.is_shown("ana", "antes da pergunta");
    caller.say("ana", ROOM, "depois dela", "");
    let messages = caller.answer("receive_messages", &["ana", ROOM]);
    if messages[0]["timestamp"] != messages[1]["timestamp"] {
        return false;
    }
    let order = said(&server.address);
    client.is_shown("ana", "depois dela");
    // Nothing newer comes, and what was shown must not come again.
    client
        .program
        .wait_until_logged_again("▶ called receive_new_messages", 2);
    expect_shown_once(client, &server.address, &order);
    true
}

/// Checks that a client in the room has shown or shows everything in `order`, and in that order, each
/// once: in the history of its join or as it arrived.
fn expect_shown_once(client: TerminalClient, server: &str, order: &[String]) {
    // Each of the two is shown by another poll, in which what was shown before could come again.
    let mut caller = Caller::rust(server);
    for last in ["fim", "fim mesmo"] {
        next_second();
        caller.say("ana", ROOM, last, "");
        client.is_shown("ana", last);
    }
    let report = client.program.report();
    let out = client.exit().out;
    let shown: Vec<String> = out.lines().filter_map(shown_message).collect();
    let mut expected = order.to_vec();
    expected.extend(["ana: fim".to_owned(), "ana: fim mesmo".to_owned()]);
    assert!(
        shown == expected,
        "{}\n{report}",
        difference(&shown, &expected)
    );
}

/// `SENDER: TEXT` of a line that shows a message, whether it arrived or was handed over at the join.
fn shown_message(line: &str) -> Option<String> {
    let (_, message) = line.strip_prefix('[')?.split_once("] ")?;
    Some(message.replacen(" -> ", ": ", 1))
}

/// What two lists do not have in common, in words.
fn difference(shown: &[String], expected: &[String]) -> String {
    let count = |list: &[String], line: &String| list.iter().filter(|other| *other == line).count();
    let mut lines: Vec<&String> = expected.iter().chain(shown).collect();
    lines.sort_unstable();
    lines.dedup();
    let wrong: Vec<String> = lines
        .into_iter()
        .filter_map(|line| {
            let (came, sent) = (count(shown, line), count(expected, line));
            (came != sent).then(|| format!("{line:?} was sent {sent} times and shown {came} times"))
        })
        .collect();
    if wrong.is_empty() {
        "all were shown, but in another order".to_owned()
    } else {
        wrong.join("\n")
    }
}
