//! The same script, the same transcript: our client in plain mode says what the original says, to the
//! letter, timestamps aside.
//!
//! A scene is played by either client, against either server, all of them fresh. The lines of its
//! script are typed, except those that begin with `* `: these are stage directions, which another
//! user of the chat carries out once the client is done with the lines before. In no scene does a
//! server forget who is there: the original then says so for ever, ours comes back by itself.

use std::thread;

use contract::table::{TIMESTAMP, is_timestamp};
use support::{
    Caller, InProcess, Language, Server, TerminalClient, eventually, program::Ended,
    terminal_client::prompt, waiting::next_second,
};

#[test]
fn a_whole_session_with_every_text_of_the_client() {
    let script = include_str!("transcripts/whole_session.txt");
    for transcript in play_everywhere(script) {
        for text in EVERY_TEXT {
            assert!(
                transcript.contains(text),
                "{text:?} is not in\n{transcript}"
            );
        }
    }
}

#[test]
fn names_that_our_server_refuses_and_the_original_takes() {
    play_everywhere(include_str!("transcripts/names_that_are_refused.txt"));
}

#[test]
fn the_end_of_input_counts_as_exit_at_every_prompt() {
    let scripts = [
        "",
        "ana\n",
        "ana\ncreate\n",
        "ana\ncreate\ngeral\njoin\n",
        "ana\ncreate\ngeral\njoin\ngeral\nsend\n",
        "ana\ncreate\ngeral\njoin\ngeral\nsend\noi\n",
        // Without a line end the last line counts all the same.
        "ana\nlist",
    ];
    end_with_a_farewell(&scripts, play);
}

/// What the client itself can say, besides what servers answer.
const EVERY_TEXT: [&str; 17] = [
    prompt::USERNAME,
    "Erro: ",
    "Por favor, escolha outro username.\n",
    prompt::COMMAND,
    prompt::ROOM,
    "Voce entrou na sala 'geral'.\nUltimas mensagens:\n",
    "\n[YYYY-MM-DD HH:MM:SS] ana -> bom dia, <você> & cia.\n",
    "\n[YYYY-MM-DD HH:MM:SS] bia -> olá, ana\nUse um comando ",
    prompt::MESSAGE,
    prompt::RECIPIENT,
    "Salas existentes:\n['geral', 'd\\'água & \"cia\"']\n",
    "Usuarios na sala: 'geral':\n['ana', 'bia']\n",
    "Voce nao esta em nenhuma sala.\n",
    "\n[YYYY-MM-DD HH:MM:SS] bia: olá, ana\n",
    "\n[YYYY-MM-DD HH:MM:SS] bia: psiu\n",
    "Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n",
    "Desconectando o Cliente...\n",
];

/// Plays a scene with both clients against both servers; gives the transcript with each server.
#[track_caller]
fn play_everywhere(script: &str) -> [String; 2] {
    thread::scope(|scope| {
        let playing =
            Language::ALL.map(|server| scope.spawn(move || play_twice(script, server, play)));
        playing.map(|playing| playing.join().unwrap())
    })
}

/// Plays a scene with both clients against a server, each by `play`; gives the transcript.
///
/// # Panics
/// When the two clients differ, or one fails.
#[track_caller]
pub(crate) fn play_twice(
    script: &str,
    server: Language,
    play: fn(&str, Language, Language) -> String,
) -> String {
    let [original, ours] = thread::scope(|scope| {
        let playing = Language::ALL.map(|client| scope.spawn(move || play(script, client, server)));
        playing.map(|playing| playing.join().unwrap())
    });
    assert!(
        original == ours,
        "with the {server} server and the script {script:?} our client differs:\n{}",
        first_difference(&original, &ours)
    );
    original
}

/// Plays scenes that break off with both clients against our server, each by `play`.
///
/// # Panics
/// When the two clients differ in one, or do not end it as after `exit`.
#[track_caller]
pub(crate) fn end_with_a_farewell(scripts: &[&str], play: fn(&str, Language, Language) -> String) {
    for script in scripts {
        let transcript = play_twice(script, Language::Rust, play);
        let last = "Desconectando o Cliente...\n";
        assert!(transcript.ends_with(last), "{script:?}: {transcript}");
    }
}

/// Plays a scene with a client against a fresh server; gives the transcript without timestamps.
fn play(script: &str, client: Language, server: Language) -> String {
    let ended = match server {
        Language::Python => {
            let binder = InProcess::binder();
            let server = Server::chat(server, &binder.address);
            play_with(script, client, &server.address, &binder.address)
        }
        Language::Rust => {
            let server = InProcess::chat();
            play_with(script, client, &server.address, server.binder_of_chat())
        }
    };
    transcript(&ended, is_timestamp, TIMESTAMP)
}

/// What a client printed, with `shown` in place of the timestamps at the beginning of lines.
#[track_caller]
pub(crate) fn transcript(ended: &Ended, is_timestamp: fn(&str) -> bool, shown: &str) -> String {
    assert_eq!(ended.err, "", "nothing goes wrong");
    let lines = ended.out.lines().map(|line| {
        match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((timestamp, rest)) if is_timestamp(timestamp) => format!("[{shown}]{rest}\n"),
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

fn play_with(script: &str, client: Language, server: &str, binder: &str) -> Ended {
    let mut client = TerminalClient::start(client, binder);
    let mut others = Others(Caller::rust(server));
    let (mut typed, mut lines) = (String::new(), 0);
    for line in script.split_inclusive('\n') {
        let Some(direction) = line.strip_prefix("* ") else {
            typed += line;
            lines += 1;
            continue;
        };
        client.program.type_text(&typed);
        typed.clear();
        // Whatever was typed is done with when the next question is open.
        eventually(&format!("the client is ready for {direction:?}"), || {
            (questions(&client.program.out()) == lines + 1).then_some(())
        });
        others.act(direction.trim_end(), &client);
    }
    // At once, since nothing reads what comes after `exit`.
    client.program.type_text(&typed);
    client.program.finish()
}

/// How many questions the client has asked.
fn questions(out: &str) -> usize {
    [
        prompt::USERNAME,
        prompt::COMMAND,
        prompt::ROOM,
        prompt::MESSAGE,
        prompt::RECIPIENT,
    ]
    .iter()
    .map(|question| out.matches(question).count())
    .sum()
}

/// All other users: they do what the stage directions in a script say.
struct Others(Caller);

impl Others {
    fn act(&mut self, direction: &str, client: &TerminalClient) {
        let Self(caller) = self;
        let (name, action) = direction.split_once(' ').unwrap();
        let (verb, rest) = action.split_once(' ').unwrap_or((action, ""));
        match verb {
            "registers" => {
                caller.answer("register_user", &[name]);
            }
            "joins" => {
                caller.answer("join_room", &[name, rest]);
            }
            "says" | "whispers" => {
                let to = if verb == "says" { "" } else { "ana" };
                next_second();
                caller.say(name, "geral", rest, to);
                client.is_shown(name, rest);
            }
            _ => panic!("unknown direction {direction:?}"),
        }
    }
}

/// Where two transcripts part, with both lines.
fn first_difference(original: &str, ours: &str) -> String {
    let (mut one, mut other) = (original.lines(), ours.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (one.next(), other.next()) {
            (None, None) => return "only in line ends".to_owned(),
            (original, ours) if original == ours => {}
            (original, ours) => {
                return format!("line {number}\n  original: {original:?}\n  ours:     {ours:?}");
            }
        }
    }
}
