//! What must never be shown: the parameters that carry passwords; and what is nobody else's business.

use protocol::accounts::procedures as accounts;
use protocol::binder;
use protocol::classic::procedures as classic;
use protocol::procedure::Procedure;

/// The procedures by which servers describe themselves begin with this, in every implementation.
const INTROSPECTION: &str = "system.";

/// The position of the first secret parameter of `method`, if any dialect has a secret there.
///
/// Everything from that position on is to be masked: a call with one parameter too many has the
/// password in it all the same. So has a call whose method is misspelled, `login` or `Login_User`: of a
/// method that nobody knows, only the first parameter may be shown, which is where users are named.
pub(crate) fn first_secret_parameter(method: &str) -> Option<usize> {
    let mut is_known = method.starts_with(INTROSPECTION);
    for procedure in procedures().filter(|procedure| procedure.name == method) {
        is_known = true;
        let secret = procedure
            .parameters
            .iter()
            .position(|parameter| parameter.secret);
        if secret.is_some() {
            return secret;
        }
    }
    (!is_known).then_some(1)
}

/// Everything that one of our servers answers.
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

/// Where a call of `method` has a message that may be private, and the recipient that makes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrivateParameter {
    /// The position of the message.
    pub(crate) message: usize,
    /// The position of the recipient: with a name there, the message is for that user alone.
    pub(crate) recipient: usize,
}

/// Where a call of `method` may have a private message; the dialects agree on it.
pub(crate) fn private_parameter(method: &str) -> Option<PrivateParameter> {
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

    #[test]
    fn passwords_are_secret_and_names_are_not() {
        assert_eq!(first_secret_parameter("register_user"), Some(1));
        assert_eq!(first_secret_parameter("login_user"), Some(1));
        assert_eq!(first_secret_parameter("join_room"), None);
        for known in ["send_message_once", "register_lease", "system.multicall"] {
            assert_eq!(first_secret_parameter(known), None, "{known}");
        }
    }

    #[test]
    fn what_a_misspelled_method_was_given_is_secret_but_for_the_name() {
        for method in ["login", "Login_User", "loginUser", ""] {
            assert_eq!(first_secret_parameter(method), Some(1), "{method}");
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
