//! What may stand before and after a call.

use super::super::Row;
use super::super::Verdict::{OnlyPythons, Same};
use super::{CALL, row};

const ENTITIES: &str = "entities can multiply, and no client declares any";

pub(super) fn rows() -> Vec<Row> {
    let after = |prologue: &str| format!("{prologue}{CALL}");
    vec![
        row(
            "a declaration with double quotes",
            after("<?xml version=\"1.0\"?>"),
            Same,
        ),
        row(
            "a declaration with standalone",
            after("<?xml version='1.0' standalone='yes'?>"),
            Same,
        ),
        row("white space before the call", after(" \r\n\t"), Same),
        row("white space after the call", format!("{CALL} \r\n\t"), Same),
        row(
            "white space before the declaration",
            after(" <?xml version='1.0'?>"),
            Same,
        ),
        row(
            "two declarations",
            after("<?xml version='1.0'?><?xml version='1.0'?>"),
            Same,
        ),
        row(
            "a declaration without a version",
            after("<?xml encoding='utf-8'?>"),
            Same,
        ),
        row(
            "another version of XML",
            after("<?xml version='1.1'?>"),
            Same,
        ),
        row(
            "comments around the call",
            format!("<!-- a -->{CALL}<!-- b -->"),
            Same,
        ),
        row("an instruction before the call", after("<?pi a b?>"), Same),
        row("a document type", after("<!DOCTYPE methodCall>"), Same),
        row(
            "a document type elsewhere",
            after("<!DOCTYPE methodCall SYSTEM 'xml-rpc.dtd'>"),
            Same,
        ),
        row(
            "a document type with declarations",
            after("<!DOCTYPE methodCall [<!ELEMENT methodCall ANY>]>"),
            Same,
        ),
        row(
            "a document type with an entity",
            after("<!DOCTYPE methodCall [<!ENTITY a 'b'>]>"),
            OnlyPythons(ENTITIES),
        ),
        row(
            "an entity that is used",
            after("<!DOCTYPE methodCall [<!ENTITY a 'b'>]>").replace("olá", "&a;"),
            OnlyPythons(ENTITIES),
        ),
        row(
            "an entity from a file",
            after("<!DOCTYPE methodCall [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>")
                .replace("olá", "&a;"),
            OnlyPythons(ENTITIES),
        ),
        row(
            "two document types",
            after("<!DOCTYPE methodCall><!DOCTYPE methodCall>"),
            Same,
        ),
        row(
            "a document type after the call",
            format!("{CALL}<!DOCTYPE methodCall>"),
            Same,
        ),
        row(
            "an entity that nobody declared",
            CALL.replace("olá", "&nbsp;"),
            Same,
        ),
        row(
            "an entity that nobody declared, elsewhere declared",
            after("<!DOCTYPE a SYSTEM 'b'>").replace("olá", "&nbsp;"),
            OnlyPythons("Python drops what it cannot look up; the sender meant something by it"),
        ),
    ]
}
