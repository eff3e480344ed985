//! The fast path for calls in the form that Python's client, ours and most others write: a few strings and
//! numbers.
//!
//! Building a tree was half of the cost of an empty poll beyond bare HTTP: fifteen allocations and five
//! passes for two hundred bytes. This reads the subset of XML that these clients use, in one pass.
//! Everything else (comments, entities, attributes, other encodings, structs, every mistake) is left to the
//! strict reader, which starts from the beginning. So this may decline any document, but must not read one
//! differently from the strict reader; a property test compares the two.

use dxr::Value;

use super::Call;

/// The XML declarations that clients write, if any.
const DECLARATIONS: [&str; 6] = [
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\"?>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<?xml version='1.0' encoding='utf-8'?>",
];

/// The call in `bytes`, if it has this form.
pub(super) fn call(bytes: &[u8]) -> Option<Call> {
    let mut rest = Input(std::str::from_utf8(bytes).ok()?);
    if rest.0.starts_with("<?") {
        DECLARATIONS
            .iter()
            .find_map(|declaration| rest.take(declaration))?;
    }
    rest.take_after_space("<methodCall>")?;
    rest.take_after_space("<methodName>")?;
    let method = rest.plain().trim().to_owned();
    rest.take("</methodName>")?;
    if method.is_empty() {
        return None;
    }
    let mut parameters = Vec::new();
    if rest.take_after_space("<params>").is_some() {
        while rest.take_after_space("<param>").is_some() {
            rest.take_after_space("<value>")?;
            parameters.push(rest.value()?);
            rest.take("</value>")?;
            rest.take_after_space("</param>")?;
        }
        rest.take_after_space("</params>")?;
    }
    rest.take_after_space("</methodCall>")?;
    rest.skip_space();
    rest.0.is_empty().then_some(Call { method, parameters })
}

/// The unread rest of a document.
struct Input<'a>(&'a str);

impl<'a> Input<'a> {
    fn take(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn take_after_space(&mut self, expected: &str) -> Option<()> {
        self.skip_space();
        self.take(expected)
    }

    fn skip_space(&mut self) {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let length = self
            .0
            .as_bytes()
            .iter()
            .take_while(|byte| space(byte))
            .count();
        self.0 = self.0.get(length..).unwrap_or_default();
    }

    /// The text up to the first byte with a special meaning.
    fn plain(&mut self) -> &'a str {
        let bytes = self.0.as_bytes();
        let length = bytes.iter().position(|byte| !is_plain(*byte));
        // Each of these bytes starts a character, so the text can be split there.
        let (plain, rest) = self.0.split_at(length.unwrap_or(bytes.len()));
        self.0 = rest;
        plain
    }

    /// The text up to the next tag, with the five predefined entities.
    fn text(&mut self) -> Option<String> {
        let first = self.plain();
        if self.0.starts_with('<') {
            return Some(first.to_owned());
        }
        // References are longer than the text, never shorter.
        let mut text = String::with_capacity(self.0.find('<')? + first.len());
        text.push_str(first);
        while !self.0.starts_with('<') {
            let references = [
                ("&amp;", '&'),
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&quot;", '"'),
                ("&apos;", '\''),
            ];
            let character = references
                .into_iter()
                .find_map(|(reference, character)| self.take(reference).map(|()| character))?;
            text.push(character);
            text.push_str(self.plain());
        }
        Some(text)
    }

    /// The content of a `<value>`.
    fn value(&mut self) -> Option<Value> {
        if self.take("<string>").is_some() {
            let text = self.text()?;
            self.take("</string>")?;
            return Some(Value::String(text));
        }
        // Python writes the first, dxr the second.
        for (open, close) in [("<int>", "</int>"), ("<i4>", "</i4>")] {
            if self.take(open).is_some() {
                let number = self.plain().parse().ok()?;
                self.take(close)?;
                return Some(Value::Integer(number));
            }
        }
        if self.take("<boolean>").is_some() {
            let truth = match self.plain() {
                "1" => true,
                "0" => false,
                _ => return None,
            };
            self.take("</boolean>")?;
            return Some(Value::Boolean(truth));
        }
        if self.take("<nil/>").is_some() {
            return Some(Value::Nil);
        }
        // A value without a type is a string.
        self.text().map(Value::String)
    }
}

