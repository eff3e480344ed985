//! The binder's procedures and their texts.

use dxr::{Fault, Value};

pub use crate::endpoint::{Address, Endpoint, EndpointError, LONGEST_ADDRESS};
use crate::fault;
use crate::procedure::{ARRAY, INT, Parameter, Procedure, STRING, STRING_OR_NIL, Type};
use crate::reading::{UnexpectedAnswer, array, member, members, string, structure, unexpected};

/// The port on which clients and servers expect the binder.
pub const PORT: u16 = 5000;

/// Registers a name in place of its former address.
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

/// Registers names that expire unless they are registered again in time.
pub const REGISTER_LEASE: Procedure = Procedure {
    name: "register_lease",
    parameters: &[
        Parameter::required("names", ARRAY),
        Parameter::required("address", STRING),
        Parameter::required("port", INT),
        Parameter::required("seconds", INT),
        Parameter::optional("group", STRING_OR_NIL),
        Parameter::optional("held", INT),
        Parameter::optional("behind", INT),
    ],
    answers: &[Type::Array],
    changes_nothing: false,
    help: "Registers all of NAMES as living at ADDRESS:PORT and forgets them after SECONDS, unless \
           the same call comes again before. Servers of one GROUP serve one chat and share the names. \
           HELD is for how many seconds the server has held the names already: after a restart of the \
           binder the first holder gets them again. BEHIND is for how many seconds its chat may have been \
           out of date: it is found only while no other server of its GROUP is better. Answers those of the names that a server of another \
           chat holds: they are its own until it is gone.",
};

/// Removes a name.
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

/// All registered names.
pub const LIST_PROCEDURES: Procedure = Procedure {
    name: "list_procedures",
    parameters: &[Parameter::optional("name", STRING)],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers a struct for each registration, of NAME or of all names in alphabetical order: name, \
           address, port, age (seconds since it was first registered there), lease (seconds until it is \
           forgotten, nil when it is kept without a lease), built_in (whether the binder has it without a \
           registration), group (the chat that it shares with other servers, or nil), displaced (whether \
           another server holds the name), stale (seconds since the binder was cut off, or nil), behind \
           (seconds since the chat of the server may be out of date, or nil) and proxied_at (the \
           [address, port] at which the binder passes calls on to it, or nil).",
};

/// All procedures of the binder.
pub const PROCEDURES: [Procedure; 5] = [
    REGISTER_PROCEDURE,
    LOOKUP_PROCEDURE,
    REGISTER_LEASE,
    UNREGISTER_PROCEDURE,
    LIST_PROCEDURES,
];

/// `register_procedure`: the binder is full.
pub const TOO_MANY_NAMES: &str = "Limite de procedimentos registrados atingido.";

/// A registration in a binder that cannot reach etcd, where it keeps its names.
pub const CUT_OFF: &str = "O binder não alcança o etcd agora. Tente mais tarde.";

/// A registration in a binder whose etcd has no room.
pub const ETCD_FULL: &str = "O etcd do binder está cheio. Libere espaço nele.";

/// Why a binder that asks others for names that it does not have cannot answer a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamFailure {
    /// The binder that it asks does not answer.
    Silent,
    /// The binders ask each other, or too many in a row.
    Circle,
}

impl UpstreamFailure {
    /// The text of the fault.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Silent => "O binder consultado não responde. Tente mais tarde.",
            Self::Circle => "Os binders consultam uns aos outros em círculo. Corrija o --upstream.",
        }
    }

    /// What is wrong and what to do, as the programs say it in English after the address of the binder that was
    /// asked.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Silent => {
                "the binder that it asks, its --upstream, does not answer: start that one, or check the address in \
                 --upstream"
            }
            Self::Circle => {
                "it asks others that ask it in turn: let one of them run without --upstream"
            }
        }
    }

    /// The fault in place of an answer.
    #[must_use]
    pub fn fault(self) -> Fault {
        fault::application(self.text())
    }

    /// Which of them a fault is, if it is one.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<Self> {
        let all = [Self::Silent, Self::Circle];
        let is_application = fault.code() == fault::APPLICATION;
        all.into_iter()
            .find(|failure| is_application && failure.text() == fault.string())
    }
}

