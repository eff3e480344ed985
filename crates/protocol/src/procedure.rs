//! The declaration of a remote procedure: its name, parameters, answer and help.
//!
//! It has four uses: the server checks calls against it, `system.methodSignature` and `system.methodHelp`
//! answer it, masking takes secret parameters from it, and clients take the name from it.

/// The method that makes several calls in one.
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
    /// `<nil/>`, an extension that Python supports.
    Nil,
}

impl Type {
    /// The type's name in introspection.
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
    /// Its name in faults and help texts.
    pub name: &'static str,
    /// The types it may have, the usual one first.
    pub types: &'static [Type],
    /// Whether a call may leave it out. Only trailing parameters can be optional.
    pub optional: bool,
    /// Whether its value must never be logged or shown.
    pub secret: bool,
}

impl Parameter {
    /// A parameter that cannot be left out.
    pub const fn required(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            name,
            types,
            optional: false,
            secret: false,
        }
    }

    /// A parameter that can be left out.
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

/// A string.
pub const STRING: &[Type] = &[Type::String];
/// An integer.
pub const INT: &[Type] = &[Type::Int];
/// An array.
pub const ARRAY: &[Type] = &[Type::Array];
/// A string or nil.
pub const STRING_OR_NIL: &[Type] = &[Type::String, Type::Nil];

/// A remote procedure.
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
    /// The number of parameters that cannot be left out.
    pub fn required(&self) -> usize {
        self.parameters
            .iter()
            .filter(|parameter| !parameter.optional)
            .count()
    }

    /// All signatures, as `system.methodSignature` answers them: the answer's type first, then the
    /// parameters'. An optional parameter and a choice of types give one signature each.
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
