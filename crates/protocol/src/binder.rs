//! The binder's procedures: where does a name live?

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use dxr::Value;

use crate::procedure::{ARRAY, INT, Parameter, Procedure, STRING, Type};
use crate::reading::{UnexpectedAnswer, array, member, members, string, unexpected};

/// The port on which clients and servers expect the binder.
pub const PORT: u16 = 5000;

/// Registers a name; registering it again replaces its address and port.
pub const REGISTER_PROCEDURE: Procedure = Procedure {
    name: "register_procedure",
    parameters: &[
        Parameter::required("name", STRING),
        Parameter::required("address", STRING),
        Parameter::required("port", INT),
    ],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Registers NAME as living at ADDRESS:PORT. Registering a name again replaces its \
           address and port. Answers a text that confirms it.",
};

/// Looks a name up.
pub const LOOKUP_PROCEDURE: Procedure = Procedure {
    name: "lookup_procedure",
    parameters: &[Parameter::required("name", STRING)],
    answers: &[Type::Array, Type::Nil],
    changes_nothing: true,
    help: "Answers [address, port] of the server that registered NAME, or nil when nobody did.",
};

/// Registers names that are forgotten unless they are registered again in time.
pub const REGISTER_LEASE: Procedure = Procedure {
    name: "register_lease",
    parameters: &[
        Parameter::required("names", ARRAY),
        Parameter::required("address", STRING),
        Parameter::required("port", INT),
        Parameter::required("seconds", INT),
    ],
    answers: &[Type::Array],
    changes_nothing: false,
    help: "Registers all of NAMES as living at ADDRESS:PORT and forgets them after SECONDS, unless \
           the same call comes again before. Answers those of the names that another server has \
           taken over since the first call: they are its own until it is gone.",
};

/// Forgets a name.
pub const UNREGISTER_PROCEDURE: Procedure = Procedure {
    name: "unregister_procedure",
    parameters: &[
        Parameter::required("name", STRING),
        Parameter::required("address", STRING),
        Parameter::required("port", INT),
    ],
    answers: &[Type::Boolean],
    changes_nothing: false,
    help: "Forgets that NAME lives at ADDRESS:PORT. Answers whether it was registered there; what \
           lives elsewhere under that name stays.",
};

/// Everything that is registered.
pub const LIST_PROCEDURES: Procedure = Procedure {
    name: "list_procedures",
    parameters: &[],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers a struct for each name: name, address, port, age (seconds since it was first \
           registered there) and lease (seconds until it is forgotten, nil when it is kept for \
           good), built_in (whether the binder has it without a registration), in alphabetical order.",
};

/// Everything that the binder answers.
pub const PROCEDURES: [Procedure; 5] = [
    REGISTER_PROCEDURE,
    LOOKUP_PROCEDURE,
    REGISTER_LEASE,
    UNREGISTER_PROCEDURE,
    LIST_PROCEDURES,
];

/// What `register_procedure` answers when there is no room for another name.
pub const TOO_MANY_NAMES: &str = "Limite de procedimentos registrados atingido.";

/// What `register_procedure` answers.
#[must_use]
pub fn registered(name: &str) -> String {
    format!("Procedimento '{name}' registrado com sucesso.")
}

/// Where a service lives, as the binder tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Host name or IP address.
    pub address: String,
    /// TCP port.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An IPv6 address needs brackets before a port can follow it.
        if self.address.contains(':') {
            write!(formatter, "[{}]:{}", self.address, self.port)
        } else {
            write!(formatter, "{}:{}", self.address, self.port)
        }
    }
}

/// Why a text names no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// There is no port, or it is no number from 0 to 65535.
    #[error("expected HOST:PORT with a port from 0 to 65535, such as localhost:5000")]
    Port,
    /// There is no host.
    #[error("expected HOST:PORT, and the host is missing")]
    Host,
}

impl std::str::FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets, `[::1]:5000`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(EndpointError::Port)?;
        let port = port.parse().map_err(|_| EndpointError::Port)?;
        let bracketed = host
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'));
        let address = bracketed.unwrap_or(host);
        let is_host = match bracketed {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !address.is_empty() && address.chars().all(is_in_host_names),
        };
        if !is_host {
            return Err(EndpointError::Host);
        }
        Ok(Self {
            address: address.to_owned(),
            port,
        })
    }
}

/// In particular, not what would make a URL of the endpoint go elsewhere: `/`, `\`, `?`, `#`, `@`, `%`.
fn is_in_host_names(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_')
}

impl Endpoint {
    /// Reads the address of a binder as it is given in a flag: `HOST:PORT`, or `HOST` alone for the
    /// binder's usual [`PORT`].
    ///
    /// # Errors
    /// When there is no host, or the port is not a number from 0 to 65535.
    pub fn of_binder(text: &str) -> Result<Self, EndpointError> {
        // A colon inside of brackets belongs to an IPv6 address.
        let has_port = text.rsplit(']').next().is_some_and(|end| end.contains(':'));
        if has_port {
            text.parse()
        } else {
            format!("{text}:{PORT}").parse()
        }
    }

