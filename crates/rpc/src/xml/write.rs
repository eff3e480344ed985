//! Writes calls and answers. dxr encodes values, but for the plainest; the envelope of an answer is written here, so
//! that an answer can be assembled from pieces that were encoded before.

use std::borrow::Cow;

use bytes::Bytes;
use dxr::{Fault, FaultResponse, MethodCall, Value};

const ANSWER_START: &[u8] = b"<?xml version=\"1.0\"?>\n<methodResponse><params><param>";
const ANSWER_END: &[u8] = b"</param></params></methodResponse>";

/// Whether XML 1.0 can carry this character (its production *Char*).
///
/// Python's client writes others without complaint, and every reader fails on them; so they must not be
/// written.
pub const fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The body of a call; fails with the first character of a parameter that XML cannot carry.
pub fn call(method: &str, parameters: Vec<Value>) -> Result<String, char> {
    for parameter in &parameters {
        if let Some(character) = forbidden_character(parameter) {
            return Err(character);
        }
    }
    let call = MethodCall {
        name: Cow::Borrowed(method),
        params: parameters,
    };
    // dxr fails only on types that have no element name, which no value has.
    dxr_client::utils::request_to_body(&call)
        .map(normalize)
        .map_err(|_| char::REPLACEMENT_CHARACTER)
}

fn forbidden_character(value: &Value) -> Option<char> {
    match value {
        Value::String(text) => text.chars().find(|&character| !is_allowed(character)),
        Value::Array(values) => values.iter().find_map(forbidden_character),
        Value::Struct(members) => members.iter().find_map(|(name, value)| {
            name.chars()
                .find(|&character| !is_allowed(character))
                .or_else(|| forbidden_character(value))
        }),
        _ => None,
    }
}

/// Encodes a value as a `<value>` element. dxr cannot fail for values that were read or made here.
pub fn value(value: &Value) -> Result<String, dxr::Error> {
    let mut xml = String::new();
    write_value(value, &mut xml)?;
    Ok(xml)
}

/// Most answers are of plain strings, integers and arrays of them. That dxr encoded them took a twelfth of the cost of
/// sending a message, and a quarter of that of a look-up, by a profile.
fn write_value(value: &Value, xml: &mut String) -> Result<(), dxr::Error> {
    match value {
        Value::String(text) if is_written_as_it_is(text) => {
            xml.extend(["<value><string>", text, "</string></value>"]);
        }
        Value::Integer(number) => {
            xml.extend(["<value><i4>", &number.to_string(), "</i4></value>"]);
        }
        Value::Array(values) => {
            xml.push_str("<value><array><data>");
            for value in values {
                write_value(value, xml)?;
            }
            xml.push_str("</data></array></value>");
        }
        _ => xml.push_str(&normalize(value.to_xml()?)),
    }
    Ok(())
}

/// Whether a text is the same in XML.
fn is_written_as_it_is(text: &str) -> bool {
    !text.contains(['<', '>', '&', '\r'])
}

