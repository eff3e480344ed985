//! The tree of a document, and looking at its elements.

use roxmltree::{Document, Node, ParsingOptions};

use super::{ReadError, precheck};

/// Elements and texts in one document. A body of the default size limit made of the smallest useful
/// values stays below it; a body made of empty tags, which would take twenty times its size as a
/// tree, does not.
const MAX_NODES: u32 = 200_000;

/// Parses a document, within the limits of [`precheck`].
pub fn parse(source: &str, max_depth: usize) -> Result<Document<'_>, ReadError> {
    precheck::check(source, max_depth)?;
    let options = ParsingOptions {
        // A document type is harmless, what it can define is not: entities can multiply.
        allow_dtd: !source.contains("<!ENTITY"),
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(source, options)
        .map_err(|error| ReadError::from_parser(&error, source))
}

/// The one child element of `parent`, which must have the name `expected`.
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

/// The child elements; comments and the white space between elements are nothing.
pub fn elements<'a, 'input>(parent: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    parent.children().filter(Node::is_element)
}

/// The name of an element, without its namespace.
pub fn name<'a>(element: Node<'a, '_>) -> &'a str {
    element.tag_name().name()
}

/// The text of an element that may hold nothing else.
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

/// All the text directly in an element: a comment or a CDATA section may split it.
pub fn text(element: Node<'_, '_>) -> String {
    // `Node::text` of an element or a comment is something else, so only text nodes are asked.
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
