//! One pass over a document before it is parsed: bounds on nesting, attributes and namespaces, and on
//! character references.
//!
//! The parser compares each attribute of an element with all others, and copies every namespace to each
//! element that declares one. A mebibyte of attributes keeps it busy for twenty-five seconds, a fifth of
//! that in nested namespaces for longer. Depth costs it only memory, but a body of nothing else can be
//! refused after a few hundred bytes. And it replaces a reference to an invalid character by U+FFFD, where
//! Python's parser refuses the document: a Python client writes such references for characters that it
//! cannot encode.

use std::ops::Range;

use super::error::position_after;
use super::{ReadError, write};

/// Nesting of elements: the envelope has three, and each value that holds another one three more. A
/// document that is nested deeper has values that are nested too deep, or is not a call.
const fn most_elements(max_depth: usize) -> usize {
    max_depth.saturating_mul(3).saturating_add(3)
}

/// Attributes of one element. XML-RPC has none; clients that declare schema types have a few.
const MAX_ATTRIBUTES: usize = 32;

/// Attributes of all elements that declare a namespace.
const MAX_NAMESPACES: usize = 64;

/// Bytes of a character reference, leading zeros included.
const LONGEST_REFERENCE: usize = 64;

/// Checks a document against these bounds.
///
/// It finds the ends of tags, comments and sections where the parser finds them. Anything that is not
/// well-formed is left to the parser, which stops there.
pub(super) fn check(source: &str, max_depth: usize) -> Result<(), ReadError> {
    let (mut depth, mut namespaces) = (0_usize, 0);
    let mut position = 0;
    while let Some(text) = source.get(position..)
        && let Some(start) = text.find('<')
    {
        check_references(source, position..position + start)?;
        position += start;
        let markup = source.get(position..).unwrap_or_default();
        let length = if markup.starts_with("<!--") {
            end_of(markup, 4, "-->")
        } else if markup.starts_with("<![CDATA[") {
            end_of(markup, 9, "]]>")
        } else if markup.starts_with("<?") {
            end_of(markup, 2, "?>")
        } else if markup.starts_with("<!DOCTYPE") {
            // Declarations may follow the bracket; they are handled like any other markup.
            unquoted(markup, |byte| byte == b'[' || byte == b'>')
        } else if markup.starts_with("<!") {
            end_of(markup, 2, ">")
        } else if markup.starts_with("</") {
            depth = depth.saturating_sub(1);
            end_of(markup, 2, ">")
        } else {
            let mut attributes = 0;
            let length = unquoted(markup, |byte| {
                attributes += usize::from(byte == b'=');
                byte == b'>' || attributes > MAX_ATTRIBUTES
            });
            if attributes > MAX_ATTRIBUTES {
                return Err(too_many("attributes of an element", MAX_ATTRIBUTES));
            }
            let tag = length.and_then(|length| markup.get(..length));
            let tag = tag.unwrap_or_default();
            check_references(source, position..position + tag.len())?;
            if tag.contains("xmlns") {
                namespaces += attributes;
            }
            if namespaces > MAX_NAMESPACES {
                return Err(too_many("namespaces", MAX_NAMESPACES));
            }
            if !tag.ends_with("/>") {
                depth += 1;
            }
            if depth > most_elements(max_depth) {
                return Err(ReadError::TooDeep { limit: max_depth });
            }
            length
        };
        let Some(length) = length else {
            break;
        };
        position += length;
    }
    Ok(())
}

/// Checks the character references in a part of the document.
fn check_references(source: &str, part: Range<usize>) -> Result<(), ReadError> {
    let text = source.get(part.clone()).unwrap_or_default();
    for (at, _) in text.match_indices("&#") {
        let reference = text.get(at + 2..).unwrap_or_default();
        let end = reference
            .bytes()
            .take(LONGEST_REFERENCE)
            .position(|byte| byte == b';');
        let digits = end.and_then(|end| reference.get(..end)).unwrap_or_default();
        let code = match digits.strip_prefix('x') {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => digits.parse(),
        };
        // References that are not numbers are left to the parser.
        if let Ok(code) = code
            && !char::from_u32(code).is_some_and(write::is_allowed)
        {
            let before = source.get(..part.start + at).unwrap_or_default();
            return Err(ReadError::forbidden(code, position_after(before), source));
        }
    }
    Ok(())
}

/// The index after `end` in `markup`, searched after the first `skipped` bytes.
fn end_of(markup: &str, skipped: usize, end: &str) -> Option<usize> {
    let found = markup.get(skipped..)?.find(end)?;
    Some(skipped + found + end.len())
}

