//! Private messages as they are typed.

/// A name and a text, as they were typed behind an at sign. Where the name ends depends on who is in the
/// room, since a name may have spaces in it: `joana lima segredo` is a message for *joana* or for *joana
/// lima*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    typed: String,
}

impl Addressed {
    /// What was typed behind the at sign.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        Self {
            typed: typed.to_owned(),
        }
    }

    /// As it was typed, with the at sign.
    #[must_use]
    pub fn line(&self) -> String {
        format!("@{}", self.typed)
    }

    /// The name and the text: the longest of these names that it begins with, or else its first word.
    #[must_use]
    pub fn split<'a>(&'a self, users: &'a [String]) -> (&'a str, &'a str) {
        split_name(&self.typed, users)
    }
}

/// The longest name of the room that the text begins with, or else its first word. A name is typed as
/// it is rather than with other capitals, where both are possible.
pub(super) fn split_name<'a>(text: &'a str, users: &'a [String]) -> (&'a str, &'a str) {
    let known = users
        .iter()
        .filter_map(|user| {
            let (typed, after) = text.split_at_checked(user.len())?;
            let is_exact = typed == user;
            let is_meant = typed.to_lowercase() == user.to_lowercase();
            // People put a colon or a comma after a name.
            let after = after.strip_prefix([':', ',']).unwrap_or(after);
            let ends = after.is_empty() || after.starts_with(char::is_whitespace);
            (is_meant && ends).then_some((is_exact, user, after))
        })
        .max_by_key(|(is_exact, user, _)| (user.len(), *is_exact));
    match known {
        Some((_, user, after)) => (user, after.trim_start()),
        None => first_word(text),
    }
}

/// The first word, and what follows it without the space between.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}
