//! Encodings: declared, marked, both, neither.

use super::super::Row;
use super::super::Verdict::{OnlyOurs, OnlyPythons, Same};
use super::{Bytes as _, CALL, row};

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

fn one_byte_each(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect()
}

fn declared(encoding: &str) -> String {
    format!("<?xml version='1.0' encoding='{encoding}'?>\n{CALL}")
}

pub(super) fn rows() -> Vec<Row> {
    let euro = declared("windows-1252").replace('á', "\u{80}");
    vec![
        row("UTF-8 without a declaration", CALL, Same),
        row("UTF-8 declared", declared("utf-8"), Same),
        row("UTF-8 declared in other letters", declared("UTF-8"), Same),
        row(
            "UTF-8 with a byte order mark",
            format!("\u{FEFF}{CALL}"),
            Same,
        ),
        row(
            "UTF-8 declared, with a byte order mark",
            format!("\u{FEFF}{}", declared("utf-8")),
            Same,
        ),
        row(
            "UTF-16, as ServerProxy(encoding='utf-16') sends it",
            [b"\xFF\xFE".to_vec(), utf16(&declared("utf-16"), true)].concat(),
            Same,
        ),
        row(
            "UTF-16 the other way round",
            [b"\xFE\xFF".to_vec(), utf16(&declared("utf-16"), false)].concat(),
            Same,
        ),
        row(
            "UTF-16 without a mark",
            utf16(&declared("utf-16"), true),
            OnlyPythons("it is ambiguous, and Python's client always sends the mark"),
        ),
        row("UTF-16 declared, UTF-8 sent", declared("utf-16"), Same),
        row(
            "Latin 1, as ServerProxy(encoding='iso-8859-1') sends it",
            one_byte_each(&declared("iso-8859-1")),
            Same,
        ),
        row(
            "Latin 1 by another name",
            one_byte_each(&declared("latin-1")),
            Same,
        ),
        row(
            "Latin 1 with the bytes that another code page uses",
            one_byte_each(&declared("iso-8859-1").replace('á', "\u{80}\u{9f}")),
            Same,
        ),
        row(
            "Latin 9",
            one_byte_each(&declared("iso-8859-15").replace('á', "\u{a4}")),
            Same,
        ),
        row(
            "Latin 9 by Python's name",
            one_byte_each(&declared("iso8859_15").replace('á', "\u{a4}")),
            Same,
        ),
        row("a Windows code page", one_byte_each(&euro), Same),
        row(
            "a Windows code page by another name",
            one_byte_each(&euro.replace("windows-1252", "cp1252")),
            Same,
        ),
        row(
            "a code page of old consoles",
            one_byte_each(&declared("cp850").replace('á', "\u{a0}")),
            OnlyPythons("a client has to ask for it; the refusal names it"),
        ),
        row("seven bits", declared("utf-7").replace('á', "+AOE-"), Same),
        row(
            "KOI8-R",
            one_byte_each(&declared("koi8-r").replace('á', "\u{c1}")),
            Same,
        ),
        row("ASCII", declared("us-ascii").replace('á', "a"), Same),
        row(
            "ASCII with a byte that is none",
            one_byte_each(&declared("us-ascii")),
            Same,
        ),
        row(
            "ASCII with references",
            declared("us-ascii").replace('á', "&#225;"),
            Same,
        ),
        row(
            "an encoding of several bytes",
            [declared("shift_jis").replace("olá", "?").as_bytes()]
                .concat()
                .replace_question(b"\x82\xa0"),
            OnlyOurs(
                "a Python client can send it; that Python's server cannot read it helps nobody",
            ),
        ),
        row("an unknown encoding", declared("klingon"), Same),
        row("no encoding", declared(""), Same),
        row("bytes that are no UTF-8", one_byte_each(CALL), Same),
        row(
            "a character cut in half",
            CALL.as_bytes().to_vec().cut_after(b"ol\xC3"),
            Same,
        ),
        row(
            "a surrogate in UTF-8",
            CALL.as_bytes().to_vec().with(b"\xED\xA0\x80"),
            Same,
        ),
        row(
            "more bytes than needed for a character",
            CALL.as_bytes().to_vec().with(b"\xC0\xAF"),
            Same,
        ),
    ]
}
