//! Reads calls and answers.

use dxr::{Fault, Value};

use super::memory;
use super::tree::{elements, expect_name, name, only_child, only_text, parse, parse_answer};
use super::values::{DEPTH, Nesting, value};
use super::{Call, ReadError, decode, fast_path};

/// Reads a method call, with values nested [`DEPTH`] levels deep at most.
pub fn call(bytes: &[u8]) -> Result<Call, ReadError> {
    call_within(DEPTH, bytes)
}

/// Reads a method call with values nested `max_depth` levels deep at most.
pub fn call_within(max_depth: usize, bytes: &[u8]) -> Result<Call, ReadError> {
    call_admitted(max_depth, bytes, |_| true)
}

/// The same, if `admit` accepts the bytes that the values take in memory. It is asked once, and before they
/// are made unless they are few.
pub(crate) fn call_admitted(
    max_depth: usize,
    bytes: &[u8],
    admit: impl FnOnce(usize) -> bool,
) -> Result<Call, ReadError> {
    // A call on the fast path has no nested values.
    match fast_path::call(bytes) {
        Some(call) => admitted(call, admit),
        None => parse_via_tree(max_depth, bytes, admit),
    }
}

/// Reads a method call on the fast path alone; `None` when it is not in the form for that.
pub(crate) fn call_on_fast_path(
    bytes: &[u8],
    admit: impl FnOnce(usize) -> bool,
) -> Option<Result<Call, ReadError>> {
    Some(admitted(fast_path::call(bytes)?, admit))
}

fn admitted(call: Call, admit: impl FnOnce(usize) -> bool) -> Result<Call, ReadError> {
    if admit(memory::of_plain_values(&call.parameters)) {
        Ok(call)
    } else {
        Err(ReadError::NotAdmitted)
    }
}

/// Reads a method call of any form, with the XML parser.
pub(super) fn parse_via_tree(
    max_depth: usize,
    bytes: &[u8],
    admit: impl FnOnce(usize) -> bool,
) -> Result<Call, ReadError> {
    let source = decode::text(bytes)?;
    let document = parse(&source, max_depth)?;
    if !admit(memory::of_values_in(&document)) {
        return Err(ReadError::NotAdmitted);
    }
    let outermost = Nesting::outermost(max_depth);
    let root = document.root_element();
    expect_name(root, "methodCall")?;
    let mut method = None;
    let mut parameters = None;
    for part in elements(root) {
        match name(part) {
            "methodName" if method.is_none() => method = Some(only_text(part)?.trim().to_owned()),
            "params" if parameters.is_none() => {
                parameters = Some(
                    elements(part)
                        .map(|parameter| {
                            expect_name(parameter, "param")?;
                            value(only_child(parameter, "value")?, outermost)
                        })
                        .collect::<Result<_, _>>()?,
                );
            }
            other => {
                return Err(ReadError::not_xml_rpc(format!(
                    "<{}> has no place in <methodCall>, which holds one <methodName> and one <params>",
                    other.chars().take(80).collect::<String>()
                )));
            }
        }
    }
    Ok(Call {
        method: method
            .filter(|method| !method.is_empty())
            .ok_or_else(|| ReadError::not_xml_rpc("the <methodName> is missing or empty"))?,
        parameters: parameters.unwrap_or_default(),
    })
}

/// Reads the answer to a call: a value, or the server's fault.
pub fn answer(bytes: &[u8]) -> Result<Result<Value, Fault>, ReadError> {
    let source = decode::text(bytes)?;
    let document = parse_answer(&source, DEPTH)?;
    let outermost = Nesting::outermost(DEPTH);
    let root = document.root_element();
    expect_name(root, "methodResponse")?;
    let part = elements(root)
        .next()
        .ok_or_else(|| ReadError::not_xml_rpc("<methodResponse> is empty"))?;
    match name(part) {
        "params" => value(only_child(only_child(part, "param")?, "value")?, outermost).map(Ok),
        "fault" => fault(value(only_child(part, "value")?, outermost)?).map(Err),
        other => Err(ReadError::not_xml_rpc(format!(
            "<methodResponse> holds <params> or <fault>, not <{other}>"
        ))),
    }
}

