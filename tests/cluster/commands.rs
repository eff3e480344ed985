//! Flags about etcd that cannot be meant, and commands that do not look into it.

use std::process::Command;

use support::{Etcd, Server, binaries, eventually};

#[test]
fn a_prefix_among_the_keys_of_another_chat_is_refused() {
    let etcd = Etcd::start(1, &[]);
    let flags = ["--etcd", &etcd.flag()];
    let _chat = Server::unregistered_chat(&flags);
    for program in ["chat-server", "binder"] {
        for prefix in ["chat/log/x", "chat/snapshot", "binder/names"] {
            let mut command = binaries::command(program);
            command
                .args(["--listen", "127.0.0.1:0", "--etcd", &etcd.flag()])
                .args(["--etcd-prefix", prefix]);
            let refused = support::Program::start(program, &mut command);
            let ended = refused.wait_for_end(support::DEADLINE);
            assert_eq!(ended.code, Some(2), "{}", ended.err);
            let expected = "both would be mixed; choose a prefix without the part";
            assert!(ended.err.contains(expected), "{}", ended.err);
        }
    }
}

#[test]
fn commands_that_read_a_directory_refuse_an_etcd_and_name_what_prints_its_log() {
    let etcd = Etcd::start(1, &[]);
    let chat = Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    chat.caller().answer("create_room", &["geral"]);
    for task in ["log", "replay"] {
        let run = |command: &mut Command| {
            let output = command.output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            (output.status.code(), error)
        };
        let mut command = binaries::command("chat-server");
        let (code, typed) = run(command.args([task, "--etcd", &etcd.flag()]));
        assert_eq!(code, Some(2), "{typed}");
        let mut command = binaries::command("chat-server");
        command.env("CHAT_SERVER_ETCD", etcd.flag());
        let (code, inherited) = run(command.arg(task));
        assert_eq!(code, Some(2), "{inherited}");
        assert_eq!(typed, inherited);
        assert_eq!(typed.lines().count(), 1, "{typed}");
        let instead = typed.split('"').nth(1).unwrap();
        // The room may be in the log a moment later than the answer is here.
        eventually("the log is printed", || {
            let printed = Command::new("sh").args(["-c", instead]).output().unwrap();
            let printed = String::from_utf8(printed.stdout).unwrap();
            let is_begun = printed.find("StartServer")? < printed.find("geral")?;
            is_begun.then_some(())
        });
        // A directory that was typed is meant.
        let mut command = binaries::command("chat-server");
        command.env("CHAT_SERVER_ETCD", etcd.flag());
        let (code, error) = run(command.args([task, "--data", "nowhere"]));
        assert_eq!(code, Some(1), "{error}");
    }
}
