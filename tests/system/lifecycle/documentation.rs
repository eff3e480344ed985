//! What the programs tell a shell and `man` about their flags.

use support::binaries;

fn printed(name: &str, flags: &[&str]) -> String {
    let output = binaries::command(name).args(flags).output().unwrap();
    assert!(output.status.success(), "{name} {flags:?}: {output:?}");
    assert!(output.stderr.is_empty(), "{name} {flags:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_program_prints_completions_for_each_shell_and_a_manual_page() {
    for (name, flag) in [
        ("binder", "max-names"),
        ("chat-server", "room-ttl"),
        ("chat-client", "embedded"),
    ] {
        for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
            let script = printed(name, &["completions", shell]);
            assert!(script.contains(flag), "{name} {shell}: {script}");
        }
        let page = printed(name, &["man"]);
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        // Hyphens are escaped, or they would be typeset as dashes.
        assert!(page.contains(&flag.replace('-', "\\-")), "{page}");
    }
}
