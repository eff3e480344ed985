//! The procedures that every server has: `system.listMethods`, `system.methodSignature`,
//! `system.methodHelp`, `system.multicall`, as XML-RPC implementations agreed on them.

use std::net::IpAddr;

use dxr::{Fault, Value};
use protocol::fault;
use protocol::procedure::{self, ARRAY, LIST_METHODS, Parameter, Procedure, STRING, Type};

use super::{Answer, Arguments, Methods};

const METHOD_SIGNATURE: Procedure = Procedure {
    name: "system.methodSignature",
    parameters: &[Parameter::required("method_name", STRING)],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the signatures of METHOD_NAME, each a list of types: the answer's first, then \
           the parameters'.",
};

const METHOD_HELP: Procedure = Procedure {
    name: "system.methodHelp",
    parameters: &[Parameter::required("method_name", STRING)],
    answers: &[Type::String],
    changes_nothing: true,
    help: "Answers a text that says what METHOD_NAME does.",
};

/// Many calls in one.
pub(super) const MULTICALL: Procedure = Procedure {
    name: procedure::MULTICALL,
    parameters: &[Parameter::required("calls", ARRAY)],
    answers: &[Type::Array],
    changes_nothing: false,
    help: "Makes several calls in one. CALLS is a list of structs with methodName and params; the \
           answer has for each a list of one value, or a struct with faultCode and faultString.",
};

/// The procedures of this module.
pub(super) const PROCEDURES: &[Procedure] =
    &[LIST_METHODS, METHOD_SIGNATURE, METHOD_HELP, MULTICALL];

/// Answers a call of a procedure that the table itself does not have.
///
/// # Errors
/// -32601 when introspection does not have it either, -32602 for wrong parameters.
pub(super) fn answer(
    methods: &Methods,
    peer: IpAddr,
    name: &str,
    parameters: Vec<Value>,
) -> Result<Answer, Fault> {
    if name == LIST_METHODS.name {
        Arguments::check(peer, &LIST_METHODS, parameters)?;
        Ok(Answer::texts(methods.names()))
    } else if name == METHOD_SIGNATURE.name {
        let arguments = Arguments::check(peer, &METHOD_SIGNATURE, parameters)?;
        let signatures = described(methods, arguments.text(0)?)?
            .signatures()
            .into_iter()
            .map(|types| {
                Value::Array(
                    types
                        .into_iter()
                        .map(|kind| Value::String(kind.to_owned()))
                        .collect(),
                )
            })
            .collect();
        Ok(Answer::Value(Value::Array(signatures)))
    } else if name == METHOD_HELP.name {
        let arguments = Arguments::check(peer, &METHOD_HELP, parameters)?;
        Ok(Answer::text(described(methods, arguments.text(0)?)?.help))
    } else {
        Err(no_such_method(methods, name))
    }
}

fn described(methods: &Methods, name: &str) -> Result<&'static Procedure, Fault> {
    methods
        .procedure(name)
        .ok_or_else(|| no_such_method(methods, name))
}

fn no_such_method(methods: &Methods, name: &str) -> Fault {
    let name: String = name.chars().take(80).collect();
    Fault::new(
        fault::NO_SUCH_METHOD,
        format!(
            "no method '{name}'; this server has: {}",
            methods.names().join(", ")
        ),
    )
}
