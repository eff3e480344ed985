//! Finds what must not be shown of a document: passwords, and the texts of private messages.
//!
//! Malformed calls contain secrets, too: a caller that omits a parameter, or passes all of them as one
//! list, has sent the password all the same. So anything in which secrets cannot be distinguished is masked
//! completely.

use std::collections::HashSet;

use protocol::classic::message::Delivery;
use protocol::procedure::MULTICALL;
use roxmltree::{Document, Node, NodeId};
use rpc::xml::tree::{elements, name, text};

use crate::secrets;

/// Shown in place of a secret.
pub(crate) const MASK: &str = "••••••";

/// Whether the texts of private messages are masked; passwords always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateTexts {
    /// Masked.
    Masked,
    /// Shown.
    Shown,
}

/// The elements to mask.
pub(crate) fn masked_nodes(document: &Document<'_>, private: PrivateTexts) -> HashSet<NodeId> {
    let mut masking = Masking {
        private,
        masked: HashSet::new(),
    };
    for node in document.root().descendants() {
        match name(node) {
            "methodCall" => masking.call(node),
            "struct" => masking.structure(node),
            _ => {}
        }
        if is_text_out_of_place(node) {
            masking.masked.insert(node.id());
        }
    }
    masking.masked
}

struct Masking {
    private: PrivateTexts,
    masked: HashSet<NodeId>,
}

impl Masking {
    fn call(&mut self, call: Node<'_, '_>) {
        let parts = |wanted| elements(call).filter(move |child| name(*child) == wanted);
        let method: String = parts("methodName").map(text).collect();
        let parameters: Vec<_> = parts("params").flat_map(elements).collect();
        self.parameters(method.trim(), &parameters);
    }

    /// A struct may be a call inside a `system.multicall`, or a message.
    fn structure(&mut self, structure: Node<'_, '_>) {
        if let Some((method, parameters)) = call_in_a_batch(structure) {
            self.parameters(method.trim(), &parameters);
        }
        let is_private = member_values(structure, "type").any(|value| {
            value
                .descendants()
                .any(|part| text(part).trim() == Delivery::Unicast.name())
        });
        if is_private && self.private == PrivateTexts::Masked {
            let texts = ["content", "message"];
            self.masked.extend(
                texts
                    .iter()
                    .flat_map(|text| member_values(structure, text))
                    .map(|value| value.id()),
            );
        }
    }

    fn parameters(&mut self, method: &str, parameters: &[Node<'_, '_>]) {
        if method == MULTICALL {
            self.batch(parameters);
        }
        let message =
            secrets::private_parameter(method).filter(|_| self.private == PrivateTexts::Masked);
        if let Some(positions) = message
            && parameters
                .get(positions.recipient)
                .is_some_and(|value| has_text(*value))
            && let Some(message) = parameters.get(positions.message)
        {
            self.masked.insert(message.id());
        }
        let secret = secrets::first_secret_parameter(method);
        if let Some(first) = secret {
            self.masked
                .extend(parameters.iter().skip(first).map(Node::id));
        }
        if secret.is_some() || message.is_some() {
            // These methods take no lists or structs: such a parameter is all parameters passed as one by
            // mistake.
            let lists = parameters.iter().filter(|value| is_list_or_struct(**value));
            self.masked.extend(lists.map(Node::id));
        }
    }

    /// Masks everything in a batch that is not a well-formed call.
    fn batch(&mut self, parameters: &[Node<'_, '_>]) {
        for (position, parameter) in parameters.iter().enumerate() {
            match array_data(*parameter) {
                Some(calls) if position == 0 => {
                    let others = elements(calls).filter(|value| {
                        let call = elements(*value).next().and_then(call_in_a_batch);
                        call.is_none()
                    });
                    self.masked.extend(others.map(|value| value.id()));
                }
                _ => {
                    self.masked.insert(parameter.id());
                }
            }
        }
    }
}

/// The method and the parameters of a call in a `system.multicall`, if `structure` is one.
fn call_in_a_batch<'a, 'input>(
    structure: Node<'a, 'input>,
) -> Option<(String, Vec<Node<'a, 'input>>)> {
    let only = |wanted| {
        let mut values = member_values(structure, wanted);
        values.next().filter(|_| values.next().is_none())
    };
    let method = only("methodName")?
        .descendants()
        .filter(Node::is_element)
        .map(text)
        .collect();
    let parameters = elements(array_data(only("params")?)?).collect();
    Some((method, parameters))
}

