//! The declaration of a remote procedure: its name, parameters, answer and help.
//!
//! It has four uses: the server checks calls against it, `system.methodSignature` and `system.methodHelp`
//! answer it, masking takes secret parameters from it, and clients take the name from it.

/// The method that makes several calls in one.
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
    /// `<nil/>`, an extension that Python supports.
    Nil,
}

impl Type {
    /// The type's name in faults.
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

    /// The type's name in `system.methodSignature`.
    ///
    /// The convention has the six types of XML-RPC, array and struct, but not nil: programs that generate
    /// stubs from signatures, such as xmlrpc-c's, stop at unknown types. All of them know `string`, and a
    /// value that may be nil is otherwise a string, or is always nil.
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
    /// Whether a call only reads, so that it may be repeated when its answer is lost.
    pub changes_nothing: bool,
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
    /// parameters'. An optional parameter and a choice of types give one signature each, except that nil is
    /// left out where there is another type.
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
