//! Documents that differ in the one value they hold.

mod nested;
mod numbers;
mod others;
mod texts;

use super::{Row, Verdict};

const NOBODY: &str = "no client sends it; a value has one meaning or none";

/// A call with this as its only parameter.
fn row(name: &'static str, value: &str, verdict: Verdict) -> Row {
    let document = format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>m</methodName>\n<params>\n<param>\n{value}\n</param>\n</params>\n</methodCall>\n"
    );
    Row {
        name,
        document: document.into_bytes(),
        verdict,
    }
}

pub(super) fn rows() -> Vec<Row> {
    [
        texts::rows(),
        numbers::rows(),
        others::rows(),
        nested::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
