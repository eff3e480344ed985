//! The XML tree of a document, and helpers for its elements.

use roxmltree::{Document, Node, ParsingOptions};

use super::{ReadError, precheck};

/// Nodes of one document. A body of the default size limit that is made of the smallest useful values stays
/// below; a body of empty tags, which would take twenty times its size as a tree, does not.
const MAX_NODES: u32 = 200_000;

/// Nodes of an answer. Our servers must be readable for our callers, and the largest answer that a caller
/// accepts, 64 MiB, has fewer when it is an array of strings of one character.
const MAX_NODES_OF_ANSWER: u32 = 7_000_000;

/// Parses a call after the `precheck`.
pub fn parse(source: &str, max_depth: usize) -> Result<Document<'_>, ReadError> {
    parse_nodes(source, max_depth, MAX_NODES)
}

/// Parses an answer, which may be much larger than a call.
pub(super) fn parse_answer(source: &str, max_depth: usize) -> Result<Document<'_>, ReadError> {
    parse_nodes(source, max_depth, MAX_NODES_OF_ANSWER)
}

fn parse_nodes(source: &str, max_depth: usize, nodes: u32) -> Result<Document<'_>, ReadError> {
    precheck::check(source, max_depth)?;
    let options = ParsingOptions {
        // A document type is harmless, but the entities that it can define multiply.
        allow_dtd: !source.contains("<!ENTITY"),
        nodes_limit: nodes,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(source, options)
        .map_err(|error| ReadError::from_parser(&error, source))
}

/// The only child element, which must have this name.
pub(super) fn only_child<'a, 'input>(
    parent: Node<'a, 'input>,
    expected: &str,
) -> Result<Node<'a, 'input>, ReadError> {
    let mut children = elements(parent);
    match (children.next(), children.next()) {
        (Some(child), None) => expect_name(child, expected).map(|()| child),
        _ => Err(ReadError::not_xml_rpc(format!(
            "<{}> holds exactly one <{expected}>",
            excerpt(name(parent))
        ))),
    }
}

pub(super) fn expect_name(element: Node<'_, '_>, expected: &str) -> Result<(), ReadError> {
    if name(element) == expected {
        Ok(())
    } else {
        Err(ReadError::not_xml_rpc(format!(
            "expected <{expected}>, found <{}>",
            excerpt(name(element))
        )))
    }
}

/// The child elements, without comments and white space.
pub fn elements<'a, 'input>(parent: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    parent.children().filter(Node::is_element)
}

/// The element's name without its namespace.
pub fn name<'a>(element: Node<'a, '_>) -> &'a str {
    element.tag_name().name()
}

/// The text of an element that must not contain others.
pub(super) fn only_text(element: Node<'_, '_>) -> Result<String, ReadError> {
    match elements(element).next() {
        None => Ok(text(element)),
        Some(other) => Err(ReadError::not_xml_rpc(format!(
            "<{}> holds text, and <{}> is in it",
            excerpt(name(element)),
            excerpt(name(other))
        ))),
    }
}

/// The text directly in an element; comments and CDATA sections may split it.
pub fn text(element: Node<'_, '_>) -> String {
    // `Node::text` means something else for elements and comments, so only text nodes are read.
    let mut pieces = element
        .children()
        .filter(Node::is_text)
        .filter_map(|child| child.text());
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece)
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}
