//! What hostile peers send.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::names::{COSTLIEST, HOSTILE, ROOM};

/// The text that costs most memory as a value, and most time to read.
const STRUCT: &str = "<value><struct><member><name/><value/></member></struct></value>";

/// As large as a body may be.
const MEBIBYTE: usize = 1 << 20;

/// A body of some 3 KB that becomes a mebibyte of values, for a method that does not exist.
pub(super) fn packed_body() -> anyhow::Result<Vec<u8>> {
    let values = |filling: &str| {
        call(
            "x",
            &format!("<param><value><array><data>{filling}</data></array></value></param>"),
        )
    };
    packed(&filled(MEBIBYTE, values))
}

/// A batch of this many bytes whose first call waits, and whose values stay meanwhile.
pub(super) fn waiting_batch(user: &str, room: &str, length: usize) -> anyhow::Result<Vec<u8>> {
    let entry = |filling: &str| {
        let waits = format!(
            "<member><name>methodName</name><value>wait_messages</value></member>\
             <member><name>params</name><value><array><data>{}<value><int>30000</int></value></data></array></value></member>",
            values(&[user, room, ""]),
        );
        let entry = format!(
            "<value><struct>{waits}<member><name>x</name>\
             <value><array><data>{filling}</data></array></value></member></struct></value>"
        );
        call(
            "system.multicall",
            &format!("<param><value><array><data>{entry}</data></array></value></param>"),
        )
    };
    packed(&filled(length, entry))
}

/// A poll of all messages of the room that costs most to write.
pub(super) fn costliest_poll() -> Vec<u8> {
    post(
        &[],
        call("receive_messages", &parameters(&["lia", COSTLIEST])).as_bytes(),
    )
}

/// A call that takes little time.
pub(super) fn cheap_call() -> Vec<u8> {
    post(&[], call("list_rooms", "").as_bytes())
}

/// Waiting for a message.
pub(super) fn wait() -> Vec<u8> {
    let timeout = "<param><value><int>30000</int></value></param>";
    let parameters = parameters(&[HOSTILE, ROOM, ""]);
    post(
        &[],
        call("wait_messages", &format!("{parameters}{timeout}")).as_bytes(),
    )
}

/// What `around` makes of so much that it has this length.
fn filled(length: usize, around: impl Fn(&str) -> String) -> String {
    let room = length.saturating_sub(around("").len());
    around(&STRUCT.repeat(room / STRUCT.len()))
}

fn values(texts: &[&str]) -> String {
    texts
        .iter()
        .map(|text| format!("<value>{text}</value>"))
        .collect()
}

fn parameters(texts: &[&str]) -> String {
    let parameter = |text: &&str| format!("<param><value>{text}</value></param>");
    texts.iter().map(parameter).collect()
}

fn call(method: &str, parameters: &str) -> String {
    format!(
        "<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
    )
}

fn packed(body: &str) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes())?;
    Ok(post(&[("Content-Encoding", "gzip")], &encoder.finish()?))
}

fn post(headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let more: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: chat\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
