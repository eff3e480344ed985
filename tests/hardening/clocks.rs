//! Clocks that no date library expects.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use support::{Program, binaries};

/// Makes the wall clock of a program what the variable CLOCK says, in seconds since 1970.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, time);
    if (id == CLOCK_REALTIME) time->tv_sec = atoll(getenv("CLOCK"));
    return result;
}
"#;

/// The library to preload. It is made with the C compiler that the log needs, too.
fn shim() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = binaries::temporary().join("clock.c");
        let library = binaries::temporary().join("clock.so");
        std::fs::write(&source, SHIM).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
        let status = compiler.arg(&source).arg("-ldl").status().unwrap();
        assert!(status.success());
        library.to_str().unwrap().to_owned()
    })
}

fn with_clock(name: &str, seconds: &str, flags: &[&str]) -> Program {
    let mut command = binaries::command(name);
    command.env("LD_PRELOAD", shim()).env("CLOCK", seconds);
    Program::start(format!("{name} at {seconds}"), command.args(flags))
}

#[test]
#[cfg(target_os = "linux")]
fn a_clock_before_1970_or_after_9999_ends_the_start_with_a_sentence() {
    for (name, clock) in [
        ("binder", "-86400"),
        ("binder", "253402300800"),
        ("chat-server", "-86400"),
        ("chat-server", "253402300800"),
        ("chat-client", "-86400"),
    ] {
        let flags: &[&str] = if name == "chat-client" {
            &[]
        } else {
            &["--listen", "127.0.0.1:0"]
        };
        let ended = with_clock(name, clock, flags).wait_for_end(Duration::from_secs(60));
        assert!(
            ended.code.is_some_and(|code| code != 0 && code < 100),
            "{ended:?}"
        );
        assert!(ended.err.contains("before 1970 or after 9999"), "{ended:?}");
        assert!(!ended.err.contains("panicked"), "{ended:?}");
    }
}
