//! A call as bytes.

use bytes::Bytes;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    Text(&'a str),
    Number(i64),
}

/// The body of a call, line by line as Python's `xmlrpc.client` writes it: that is what the clients in
/// use send, and with its white space it is more to read than it need be.
pub(crate) fn body(method: &str, parameters: &[Parameter<'_>]) -> Bytes {
    let mut xml = format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>{method}</methodName>\n<params>\n"
    );
    for parameter in parameters {
        let value = match parameter {
            Parameter::Text(text) => format!("<string>{}</string>", escaped(text)),
            Parameter::Number(number) => format!("<int>{number}</int>"),
        };
        xml.push_str("<param>\n<value>");
        xml.push_str(&value);
        xml.push_str("</value>\n</param>\n");
    }
    xml.push_str("</params>\n</methodCall>\n");
    xml.into()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_what_python_would_send() {
        let body = body("m", &[Parameter::Text("a<b"), Parameter::Number(7)]);
        // Printed by xmlrpc.client.dumps(("a<b", 7), "m") of Python 3.11.
        let python = "<?xml version='1.0'?>\n<methodCall>\n<methodName>m</methodName>\n<params>\n\
             <param>\n<value><string>a&lt;b</string></value>\n</param>\n\
             <param>\n<value><int>7</int></value>\n</param>\n</params>\n</methodCall>\n";
        assert_eq!(body, python);
    }
}