/// Whether a byte of UTF-8 has no special meaning anywhere.
///
/// Excluded are tags and references; `>`, which may end a `]]>`; characters that XML cannot carry, of which
/// U+FFFE and U+FFFF begin with 0xEF; and carriage returns, which readers turn into line feeds.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b' '..) && !matches!(byte, b'&' | b'<' | b'>' | 0xEF)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::values::DEPTH;
    use super::super::{read, write};
    use super::*;

    #[test]
    fn what_clients_write_is_ordinary() {
        let python = "<?xml version='1.0'?>\n<methodCall>\n<methodName>send_message</methodName>\n\
            <params>\n<param>\n<value><string>ana</string></value>\n</param>\n\
            <param>\n<value><string>&lt;ol\u{e1}&gt; &amp; 1\n2</string></value>\n</param>\n\
            <param>\n<value><int>-7</int></value>\n</param>\n\
            <param>\n<value><boolean>1</boolean></value>\n</param>\n\
            <param>\n<value><nil/></value></param>\n</params>\n</methodCall>\n";
        let read = call(python.as_bytes()).unwrap();
        assert_eq!(read.method, "send_message");
        let text = |text: &str| Value::String(text.to_owned());
        let values = [
            text("ana"),
            text("<ol\u{e1}> & 1\n2"),
            Value::Integer(-7),
            Value::Boolean(true),
            Value::Nil,
        ];
        assert_eq!(read.parameters, values);

        let values = vec![text("'ana' & \"bia\""), Value::Integer(5), Value::Nil];
        let ours = write::call("wait_messages", values).unwrap();
        assert!(call(ours.as_bytes()).is_some(), "{ours}");
        assert!(call(write::call("list_rooms", vec![]).unwrap().as_bytes()).is_some());
        let without = "<?xml version='1.0'?>\n<methodCall>\n<methodName>list_rooms</methodName>\n\
            <params>\n</params>\n</methodCall>\n";
        assert_eq!(call(without.as_bytes()).unwrap().parameters, []);
    }

    /// Pieces of calls, right and wrong. Most documents made of them are invalid; the others have ambiguous
    /// pieces in every place.
    const PIECES: &str = "\
        <value>¦</value>¦<string>¦</string>¦<int>¦</int>¦<boolean>¦</boolean>¦<nil/>¦\
        <param>¦</param>¦1¦0¦-12¦+3¦99999999999¦ 7 ¦ana¦ ¦\n¦\r\n¦\t¦&amp;¦&lt;¦&gt;¦\
        &quot;¦&apos;¦&#13;¦&#1;¦&oops;¦&¦;¦]]>¦>¦'¦\"¦\u{1}¦\u{7f}¦\u{85}¦\u{fffe}¦\
        \u{fffd}¦\u{2028}¦olá¦李¦😀¦<!-- x -->¦<![CDATA[x]]>¦<?pi ?>¦<string/>¦<value/>¦\
        <i8>5</i8>¦<value a='b'>¦<struct></struct>¦</methodCall>¦<params>¦</params>¦";

    fn document() -> impl Strategy<Value = String> {
        let rare = || select(PIECES.split('¦').collect::<Vec<_>>()).prop_map(str::to_owned);
        let piece = || prop_oneof![6 => select(&["ana", " ", "7", "&lt;", "1"][..]).prop_map(str::to_owned), 1 => rare()];
        let typed = select(&["string", "int", "boolean", "i4"][..]);
        let value = prop_oneof![
            (typed, vec(piece(), 0..3)).prop_map(|(name, inside)| {
                format!("<value><{name}>{}</{name}></value>", inside.concat())
            }),
            vec(piece(), 0..4).prop_map(|inside| format!("<value>{}</value>", inside.concat())),
        ];
        let plain = || prop_oneof![20 => Just(String::new()), 1 => rare()];
        let parameter = (plain(), value, plain())
            .prop_map(|(before, value, after)| format!("<param>{before}{value}{after}</param>"));
        let declaration = prop_oneof![
            select(&DECLARATIONS[..]).prop_map(str::to_owned),
            plain(),
            Just("<?xml version='1.0' encoding='iso-8859-1'?>".to_owned()),
        ];
        let edges = (declaration, plain(), plain(), plain());
        (edges, vec(piece(), 0..3), vec(parameter, 0..3)).prop_map(
            |((declaration, before, between, after), method, parameters)| {
                format!(
                    "{declaration}{before}<methodCall><methodName>{}</methodName>{between}\
                     <params>{}</params></methodCall>{after}",
                    method.concat(),
                    parameters.concat()
                )
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_ordinary_the_strict_reader_reads_alike(document in document()) {
            if let Some(call) = call(document.as_bytes()) {
                prop_assert_eq!(read::parse_via_tree(DEPTH, document.as_bytes(), |_| true), Ok(call));
            }
        }
    }

    #[test]
    fn many_of_the_generated_documents_are_ordinary() {
        use proptest::strategy::ValueTree as _;
        use proptest::test_runner::TestRunner;
        let mut runner = TestRunner::deterministic();
        let ordinary = (0..1_000)
            .filter(|_| {
                let document = document().new_tree(&mut runner).unwrap().current();
                call(document.as_bytes()).is_some()
            })
            .count();
        assert!(ordinary > 100, "the comparison compares only {ordinary}");
    }
}
