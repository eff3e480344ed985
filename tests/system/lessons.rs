//! The script that plays a lesson: it does what the documents say, and leaves nothing behind.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value as Json;

use crate::port_offset::free_offset;
use support::{Program, binaries, eventually};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lesson/lesson.py");

const STEPS: &str = include_str!("../../docs/lesson/steps.json");

const PAGES: [(&str, &str); 2] = [
    ("en", include_str!("../../docs/lessons.md")),
    ("pt", include_str!("../../docs/aulas.md")),
];

/// The section with this title.
fn section<'a>(page: &'a str, title: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("\n## {title}\n"))
        .unwrap_or_else(|| panic!("there is no lesson {title:?}"));
    rest.split("\n## ").next().unwrap()
}

/// The first lines of the commands in a section: in blocks, and in the text.
fn documented(section: &str) -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    // Every second part is a block.
    for (number, part) in section.split("```").enumerate() {
        // In the text a command may be broken into two lines.
        let text = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let candidates: Vec<&str> = if number % 2 == 1 {
            part.lines().collect()
        } else {
            text.split('`').skip(1).step_by(2).collect()
        };
        for candidate in candidates {
            let candidate = candidate.trim();
            let candidate = candidate.strip_prefix("$ ").unwrap_or(candidate);
            let is_command = ["cargo run", "python3 ", "kill "]
                .iter()
                .any(|begin| candidate.starts_with(begin));
            if is_command {
                commands.insert(candidate.to_owned());
            }
        }
    }
    commands
}

fn in_language<'a>(text: &'a Json, language: &str) -> &'a str {
    text.as_str().or_else(|| text[language].as_str()).unwrap()
}

#[test]
fn the_documents_and_the_script_have_the_same_commands() {
    let lessons: Json = serde_json::from_str(STEPS).unwrap();
    let lessons = lessons.as_object().unwrap();
    for (language, page) in PAGES {
        let titles: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let known: Vec<&str> = lessons
            .values()
            .map(|lesson| in_language(&lesson["title"], language))
            .collect();
        assert_eq!(titles, known);
        for lesson in lessons.values() {
            let title = in_language(&lesson["title"], language);
            let documented = documented(section(page, title));
            let (mut typed, mut instead) = (BTreeSet::new(), BTreeSet::new());
            for step in lesson["steps"].as_array().unwrap() {
                assert!(!in_language(&step["say"], language).is_empty());
                for action in step["do"].as_array().unwrap() {
                    if !action["run"].is_null() {
                        let command = in_language(&action["run"], language);
                        typed.insert(command.lines().next().unwrap().to_owned());
                    }
                    if let Some(command) = action["documented"].as_str() {
                        instead.insert(command.to_owned());
                    }
                }
            }
            let unknown: Vec<_> = typed.difference(&documented).collect();
            assert!(
                unknown.is_empty(),
                "{title}: only the script has {unknown:?}"
            );
            let all = &typed | &instead;
            let missing: Vec<_> = documented.difference(&all).collect();
            assert!(missing.is_empty(), "{title}: only the page has {missing:?}");
        }
    }
}

/// A tmux server. Dropping it ends it, so that a failed test leaves nothing behind.
struct Socket(String);

impl Drop for Socket {
    fn drop(&mut self) {
        let kill = ["-L", &self.0, "kill-server"];
        let _ = Command::new("tmux").args(kill).output();
    }
}

/// A lesson in a tmux server of its own, as a lecturer sees it.
struct Played {
    socket: Socket,
    offset: String,
    script: Program,
}

impl Played {
    fn start(number: u8, language: &str) -> Self {
        let offset = free_offset();
        let socket = format!("lesson-test-{}-{number}-{offset}", std::process::id());
        let binder = binaries::command("binder");
        let programs = std::path::Path::new(binder.get_program()).parent().unwrap();
        let mut command = Command::new("python3");
        command
            .arg(SCRIPT)
            .arg(number.to_string())
            .args(["--lang", language, "--detached", "--socket", &socket])
            .args(["--port-offset", &offset, "--programs"])
            .arg(programs)
            // No browser, and no settings of the machine.
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("CHAT_SERVER_DATA");
        Self {
            script: Program::start(format!("lesson {number}"), &mut command),
            socket: Socket(socket),
            offset,
        }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.socket.0])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What a pane shows; the lecturer's is the first.
    fn pane(&self, pane: &str) -> String {
        self.tmux(&["capture-pane", "-p", "-J", "-S", "-", "-t", pane])
    }

    fn lecturer(&self) -> String {
        self.pane("lesson:0.0")
    }

    fn everything(&self) -> String {
        let panes = self.tmux(&["list-panes", "-s", "-F", "#{pane_id}"]);
        panes.lines().map(|pane| self.pane(pane)).collect()
    }

    fn press_enter(&self) {
        self.tmux(&["send-keys", "-t", "lesson:0.0", "Enter"]);
    }

    /// Does all steps. What is not seen in a pane is said in the lecturer's.
    fn play(&self, question: &str, last: &str, complaints: &[&str]) {
        let mut done = 0;
        loop {
            let (questions, is_last) = eventually("the next step", || {
                let shown = self.lecturer();
                let questions = shown.matches(question).count();
                let is_last = shown.contains(last);
                let complained = complaints.iter().any(|text| shown.contains(text));
                assert!(!complained, "{}", self.everything());
                (questions > done || is_last).then_some((questions, is_last))
            });
            if is_last {
                return;
            }
            done = questions;
            self.press_enter();
        }
    }

    fn end(self) {
        self.press_enter();
        let Self {
            script,
            socket,
            offset,
        } = self;
        let ended = script.wait_for_end(support::DEADLINE);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_nothing_is_left(&socket, &offset);
    }
}

