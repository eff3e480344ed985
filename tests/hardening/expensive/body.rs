//! Bodies that are made to cost much, one for each way to try.

use std::fmt::Write as _;

use protocol::fault;

use support::wire::call_with;

pub(super) const MEBIBYTE: usize = 1 << 20;

/// `unit` repeated to almost a mebibyte.
fn filled(unit: &str) -> String {
    unit.repeat((MEBIBYTE - 1_000) / unit.len())
}

/// What `unit` makes of the numbers from 0, up to almost a mebibyte.
fn numbered(unit: impl Fn(&mut String, usize)) -> String {
    let mut text = String::with_capacity(MEBIBYTE);
    for number in 0.. {
        if text.len() > MEBIBYTE - 1_000 {
            break;
        }
        unit(&mut text, number);
    }
    text
}

pub(super) fn only_parameter(value: &str) -> String {
    call_with("ping", &format!("<param>{value}</param>"))
}

/// Bodies of about a mebibyte, each with the code of the fault that answers it.
#[rustfmt::skip]
pub(super) fn bodies() -> Vec<(&'static str, String, i32)> {
    let not_well_formed = fault::NOT_WELL_FORMED;
    let write = |text: &mut String, unit: std::fmt::Arguments<'_>| text.write_fmt(unit).unwrap();
    vec![
        ("nested arrays", filled("<value><array><data>"), not_well_formed),
        ("nested structs", filled("<value><struct><member><name>n</name>"), not_well_formed),
        ("nested elements", filled("<a>"), not_well_formed),
        ("nested elements that end", format!("{}{}", "<a>".repeat(140_000), "</a>".repeat(140_000)), not_well_formed),
        (
            "nested namespaces",
            numbered(|text, number| write(text, format_args!("<a xmlns:n{number}='u'>"))),
            fault::NOT_A_CALL,
        ),
        ("one namespace after the other", format!("<a>{}</a>", filled("<a xmlns:n='u'/>")), fault::NOT_A_CALL),
        (
            "attributes",
            format!(
                "<a{}/>",
                numbered(|text, number| write(text, format_args!(" a{number}=''")))
            ),
            fault::NOT_A_CALL,
        ),
        (
            "namespaces of one element",
            format!(
                "<a{}/>",
                numbered(|text, number| write(text, format_args!(" xmlns:a{number}='u'")))
            ),
            fault::NOT_A_CALL,
        ),
        ("an attribute that never ends", format!("<a b='{}", filled("=")), not_well_formed),
        (
            "a few attributes on many elements",
            format!("<a>{}</a>", filled("<a b='' c='' d='' e=''/>")),
            fault::NOT_A_CALL,
        ),
        ("empty elements", format!("<a>{}</a>", filled("<a/>")), not_well_formed),
        (
            "values",
            only_parameter(&format!(
                "<value><array><data>{}</data></array></value>",
                filled("<value/>")
            )),
            fault::INVALID_PARAMETERS,
        ),
        ("parameters", call_with("ping", &filled("<param><value/></param>")), fault::INVALID_PARAMETERS),
        (
            "members",
            only_parameter(&format!(
                "<value><struct>{}</struct></value>",
                numbered(|text, number| write(
                    text,
                    format_args!("<member><name>{number}</name><value/></member>")
                ))
            )),
            fault::INVALID_PARAMETERS,
        ),
        ("comments", only_parameter(&format!("<value>{}</value>", filled("<!---->"))), fault::INVALID_PARAMETERS),
        (
            "comments that split a text",
            only_parameter(&format!("<value>{}</value>", filled("a<!---->"))),
            not_well_formed,
        ),
        ("a comment that never ends", format!("<a><!--{}", filled("- ")), not_well_formed),
        ("sections", only_parameter(&format!("<value>{}</value>", filled("<![CDATA[a]]>"))), fault::INVALID_PARAMETERS),
        (
            "references to characters",
            only_parameter(&format!("<value>{}</value>", filled("&#65;"))),
            fault::INVALID_PARAMETERS,
        ),
        (
            "references to entities",
            only_parameter(&format!("<value>{}</value>", filled("&amp;"))),
            fault::INVALID_PARAMETERS,
        ),
        (
            "entities that multiply",
            format!(
                "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>{}]><a>&n9;</a>",
                (0..10).fold("<!ENTITY n0 '&a;'>".to_owned(), |list, number| {
                    format!(
                        "{list}<!ENTITY n{} '{}'>",
                        number + 1,
                        format!("&n{number};").repeat(10)
                    )
                })
            ),
            not_well_formed,
        ),
        (
            "declared entities",
            format!(
                "<!DOCTYPE a [{}]><a/>",
                numbered(|text, number| write(text, format_args!("<!ENTITY e{number} 'x'>")))
            ),
            not_well_formed,
        ),
        ("declarations", format!("<!DOCTYPE a [{}]><a/>", filled("<!ATTLIST a b CDATA 'x'>")), fault::NOT_A_CALL),
        ("instructions", format!("<a>{}</a>", filled("<?a?>")), not_well_formed),
        ("brackets", filled("<"), not_well_formed),
        ("a long name", format!("<{}/>", filled("a")), fault::NOT_A_CALL),
        ("line breaks", format!("<a>{}", filled("\n")), not_well_formed),
        ("digits", only_parameter(&format!("<value><int>{}</int></value>", filled("9"))), fault::NOT_A_CALL),
        (
            "digits of a double",
            only_parameter(&format!("<value><double>{}</double></value>", filled("9"))),
            fault::INVALID_PARAMETERS,
        ),
        ("zeros", "\0".repeat(MEBIBYTE), not_well_formed),
        (
            "calls in one",
            call_with(
                "system.multicall",
                &format!(
                    "<param><value><array><data>{}</data></array></value></param>",
                    filled("<value/>")
                ),
            ),
            fault::INVALID_PARAMETERS,
        ),
        (
            "as many calls in one as there may be",
            call_with(
                "system.multicall",
                &format!(
                    "<param><value><array><data>{}</data></array></value></param>",
                    "<value/>".repeat(1_000)
                ),
            ),
            0,
        ),
    ]
}
