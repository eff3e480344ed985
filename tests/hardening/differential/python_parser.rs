//! Readings of a document, Python's and ours, in one form.

use dxr::Value;
use serde_json::{Map, Value as Json, json};

use support::python;

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
    let mut parser = python::start("parse.py", &[]);
    documents
        .iter()
        .enumerate()
        .map(|(number, document)| {
            let line = json!({ "name": number.to_string(), "base64": base64(document) });
            parser.type_line(&line.to_string());
            let read: Json = serde_json::from_str(&parser.next_line()).unwrap();
            reading(&read)
        })
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

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::String(text) => json!(text),
        Value::Double(number) if number.is_finite() => json!(number),
        Value::Double(number) => json!({ "double": number.to_string().to_lowercase() }),
        Value::DateTime(moment) => json!({ "datetime": moment.to_string() }),
        Value::Base64(bytes) => json!({ "base64": base64(bytes) }),
        Value::Nil => Json::Null,
        Value::Array(values) => values.iter().map(to_json).collect(),
        Value::Struct(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), to_json(member)))
                .collect::<Map<_, _>>(),
        ),
        other => panic!("{other:?} is no type of XML-RPC"),
    }
}

/// The one encoder at hand is the one in dxr.
fn base64(bytes: &[u8]) -> String {
    let xml = rpc::xml::write::value(&Value::Base64(bytes.to_vec())).unwrap();
    xml.replace("<value><base64>", "")
        .replace("</base64></value>", "")
}
