//! Documents that differ in everything around the values: encodings, declarations, structure.

use super::Verdict::{OnlyOurs, OnlyPythons, Otherwise};
use super::{Row, Verdict};

fn row(name: &'static str, document: impl Into<Vec<u8>>, verdict: Verdict) -> Row {
    Row {
        name,
        document: document.into(),
        verdict,
    }
}

const ENTITIES: &str = "entities can multiply, and no client declares any";
const NAMESPACES: &str = "a prefix must be declared; Python does not look at namespaces";
const NOBODY: &str = "no client sends it; a call has one meaning or none";

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
    let euro = declared("windows-1252").replace('á', "\u{80}");
    let after = |prologue: &str| format!("{prologue}{CALL}");
    let call = |inner: &str| format!("<methodCall>{inner}</methodCall>");
    let param = "<param><value><int>1</int></value></param>";
    let method = "<methodName>m</methodName>";
    let holding = |content: &str| CALL.replace("olá", content);
    rows![
        "UTF-8 without a declaration" => CALL;
        "UTF-8 declared" => declared("utf-8");
        "UTF-8 declared in other letters" => declared("UTF-8");
        "UTF-8 with a byte order mark" => format!("\u{FEFF}{CALL}");
        "UTF-8 declared, with a byte order mark" => format!("\u{FEFF}{}", declared("utf-8"));
        "UTF-16, as ServerProxy(encoding='utf-16') sends it" =>
            [b"\xFF\xFE".to_vec(), utf16(&declared("utf-16"), true)].concat();
        "UTF-16 the other way round" => [b"\xFE\xFF".to_vec(), utf16(&declared("utf-16"), false)].concat();
        "UTF-16 without a mark" => utf16(&declared("utf-16"), true),
            OnlyPythons("it is ambiguous, and Python's client always sends the mark");
        "UTF-16 declared, UTF-8 sent" => declared("utf-16");
        "Latin 1, as ServerProxy(encoding='iso-8859-1') sends it" => one_byte_each(&declared("iso-8859-1"));
        "Latin 1 by another name" => one_byte_each(&declared("latin-1"));
        "Latin 1 with the bytes that another code page uses" =>
            one_byte_each(&declared("iso-8859-1").replace('á', "\u{80}\u{9f}"));
        "Latin 9" => one_byte_each(&declared("iso-8859-15").replace('á', "\u{a4}"));
        "Latin 9 by Python's name" => one_byte_each(&declared("iso8859_15").replace('á', "\u{a4}"));
        "a Windows code page" => one_byte_each(&euro);
        "a Windows code page by another name" => one_byte_each(&euro.replace("windows-1252", "cp1252"));
        "a code page of old consoles" => one_byte_each(&declared("cp850").replace('á', "\u{a0}")),
            OnlyPythons("a client has to ask for it; the refusal names it");
        "seven bits" => declared("utf-7").replace('á', "+AOE-");
        "KOI8-R" => one_byte_each(&declared("koi8-r").replace('á', "\u{c1}"));
        "ASCII" => declared("us-ascii").replace('á', "a");
        "ASCII with a byte that is none" => one_byte_each(&declared("us-ascii"));
        "ASCII with references" => declared("us-ascii").replace('á', "&#225;");
        "an encoding of several bytes" =>
            [declared("shift_jis").replace("olá", "?").as_bytes()].concat().replace_question(b"\x82\xa0"),
            OnlyOurs("a Python client can send it; that Python's server cannot read it helps nobody");
        "an unknown encoding" => declared("klingon");
        "no encoding" => declared("");
        "bytes that are no UTF-8" => one_byte_each(CALL);
        "a character cut in half" => CALL.as_bytes().to_vec().cut_after(b"ol\xC3");
        "a surrogate in UTF-8" => CALL.as_bytes().to_vec().with(b"\xED\xA0\x80");
        "more bytes than needed for a character" => CALL.as_bytes().to_vec().with(b"\xC0\xAF");
        "a declaration with double quotes" => after("<?xml version=\"1.0\"?>");
        "a declaration with standalone" => after("<?xml version='1.0' standalone='yes'?>");
        "white space before the call" => after(" \r\n\t");
        "white space after the call" => format!("{CALL} \r\n\t");
        "white space before the declaration" => after(" <?xml version='1.0'?>");
        "two declarations" => after("<?xml version='1.0'?><?xml version='1.0'?>");
        "a declaration without a version" => after("<?xml encoding='utf-8'?>");
        "another version of XML" => after("<?xml version='1.1'?>");
        "comments around the call" => format!("<!-- a -->{CALL}<!-- b -->");
        "an instruction before the call" => after("<?pi a b?>");
        "a document type" => after("<!DOCTYPE methodCall>");
        "a document type elsewhere" => after("<!DOCTYPE methodCall SYSTEM 'xml-rpc.dtd'>");
        "a document type with declarations" => after("<!DOCTYPE methodCall [<!ELEMENT methodCall ANY>]>");
        "a document type with an entity" => after("<!DOCTYPE methodCall [<!ENTITY a 'b'>]>"), OnlyPythons(ENTITIES);
        "an entity that is used" => after("<!DOCTYPE methodCall [<!ENTITY a 'b'>]>").replace("olá", "&a;"),
            OnlyPythons(ENTITIES);
        "an entity from a file" =>
            after("<!DOCTYPE methodCall [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>").replace("olá", "&a;"),
            OnlyPythons(ENTITIES);
        "two document types" => after("<!DOCTYPE methodCall><!DOCTYPE methodCall>");
        "a document type after the call" => format!("{CALL}<!DOCTYPE methodCall>");
        "an entity that nobody declared" => CALL.replace("olá", "&nbsp;");
        "an entity that nobody declared, elsewhere declared" =>
            after("<!DOCTYPE a SYSTEM 'b'>").replace("olá", "&nbsp;"),
            OnlyPythons("Python drops what it cannot look up; the sender meant something by it");
        "no params" => call(method);
        "empty params" => call(&format!("{method}<params></params>"));
        "empty params in one tag" => call(&format!("{method}<params/>"));
        "params before the name" => call(&format!("<params>{param}</params>{method}"));
        "two params" => call(&format!("{method}<params>{param}{param}</params>"));
        "white space everywhere" =>
            call(&format!("\n {method}\r\n\t<params>\n <param>\n <value>\n <int> 1 </int>\n </value>\n </param> </params>\n"));
        "a method's name with dots, slashes and colons" => call("<methodName>a.b/c:d_e1</methodName>");
        "white space around the method's name" => call("<methodName> m\n</methodName>"),
            Otherwise("hand-written calls have line breaks there, and no method's name has any");
        "a method's name in two pieces" => call("<methodName>a<!-- b -->c</methodName>");
        "an empty method's name" => call("<methodName></methodName>"),
            OnlyPythons("no method is called so; Python's server refuses the call later");
        "no method's name" => call(&format!("<params>{param}</params>")),
            OnlyPythons("it is an answer by its looks; Python's server refuses the call later");
        "nothing in the call" => call("");
        "nothing at all" => "";
        "white space only" => " \n";
        "a comment only" => "<!-- a -->";
        "another root" => "<html><body>hello</body></html>";
        "an answer" => "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>",
            OnlyPythons("Python reads both with one parser; as a call it means nothing");
        "a call in capital letters" => CALL.replace("methodCall", "METHODCALL"), OnlyPythons(NOBODY);
        "two method's names" => call(&format!("{method}{method}")), OnlyPythons(NOBODY);
        "two params elements" => call(&format!("{method}<params>{param}</params><params>{param}</params>")),
            OnlyPythons(NOBODY);
        "a param without a value" => call(&format!("{method}<params><param></param></params>")), OnlyPythons(NOBODY);
        "a param with two values" => call(&format!("{method}<params><param><value/><value/></param></params>")),
            OnlyPythons(NOBODY);
        "a param with a text" =>
            call(&format!("{method}<params><param>a<value><int>1</int></value>b</param></params>"));
        "a value outside of a param" => call(&format!("{method}<params><value><int>1</int></value></params>")),
            OnlyPythons(NOBODY);
        "an unknown element among the params" => call(&format!("{method}<params><extra/>{param}</params>")),
            OnlyPythons(NOBODY);
        "an unknown element in the call" => call(&format!("{method}<id>1</id><params>{param}</params>")),
            OnlyPythons(NOBODY);
        "text in the call" => call(&format!("a{method}b<params>{param}</params>c"));
        "attributes on everything" =>
            CALL.replace("<value>", "<value type='a' b=\"c\">").replace("<params>", "<params id='x'>");
        "a default namespace" => CALL.replace("<methodCall>", "<methodCall xmlns='urn:a'>");
        "a declared prefix" =>
            CALL.replace("<methodCall>", "<methodCall xmlns:a='urn:a'>").replace("<string>", "<a:string>").replace("</string>", "</a:string>");
        "a prefix that is not declared" => CALL.replace("<string>", "<a:string>").replace("</string>", "</a:string>"),
            OnlyPythons(NAMESPACES);
        "a language on a value" => CALL.replace("<value>", "<value xml:lang='pt'>");
        "the end is missing" => CALL.trim_end_matches("</methodCall>");
        "cut in the middle of a tag" => &CALL[..60];
        "cut in the middle of a text" => CALL.split("lá").next().unwrap();
        "tags that cross" => holding("a").replace("</string></value>", "</value></string>");
        "an end tag too many" => format!("{CALL}</a>");
        "two roots" => format!("{CALL}{CALL}");
        "text after the root" => format!("{CALL}a");
        "text before the root" => format!("a{CALL}");
        "a section after the root" => format!("{CALL}<![CDATA[a]]>");
        "a reference after the root" => format!("{CALL}&#65;");
        "a zero after the root" => format!("{CALL}\0");
        "a lone ampersand" => holding("a & b");
        "a reference without its end" => holding("&amp");
        "an empty reference" => holding("&;");
        "a reference to no number" => holding("&#x;");
        "a reference beyond Unicode" => holding("&#x110000;");
        "a reference to a surrogate" => holding("&#xD800;");
        "a reference to a zero" => holding("&#0;");
        "a reference to a control character" => holding("&#1;");
        "a reference to U+FFFE" => holding("&#xFFFE;");
        "a reference with a huge number" => holding("&#x100000000000041;");
        "a control character" => holding("\u{1}");
        "an escape character" => holding("\u{1b}[2J");
        "a zero" => holding("\0");
        "U+FFFE" => holding("\u{FFFE}");
        "U+FFFF" => holding("\u{FFFF}");
        "a form feed between elements" => CALL.replace("<params>", "\u{c}<params>");
        "the end of a section without a section" => holding("]]>");
        "a section without its end" => holding("<![CDATA[a");
        "two hyphens in a comment" => holding("<!-- a -- b -->");
        "a comment that ends with a hyphen" => holding("<!-- a --->");
        "an instruction called xml" => holding("<?xml a?>");
        "an instruction called XML" => holding("<?XML a?>"), OnlyOurs("instructions mean nothing, whatever their names");
        "an instruction without a name" => holding("<? a?>");
        "a name that begins with a digit" => holding("<1a/>");
        "a bracket that is no tag" => holding("a < b");
        "an attribute without quotes" => CALL.replace("<value>", "<value a=b>");
        "an attribute without a value" => CALL.replace("<value>", "<value a>");
        "an attribute twice" => CALL.replace("<value>", "<value a='' a=''>");
        "attributes without space between" => CALL.replace("<value>", "<value a=''b=''>");
        "a bracket in an attribute" => CALL.replace("<value>", "<value a='<'>");
        "an ampersand in an attribute" => CALL.replace("<value>", "<value a='&'>");
        "a control character in an attribute" => CALL.replace("<value>", "<value a='\u{1}'>");
        "a control character in a comment" => holding("<!--\u{1}-->");
        "a space before a tag's name" => CALL.replace("<value>", "< value>");
        "a space after a tag's name" => CALL.replace("<value>", "<value >").replace("</value>", "</value >");
        "a space in an end tag" => CALL.replace("</value>", "</ value>");
        "HTML" => "<!doctype html><html></html>";
        "JSON" => "{\"method\": \"m\"}";
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
