//! How a remote procedure is described: its name, its parameters, its answer, its help.
//!
//! One description serves four readers: the server checks calls against it, `system.methodSignature`
//! and `system.methodHelp` are made from it, the wire log learns from it what is secret, and clients
//! take the name from it.

/// The call that holds other calls, of whatever procedures a server has.
pub const MULTICALL: &str = "system.multicall";

/// An XML-RPC type as `system.methodSignature` names it.
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
    /// The name that introspection gives this type.
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
    pub const fn required(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            name,
            types,
            optional: false,
            secret: false,
        }
    }

    /// A parameter that a call may leave out.
    pub const fn optional(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            optional: true,
            ..Self::required(name, types)
        }
    }

    /// A required string that must never be logged or shown.
    pub const fn secret(name: &'static str) -> Self {
        Self {
            secret: true,
            ..Self::required(name, STRING)
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
    /// What it does, for `system.methodHelp`.
    pub help: &'static str,
}

impl Procedure {
    /// How many parameters a call must give at least.
    pub fn required(&self) -> usize {
        self.parameters
            .iter()
            .filter(|parameter| !parameter.optional)
            .count()
    }

    /// Every true signature, in the form of `system.methodSignature`: the answer's type first, then
    /// the parameters'. An optional parameter and a choice of types give one signature each.
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
                    parameter.types.iter().map(move |kind| {
                        let mut longer = list.clone();
                        longer.push(kind.name());
                        longer
                    })
                })
                .collect();
        }
        complete.append(&mut lists);
        self.answers
            .iter()
            .flat_map(|answer| {
                complete.iter().map(move |parameters| {
                    let mut signature = vec![answer.name()];
                    signature.extend(parameters);
                    signature
                })
            })
            .collect()
    }
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
            help: "",
        };
        assert_eq!(
            PROCEDURE.signatures(),
            [
                vec!["string", "string"],
                vec!["string", "string", "string"],
                vec!["string", "string", "nil"],
                vec!["array", "string"],
                vec!["array", "string", "string"],
                vec!["array", "string", "nil"],
            ]
        );
        assert_eq!(PROCEDURE.required(), 1);
    }
}
