//! What must never be shown: the parameters that carry passwords.

use crate::accounts;
use crate::classic::procedures as classic;

/// The position of the first secret parameter of `method`, if any dialect has a secret there.
///
/// Everything from that position on is to be masked: a call with one parameter too many has the
/// password in it all the same.
#[must_use]
pub fn first_secret_parameter(method: &str) -> Option<usize> {
    accounts::procedures::ORIGINAL
        .iter()
        .find(|procedure| procedure.name == method)?
        .parameters
        .iter()
        .position(|parameter| parameter.secret)
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
        assert_eq!(first_secret_parameter("no_such_method"), None);
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
