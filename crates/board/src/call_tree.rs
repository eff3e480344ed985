//! The parts of calls and values in a document. The caller may have made any mistake.

use roxmltree::Node;
use rpc::xml::tree::{elements, name, text};

use crate::secrets::Form;

/// A call in a `system.multicall`.
pub(crate) struct CallInBatch<'a, 'input> {
    pub(crate) method: String,
    /// The value with the name.
    pub(crate) name: Node<'a, 'input>,
    /// The value with the parameters.
    pub(crate) params: Node<'a, 'input>,
    pub(crate) parameters: Vec<Node<'a, 'input>>,
}

impl<'a, 'input> CallInBatch<'a, 'input> {
    /// The call that `structure` is, if it has exactly the two members of one.
    pub(crate) fn read(structure: Node<'a, 'input>) -> Option<Self> {
        let only = |wanted| {
            let mut values = member_values(structure, wanted);
            values.next().filter(|_| values.next().is_none())
        };
        let (name, params) = (only("methodName")?, only("params")?);
        if elements(structure).count() != 2 {
            return None;
        }
        Some(Self {
            method: name
                .descendants()
                .filter(Node::is_element)
                .map(text)
                .collect(),
            name,
            params,
            parameters: elements(array_data(params)?).collect(),
        })
    }
}

/// Whether a struct is an entry of a list, directly.
pub(crate) fn is_in_list(structure: Node<'_, '_>) -> bool {
    let mut above = structure.ancestors().filter(Node::is_element).skip(2);
    above.next().is_some_and(|node| name(node) == "data")
}

/// Whether a member of a struct, or a part of the member, has this text.
pub(crate) fn member_is(structure: Node<'_, '_>, member: &str, wanted: &str) -> bool {
    member_values(structure, member).any(|value| {
        let mut parts = value.descendants();
        parts.any(|part| text(part).trim() == wanted)
    })
}

/// The values of a struct's member; several if the struct is malformed.
pub(crate) fn member_values<'a, 'input>(
    structure: Node<'a, 'input>,
    wanted: &str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    elements(structure)
        .filter(move |member| {
            elements(*member).any(|child| name(child) == "name" && text(child) == wanted)
        })
        .flat_map(|member| elements(member).filter(|child| name(*child) == "value"))
}

/// The `<data>` of a value or parameter that is a list.
pub(crate) fn array_data<'a, 'input>(value: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    let mut inner = value;
    loop {
        inner = elements(inner).next()?;
        match name(inner) {
            "value" => {}
            "array" => return elements(inner).next(),
            _ => return None,
        }
    }
}

/// The form of a parameter, a `<param>` or the `<value>` of a list.
pub(crate) fn form(parameter: Node<'_, '_>) -> Form {
    let is_compound = |part: Node<'_, '_>| matches!(name(part), "array" | "struct");
    if parameter.descendants().any(is_compound) {
        return Form::ListOrStruct;
    }
    let only_child = |node| {
        let mut children = elements(node);
        children.next().filter(|_| children.next().is_none())
    };
    let mut value = parameter;
    if name(parameter) == "param" {
        match only_child(parameter) {
            Some(inner) => value = inner,
            None => return Form::Other,
        }
    }
    let mut inner = value;
    if let Some(child) = elements(value).next() {
        if only_child(value).is_none() || elements(child).count() > 0 {
            return Form::Other;
        }
        inner = child;
    }
    match (name(inner), text(inner).is_empty()) {
        ("value" | "string", false) => Form::Text,
        ("value" | "string", true) => Form::EmptyText,
        ("nil", true) => Form::Nil,
        _ => Form::Other,
    }
}

/// Whether an element contains text where readers expect elements or nothing: a call written by hand may
/// have all parameters there.
pub(crate) fn is_text_out_of_place(node: Node<'_, '_>) -> bool {
    matches!(name(node), "params" | "data" | "struct" | "nil")
        && elements(node).next().is_none()
        && !text(node).trim().is_empty()
}
