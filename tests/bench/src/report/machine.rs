//! The machine and the versions that figures were measured with.

use std::process::Command;

pub(crate) fn describe() -> String {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(": ")?.1.to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let system = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{processors} processors ({model}), Linux {}, {}, {}",
        system.split('-').next().unwrap_or_default().trim(),
        version("rustc"),
        version("python3")
    )
}

/// What a program says its version is, without the details in parentheses.
fn version(program: &str) -> String {
    let said = Command::new(program).arg("--version").output();
    let said = said.map_or_else(|_| Vec::new(), |output| output.stdout);
    let said = String::from_utf8_lossy(&said);
    said.split(" (")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
