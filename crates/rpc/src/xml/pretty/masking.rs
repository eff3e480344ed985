//! What of a document is not to be shown.

use std::collections::HashSet;

use protocol::classic::message::Delivery;
use protocol::secrets;
use roxmltree::{Node, NodeId};

use super::Private;
use crate::xml::values::{elements, name, text};

/// Marks what is secret in the call or the batch that `node` is, if it is one.
pub(super) fn find_secrets(node: Node<'_, '_>, private: Private, masked: &mut HashSet<NodeId>) {
    match name(node) {
        "methodCall" => {
            let Some(method) = elements(node).find(|child| name(*child) == "methodName") else {
                return;
            };
            let method = text(method);
            let parameters: Vec<_> = elements(node)
                .filter(|child| name(*child) == "params")
                .flat_map(|all| content(all).unwrap_or_else(|| vec![all]))
                .collect();
            if method.trim() == secrets::BATCH {
                find_secrets_in_batch(&parameters, private, masked);
            } else {
                find_secret_parameters(method.trim(), &parameters, private, masked);
            }
        }
        // A call in the form that it has in a batch, wherever it stands.
        "struct" => {
            let _ = find_secrets_in_entry(node, private, masked);
        }
        _ => {}
    }
}

/// Marks the secret ones among the parameters of a call.
fn find_secret_parameters(
    method: &str,
    parameters: &[Node<'_, '_>],
    private: Private,
    masked: &mut HashSet<NodeId>,
) {
    if let Some(first) = secrets::first_secret_parameter(method) {
        let hidden = parameters
            .iter()
            .enumerate()
            // What should be a name and is a list or a struct may hold the password as well.
            .filter(|(position, parameter)| *position >= first || !is_text(**parameter));
        masked.extend(hidden.map(|(_, parameter)| parameter.id()));
    }
    if private == Private::Masked
        && let Some(positions) = secrets::private_parameter(method)
        && let Some(recipient) = parameters.get(positions.recipient)
        && recipient
            .descendants()
            .any(|part| !text(part).trim().is_empty())
        && let Some(message) = parameters.get(positions.message)
    {
        masked.insert(message.id());
    }
}

/// Marks what is secret in a `system.multicall`: besides the secrets of its calls everything that is
/// no call, since it may be one in a form that its author made up.
fn find_secrets_in_batch(
    parameters: &[Node<'_, '_>],
    private: Private,
    masked: &mut HashSet<NodeId>,
) {
    let Some((calls, others)) = parameters.split_first() else {
        return;
    };
    masked.extend(others.iter().map(Node::id));
    let list = typed(*calls, "array").and_then(|array| child(array, "data"));
    let Some(list) = list else {
        masked.insert(calls.id());
        return;
    };
    for entry in elements(list) {
        let call = typed(entry, "struct");
        if call.is_none_or(|call| find_secrets_in_entry(call, private, masked).is_none()) {
            masked.insert(entry.id());
        }
    }
}

/// Marks what is secret in a struct `{methodName, params}`; `None` when it is not one.
fn find_secrets_in_entry(
    entry: Node<'_, '_>,
    private: Private,
    masked: &mut HashSet<NodeId>,
) -> Option<()> {
    let member = |wanted: &str| {
        elements(entry)
            .find(|member| child(*member, "name").is_some_and(|name| text(name) == wanted))
            .and_then(|member| child(member, "value"))
    };
    let (method, parameters) = (member("methodName")?, member("params")?);
    let others = elements(entry).filter_map(|member| child(member, "value"));
    masked.extend(
        others
            .filter(|value| ![method, parameters].contains(value))
            .map(|value| value.id()),
    );
    let method: String = method
        .descendants()
        .filter(Node::is_element)
        .map(text)
        .collect();
    let list = typed(parameters, "array").and_then(|array| child(array, "data"));
    match list {
        Some(list) => {
            let parameters: Vec<_> = elements(list).collect();
            find_secret_parameters(method.trim(), &parameters, private, masked);
        }
        None => {
            masked.insert(parameters.id());
        }
    }
    Some(())
}

/// Whether a parameter is a text and nothing else.
fn is_text(parameter: Node<'_, '_>) -> bool {
    parameter
        .descendants()
        .filter(Node::is_element)
        .all(|part| matches!(name(part), "param" | "value" | "string"))
}

