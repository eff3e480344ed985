//! Finds what must not be shown of a document: passwords, and the texts of private messages.
//!
//! [`secrets`] has the rules. Anything in which secrets cannot be distinguished is masked completely.

use std::collections::HashSet;

use protocol::classic::message::Delivery;
use protocol::fault::NO_SUCH_METHOD;
use protocol::procedure::{MULTICALL, Procedure};
use roxmltree::{Document, Node, NodeId};
use rpc::xml::tree::{elements, name, text};

use crate::call_tree::{
    CallInBatch, array_data, form, is_in_list, is_text_out_of_place, member_is, member_values,
};
use crate::secrets::{self, Form, Hidden, PrivateTexts};

/// The elements to mask. The declaration of the method that is called is given if it is known.
pub(crate) fn masked_nodes(
    document: &Document<'_>,
    private: PrivateTexts,
    procedure: Option<&'static Procedure>,
) -> HashSet<NodeId> {
    let mut masking = Masking {
        private,
        procedure,
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
    procedure: Option<&'static Procedure>,
    masked: HashSet<NodeId>,
}

impl Masking {
    fn call(&mut self, call: Node<'_, '_>) {
        let parts: Vec<_> = elements(call).collect();
        let (names, others): (Vec<_>, Vec<_>) =
            parts.iter().partition(|part| name(**part) == "methodName");
        let method: String = names.iter().map(|name| text(*name)).collect();
        let method = method.trim();
        self.name(method, &names);
        if let [params] = &others[..]
            && name(*params) == "params"
        {
            let parameters: Vec<_> = elements(*params).collect();
            self.parameters(method, self.procedure, *params, &parameters);
        } else {
            self.masked.extend(others.iter().map(Node::id));
        }
    }

    /// A struct may be a call inside a `system.multicall`, the answer to one, or a message.
    fn structure(&mut self, structure: Node<'_, '_>) {
        if let Some(call) = CallInBatch::read(structure) {
            self.name(call.method.trim(), &[call.name]);
            self.parameters(call.method.trim(), None, call.params, &call.parameters);
        }
        if is_in_list(structure) && member_is(structure, "faultCode", &NO_SUCH_METHOD.to_string()) {
            // It quotes the name of a method in the batch.
            let quotes = member_values(structure, "faultString").map(|value| value.id());
            self.masked.extend(quotes);
        }
        if self.private == PrivateTexts::Masked
            && member_is(structure, "type", Delivery::Unicast.name())
        {
            let texts = ["content", "message"];
            self.masked.extend(
                texts
                    .iter()
                    .flat_map(|text| member_values(structure, text))
                    .map(|value| value.id()),
            );
        }
    }

    /// Masks the name of a method that cannot be shown in full.
    fn name(&mut self, method: &str, elements: &[Node<'_, '_>]) {
        if secrets::visible_method(method) != method {
            self.masked.extend(elements.iter().map(Node::id));
        }
    }

    /// Masks parameters; `all` is the element that contains them.
    fn parameters(
        &mut self,
        method: &str,
        procedure: Option<&'static Procedure>,
        all: Node<'_, '_>,
        parameters: &[Node<'_, '_>],
    ) {
        if method == MULTICALL {
            self.batch(parameters);
        }
        let forms: Vec<Form> = parameters.iter().copied().map(form).collect();
        match Hidden::of(method, procedure, &forms, self.private) {
            Hidden::All if parameters.is_empty() => {}
            Hidden::All => drop(self.masked.insert(all.id())),
            Hidden::Each { is_hidden: hidden } => {
                let hidden = parameters.iter().zip(hidden).filter(|(_, hidden)| *hidden);
                self.masked.extend(hidden.map(|(value, _)| value.id()));
            }
        }
    }

    /// Masks everything in a batch that is not a well-formed call.
    fn batch(&mut self, parameters: &[Node<'_, '_>]) {
        for (position, parameter) in parameters.iter().enumerate() {
            match array_data(*parameter) {
                Some(calls) if position == 0 => {
                    let others = elements(calls).filter(|value| {
                        let call = elements(*value).next().and_then(CallInBatch::read);
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

#[cfg(test)]
mod tests {
    use crate::pretty::document;
    use crate::secrets::{MASK, PrivateTexts};

    fn shown(call: &str, private: PrivateTexts) -> String {
        document(call.as_bytes(), private, None)
    }

    fn assert_hides(secret: &str, call: &str) {
        let shown = shown(call, PrivateTexts::Shown);
        assert!(!shown.contains(secret) && shown.contains(MASK), "{shown}");
    }

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
            assert_hides("girassol", &wrong);
        }
    }

    #[test]
    fn a_call_that_is_not_exactly_right_is_masked_whole() {
        let texts = |texts: &[&str]| texts.iter().copied().map(parameter).collect::<String>();
        let both = list(&["ana", "girassol"]);
        let multicall = |calls: &str| call("system.multicall", &parameter(&list(&[calls])));
        let login = ("methodName", "login_user");
        for wrong in [
            call("system.login_user", &texts(&["ana", "girassol"])),
            call(
                "system.multiCall",
                &parameter(&list(&[&list(&["login_user", "girassol"])])),
            ),
            call("login_user", &texts(&["girassol"])),
            call("register_user", &texts(&["girassol"])),
            call("login_user", &texts(&["girassol", "ana", "x"])),
            call("login_user", &texts(&["girassol", "<int>5</int>"])),
            call("login_user(ana,girassol)", ""),
            call("login_user ana girassol", &texts(&["ana", "x"])),
            multicall(&list(&["login_user", "ana", "girassol"])),
            multicall(&structure(&[
                login,
                ("params", &both),
                ("password", "girassol"),
            ])),
            multicall(&structure(&[login, ("params", &list(&["girassol"]))])),
            multicall(&structure(&[
                ("methodName", "login_user(girassol)"),
                ("params", &list(&[])),
            ])),
        ] {
            assert_hides("girassol", &wrong);
        }
        // Of an account, the one parameter may be the password. A guest has only a name.
        let guest = call("register_user", &texts(&["ana"]));
        let procedure = Some(&protocol::classic::procedures::REGISTER_USER);
        assert!(document(guest.as_bytes(), PrivateTexts::Shown, procedure).contains("ana"));
        let answer = "<methodResponse><params><param><value><array><data><value><struct>\
            <member><name>faultCode</name><value><int>-32601</int></value></member>\
            <member><name>faultString</name><value>no method 'login_user(girassol)'</value></member>\
            </struct></value></data></array></value></param></params></methodResponse>";
        let shown = shown(answer, PrivateTexts::Shown);
        assert!(
            shown.contains("-32601") && !shown.contains("girassol"),
            "{shown}"
        );
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
        let batch = call("system.multicall", &parameter(&calls));
        let shown = shown(&batch, PrivateTexts::Masked);
        assert!(shown.contains("geral") && shown.contains("ana"), "{shown}");
        assert_eq!(shown.matches(MASK).count(), 1, "{shown}");
    }

    #[test]
    fn with_any_recipient_a_message_is_private() {
        let mut sends = vec!["ana geral segredo bia".to_owned()];
        for recipient in ["bia", " ", "<int>5</int>", &list(&["bia"])] {
            let send = ["ana", "geral", "segredo", recipient].map(parameter);
            sends.push(send.concat());
        }
        sends.push(parameter(&list(&["ana", "geral", "segredo", "bia"])));
        for send in sends {
            let shown = shown(&call("send_message", &send), PrivateTexts::Masked);
            assert!(!shown.contains("segredo"), "{shown}");
        }
    }
}
