//! What is no XML.

use super::super::Row;
use super::super::Verdict::{OnlyOurs, Same};
use super::{CALL, row};

pub(super) fn rows() -> Vec<Row> {
    let param = |content: &str| CALL.replace("olá", content);
    vec![
        row(
            "the end is missing",
            CALL.trim_end_matches("</methodCall>"),
            Same,
        ),
        row("cut in the middle of a tag", &CALL[..60], Same),
        row(
            "cut in the middle of a text",
            CALL.split("lá").next().unwrap(),
            Same,
        ),
        row(
            "tags that cross",
            param("a").replace("</string></value>", "</value></string>"),
            Same,
        ),
        row("an end tag too many", format!("{CALL}</a>"), Same),
        row("two roots", format!("{CALL}{CALL}"), Same),
        row("text after the root", format!("{CALL}a"), Same),
        row("text before the root", format!("a{CALL}"), Same),
        row(
            "a section after the root",
            format!("{CALL}<![CDATA[a]]>"),
            Same,
        ),
        row("a reference after the root", format!("{CALL}&#65;"), Same),
        row("a zero after the root", format!("{CALL}\0"), Same),
        row("a lone ampersand", param("a & b"), Same),
        row("a reference without its end", param("&amp"), Same),
        row("an empty reference", param("&;"), Same),
        row("a reference to no number", param("&#x;"), Same),
        row("a reference beyond Unicode", param("&#x110000;"), Same),
        row("a reference to a surrogate", param("&#xD800;"), Same),
        row("a reference to a zero", param("&#0;"), Same),
        row("a reference to a control character", param("&#1;"), Same),
        row("a reference to U+FFFE", param("&#xFFFE;"), Same),
        row(
            "a reference with a huge number",
            param("&#x100000000000041;"),
            Same,
        ),
        row("a control character", param("\u{1}"), Same),
        row("an escape character", param("\u{1b}[2J"), Same),
        row("a zero", param("\0"), Same),
        row("U+FFFE", param("\u{FFFE}"), Same),
        row("U+FFFF", param("\u{FFFF}"), Same),
        row(
            "a form feed between elements",
            CALL.replace("<params>", "\u{c}<params>"),
            Same,
        ),
        row("the end of a section without a section", param("]]>"), Same),
        row("a section without its end", param("<![CDATA[a"), Same),
        row("two hyphens in a comment", param("<!-- a -- b -->"), Same),
        row(
            "a comment that ends with a hyphen",
            param("<!-- a --->"),
            Same,
        ),
        row("an instruction called xml", param("<?xml a?>"), Same),
        row(
            "an instruction called XML",
            param("<?XML a?>"),
            OnlyOurs("instructions mean nothing, whatever their names"),
        ),
        row("an instruction without a name", param("<? a?>"), Same),
        row("a name that begins with a digit", param("<1a/>"), Same),
        row("a bracket that is no tag", param("a < b"), Same),
        row(
            "an attribute without quotes",
            CALL.replace("<value>", "<value a=b>"),
            Same,
        ),
        row(
            "an attribute without a value",
            CALL.replace("<value>", "<value a>"),
            Same,
        ),
        row(
            "an attribute twice",
            CALL.replace("<value>", "<value a='' a=''>"),
            Same,
        ),
        row(
            "attributes without space between",
            CALL.replace("<value>", "<value a=''b=''>"),
            Same,
        ),
        row(
            "a bracket in an attribute",
            CALL.replace("<value>", "<value a='<'>"),
            Same,
        ),
        row(
            "an ampersand in an attribute",
            CALL.replace("<value>", "<value a='&'>"),
            Same,
        ),
        row(
            "a control character in an attribute",
            CALL.replace("<value>", "<value a='\u{1}'>"),
            Same,
        ),
        row(
            "a control character in a comment",
            param("<!--\u{1}-->"),
            Same,
        ),
        row(
            "a space before a tag's name",
            CALL.replace("<value>", "< value>"),
            Same,
        ),
        row(
            "a space after a tag's name",
            CALL.replace("<value>", "<value >")
                .replace("</value>", "</value >"),
            Same,
        ),
        row(
            "a space in an end tag",
            CALL.replace("</value>", "</ value>"),
            Same,
        ),
        row("HTML", "<!doctype html><html></html>", Same),
        row("JSON", "{\"method\": \"m\"}", Same),
    ]
}