#[track_caller]
fn assert_nothing_is_left(Socket(socket): &Socket, offset: &str) {
    let sessions = Command::new("tmux")
        .args(["-L", socket, "list-sessions"])
        .output()
        .unwrap();
    assert!(!sessions.status.success(), "{sessions:?}");
    let offset: u16 = offset.parse().unwrap();
    for usual in [5_000, 8_000, 9_000, 9_100] {
        let port = usual + offset;
        eventually("the port is free", || {
            TcpStream::connect(("127.0.0.1", port))
                .is_err()
                .then_some(())
        });
    }
}

const ENGLISH: (&str, &str, [&str; 2]) = (
    "Enter: do this",
    "That was the last step",
    ["not seen", "refused"],
);

fn plays(number: u8, shown: &[&str]) {
    let lesson = Played::start(number, "en");
    let (question, last, complaints) = ENGLISH;
    lesson.play(question, last, &complaints);
    let everything = lesson.everything();
    for text in shown {
        assert!(
            everything.contains(text),
            "{text:?} is missing\n{everything}"
        );
    }
    lesson.end();
}

#[test]
fn lesson_1_shows_a_message_twice_and_one_once() {
    plays(1, &["ana: message 3", "caio: three", "drop-answer"]);
}

#[test]
fn lesson_2_breaks_calls_in_every_way() {
    plays(2, &["RemoteDisconnected", "Sala já existe."]);
}

#[test]
fn lesson_3_restarts_the_binder() {
    plays(3, &["no binder at", "does not know"]);
}

#[test]
fn lesson_4_has_two_chats() {
    plays(4, &["ConnectionRefusedError", "Salas existentes"]);
}

#[test]
fn lesson_5_loses_messages_of_one_second() {
    plays(5, &["mensagem 12"]);
}

#[test]
fn lesson_6_kills_the_server() {
    plays(6, &["the chat goes on", "Usuário não está na sala."]);
}

#[test]
fn a_lesson_is_played_in_portuguese_and_ends_when_it_is_left() {
    let lesson = Played::start(1, "pt");
    eventually("the first step", || {
        lesson
            .lecturer()
            .contains("Enter: fazer isto")
            .then_some(())
    });
    lesson.press_enter();
    eventually("the second step", || {
        let shown = lesson.lecturer();
        (shown.matches("Enter: fazer isto").count() == 2).then_some(())
    });
    // As when the lecturer's window is closed.
    lesson.script.signal(rustix::process::Signal::TERM);
    let Played {
        script,
        socket,
        offset,
    } = lesson;
    assert_eq!(script.wait_for_end(support::DEADLINE).code, Some(1));
    assert_nothing_is_left(&socket, &offset);
}

#[test]
fn a_window_without_space_for_a_pane_is_made_larger_and_the_lesson_goes_on() {
    let lesson = Played::start(1, "en");
    let resize = |columns, rows| {
        lesson.tmux(&["resize-window", "-t", "lesson", "-x", columns, "-y", rows]);
    };
    eventually("the first step", || {
        lesson.lecturer().contains("Enter: do this").then_some(())
    });
    resize("30", "6");
    lesson.press_enter();
    eventually("the script asks for space", || {
        lesson.lecturer().contains("no space here").then_some(())
    });
    resize("200", "60");
    lesson.press_enter();
    eventually("the second step", || {
        lesson.lecturer().contains("[2/").then_some(())
    });
    resize("30", "6");
    lesson.press_enter();
    eventually("the script asks again", || {
        let shown = lesson.lecturer();
        (shown.matches("no space here").count() == 2).then_some(())
    });
    lesson.tmux(&["send-keys", "-t", "lesson:0.0", "q"]);
    lesson.end();
}

#[test]
fn without_tmux_the_script_says_what_to_start_and_to_type() {
    let python = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let output = Command::new(python.trim())
        .args([
            SCRIPT,
            "3",
            "--lang",
            "en",
            "--programs",
            "/opt/chat",
            "--port-offset",
            "7",
        ])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "tmux is not installed",
        "in binder: /opt/chat/binder\n",
        "in caio: /opt/chat/chat-client --user caio --room geral\n",
        "the board: http://localhost:5007/",
        "in binder, press Ctrl-C",
    ] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
}
