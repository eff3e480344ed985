//! The files with settings of the services: every variable is one of the program, and every value is accepted.

use support::binaries::command;

use crate::{file, succeed};

#[test]
fn every_setting_that_the_files_suggest_is_accepted() {
    for (path, program) in [
        ("default/chat-binder", "binder"),
        ("default/chat-server", "chat-server"),
    ] {
        let help = succeed(command(program).arg("--help"));
        let mut count = 0;
        for line in file(path).lines() {
            let Some((variable, value)) =
                line.strip_prefix('#').and_then(|line| line.split_once('='))
            else {
                assert!(line.is_empty() || line.starts_with("# "), "{path}: {line}");
                continue;
            };
            assert!(
                help.contains(&format!("[env: {variable}=")),
                "{path}: {line}"
            );
            // All flags are read before the manual page is printed.
            let mut program = command(program);
            program.env_remove("CHAT_SERVER_DATA");
            succeed(program.arg("man").env(variable, value));
            count += 1;
        }
        assert!(count > 3, "{path} suggests {count} settings");
    }
}
