//! Readings of a document, Python's and ours, in one form.

use contract::value::to_json;
use serde_json::Value as Json;
use support::python::Parser;

/// What a parser makes of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// A call, or an answer, which has no method.
    Call {
        method: Option<String>,
        parameters: Vec<Json>,
    },
    Fault(i64, String),
    Refused(String),
}

impl Reading {
    pub(crate) fn ours(document: &[u8]) -> Self {
        match rpc::xml::read::call(document) {
            Ok(call) => Self::Call {
                method: Some(call.method),
                parameters: call.parameters.iter().map(to_json).collect(),
            },
            Err(error) => Self::Refused(error.to_string()),
        }
    }

    pub(crate) fn of_our_answer(document: &[u8]) -> Self {
        match rpc::xml::read::answer(document) {
            Ok(Ok(value)) => Self::Call {
                method: None,
                parameters: vec![to_json(&value)],
            },
            Ok(Err(fault)) => Self::Fault(fault.code().into(), fault.string().to_owned()),
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

/// What Python makes of each of these documents, all in one process.
pub(crate) fn read_by_python(documents: &[&[u8]]) -> Vec<Reading> {
    let mut parser = Parser::start();
    documents
        .iter()
        .map(|document| reading(&parser.read(document)))
        .collect()
}

fn reading(read: &Json) -> Reading {
    if let Some(reason) = read.get("refused") {
        return Reading::Refused(reason.as_str().unwrap().to_owned());
    }
    if let Some(fault) = read.get("fault") {
        let text = fault[1].as_str().unwrap().to_owned();
        return Reading::Fault(fault[0].as_i64().unwrap(), text);
    }
    Reading::Call {
        method: read["method"].as_str().map(str::to_owned),
        parameters: read["params"].as_array().cloned().unwrap_or_default(),
    }
}
