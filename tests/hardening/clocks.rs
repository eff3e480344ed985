//! Clocks that no date library expects.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use dxr::Value;
use support::{
    Program, Server, binaries,
    wire::{Connection, call, post},
};

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

const ANY_PORT: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[test]
#[cfg(target_os = "linux")]
fn a_clock_before_1970_ends_the_start_with_a_sentence() {
    for name in ["binder", "chat-server", "chat-client"] {
        let flags: &[&str] = if name == "chat-client" {
            &[]
        } else {
            &ANY_PORT
        };
        let ended = with_clock(name, "-86400", flags).wait_for_end(Duration::from_secs(60));
        assert!(
            ended.code.is_some_and(|code| code != 0 && code < 100),
            "{ended:?}"
        );
        assert!(ended.err.contains("before 1970"), "{ended:?}");
        assert!(!ended.err.contains("panicked"), "{ended:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn in_the_year_10000_calls_are_answered() {
    let flags = [
        &ANY_PORT[..],
        &["--accounts-listen", "off", "--binder", "127.0.0.1:1"],
    ]
    .concat();
    let chat = Server::ready(with_clock("chat-server", "253402300800", &flags));
    let mut connection = Connection::open(&chat.address);
    for _ in 0..100 {
        connection.send(post(call("list_rooms", &[])));
        let response = connection.response();
        assert_eq!(response.header("date"), None);
        assert_eq!(response.answer(), Ok(Value::Array(vec![])));
    }
    let log = chat.program.err();
    assert!(!log.contains("panicked"), "{log}");
}
