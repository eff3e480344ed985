//! Calls that are wrong in every dialect: with too few parameters or too many, with values of another
//! type, with texts that are no names.

use serde_json::{Value as Json, json};

use crate::table::{Row, wrong_parameters};

/// A method with its parameters, and how many of them at the end are optional.
pub(crate) type Method = (&'static str, &'static [&'static str], usize);

/// Each method with a parameter less than it needs and one more than it takes.
pub(crate) fn of_wrong_length(methods: &[Method]) -> Vec<Row> {
    methods
        .iter()
        .flat_map(|(method, parameters, optional)| {
            let least = parameters.len() - optional;
            let wrong = [least.checked_sub(1), Some(parameters.len() + 1)];
            wrong.into_iter().flatten().map(move |count| {
                let name = format!("{method} with {count} parameters instead of {parameters:?}");
                let parts = [*method, &format!("got {count}")];
                let given = vec!["x"; count];
                Row::new(name, *method, json!(given), wrong_parameters(&parts))
            })
        })
        .collect()
}

/// Each method with each of its parameters, which are all texts, as everything that is none.
pub(crate) fn of_wrong_type(methods: &[Method]) -> Vec<Row> {
    let others = [
        (json!(7), "got int"),
        (json!(true), "got boolean"),
        (json!(["x"]), "got array"),
        (json!({"x": "y"}), "got struct"),
        (json!(1.5), "got double"),
        (json!(null), "got nil"),
    ];
    let mut rows = Vec::new();
    for (method, parameters, _) in methods {
        for (position, parameter) in parameters.iter().enumerate() {
            for (other, got) in &others {
                // Nil in place of a recipient is how a broadcast is sent.
                if *parameter == "recipient" && other.is_null() {
                    continue;
                }
                let mut given: Vec<Json> = vec![json!("x"); parameters.len()];
                given[position] = other.clone();
                rows.push(Row::new(
                    format!("{method} with {other} as {parameter}"),
                    *method,
                    json!(given),
                    wrong_parameters(&[parameter, "string", got]),
                ));
            }
        }
    }
    rows
}

/// Texts that are no names of users or rooms: what is wrong with them, and the reason that is given.
#[rustfmt::skip]
pub(crate) fn names() -> Vec<(&'static str, String, &'static str)> {
    [
        ("empty", "", "está vazio"),
        ("longer than 64 characters", &"é".repeat(65), "tem mais de 64 caracteres"),
        ("with a tab", "a\tb", "contém o caractere U+0009"),
        ("with a line break", "a\nb", "contém o caractere U+000A"),
        ("with a C1 control character", "a\u{9b}b", "contém o caractere U+009B"),
        ("that turns the reading direction", "a\u{202e}b", "contém o caractere U+202E"),
        ("with a bidi isolate", "\u{2066}a", "contém o caractere U+2066"),
        ("with a space without width", "an\u{200b}a", "contém o caractere U+200B"),
        ("with a soft hyphen", "an\u{ad}a", "contém o caractere U+00AD"),
        ("with a filler", "ana\u{3164}", "contém o caractere U+3164"),
        ("with a variation selector that selects nothing", "ana\u{fe0f}", "contém o caractere U+FE0F"),
        ("with a tag", "ana\u{e0041}", "contém o caractere U+E0041"),
        ("that begins with a space", " a", "começa ou termina com espaço"),
        ("that ends with a space", "a ", "começa ou termina com espaço"),
    ]
    .map(|(what, name, reason)| (what, name.to_owned(), reason))
    .into()
}
