//! Parameters that must not be shown: passwords, and the texts of private messages.

use protocol::accounts::procedures as accounts;
use protocol::binder;
use protocol::classic::procedures as classic;
use protocol::procedure::Procedure;

/// The prefix of introspection, in every implementation.
const INTROSPECTION: &str = "system.";

/// The position of the first secret parameter of `method`, if it has one in any dialect.
///
/// All parameters from there on are masked, because a call with one parameter too many contains the
/// password, too. So does a call of a misspelled method such as `login` or `Login_User`: for unknown
/// methods only the first parameter is shown, which is usually the user.
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
pub(crate) struct PrivateParameter {
    pub(crate) message: usize,
    /// A name at this position makes the message private.
    pub(crate) recipient: usize,
}

/// Where a call of `method` may have a private message; the dialects agree.
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
