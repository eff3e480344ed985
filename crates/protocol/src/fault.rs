//! Faults: the application's own (code 1) and those of XML-RPC.
//!
//! The negative codes are those of the "Specification for Fault Code Interoperability".

use dxr::Fault;

/// The application refuses: a Python server's code when a method raises.
pub const APPLICATION: i32 = 1;
/// The body is not well-formed XML.
pub const NOT_WELL_FORMED: i32 = -32700;
/// The body is well-formed, but not an XML-RPC call.
pub const NOT_A_CALL: i32 = -32600;
/// The server has no such method.
pub const NO_SUCH_METHOD: i32 = -32601;
/// Wrong number or type of parameters.
pub const INVALID_PARAMETERS: i32 = -32602;
/// The server failed.
pub const INTERNAL: i32 = -32603;
/// The call could not be transported: too large, too deep, too slow.
pub const TRANSPORT: i32 = -32300;

/// A fault of the application, with the text that clients show.
pub fn application(text: impl Into<String>) -> Fault {
    Fault::new(APPLICATION, text.into())
}

/// A parameter with an unacceptable value.
pub fn invalid_parameter(name: &str, expected: &str, came: &str) -> Fault {
    Fault::new(
        INVALID_PARAMETERS,
        format!("parameter '{name}': expected {expected}, got {came}"),
    )
}

/// The text of a fault for people.
///
/// Python's server prefixes it with the exception's class (`<class 'Exception'>:TEXT`); ours does not.
pub fn text_without_class(fault_string: &str) -> &str {
    fault_string
        .strip_prefix("<class '")
        .and_then(|rest| rest.split_once("'>:"))
        .map_or(fault_string, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_exception_class_is_taken_off_and_nothing_else() {
        assert_eq!(
            text_without_class("<class 'Exception'>:já existe"),
            "já existe"
        );
        assert_eq!(text_without_class("já existe"), "já existe");
        assert_eq!(text_without_class("<class 'Exception"), "<class 'Exception");
    }
}