/// The index after the first byte that satisfies `is_end`, outside of quotes.
fn unquoted(markup: &str, mut is_end: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut quote = None;
    let end = markup.bytes().position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None if byte == b'"' || byte == b'\'' => {
            quote = Some(byte);
            false
        }
        None => is_end(byte),
    })?;
    Some(end + 1)
}

fn too_many(what: &str, limit: usize) -> ReadError {
    ReadError::not_xml_rpc(format!("more than {limit} {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::values::DEPTH;
    use super::*;

    fn refused(document: &str) -> bool {
        check(document, DEPTH).is_err()
    }

    #[test]
    fn the_deepest_call_there_can_be_is_not_too_deep() {
        let value = |depth: usize| {
            let (open, close) = (
                "<value><struct><member><name>n</name>",
                "</member></struct></value>",
            );
            format!(
                "<methodCall><methodName>m</methodName><params><param>{}<value><nil/></value>{}</param></params></methodCall>",
                open.repeat(depth - 1),
                close.repeat(depth - 1)
            )
        };
        assert!(!refused(&value(DEPTH)));
        assert!(super::super::read::call(value(DEPTH).as_bytes()).is_ok());
        assert!(refused(&value(DEPTH + 2)));
    }

    #[test]
    fn many_of_each_are_refused_and_a_few_are_not() {
        let attributes = |count: usize| {
            let list: String = (0..count).map(|number| format!(" a{number}='>'")).collect();
            format!("<a{list}/>")
        };
        assert!(!refused(&attributes(MAX_ATTRIBUTES)));
        assert!(refused(&attributes(MAX_ATTRIBUTES + 1)));
        // Even when the tag never ends.
        assert!(refused(
            attributes(MAX_ATTRIBUTES + 1).trim_end_matches('>')
        ));
        let namespaces = |count: usize| "<a xmlns:b = 'c'>d</a>".repeat(count);
        assert!(!refused(&namespaces(MAX_NAMESPACES)));
        assert!(refused(&namespaces(MAX_NAMESPACES + 1)));
        assert!(!refused(&"<a/>".repeat(1_000)));
        assert!(!refused(&"<a></a >".repeat(1_000)));
    }

    #[test]
    fn what_only_looks_like_markup_is_not_counted() {
        let deep = "<a>".repeat(1_000);
        for (open, close) in [
            ("<a><!--", "--></a>"),
            ("<a><![CDATA[", "]]></a>"),
            ("<?pi ", "?><a/>"),
        ] {
            assert!(!refused(&format!("{open}{deep}{close}")), "{open}");
        }
        assert!(!refused(&format!(
            "<a>{}</a>",
            "= xmlns:b='c' ".repeat(1_000)
        )));
    }

    #[test]
    fn characters_that_there_are_not_are_found_where_they_are_meant() {
        for (reference, position) in [
            (
                "<a>\nolá&#xD800;</a>",
                "U+D800 cannot be in XML (line 2, column 4, near 'olá&#xD800;</a>')",
            ),
            (
                "<a b='&#1;'/>",
                "U+0001 cannot be in XML (line 1, column 7, near '<a b='&#1;'/>')",
            ),
            ("<a>&#1114112;</a>", "U+110000"),
        ] {
            let error = check(reference, DEPTH).unwrap_err().to_string();
            assert!(error.contains(position), "{error}");
        }
        for harmless in [
            "<a>&#65;&#x10FFFF;&#;&#x;&#99999999999;</a>",
            "<a><!--&#1;--><![CDATA[&#1;]]><?pi &#1;?></a>",
        ] {
            assert!(!refused(harmless), "{harmless}");
        }
    }

    #[test]
    fn nothing_hides_what_comes_after_it() {
        let deep = "<a>".repeat(1_000);
        for before in [
            "<!DOCTYPE a SYSTEM '<!--' [<!ELEMENT a (b)> <!ATTLIST a b CDATA '<![CDATA['>]>",
            "<!DOCTYPE a [<!-- > --> <?pi > ?>]>",
            "<!DOCTYPE a>",
            "<?xml version='1.0'?><!-- -> -->",
            "<a b='<!--' c=\"'\" d='/>'/>",
            "<a b='<![CDATA['></a>",
            "<a><![CDATA[<!--]]>]]></a>",
        ] {
            assert!(refused(&format!("{before}{deep}")), "{before}");
        }
    }
}