/// `register_procedure`: done.
pub fn registered(name: &str) -> String {
    format!("Procedimento '{name}' registrado com sucesso.")
}

impl Endpoint {
    /// The answer of `lookup_procedure`.
    pub fn to_value(&self) -> Value {
        Value::Array(vec![
            Value::String(self.address.clone()),
            Value::Integer(i32::from(self.port)),
        ])
    }

    /// Reads the answer of `lookup_procedure`: `None` when the name is not registered.
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
    pub fn looked_up(answer: Value) -> Option<Self> {
        Self::from_lookup(answer).ok().flatten()
    }
}

/// An entry of `list_procedures`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// Its server.
    pub endpoint: Endpoint,
    /// Seconds since it was first registered there.
    pub age: u32,
    /// Seconds until it expires; `None` when it does not.
    pub lease: Option<u32>,
    /// Whether the binder has it without a registration, until there is one.
    pub built_in: bool,
    /// The chat that the server shares with others of this group.
    pub group: Option<String>,
    /// Whether a server of another chat holds the name.
    pub displaced: bool,
    /// Seconds since the binder was cut off from what it keeps the names in.
    pub stale: Option<u32>,
    /// Seconds since the chat of the server may be out of date.
    pub behind: Option<u32>,
    /// Where the binder passes calls on to it. Look-ups are answered with this address.
    pub proxied_at: Option<Endpoint>,
}

impl Listed {
    /// The struct on the wire.
    pub fn to_value(&self) -> Value {
        // Sixty-eight years of seconds fit; a larger number is cut off there.
        let seconds = |seconds: u32| Value::Integer(i32::try_from(seconds).unwrap_or(i32::MAX));
        structure([
            ("name", Value::String(self.name.clone())),
            ("address", Value::String(self.endpoint.address.clone())),
            ("port", Value::Integer(i32::from(self.endpoint.port))),
            ("age", seconds(self.age)),
            ("lease", self.lease.map_or(Value::Nil, seconds)),
            ("built_in", Value::Boolean(self.built_in)),
            (
                "group",
                self.group.clone().map_or(Value::Nil, Value::String),
            ),
            ("displaced", Value::Boolean(self.displaced)),
            ("stale", self.stale.map_or(Value::Nil, seconds)),
            ("behind", self.behind.map_or(Value::Nil, seconds)),
            (
                "proxied_at",
                self.proxied_at
                    .as_ref()
                    .map_or(Value::Nil, Endpoint::to_value),
            ),
        ])
    }

    /// Reads the struct from the wire.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        let mut members = members(value)?;
        let seconds = |value: Value| match value {
            Value::Integer(seconds) => {
                u32::try_from(seconds).map_err(|_| unexpected("seconds", &value))
            }
            other => Err(unexpected("seconds", &other)),
        };
        let since = |value: Option<Value>| match value {
            None | Some(Value::Nil) => Ok(None),
            Some(since) => seconds(since).map(Some),
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
            // Binders of earlier versions do not answer these members.
            built_in: members.remove("built_in") == Some(Value::Boolean(true)),
            group: match members.remove("group") {
                Some(Value::String(group)) => Some(group),
                _ => None,
            },
            displaced: members.remove("displaced") == Some(Value::Boolean(true)),
            stale: since(members.remove("stale"))?,
            behind: since(members.remove("behind"))?,
            proxied_at: Endpoint::from_lookup(members.remove("proxied_at").unwrap_or(Value::Nil))?,
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
                group: lease.map(|_| "4f2a".to_owned()),
                displaced: lease.is_some(),
                stale: lease,
                behind: lease,
                proxied_at: lease.map(|_| "localhost:5001".parse().unwrap()),
            };
            assert_eq!(Listed::from_value(listed.to_value()), Ok(listed.clone()));
            let Value::Struct(mut members) = listed.to_value() else {
                panic!("a name is listed as a struct");
            };
            for member in [
                "built_in",
                "group",
                "displaced",
                "stale",
                "behind",
                "proxied_at",
            ] {
                members.remove(member);
            }
            let of_an_earlier_version = Listed::from_value(Value::Struct(members)).unwrap();
            assert!(!of_an_earlier_version.built_in && !of_an_earlier_version.displaced);
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
