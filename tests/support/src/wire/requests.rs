//! Requests as bytes.

use std::fmt::Write as _;

/// A request with this body, as Python's client sends it.
pub fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    post_with(&[], body)
}

/// A request with this body and more headers.
pub fn post_with(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let mut lines = vec![("Content-Length", length.as_str())];
    lines.extend_from_slice(headers);
    [head(&lines).as_bytes(), body].concat()
}

/// The header of a request with no headers but these and the usual ones.
pub fn head(headers: &[(&str, &str)]) -> String {
    let mut head = "POST /RPC2 HTTP/1.1\r\nHost: chat\r\nContent-Type: text/xml\r\n".to_owned();
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// The body in chunks of `size` bytes.
pub fn chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.chunks(size) {
        chunks.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

/// A call with strings.
pub fn call(method: &str, texts: &[&str]) -> String {
    let parameters: String = texts
        .iter()
        .map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<param><value><string>{text}</string></value></param>")
        })
        .collect();
    call_with(method, &parameters)
}

/// A call with this in its `<params>`.
pub fn call_with(method: &str, parameters: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
    )
}
