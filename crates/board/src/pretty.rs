//! Readable XML: indented, long texts truncated, secrets masked.
//!
//! Elements are shown as they were sent, so that a reader sees that Python writes `<int>` and dxr `<i4>`.

use std::collections::HashSet;
use std::fmt::Write as _;

use protocol::procedure::Procedure;
use roxmltree::{Document, Node, NodeId};
use rpc::xml::tree::{elements, name, text};
use rpc::xml::values::DEEPEST;
use rpc::xml::{decode, tree};

use crate::masking;
use crate::secrets::{MASK, PrivateTexts};

/// Characters of one text, a few lines on a projector.
const MAX_TEXT: usize = 400;

/// The document, indented by two spaces per level, elements with text alone on one line.
///
/// Of a document that cannot be parsed only the size is shown, because secrets in it cannot be found.
pub(crate) fn document(
    bytes: &[u8],
    private: PrivateTexts,
    procedure: Option<&'static Procedure>,
) -> String {
    shown(bytes, |document| {
        masking::masked_nodes(document, private, procedure)
    })
}

/// The document with nothing masked: for programs with invented secrets.
pub fn unmasked(bytes: &[u8]) -> String {
    shown(bytes, |_| HashSet::new())
}

fn shown(bytes: &[u8], masked: impl FnOnce(&Document<'_>) -> HashSet<NodeId>) -> String {
    let size = format!("({} bytes that are not well-formed XML)", bytes.len());
    let Ok(source) = decode::text(bytes) else {
        return size;
    };
    let Ok(document) = tree::parse(&source, DEEPEST) else {
        return size;
    };
    let mut shown = String::new();
    let masked = masked(&document);
    element(document.root_element(), 0, &masked, &mut shown);
    shown
}

fn element(node: Node<'_, '_>, level: usize, masked: &HashSet<NodeId>, shown: &mut String) {
    let indent = "  ".repeat(level);
    let tag = name(node);
    // Writing into a string cannot fail.
    let _ = if masked.contains(&node.id()) {
        writeln!(shown, "{indent}<{tag}>{MASK}</{tag}>")
    } else if let Some(line) = one_line(node, masked) {
        writeln!(shown, "{indent}{line}")
    } else {
        let _ = writeln!(shown, "{indent}<{tag}>");
        for child in elements(node) {
            element(child, level + 1, masked, shown);
        }
        writeln!(shown, "{indent}</{tag}>")
    };
}

/// The element on one line, if it is a text or a chain of single elements around one.
fn one_line(node: Node<'_, '_>, masked: &HashSet<NodeId>) -> Option<String> {
    if masked.contains(&node.id()) {
        return None;
    }
    let tag = name(node);
    let mut children = elements(node);
    match (children.next(), children.next()) {
        (None, _) => {
            let text = text(node);
            // White space is significant in strings only.
            let content = if matches!(tag, "string" | "value" | "name") {
                escaped(&text)
            } else {
                escaped(text.trim())
            };
            Some(if content.is_empty() && tag == "nil" {
                format!("<{tag}/>")
            } else {
                format!("<{tag}>{content}</{tag}>")
            })
        }
        (Some(only), None) if matches!(tag, "value" | "param") => {
            one_line(only, masked).map(|inner| format!("<{tag}>{inner}</{tag}>"))
        }
        _ => None,
    }
}

/// Escapes markup and control characters, so that a text neither looks like structure nor moves the cursor
/// of a terminal.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == MAX_TEXT {
            let _ = write!(shown, "… ({} characters)", text.chars().count());
            break;
        }
        match character {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            character if protocol::characters::is_deceptive(character) => {
                let _ = write!(shown, "&#x{:X};", u32::from(character));
            }
            character => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_indented() {
        let call = b"<?xml version='1.0'?><methodCall><methodName>join_room</methodName>\
            <params><param><value><string>ana</string></value></param>\
            <param><value><array><data><value><int>1</int></value></data></array></value></param>\
            </params></methodCall>";
        assert_eq!(
            document(call, PrivateTexts::Shown, None),
            "<methodCall>\n  <methodName>join_room</methodName>\n  <params>\n    \
             <param><value><string>ana</string></value></param>\n    <param>\n      <value>\n        \
             <array>\n          <data>\n            <value><int>1</int></value>\n          </data>\n        \
             </array>\n      </value>\n    </param>\n  </params>\n</methodCall>\n"
        );
    }

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        let plain = "<methodCall><methodName>login_user</methodName><params>\
            <param><value>ana</value></param><param><value><string>hunter2</string></value></param>\
            </params></methodCall>";
        let batch = "<methodCall><methodName>system.multicall</methodName><params><param><value>\
            <array><data><value><struct><member><name>methodName</name><value>register_user</value>\
            </member><member><name>params</name><value><array><data><value>ana</value>\
            <value>hunter2</value></data></array></value></member></struct></value></data></array>\
            </value></param></params></methodCall>";
        for call in [plain, batch] {
            let shown = document(call.as_bytes(), PrivateTexts::Shown, None);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("ana") && shown.contains(MASK), "{shown}");
        }
        let broken = plain.replace("</methodCall>", "");
        assert!(!document(broken.as_bytes(), PrivateTexts::Shown, None).contains("hunter2"));
    }

    #[test]
    fn private_messages_are_masked_in_calls_and_answers_where_that_is_asked_for() {
        let send = |recipient: &str| {
            format!(
                "<methodCall><methodName>send_message</methodName><params>\
                 <param><value>ana</value></param><param><value>geral</value></param>\
                 <param><value>segredo</value></param>{recipient}</params></methodCall>"
            )
        };
        let answer = |delivery: &str| {
            format!(
                "<methodResponse><params><param><value><array><data><value><struct>\
                 <member><name>content</name><value><string>segredo</string></value></member>\
                 <member><name>type</name><value><string>{delivery}</string></value></member>\
                 </struct></value></data></array></value></param></params></methodResponse>"
            )
        };
        let named = "<param><value><string>bia</string></value></param>";
        for private in [send(named), answer("unicast")] {
            let masked = document(private.as_bytes(), PrivateTexts::Masked, None);
            assert!(
                !masked.contains("segredo") && masked.contains(MASK),
                "{masked}"
            );
            assert!(document(private.as_bytes(), PrivateTexts::Shown, None).contains("segredo"));
        }
        for public in [
            send(""),
            send("<param><value><nil/></value></param>"),
            send("<param><value><string></string></value></param>"),
            answer("broadcast"),
        ] {
            let shown = document(public.as_bytes(), PrivateTexts::Masked, None);
            assert!(shown.contains("segredo"), "{shown}");
        }
    }

    #[test]
    fn what_would_move_the_cursor_is_escaped() {
        let shown = document(
            "<string>\u{9b}2J\u{202e}x&#13;</string>".as_bytes(),
            PrivateTexts::Shown,
            None,
        );
        assert_eq!(shown, "<string>&#x9B;2J&#x202E;x&#xD;</string>\n");
    }
}
