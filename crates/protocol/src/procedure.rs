//! How a remote procedure is described: its name, its parameters, its answer, its help.
//!
//! One description serves four readers: the server checks calls against it, `system.methodSignature`
//! and `system.methodHelp` are made from it, the wire log learns from it what is secret, and clients
//! take the name from it.

/// The call that holds other calls, of whatever procedures a server has.
pub const MULTICALL: &str = "system.multicall";

/// The procedures that a server has; every server of this project can tell, an original one cannot.
pub const LIST_METHODS: Procedure = Procedure {
    name: "system.listMethods",
    parameters: &[],
    answers: ARRAY,
    changes_nothing: true,
    help: "Answers the names of all methods of this server.",
};

/// An XML-RPC type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `<string>`
    String,
    /// `<int>`, `<i4>`
    Int,
    /// `<boolean>`
    Boolean,
    /// `<array>`
    Array,
    /// `<struct>`
    Struct,
    /// `<nil/>`, the extension that Python's clients and servers read
    Nil,
}

impl Type {
    /// The name that faults give this type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Struct => "struct",
            Self::Nil => "nil",
        }
    }

    /// The name that `system.methodSignature` gives this type.
    ///
    /// The convention of introspection knows the six types of XML-RPC, array and struct, and no nil:
    /// programs that write stubs from signatures, such as xmlrpc-c's, stop at a type that they do not
    /// know. All of them know `string`, and where a value may be nil, it is a string or nothing at all.
    const fn name_in_signatures(self) -> &'static str {
        match self {
            Self::Nil => "string",
            other => other.name(),
        }
    }
}

/// One parameter of a procedure.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name by which faults and help texts call it.
    pub name: &'static str,
    /// The types it may have, the usual one first.
    pub types: &'static [Type],
    /// Whether a call may leave it out. Only trailing parameters can be optional.
    pub optional: bool,
    /// Whether its value must never be logged or shown.
    pub secret: bool,
}

impl Parameter {
    /// A parameter that every call must give.
    #[must_use]
    pub const fn required(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            name,
            types,
            optional: false,
            secret: false,
        }
    }

    /// A parameter that a call may leave out.
    #[must_use]
    pub const fn optional(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            name,
            types,
            optional: true,
            secret: false,
        }
    }

    /// A required string that must never be logged or shown.
    #[must_use]
    pub const fn secret(name: &'static str) -> Self {
        Self {
            name,
            types: STRING,
            optional: false,
            secret: true,
        }
    }
}

/// The types of a parameter that is always a string.
pub const STRING: &[Type] = &[Type::String];
/// The types of a parameter that is a whole number.
pub const INT: &[Type] = &[Type::Int];
/// The types of a parameter that is an array.
pub const ARRAY: &[Type] = &[Type::Array];
/// The types of a string that may be nil instead.
pub const STRING_OR_NIL: &[Type] = &[Type::String, Type::Nil];

/// A remote procedure, as both sides of the wire know it.
#[derive(Clone, Copy, Debug)]
pub struct Procedure {
    /// The method name in the call.
    pub name: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [Parameter],
    /// The types its answer may have, the usual one first.
    pub answers: &'static [Type],
    /// Whether a call only reads, so that it may be repeated when its answer is lost.
    pub changes_nothing: bool,
    /// What it does, for `system.methodHelp`.
    pub help: &'static str,
}

impl Procedure {
    /// How many parameters a call must give at least.
    #[must_use]
    pub fn required(&self) -> usize {
        self.parameters
            .iter()
            .filter(|parameter| !parameter.optional)
            .count()
    }

    /// The signatures in the form of `system.methodSignature`: the answer's type first, then the
    /// parameters'. An optional parameter and a choice of types give one signature each, except that nil
    /// has no name there (see `name_in_signatures`): where something else is possible, only that is
    /// listed.
    #[must_use]
    pub fn signatures(&self) -> Vec<Vec<&'static str>> {
        let mut lists: Vec<Vec<&'static str>> = vec![Vec::new()];
        let mut complete = Vec::new();
        for parameter in self.parameters {
            if parameter.optional {
                complete.extend(lists.iter().cloned());
            }
            lists = lists
                .iter()
                .flat_map(|list| {
                    names_in_signatures(parameter.types).map(move |name| {
                        let mut longer = list.clone();
                        longer.push(name);
                        longer
                    })
                })
                .collect();
        }
        complete.append(&mut lists);
        names_in_signatures(self.answers)
            .flat_map(|answer| {
                complete.iter().map(move |parameters| {
                    let mut signature = vec![answer];
                    signature.extend(parameters);
                    signature
                })
            })
            .collect()
    }
}

/// The names of these types, without nil where there are others.
fn names_in_signatures(types: &[Type]) -> impl Iterator<Item = &'static str> {
    let is_nil_alone = types == [Type::Nil];
    types
        .iter()
        .filter(move |kind| is_nil_alone || **kind != Type::Nil)
        .map(|kind| kind.name_in_signatures())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_parameter_and_a_choice_of_answers_give_one_signature_each() {
        const PROCEDURE: Procedure = Procedure {
            name: "send",
            parameters: &[
                Parameter::required("room", STRING),
                Parameter::optional("recipient", STRING_OR_NIL),
            ],
            answers: &[Type::String, Type::Array],
            changes_nothing: false,
            help: "",
        };
        assert_eq!(
            PROCEDURE.signatures(),
            [
                vec!["string", "string"],
                vec!["string", "string", "string"],
                vec!["array", "string"],
                vec!["array", "string", "string"],
            ]
        );
        assert_eq!(PROCEDURE.required(), 1);
        let nothing = Procedure {
            answers: &[Type::Nil],
            parameters: &[],
            ..PROCEDURE
        };
        assert_eq!(nothing.signatures(), [["string"]]);
    }
}
