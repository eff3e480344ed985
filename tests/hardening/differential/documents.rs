//! Documents that differ in everything around the values: encodings, declarations, structure.

use super::Row;
use super::Verdict::{self, OnlyOurs, OnlyPythons, Otherwise, Same};

const NOBODY: &str = "no client sends it; a call has one meaning or none";
const ENTITIES: &str = "entities can multiply, and no client declares any";
const NAMESPACES: &str = "a prefix must be declared; Python does not look at namespaces";

fn row(name: &'static str, document: impl Into<Vec<u8>>, verdict: Verdict) -> Row {
    Row {
        name,
        document: document.into(),
        verdict,
    }
}

/// A call of `m` with `á` in the only parameter.
const CALL: &str = "<methodCall><methodName>m</methodName><params><param><value><string>olá</string></value></param></params></methodCall>";

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
    [encodings(), prologues(), structure(), malformed()]
        .into_iter()
        .flatten()
        .collect()
}

fn encodings() -> Vec<Row> {
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

fn prologues() -> Vec<Row> {
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

fn structure() -> Vec<Row> {
    let call = |inner: &str| format!("<methodCall>{inner}</methodCall>");
    let param = "<param><value><int>1</int></value></param>";
    let method = "<methodName>m</methodName>";
    vec![
        row("no params", call(method), Same),
        row(
            "empty params",
            call(&format!("{method}<params></params>")),
            Same,
        ),
        row(
            "empty params in one tag",
            call(&format!("{method}<params/>")),
            Same,
        ),
        row(
            "params before the name",
            call(&format!("<params>{param}</params>{method}")),
            Same,
        ),
        row(
            "two params",
            call(&format!("{method}<params>{param}{param}</params>")),
            Same,
        ),
        row(
            "white space everywhere",
            call(&format!(
                "\n {method}\r\n\t<params>\n <param>\n <value>\n <int> 1 </int>\n </value>\n </param> </params>\n"
            )),
            Same,
        ),
        row(
            "a method's name with dots, slashes and colons",
            call("<methodName>a.b/c:d_e1</methodName>"),
            Same,
        ),
        row(
            "white space around the method's name",
            call("<methodName> m\n</methodName>"),
            Otherwise("hand-written calls have line breaks there, and no method's name has any"),
        ),
        row(
            "a method's name in two pieces",
            call("<methodName>a<!-- b -->c</methodName>"),
            Same,
        ),
        row(
            "an empty method's name",
            call("<methodName></methodName>"),
            OnlyPythons("no method is called so; Python's server refuses the call later"),
        ),
        row(
            "no method's name",
            call(&format!("<params>{param}</params>")),
            OnlyPythons("it is an answer by its looks; Python's server refuses the call later"),
        ),
        row("nothing in the call", call(""), Same),
        row("nothing at all", "", Same),
        row("white space only", " \n", Same),
        row("a comment only", "<!-- a -->", Same),
        row("another root", "<html><body>hello</body></html>", Same),
        row(
            "an answer",
            "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>",
            OnlyPythons("Python reads both with one parser; as a call it means nothing"),
        ),
        row(
            "a call in capital letters",
            CALL.replace("methodCall", "METHODCALL"),
            OnlyPythons(NOBODY),
        ),
        row(
            "two method's names",
            call(&format!("{method}{method}")),
            OnlyPythons(NOBODY),
        ),
        row(
            "two params elements",
            call(&format!(
                "{method}<params>{param}</params><params>{param}</params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param without a value",
            call(&format!("{method}<params><param></param></params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param with two values",
            call(&format!(
                "{method}<params><param><value/><value/></param></params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param with a text",
            call(&format!(
                "{method}<params><param>a<value><int>1</int></value>b</param></params>"
            )),
            Same,
        ),
        row(
            "a value outside of a param",
            call(&format!(
                "{method}<params><value><int>1</int></value></params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "an unknown element among the params",
            call(&format!("{method}<params><extra/>{param}</params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "an unknown element in the call",
            call(&format!("{method}<id>1</id><params>{param}</params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "text in the call",
            call(&format!("a{method}b<params>{param}</params>c")),
            Same,
        ),
        row(
            "attributes on everything",
            CALL.replace("<value>", "<value type='a' b=\"c\">")
                .replace("<params>", "<params id='x'>"),
            Same,
        ),
        row(
            "a default namespace",
            CALL.replace("<methodCall>", "<methodCall xmlns='urn:a'>"),
            Same,
        ),
        row(
            "a declared prefix",
            CALL.replace("<methodCall>", "<methodCall xmlns:a='urn:a'>")
                .replace("<string>", "<a:string>")
                .replace("</string>", "</a:string>"),
            Same,
        ),
        row(
            "a prefix that is not declared",
            CALL.replace("<string>", "<a:string>")
                .replace("</string>", "</a:string>"),
            OnlyPythons(NAMESPACES),
        ),
        row(
            "a language on a value",
            CALL.replace("<value>", "<value xml:lang='pt'>"),
            Same,
        ),
    ]
}

fn malformed() -> Vec<Row> {
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

/// Changes to bytes that are no text any more.
trait Bytes {
    /// With this in place of `olá`.
    fn with(self, bytes: &[u8]) -> Vec<u8>;
    /// With this in place of the question mark of a text.
    fn replace_question(self, bytes: &[u8]) -> Vec<u8>;
    /// Cut after these bytes.
    fn cut_after(self, bytes: &[u8]) -> Vec<u8>;
}

impl Bytes for Vec<u8> {
    fn with(self, bytes: &[u8]) -> Vec<u8> {
        replace(&self, "olá".as_bytes(), bytes)
    }

    fn replace_question(self, bytes: &[u8]) -> Vec<u8> {
        replace(&self, b">?<", &[b">", bytes, b"<"].concat())
    }

    fn cut_after(mut self, bytes: &[u8]) -> Vec<u8> {
        let at = position(&self, bytes);
        self.truncate(at + bytes.len());
        self
    }
}

fn replace(document: &[u8], wanted: &[u8], bytes: &[u8]) -> Vec<u8> {
    let at = position(document, wanted);
    [&document[..at], bytes, &document[at + wanted.len()..]].concat()
}

fn position(document: &[u8], wanted: &[u8]) -> usize {
    document
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}