/// Encodes a struct with its members in this order; a [`Value`] does not keep one. The names are not
/// escaped: they are constants.
pub fn members<const N: usize>(members: [(&'static str, Value); N]) -> Result<String, dxr::Error> {
    let mut xml = String::from("<value><struct>");
    for (name, member) in members {
        xml.push_str("<member><name>");
        xml.push_str(name);
        xml.push_str("</name>");
        xml.push_str(&value(&member)?);
        xml.push_str("</member>");
    }
    xml.push_str("</struct></value>");
    Ok(xml)
}

/// Corrections of dxr's output.
///
/// - A carriage return becomes a reference, because XML parsers read a plain one as a line feed (XML 1.0,
///   section 2.11).
/// - Nil becomes an empty element, as other libraries write it.
/// - Quotes become plain: they have a meaning in attributes only, and there are none. Some clients show
///   references to them as they are.
///
/// None of these patterns occurs in markup or within another reference: dxr escapes the `<` and `&` of
/// strings.
const CORRECTIONS: [(&str, &str); 4] = [
    ("\r", "&#13;"),
    ("<nil></nil>", "<nil/>"),
    ("&quot;", "\""),
    ("&apos;", "'"),
];

fn normalize(xml: String) -> String {
    CORRECTIONS.iter().fold(xml, |xml, (written, corrected)| {
        if xml.contains(written) {
            xml.replace(written, corrected)
        } else {
            xml
        }
    })
}

/// The body of an answer under construction: the start of the envelope, then one encoded value.
///
/// Most answers are lists of messages, and encoding each of them again for every reader was four fifths of
/// the cost of a poll of fifty messages, by a profile. So a message is encoded once, by dxr, and answers
/// are assembled by copying.
#[derive(Clone, Debug)]
pub struct AnswerBody(Vec<u8>);

impl AnswerBody {
    /// With space for a value of `length` bytes.
    pub fn with_capacity(length: usize) -> Self {
        let mut body = Vec::with_capacity(ANSWER_START.len() + length + ANSWER_END.len());
        body.extend_from_slice(ANSWER_START);
        Self(body)
    }

    /// Appends an encoded piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    /// The encoded value so far, to be embedded in another answer.
    pub fn value(&self) -> &[u8] {
        self.0.get(ANSWER_START.len()..).unwrap_or_default()
    }

    /// Closes the envelope.
    pub fn finish(mut self) -> Bytes {
        self.push(ANSWER_END);
        self.0.into()
    }
}

/// The body of a fault.
pub fn fault(fault: &Fault) -> Bytes {
    let response = FaultResponse {
        fault: fault.clone(),
    };
    // A struct of a number and a string can always be encoded. If dxr ever failed, clients would still get
    // an answer that is not a success.
    response.to_xml().map_or_else(
        |_| Bytes::new(),
        |xml| format!("<?xml version=\"1.0\"?>\n{}", normalize(xml)).into(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read;
    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let text = r#"[a-zé<>&'"\r\n\t \]]{0,6}|.{0,20}"#;
        let plain = prop_oneof![
            text.prop_map(Value::String),
            any::<i32>().prop_map(Value::Integer),
            any::<bool>().prop_map(Value::Boolean),
            Just(Value::Nil),
        ];
        plain.prop_recursive(3, 20, 4, |value| {
            prop::collection::vec(value, 0..4).prop_map(Value::Array)
        })
    }

    proptest! {
        #[test]
        fn values_are_written_as_dxr_writes_them(any in any_value()) {
            prop_assert_eq!(value(&any).unwrap(), normalize(any.to_xml().unwrap()));
        }
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let parameters = vec![
            Value::String(" <olá> & \"cia\" \r\n".into()),
            Value::Nil,
            Value::Integer(-1),
            Value::Long(1 << 40),
            Value::Array(vec![Value::Boolean(true), Value::Double(1.5)]),
        ];
        let body = call("m", parameters.clone()).unwrap();
        let read = read::call(body.as_bytes()).unwrap();
        assert_eq!((read.method.as_str(), read.parameters), ("m", parameters));

        let text = Value::String("a\r\n b]]>".into());
        let mut body = AnswerBody::with_capacity(0);
        body.push(value(&text).unwrap().as_bytes());
        assert_eq!(read::answer(&body.finish()), Ok(Ok(text)));

        let refused = Fault::new(-32601, "no <such>\r\n method".into());
        assert_eq!(read::answer(&fault(&refused)), Ok(Err(refused)));
    }

    #[test]
    fn only_what_means_something_in_xml_is_escaped() {
        let text = Value::String("d'água \"&quot;\" <b> & &apos; \r".into());
        assert_eq!(
            value(&text).unwrap(),
            "<value><string>d'água \"&amp;quot;\" &lt;b&gt; &amp; &amp;apos; &#13;</string></value>"
        );
        let mut body = AnswerBody::with_capacity(0);
        body.push(value(&text).unwrap().as_bytes());
        assert_eq!(read::answer(&body.finish()), Ok(Ok(text)));
    }

    #[test]
    fn members_keep_their_order() {
        let written = members([("b", Value::Integer(1)), ("a", Value::Nil)]).unwrap();
        assert_eq!(
            written,
            "<value><struct><member><name>b</name><value><i4>1</i4></value></member>\
             <member><name>a</name><value><nil/></value></member></struct></value>"
        );
    }

    #[test]
    fn what_xml_cannot_carry_is_not_written() {
        for character in ['\u{0}', '\u{1}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            let text = Value::Array(vec![Value::String(format!("a{character}"))]);
            assert_eq!(call("m", vec![text]), Err(character));
        }
        assert!(call("m", vec![Value::String("\t\r\n😀\u{85}".into())]).is_ok());
    }
}
