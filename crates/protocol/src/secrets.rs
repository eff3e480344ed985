//! What must never be shown: the parameters that carry passwords.

use crate::classic::procedures as classic;
use crate::{accounts, binder};

/// The method that makes many calls in one: what is secret in it depends on those.
pub const BATCH: &str = "system.multicall";

/// What the names of the methods begin with by which a server tells about itself.
const INTROSPECTION: &str = "system.";

/// The position of the first secret parameter of `method`, if any dialect has a secret there.
///
/// Everything from that position on is to be masked: a call with one parameter too many has the
/// password in it all the same. Of a method that nobody has, it is the first one: whoever mistypes
/// `login_user` sends a password too.
#[must_use]
pub fn first_secret_parameter(method: &str) -> Option<usize> {
    let mut is_known = method.starts_with(INTROSPECTION);
    let mut first = None;
    let procedures = [
        &binder::PROCEDURES[..],
        &classic::ORIGINAL,
        &classic::EXTENSIONS,
        &accounts::procedures::ORIGINAL,
    ];
    for procedure in procedures.into_iter().flatten() {
        if procedure.name == method {
            is_known = true;
            first = first.or_else(|| {
                procedure
                    .parameters
                    .iter()
                    .position(|parameter| parameter.secret)
            });
        }
    }
    if is_known { first } else { Some(0) }
}

/// Where a call of `method` has a message that may be private, and the recipient that makes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateParameter {
    /// The position of the message.
    pub message: usize,
    /// The position of the recipient: with a name there, the message is for that user alone.
    pub recipient: usize,
}

/// Where a call of `method` may have a private message; the dialects agree on it.
#[must_use]
pub fn private_parameter(method: &str) -> Option<PrivateParameter> {
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
        assert_eq!(first_secret_parameter("is_user_in_room"), None);
        assert_eq!(first_secret_parameter("lookup_procedure"), None);
        assert_eq!(first_secret_parameter("system.methodHelp"), None);
    }

    #[test]
    fn a_password_may_be_anywhere_in_a_call_that_nobody_knows() {
        for mistyped in ["loginuser", "Login_user", ""] {
            assert_eq!(first_secret_parameter(mistyped), Some(0), "{mistyped}");
        }
    }

    #[test]
    fn a_message_with_a_recipient_is_private_in_both_dialects() {
        for procedure in [
            &classic::SEND_MESSAGE,
            &classic::SEND_MESSAGE_ONCE,
            &accounts::procedures::SEND_MESSAGE,
            &accounts::procedures::SEND_MESSAGE_ONCE,
        ] {
            let private = private_parameter(procedure.name).unwrap();
            assert_eq!(procedure.parameters[private.message].name, "message");
            assert_eq!(procedure.parameters[private.recipient].name, "recipient");
        }
        assert_eq!(private_parameter("receive_messages"), None);
    }
}