    /// The endpoint as `lookup_procedure` answers it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Array(vec![
            Value::String(self.address.clone()),
            Value::Integer(i32::from(self.port)),
        ])
    }

    /// Reads the answer of `lookup_procedure`: `None` when the name is not registered.
    ///
    /// # Errors
    /// When the answer is neither nil nor an address with a port.
    pub fn from_lookup(answer: Value) -> Result<Option<Self>, UnexpectedAnswer> {
        if answer == Value::Nil {
            return Ok(None);
        }
        let shape = unexpected("nil or [address, port]", &answer);
        let [address, Value::Integer(port)] =
            <[Value; 2]>::try_from(array(answer)?).map_err(|_| shape.clone())?
        else {
            return Err(shape);
        };
        Ok(Some(Self {
            address: string(address)?,
            port: u16::try_from(port).map_err(|_| shape)?,
        }))
    }

    /// Reads the answer of `lookup_procedure` of any binder: `None` when the name is not registered.
    ///
    /// Binders say so in many ways: with nil, an empty list, an empty string, `False`, a sentence.
    /// Whatever is not an address with a port means the same.
    #[must_use]
    pub fn looked_up(answer: Value) -> Option<Self> {
        Self::from_lookup(answer).ok().flatten()
    }
}

/// A name as `list_procedures` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// Where it lives.
    pub endpoint: Endpoint,
    /// Seconds since it was first registered there.
    pub age: u32,
    /// Seconds until it is forgotten; `None` when it is kept for good.
    pub lease: Option<u32>,
    /// Whether the binder has it without a registration, until there is one.
    pub built_in: bool,
}

impl Listed {
    /// The name as the struct that goes over the wire.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // Sixty-eight years of seconds fit; after that a binder may as well say "very long".
        let seconds = |seconds: u32| Value::Integer(i32::try_from(seconds).unwrap_or(i32::MAX));
        Value::Struct(BTreeMap::from([
            ("name".to_owned(), Value::String(self.name.clone())),
            (
                "address".to_owned(),
                Value::String(self.endpoint.address.clone()),
            ),
            (
                "port".to_owned(),
                Value::Integer(i32::from(self.endpoint.port)),
            ),
            ("age".to_owned(), seconds(self.age)),
            ("lease".to_owned(), self.lease.map_or(Value::Nil, seconds)),
            ("built_in".to_owned(), Value::Boolean(self.built_in)),
        ]))
    }

    /// Reads one entry of the answer of `list_procedures`.
    ///
    /// # Errors
    /// When a member is missing or of the wrong type.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        let mut members = members(value)?;
        let seconds = |value: Value| match value {
            Value::Integer(seconds) => {
                u32::try_from(seconds).map_err(|_| unexpected("seconds", &value))
            }
            other => Err(unexpected("seconds", &other)),
        };
        let place = Value::Array(vec![
            member(&mut members, "address")?,
            member(&mut members, "port")?,
        ]);
        Ok(Self {
            name: string(member(&mut members, "name")?)?,
            endpoint: Endpoint::from_lookup(place)?
                .ok_or_else(|| unexpected("[address, port]", &Value::Nil))?,
            age: seconds(member(&mut members, "age")?)?,
            lease: match member(&mut members, "lease")? {
                Value::Nil => None,
                left => Some(seconds(left)?),
            },
            // Binders of earlier versions have no built-in names and do not answer this member.
            built_in: members.remove("built_in") == Some(Value::Boolean(true)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_survives_the_wire() {
        let endpoint = Endpoint {
            address: "localhost".into(),
            port: 9000,
        };
        assert_eq!(
            Endpoint::from_lookup(endpoint.to_value()),
            Ok(Some(endpoint.clone()))
        );
        assert_eq!(Endpoint::looked_up(endpoint.to_value()), Some(endpoint));
        assert_eq!(Endpoint::from_lookup(Value::Nil), Ok(None));
        assert_eq!(Endpoint::looked_up(Value::Nil), None);
    }

    #[test]
    fn a_listed_name_survives_the_wire_with_and_without_a_lease() {
        for lease in [None, Some(29)] {
            let listed = Listed {
                name: "create_room".into(),
                endpoint: "localhost:9000".parse().unwrap(),
                age: 61,
                lease,
                built_in: lease.is_none(),
            };
            assert_eq!(Listed::from_value(listed.to_value()), Ok(listed.clone()));
            let Value::Struct(mut members) = listed.to_value() else {
                panic!("a name is listed as a struct");
            };
            members.remove("built_in");
            let of_an_earlier_version = Listed::from_value(Value::Struct(members)).unwrap();
            assert!(!of_an_earlier_version.built_in);
        }
    }

    #[test]
    fn endpoints_are_read_as_people_type_them() {
        for text in ["localhost:5000", "127.0.0.1:0", "[::1]:9000"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        for text in [
            "localhost",
            "localhost:",
            "localhost:70000",
            ":5000",
            "::1:5000",
            "http://x:1",
            "x/a:1",
            "x\\a:1",
            "x?a:1",
            "x#:1",
            "me@x:1",
            "x%2fa:1",
            "[x]:1",
            "[::1/a]:1",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_address_of_a_binder_needs_no_port() {
        for (text, address) in [
            ("localhost", "localhost:5000"),
            ("192.0.2.2", "192.0.2.2:5000"),
            ("[::1]", "[::1]:5000"),
            ("localhost:5001", "localhost:5001"),
            ("[::1]:5001", "[::1]:5001"),
        ] {
            assert_eq!(Endpoint::of_binder(text).unwrap().to_string(), address);
        }
        for text in [
            "",
            ":5000",
            "localhost:",
            "localhost:x",
            "::1",
            "[::1",
            "x/a",
        ] {
            assert!(Endpoint::of_binder(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_answers_are_refused() {
        let wrong = [
            Value::String("localhost:9000".into()),
            Value::Array(vec![Value::String("localhost".into())]),
            Value::Array(vec![Value::String("h".into()), Value::Integer(70_000)]),
            Value::Array(vec![Value::Integer(1), Value::Integer(9000)]),
        ];
        for answer in wrong {
            assert!(Endpoint::from_lookup(answer.clone()).is_err(), "{answer:?}");
            assert_eq!(Endpoint::looked_up(answer), None);
        }
    }
}