/// What is inside an element; `None` when that is a text, which has no business there.
fn content<'a, 'input>(parent: Node<'a, 'input>) -> Option<Vec<Node<'a, 'input>>> {
    let inside: Vec<_> = elements(parent).collect();
    (!inside.is_empty() || text(parent).trim().is_empty()).then_some(inside)
}

/// The element of this type in a parameter or a value.
fn typed<'a, 'input>(value: Node<'a, 'input>, kind: &str) -> Option<Node<'a, 'input>> {
    child(value, kind).or_else(|| child(child(value, "value")?, kind))
}

fn child<'a, 'input>(parent: Node<'a, 'input>, wanted: &str) -> Option<Node<'a, 'input>> {
    elements(parent).find(|child| name(*child) == wanted)
}

/// Marks the text of the message that `node` is, if it is one for a single user.
pub(super) fn find_private_message(node: Node<'_, '_>, masked: &mut HashSet<NodeId>) {
    if name(node) != "struct" {
        return;
    }
    let members: Vec<(String, Node<'_, '_>)> = elements(node)
        .filter_map(|member| {
            let name = elements(member).find(|child| name(*child) == "name")?;
            let value = elements(member).find(|child| self::name(*child) == "value")?;
            Some((text(name), value))
        })
        .collect();
    let is_private = members.iter().any(|(name, value)| {
        name == "type"
            && value
                .descendants()
                .any(|part| text(part).trim() == Delivery::Unicast.name())
    });
    if is_private {
        masked.extend(
            members
                .iter()
                .filter(|(name, _)| matches!(name.as_str(), "content" | "message"))
                .map(|(_, value)| value.id()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MASK, Private, document};

    fn call(method: &str, parameters: &str) -> String {
        format!(
            "<methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
        )
    }

    fn param(value: &str) -> String {
        format!("<param><value>{value}</value></param>")
    }

    fn array(values: &[&str]) -> String {
        let values: String = values
            .iter()
            .map(|value| format!("<value>{value}</value>"))
            .collect();
        format!("<array><data>{values}</data></array>")
    }

    fn members(members: &[(&str, &str)]) -> String {
        let members: String = members
            .iter()
            .map(|(name, value)| {
                format!("<member><name>{name}</name><value>{value}</value></member>")
            })
            .collect();
        format!("<struct>{members}</struct>")
    }

    #[test]
    fn a_password_in_an_unusual_place_is_masked_as_well() {
        let list = array(&["ana", "hunter2"]);
        let named = members(&[("user", "ana"), ("password", "hunter2")]);
        let both = param("ana") + &param("hunter2");
        let batch = |entries: &[&str]| call("system.multicall", &param(&array(entries)));
        let entry = |method: &str, parameters: &str| {
            members(&[("methodName", method), ("params", parameters)])
        };
        for hiding in [
            call("login_user", &param(&list)),
            call("register_user", &param(&named)),
            call("login_user", "ana hunter2"),
            call("loginuser", &both),
            call("", &param(&list)),
            call("system.multicall", &both),
            call("system.multicall", &param(&entry("login_user", &list))),
            batch(&[&entry("login_user", &array(&[&list]))]),
            batch(&[&entry("login_user", &named)]),
            batch(&[&entry("login_user", "hunter2")]),
            batch(&[&entry("Login_user", &list)]),
            batch(&[&members(&[("params", &list)])]),
            batch(&[&members(&[("methodName", "login_user"), ("args", &list)])]),
            batch(&[&members(&[
                ("methodName", "login_user"),
                ("params", &array(&["ana"])),
                ("password", "hunter2"),
            ])]),
            batch(&[&array(&["login_user", "ana", "hunter2"])]),
            batch(&["hunter2"]),
        ] {
            let shown = document(hiding.as_bytes(), Private::Shown);
            assert!(!shown.contains("hunter2"), "{hiding}\n{shown}");
            assert!(shown.contains(MASK), "{shown}");
        }
    }

    #[test]
    fn calls_without_secrets_are_shown_whole() {
        let rooms = members(&[
            ("methodName", "join_room"),
            ("params", &array(&["ana", "geral"])),
        ]);
        for plain in [
            call("join_room", &(param("ana") + &param("geral"))),
            call("register_lease", &param(&array(&["create_room"]))),
            call("system.methodHelp", &param("join_room")),
            call("system.multicall", &param(&array(&[&rooms]))),
            call("no_such_method", ""),
        ] {
            let shown = document(plain.as_bytes(), Private::Masked);
            assert!(!shown.contains(MASK), "{shown}");
        }
    }
}
