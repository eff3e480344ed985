//! What must never be shown: the parameters that carry passwords.

use crate::accounts;

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
}
