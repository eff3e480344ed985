//! The parameters of a call, checked against the procedure's declaration.

use dxr::{Fault, Value};
use protocol::fault;
use protocol::procedure::{Parameter, Procedure, Type};
use protocol::reading::{strings, type_name};

use super::connection::Connection;

/// The parameters of a call. Their number and types are the declared ones; handlers read them by position.
#[derive(Clone, Debug)]
pub struct Arguments {
    connection: Connection,
    procedure: &'static Procedure,
    values: Vec<Value>,
}

impl Arguments {
    /// Checks the parameters of a call. The fault (-32602) names the parameter, the expected types and the
    /// actual one.
    pub(super) fn check(
        connection: &Connection,
        procedure: &'static Procedure,
        values: Vec<Value>,
    ) -> Result<Self, Fault> {
        let (least, most) = (procedure.required(), procedure.parameters.len());
        if values.len() < least || values.len() > most {
            let names: Vec<String> = procedure
                .parameters
                .iter()
                .map(|parameter| {
                    if parameter.optional {
                        format!("{}?", parameter.name)
                    } else {
                        parameter.name.to_owned()
                    }
                })
                .collect();
            return Err(Fault::new(
                fault::INVALID_PARAMETERS,
                format!(
                    "{}({}): expected {}, got {}",
                    procedure.name,
                    names.join(", "),
                    count(least, most),
                    values.len()
                ),
            ));
        }
        for (parameter, value) in procedure.parameters.iter().zip(&values) {
            if !parameter.types.iter().any(|kind| is_of(*kind, value)) {
                return Err(wrong_type(parameter, value));
            }
        }
        Ok(Self {
            connection: connection.clone(),
            procedure,
            values,
        })
    }

    /// The connection over which the call came.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The string at `position`. This and the following fail with an internal fault when the handler reads
    /// a parameter in another way than it is declared.
    pub fn text(&self, position: usize) -> Result<&str, Fault> {
        match self.values.get(position) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(self.wrong_declaration(position)),
        }
    }

    /// The string at `position`; `None` when it is nil or was left out.
    pub fn optional_text(&self, position: usize) -> Result<Option<&str>, Fault> {
        match self.values.get(position) {
            None | Some(Value::Nil) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong_declaration(position)),
        }
    }

    /// The integer at `position`.
    pub fn integer(&self, position: usize) -> Result<i64, Fault> {
        match self.values.get(position) {
            Some(Value::Integer(number)) => Ok(i64::from(*number)),
            Some(Value::Long(number)) => Ok(*number),
            _ => Err(self.wrong_declaration(position)),
        }
    }

    /// The integer at `position`; `None` when it was left out.
    pub fn optional_integer(&self, position: usize) -> Result<Option<i64>, Fault> {
        match self.values.get(position) {
            None => Ok(None),
            Some(_) => self.integer(position).map(Some),
        }
    }

    /// The array at `position`.
    pub(super) fn array(&self, position: usize) -> Result<&[Value], Fault> {
        match self.values.get(position) {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(self.wrong_declaration(position)),
        }
    }

    /// The array of strings at `position`; a fault -32602 when an entry is not a string.
    pub fn texts(&self, position: usize) -> Result<Vec<String>, Fault> {
        match self.values.get(position) {
            Some(array @ Value::Array(_)) => {
                strings(array.clone()).map_err(|error| self.refuse(position, "strings", error.got))
            }
            _ => Err(self.wrong_declaration(position)),
        }
    }

    /// The fault for a parameter with an unacceptable value.
    pub fn refuse(&self, position: usize, expected: &str, came: &str) -> Fault {
        let name = self
            .procedure
            .parameters
            .get(position)
            .map_or("?", |parameter| parameter.name);
        fault::invalid_parameter(name, expected, came)
    }

    fn wrong_declaration(&self, position: usize) -> Fault {
        tracing::error!(
            method = self.procedure.name,
            position,
            "a handler reads a parameter in another way than it is declared"
        );
        Fault::new(fault::INTERNAL, "internal error".into())
    }
}

fn count(least: usize, most: usize) -> String {
    let plural = if most == 1 { "" } else { "s" };
    if least == most {
        format!("{most} parameter{plural}")
    } else {
        format!("{least} to {most} parameters")
    }
}

fn is_of(kind: Type, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Type::String, Value::String(_))
            | (Type::Int, Value::Integer(_) | Value::Long(_))
            | (Type::Boolean, Value::Boolean(_))
            | (Type::Array, Value::Array(_))
            | (Type::Struct, Value::Struct(_))
            | (Type::Nil, Value::Nil)
    )
}

fn wrong_type(parameter: &Parameter, value: &Value) -> Fault {
    let expected: Vec<&str> = parameter.types.iter().map(|kind| kind.name()).collect();
    fault::invalid_parameter(parameter.name, &expected.join(" or "), type_name(value))
}

#[cfg(test)]
mod tests {
    use protocol::procedure::{LIST_METHODS, STRING, STRING_OR_NIL};

    use super::*;

    const LIST_ROOMS: Procedure = Procedure {
        name: "list_rooms",
        ..LIST_METHODS
    };

    const SEND_MESSAGE: Procedure = Procedure {
        name: "send_message",
        parameters: &[
            Parameter::required("username", STRING),
            Parameter::required("room_name", STRING),
            Parameter::required("message", STRING),
            Parameter::optional("recipient", STRING_OR_NIL),
        ],
        ..LIST_METHODS
    };

    fn refusal(procedure: &'static Procedure, values: Vec<Value>) -> String {
        let fault = Arguments::check(&Connection::closed(), procedure, values).unwrap_err();
        assert_eq!(fault.code(), fault::INVALID_PARAMETERS);
        fault.string().to_owned()
    }

    #[test]
    fn a_refusal_names_the_parameter_what_was_expected_and_what_came() {
        let text = || Value::String("x".into());
        assert_eq!(
            refusal(&SEND_MESSAGE, vec![text()]),
            "send_message(username, room_name, message, recipient?): expected 3 to 4 parameters, got 1"
        );
        assert_eq!(
            refusal(&LIST_ROOMS, vec![text()]),
            "list_rooms(): expected 0 parameters, got 1"
        );
        assert_eq!(
            refusal(&SEND_MESSAGE, vec![text(), Value::Integer(1), text()]),
            "parameter 'room_name': expected string, got int"
        );
        assert_eq!(
            refusal(
                &SEND_MESSAGE,
                vec![text(), text(), text(), Value::Boolean(true)]
            ),
            "parameter 'recipient': expected string or nil, got boolean"
        );
    }

    #[test]
    fn an_optional_text_may_be_absent_or_nil() {
        let text = || Value::String("x".into());
        for values in [
            vec![text(), text(), text()],
            vec![text(), text(), text(), Value::Nil],
        ] {
            let read = Arguments::check(&Connection::closed(), &SEND_MESSAGE, values).unwrap();
            assert_eq!(read.optional_text(3), Ok(None));
            assert_eq!(read.text(0), Ok("x"));
        }
    }
}
