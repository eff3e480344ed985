//! How much memory values take: a multiple of the text from which they are read.

use dxr::Value;
use roxmltree::{Document, Node};

use super::tree::{elements, name};

/// What the allocator adds to a piece, rounding included.
const ALLOCATION: usize = 32;

/// A value in a vector, which doubles as it grows.
const VALUE: usize = 2 * size_of::<Value>();

/// A node of a map from names to values, which has room for eleven.
const MAP_NODE: usize = 11 * (size_of::<String>() + size_of::<Value>()) + ALLOCATION;

/// A struct fills its nodes by half at least.
const MEMBERS_OF_NODE: usize = 6;

/// The bytes of values that hold no others.
pub(super) fn of_plain_values(values: &[Value]) -> usize {
    let of_text = |value: &Value| match value {
        Value::String(text) => text.capacity() + ALLOCATION,
        _ => 0,
    };
    let texts: usize = values.iter().map(of_text).sum();
    size_of_val(values) * 2 + texts
}

/// About the bytes of the values in a document, before they are made.
pub(super) fn of_values_in(document: &Document<'_>) -> usize {
    document.descendants().map(of_node).sum()
}

fn of_node(node: Node<'_, '_>) -> usize {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        return text.len() + ALLOCATION;
    }
    match node.is_element().then(|| name(node)) {
        Some("value") => VALUE,
        Some("struct") => MAP_NODE * elements(node).count().div_ceil(MEMBERS_OF_NODE),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tree::parse;
    use super::super::values::DEPTH;
    use super::*;

    fn of(parameters: &str) -> usize {
        let call = format!(
            "<methodCall><methodName>m</methodName><params>{parameters}</params></methodCall>"
        );
        of_values_in(&parse(&call, DEPTH).unwrap())
    }

    #[test]
    fn small_structs_take_a_multiple_of_their_text() {
        let unit = "<value><struct><member><name/><value/></member></struct></value>";
        let array = |count: usize| {
            let content = unit.repeat(count);
            of(&format!(
                "<param><value><array><data>{content}</data></array></value></param>"
            ))
        };
        let each = (array(1_000) - array(0)) / 1_000;
        assert!((10 * unit.len()..14 * unit.len()).contains(&each), "{each}");
    }

    #[test]
    fn both_readers_charge_about_the_same_for_texts() {
        for text in [String::new(), "x".into(), "x".repeat(1_000)] {
            let parameters = format!("<param><value><string>{text}</string></value></param>");
            let call = format!(
                "<methodCall><methodName>m</methodName><params>{}</params></methodCall>",
                parameters.repeat(10)
            );
            let values = read::call(call.as_bytes()).unwrap().parameters;
            let (plain, tree) = (of_plain_values(&values), of(&parameters.repeat(10)));
            assert!(
                plain.abs_diff(tree) <= 10 * ALLOCATION,
                "{plain} and {tree}"
            );
        }
    }
}
