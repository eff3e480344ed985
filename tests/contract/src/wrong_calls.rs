//! Calls that are wrong in every dialect: with too few parameters or too many, with values of another
//! type, with texts that are no names.

use serde_json::json;

use crate::table::{Row, wrong_parameters};

/// A method with its parameters, and how many of them at the end are optional.
pub type Method = (&'static str, &'static [&'static str], usize);

/// Each method with a parameter less than it needs and one more than it takes.
pub fn of_wrong_length(methods: &[Method]) -> Vec<Row> {
    methods
        .iter()
        .flat_map(|(method, parameters, optional)| {
            let least = parameters.len() - optional;
            let wrong = [least.checked_sub(1), Some(parameters.len() + 1)];
            wrong.into_iter().flatten().map(move |count| {
                let name = [
                    format!("{method} with {count} parameters instead of {parameters:?}"),
                    format!("{method} com {count} parâmetros em vez de {parameters:?}"),
                ];
                let parts = [*method, &format!("got {count}")];
                Row::new(
                    name,
                    *method,
                    vec![json!("x"); count],
                    wrong_parameters(&parts),
                )
            })
        })
        .collect()
}

/// Each method with each of its parameters, which are all strings, replaced by a value of each other type.
pub fn of_wrong_type(methods: &[Method]) -> Vec<Row> {
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
                let given = (0..parameters.len()).map(|place| {
                    if place == position {
                        other.clone()
                    } else {
                        json!("x")
                    }
                });
                rows.push(Row::new(
                    [
                        format!("{method} with {other} as {parameter}"),
                        format!("{method} com {other} como {parameter}"),
                    ],
                    *method,
                    given,
                    wrong_parameters(&[parameter, "string", got]),
                ));
            }
        }
    }
    rows
}

/// What is wrong with a name, in English and in Portuguese.
pub(crate) type Wrong = [&'static str; 2];

/// Texts that are no names of users or rooms: what is wrong with them, and the reason that is given.
#[rustfmt::skip]
pub(crate) fn names() -> Vec<(Wrong, String, &'static str)> {
    [
        (["empty", "vazio"], "", "está vazio"),
        (["longer than 64 characters", "de mais de 64 caracteres"], &"é".repeat(65), "tem mais de 64 caracteres"),
        (["with a tab", "com tabulação"], "a\tb", "contém o caractere U+0009"),
        (["with a line break", "com quebra de linha"], "a\nb", "contém o caractere U+000A"),
        (["with a C1 control character", "com caractere de controle C1"], "a\u{9b}b", "contém o caractere U+009B"),
        (["that turns the reading direction", "que vira a direção da leitura"], "a\u{202e}b", "contém o caractere U+202E"),
        (["with a bidi isolate", "com um isolado bidi"], "\u{2066}a", "contém o caractere U+2066"),
        (["with a space without width", "com espaço sem largura"], "an\u{200b}a", "contém o caractere U+200B"),
        (["with a soft hyphen", "com hífen opcional"], "an\u{ad}a", "contém o caractere U+00AD"),
        (["with a filler", "com preenchimento"], "ana\u{3164}", "contém o caractere U+3164"),
        (["with a variation selector that selects nothing", "com seletor de variação sem efeito"], "ana\u{fe0f}", "contém o caractere U+FE0F"),
        (["with a tag", "com uma tag"], "ana\u{e0041}", "contém o caractere U+E0041"),
        (["that begins with a space", "que começa com espaço"], " a", "começa ou termina com espaço"),
        (["that ends with a space", "que termina com espaço"], "a ", "começa ou termina com espaço"),
    ]
    .map(|(what, name, reason)| (what, name.to_owned(), reason))
    .into()
}
