//! What may be shown of a call: no passwords, and the texts of private messages only where [`PrivateTexts::Shown`] says
//! so, as it does for the wire log.
//!
//! Malformed calls contain secrets, too. A caller that omits a parameter, passes all of them as one list, or
//! writes them into the method's name has sent the password all the same. So a call of a method that takes
//! secrets is shown only if it is exactly right, and of a method that does not exist nothing but the name.

use std::borrow::Cow;

use protocol::accounts::procedures as accounts;
use protocol::binder;
use protocol::classic::procedures as classic;
use protocol::procedure::{LIST_METHODS, MULTICALL, Procedure};

/// Introspection, in every implementation.
const INTROSPECTION: [&str; 4] = [
    LIST_METHODS.name,
    "system.methodHelp",
    "system.methodSignature",
    MULTICALL,
];

/// Characters of a method's name.
const MAX_NAME: usize = 80;

/// Shown in place of a secret.
pub(crate) const MASK: &str = "••••••";

/// Whether the texts of private messages are masked; passwords always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateTexts {
    /// They are not shown.
    Masked,
    /// They are shown.
    Shown,
}

/// A parameter, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    EmptyText,
    Nil,
    ListOrStruct,
    Other,
}

/// Which parameters of a call must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// Nothing is known of them.
    All,
    Each {
        /// For each parameter, in order.
        is_hidden: Vec<bool>,
    },
}

impl Hidden {
    /// Of a call of `method` with parameters of these forms. `procedure` is the declaration, if the server or the caller
    /// has one. Without it, a method that takes secrets in any dialect takes them here.
    pub(crate) fn of(
        method: &str,
        procedure: Option<&Procedure>,
        forms: &[Form],
        private: PrivateTexts,
    ) -> Self {
        let Some(first_secret) = first_secret_in(method, procedure, forms) else {
            return Self::All;
        };
        let message = private_parameter(method).filter(|_| private == PrivateTexts::Masked);
        let private_message = message
            .filter(|positions| !is_broadcast(forms.get(positions.recipient)))
            .map(|positions| positions.message);
        let is_hidden = |(position, form): (usize, &Form)| {
            position >= first_secret
                || private_message == Some(position)
                // All parameters passed as one, by mistake: a send takes no lists.
                || (message.is_some() && *form == Form::ListOrStruct)
        };
        Self::Each {
            is_hidden: forms.iter().enumerate().map(is_hidden).collect(),
        }
    }
}

/// Whether a message with this recipient goes to the whole room.
const fn is_broadcast(recipient: Option<&Form>) -> bool {
    matches!(recipient, None | Some(Form::Nil | Form::EmptyText))
}

/// The position of the first parameter that is secret, or may be; the number of parameters if none is. `None` if nothing
/// is known of them.
fn first_secret_in(method: &str, procedure: Option<&Procedure>, forms: &[Form]) -> Option<usize> {
    let declared: Vec<_> = procedures().filter(|known| known.name == method).collect();
    if declared.is_empty() {
        return INTROSPECTION.contains(&method).then_some(forms.len());
    }
    let with_secrets = declared
        .iter()
        .copied()
        .find(|known| first_secret(known).is_some());
    let Some(with_secrets) = with_secrets else {
        return Some(forms.len());
    };
    let expected = procedure.unwrap_or(with_secrets);
    fits(expected, forms).then(|| first_secret(expected).unwrap_or(forms.len()))
}

fn first_secret(procedure: &Procedure) -> Option<usize> {
    let mut parameters = procedure.parameters.iter();
    parameters.position(|parameter| parameter.secret)
}

/// Whether the parameters are as declared. Methods that take secrets take texts only.
fn fits(procedure: &Procedure, forms: &[Form]) -> bool {
    forms.len() == procedure.parameters.len()
        && forms
            .iter()
            .all(|form| matches!(form, Form::Text | Form::EmptyText))
}

/// The name of a method, without anything that may be a secret in it: after the name of a method that takes
/// secrets nothing is shown, nor after a character that no method's name has.
pub(crate) fn visible_method(name: &str) -> Cow<'_, str> {
    let of_name = |character: char| character.is_ascii_alphanumeric() || "_.".contains(character);
    let mut end = name.find(|character| !of_name(character));
    let lower = name.to_ascii_lowercase();
    for secret in procedures().filter(|known| first_secret(known).is_some()) {
        if let Some(start) = lower.find(secret.name) {
            let after = start + secret.name.len();
            end = Some(end.map_or(after, |end| end.min(after)));
        }
    }
    let end = end.unwrap_or(name.len()).min(MAX_NAME);
    match name.get(..end) {
        Some(shown) if shown.len() < name.len() => Cow::Owned(format!("{shown}…")),
        _ => Cow::Borrowed(name),
    }
}

