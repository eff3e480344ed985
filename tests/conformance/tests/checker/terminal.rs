//! What is checked does not depend on whether the checker has a terminal.

use std::fs;

use support::{Terminal, binaries, eventually};

use crate::shelf::python;

/// As many clients read it: from the terminal where there is one, which here is the checker's.
const CLIENT: &str =
    "import getpass, sys; input(); open(sys.argv[1], 'w').write(getpass.getpass())";

#[test]
fn a_password_is_typed_to_the_client_and_not_at_the_checkers_terminal() {
    let file = binaries::temporary().join("password");
    let _ = fs::remove_file(&file);
    let path = file.to_str().unwrap();
    let words = [
        "client",
        "--profile",
        "accounts",
        python(),
        "-c",
        CLIENT,
        path,
        "{binder}",
    ];
    let checker = env!("CARGO_BIN_EXE_chat-conformance");
    let terminal = Terminal::open(checker, &words, &[]);
    let password = eventually("the client has the password", || {
        fs::read_to_string(&file)
            .ok()
            .filter(|text| !text.is_empty())
    });
    assert_eq!(password, "senha");
    // Ctrl-C: the rest is not of interest.
    terminal.press("\u{3}");
    terminal.wait_for_exit();
}