fn fault(value: Value) -> Result<Fault, ReadError> {
    let Value::Struct(mut members) = value else {
        return Err(ReadError::not_xml_rpc("a fault is a struct"));
    };
    match (members.remove("faultCode"), members.remove("faultString")) {
        (Some(Value::Integer(code)), Some(Value::String(string))) => Ok(Fault::new(code, string)),
        _ => Err(ReadError::not_xml_rpc(
            "a fault has a faultCode (int) and a faultString (string)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_parameter(xml: &str) -> Result<Value, ReadError> {
        call(
            format!("<methodCall><methodName>m</methodName><params><param>{xml}</param></params></methodCall>")
                .as_bytes(),
        )
        .map(|call| call.parameters.into_iter().next().unwrap())
    }

    #[test]
    fn white_space_in_strings_is_kept() {
        for (xml, text) in [
            ("<value><string>  </string></value>", "  "),
            ("<value>  </value>", "  "),
            ("<value><string> a\n</string></value>", " a\n"),
            ("<value><string></string></value>", ""),
            ("<value/>", ""),
            ("<value><string>a<!-- b -->c</string></value>", "ac"),
            ("<value><string><![CDATA[<a>]]></string></value>", "<a>"),
        ] {
            assert_eq!(only_parameter(xml), Ok(Value::String(text.into())), "{xml}");
        }
    }

    #[test]
    fn numbers_of_every_size_are_read() {
        for (xml, value) in [
            ("<value><int>-5</int></value>", Value::Integer(-5)),
            ("<value><i4> 7 </i4></value>", Value::Integer(7)),
            (
                "<value><i8>5000000000</i8></value>",
                Value::Long(5_000_000_000),
            ),
            (
                "<value><int>5000000000</int></value>",
                Value::Long(5_000_000_000),
            ),
        ] {
            assert_eq!(only_parameter(xml), Ok(value), "{xml}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| {
            format!(
                "{}<value>x</value>{}",
                "<value><array><data>".repeat(depth - 1),
                "</data></array></value>".repeat(depth - 1)
            )
        };
        assert!(only_parameter(&nested(DEPTH)).is_ok());
        assert_eq!(
            only_parameter(&nested(DEPTH + 1)),
            Err(ReadError::TooDeep { limit: 32 })
        );
    }

    #[test]
    fn an_error_has_its_position_and_little_of_the_body() {
        let long = "x".repeat(10_000);
        let error =
            call(format!("<methodCall>\n<oops>{long}</methodCall>").as_bytes()).unwrap_err();
        assert_eq!(error.fault().code(), -32700);
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
    }

    #[test]
    fn entities_are_refused_and_forbidden_characters_named() {
        let entities = b"<!DOCTYPE a [<!ENTITY b 'c'>]><methodCall/>";
        assert_eq!(call(entities).unwrap_err().fault().code(), -32700);
        for forbidden in ["&#1;", "\u{1}", "\u{FFFE}"] {
            let error = only_parameter(&format!("<value><string>{forbidden}</string></value>"))
                .unwrap_err();
            assert_eq!(error.fault().code(), -32700, "{forbidden:?}");
            println!("{error}");
        }
    }

    #[test]
    fn the_longest_lists_of_our_servers_are_read() {
        // All users of a full server in one room.
        let names = "<value><string>ana</string></value>".repeat(100_000);
        let list = format!(
            "<methodResponse><params><param><value><array><data>{names}</data></array></value>\
             </param></params></methodResponse>"
        );
        let Ok(Ok(Value::Array(names))) = answer(list.as_bytes()) else {
            panic!("not a list");
        };
        assert_eq!(names.len(), 100_000);
        // A call has no use for so many.
        assert!(call(list.replace("Response", "Call").as_bytes()).is_err());
    }

    #[test]
    fn answers_and_faults_are_distinguished() {
        let value = b"<methodResponse><params><param><value><nil/></value></param></params></methodResponse>";
        assert_eq!(answer(value), Ok(Ok(Value::Nil)));
        let fault = "<methodResponse><fault><value><struct>\
            <member><name>faultString</name><value><string>n\u{e3}o</string></value></member>\
            <member><name>faultCode</name><value><int>1</int></value></member>\
            </struct></value></fault></methodResponse>";
        assert_eq!(
            answer(fault.as_bytes()),
            Ok(Err(Fault::new(1, "não".into())))
        );
    }
}