/// All procedures of our servers.
fn procedures() -> impl Iterator<Item = &'static Procedure> {
    [
        &accounts::ORIGINAL[..],
        &classic::ORIGINAL,
        &classic::EXTENSIONS,
        &binder::PROCEDURES,
    ]
    .into_iter()
    .flatten()
}

/// The positions of a message and of its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PrivateParameter {
    message: usize,
    /// A name at this position makes the message private.
    recipient: usize,
}

/// Where a call of `method` may have a private message; the dialects agree.
fn private_parameter(method: &str) -> Option<PrivateParameter> {
    let procedure = [&classic::SEND_MESSAGE, &classic::SEND_MESSAGE_ONCE]
        .into_iter()
        .find(|procedure| procedure.name == method)?;
    let position = |name| {
        procedure
            .parameters
            .iter()
            .position(|parameter| parameter.name == name)
    };
    Some(PrivateParameter {
        message: position("message")?,
        recipient: position("recipient")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [Form; 2] = [Form::Text; 2];

    fn hidden(method: &str, procedure: Option<&Procedure>, forms: &[Form]) -> Hidden {
        Hidden::of(method, procedure, forms, PrivateTexts::Shown)
    }

    fn each(is_hidden: &[bool]) -> Hidden {
        Hidden::Each {
            is_hidden: is_hidden.to_vec(),
        }
    }

    #[test]
    fn a_method_that_takes_secrets_is_shown_only_if_it_is_called_exactly_right() {
        for method in ["register_user", "login_user"] {
            assert_eq!(hidden(method, None, &TWO), each(&[false, true]));
            for wrong in [
                &[][..],
                &TWO[..1],
                &[Form::Text; 3],
                &[Form::ListOrStruct],
                &[Form::Text, Form::Other],
            ] {
                assert_eq!(
                    hidden(method, None, wrong),
                    Hidden::All,
                    "{method} {wrong:?}"
                );
            }
        }
        // In dialect classic there is no password, and so none is forgotten.
        let classic = Some(&classic::REGISTER_USER);
        let hidden = |forms| hidden("register_user", classic, forms);
        assert_eq!(hidden(&TWO[..1]), each(&[false]));
        assert_eq!(hidden(&TWO), Hidden::All);
    }

    #[test]
    fn of_a_method_that_does_not_exist_nothing_is_shown() {
        for method in [
            "login",
            "Login_User",
            "loginUser",
            "",
            "system.login_user",
            "system.multiCall",
        ] {
            assert_eq!(hidden(method, None, &TWO), Hidden::All, "{method}");
        }
        for known in [
            "join_room",
            "register_lease",
            "system.multicall",
            "system.listMethods",
        ] {
            assert_eq!(hidden(known, None, &TWO), each(&[false, false]), "{known}");
        }
    }

    #[test]
    fn a_name_is_shown_up_to_where_a_secret_may_begin() {
        for (name, shown) in [
            ("login_user", "login_user"),
            ("system.Login_User", "system.Login_User"),
            ("login_user(ana,PW)", "login_user…"),
            ("login_user.ana.PW", "login_user…"),
            ("x.REGISTER_USERana", "x.REGISTER_USER…"),
            ("login ana PW", "login…"),
            ("senha é esta", "senha…"),
            ("send_message_once", "send_message_once"),
            ("", ""),
        ] {
            assert_eq!(visible_method(name), shown);
        }
        assert!(visible_method(&"x".repeat(1_000)).len() < 100);
    }

    #[test]
    fn a_message_is_hidden_unless_its_recipient_is_empty_or_left_out() {
        let hides_message = |recipient: &[Form]| {
            let forms = [&[Form::Text; 3], recipient].concat();
            match Hidden::of("send_message", None, &forms, PrivateTexts::Masked) {
                Hidden::Each { is_hidden } => is_hidden[2],
                Hidden::All => panic!("a send has no password"),
            }
        };
        for everybody in [&[][..], &[Form::Nil], &[Form::EmptyText]] {
            assert!(!hides_message(everybody), "{everybody:?}");
        }
        for one in [Form::Text, Form::ListOrStruct, Form::Other] {
            assert!(hides_message(&[one]), "{one:?}");
        }
    }

    #[test]
    fn a_message_with_a_recipient_is_private_in_both_dialects() {
        for procedure in [
            &classic::SEND_MESSAGE,
            &classic::SEND_MESSAGE_ONCE,
            &accounts::SEND_MESSAGE,
            &accounts::SEND_MESSAGE_ONCE,
        ] {
            let private = private_parameter(procedure.name).unwrap();
            assert_eq!(procedure.parameters[private.message].name, "message");
            assert_eq!(procedure.parameters[private.recipient].name, "recipient");
        }
        assert_eq!(private_parameter("receive_messages"), None);
    }
}
