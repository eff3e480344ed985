//! How long it takes from Enter to the other screen.
//!
//! `cargo test --release -p chat-client --test interactive -- --ignored --nocapture latency`

use std::time::Instant;

use crate::fixtures::{Servers, client};
use support::Terminal;

const MESSAGES: usize = 1_000;

fn in_room(servers: &Servers, user: &str) -> Terminal {
    let terminal = client(servers, &["--user", user, "--room", "geral"]);
    terminal.wait_for("geral> ");
    terminal
}

#[test]
#[ignore = "a measurement, which only means something on an idle machine and with --release"]
fn latency_from_enter_to_the_other_screen() {
    let servers = Servers::start();
    let (ana, bia) = (in_room(&servers, "ana"), in_room(&servers, "bia"));
    ana.wait_for("→ bia entrou");
    let mut times: Vec<f64> = (0..MESSAGES)
        .map(|number| {
            // Typed before: what is measured begins with Enter.
            let text = format!("mensagem {number}.");
            ana.press(&text);
            ana.wait_for(&format!("geral> {text}"));
            let enter = Instant::now();
            ana.press("\r");
            bia.wait_for(&format!("ana: {text}"));
            enter.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{MESSAGES} messages: median {:.2} ms, 99th percentile {:.2} ms, longest {:.2} ms",
        times[MESSAGES / 2],
        times[MESSAGES * 99 / 100],
        times[MESSAGES - 1]
    );
}