/// The values of a struct's member; several if the struct is malformed.
fn member_values<'a, 'input>(
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
fn array_data<'a, 'input>(value: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
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

fn is_list_or_struct(value: Node<'_, '_>) -> bool {
    value
        .descendants()
        .any(|part| matches!(name(part), "array" | "struct"))
}

/// Whether an element contains text where readers expect elements or nothing: a call written by hand may
/// have all parameters there.
fn is_text_out_of_place(node: Node<'_, '_>) -> bool {
    matches!(name(node), "params" | "data" | "struct" | "nil")
        && elements(node).next().is_none()
        && !text(node).trim().is_empty()
}

/// Whether a value has any text, white space included.
fn has_text(value: Node<'_, '_>) -> bool {
    value
        .descendants()
        .filter(|part| part.is_element() && elements(*part).next().is_none())
        .any(|part| !text(part).is_empty())
}

#[cfg(test)]
mod tests {
    use super::{MASK, PrivateTexts};
    use crate::pretty::document;

    fn call(method: &str, parameters: &str) -> String {
        format!(
            "<methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
        )
    }

    fn parameter(value: &str) -> String {
        format!("<param><value>{value}</value></param>")
    }

    fn list(values: &[&str]) -> String {
        let values: String = values
            .iter()
            .map(|value| format!("<value>{value}</value>"))
            .collect();
        format!("<array><data>{values}</data></array>")
    }

    fn structure(members: &[(&str, &str)]) -> String {
        let members: String = members
            .iter()
            .map(|(name, value)| {
                format!("<member><name>{name}</name><value>{value}</value></member>")
            })
            .collect();
        format!("<struct>{members}</struct>")
    }

    #[test]
    fn passwords_are_masked_in_calls_that_are_wrong_too() {
        let both = list(&["ana", "girassol"]);
        let login = ("methodName", "login_user");
        let named = structure(&[("username", "ana"), ("password", "girassol")]);
        let multicall = |parameters: &str| call("system.multicall", parameters);
        for wrong in [
            call("login_user", "ana girassol"),
            call("login_user", &parameter("<nil>girassol</nil>")),
            call("login_user", &parameter(&both)),
            call("register_user", &parameter(&named)),
            call("login", &(parameter("ana") + &parameter("girassol"))),
            call("Login_User", &parameter(&both)),
            multicall(&(parameter("login_user") + &parameter(&both))),
            multicall(&parameter(&list(&["login_user", "ana", "girassol"]))),
            multicall(&parameter("<array><data>ana girassol</data></array>")),
            multicall(&parameter(&list(&[&structure(&[
                login,
                ("params", "<array><data>ana girassol</data></array>"),
            ])]))),
            multicall(&parameter(&structure(&[login, ("params", &both)]))),
            multicall(&parameter(&list(&[&structure(&[
                login,
                ("params", "girassol"),
            ])]))),
            multicall(&parameter(&list(&[&structure(&[
                ("method", "login_user"),
                ("params", &both),
            ])]))),
            multicall(&parameter(&list(&[&structure(&[
                login,
                ("params", &list(&["ana"])),
                ("params", &both),
            ])]))),
            multicall(&parameter(&list(&[&structure(&[
                ("methodName", "system.multicall"),
                ("params", &list(&["login_user", "girassol"])),
            ])]))),
        ] {
            let shown = document(wrong.as_bytes(), PrivateTexts::Shown);
            assert!(
                !shown.contains("girassol") && shown.contains(MASK),
                "{shown}"
            );
        }
    }

    #[test]
    fn of_a_batch_that_is_as_it_should_be_the_calls_are_shown() {
        let entry = |method: &str, values: &[&str]| {
            structure(&[("methodName", method), ("params", &list(values))])
        };
        let calls = list(&[
            &entry("list_users", &["geral"]),
            &entry("login_user", &["ana", "girassol"]),
        ]);
        let shown = document(
            call("system.multicall", &parameter(&calls)).as_bytes(),
            PrivateTexts::Masked,
        );
        assert!(shown.contains("geral") && shown.contains("ana"), "{shown}");
        assert_eq!(shown.matches(MASK).count(), 1, "{shown}");
    }

    #[test]
    fn whoever_is_named_as_the_recipient_the_message_is_private() {
        for recipient in ["bia", " ", "<int>5</int>", &list(&["bia"])] {
            let send: String = ["ana", "geral", "segredo", recipient]
                .map(parameter)
                .concat();
            let shown = document(call("send_message", &send).as_bytes(), PrivateTexts::Masked);
            assert!(!shown.contains("segredo"), "{shown}");
        }
        let all = list(&["ana", "geral", "segredo", "bia"]);
        for all in [parameter(&all), "ana geral segredo bia".to_owned()] {
            let shown = document(call("send_message", &all).as_bytes(), PrivateTexts::Masked);
            assert!(!shown.contains("segredo"), "{shown}");
        }
    }
}
