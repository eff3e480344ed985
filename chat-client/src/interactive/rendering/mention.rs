//! Whether somebody is talked about.

use unicode_normalization::UnicodeNormalization as _;

/// Whether `name` stands in the text as a word of its own, upper and lower case alike, and whether its
/// accents were typed with their letters or as characters of their own.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (comparable(text), comparable(name));
    if name.is_empty() {
        return false;
    }
    text.match_indices(&name).any(|(start, found)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text
            .get(start + found.len()..)
            .and_then(|text| text.chars().next());
        let is_apart = |neighbour: Option<char>| !neighbour.is_some_and(char::is_alphanumeric);
        is_apart(before) && is_apart(after)
    })
}

fn comparable(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_word_and_not_within_one() {
        for text in ["oi ana", "ANA!", "@ana: oi", "oi,ana", "anai? ana"] {
            assert!(mentions(text, "ana"), "{text}");
        }
        for text in ["banana", "anaí", "an a", ""] {
            assert!(!mentions(text, "ana"), "{text}");
        }
        assert!(mentions("oi d'água", "d'água"));
        for name in ["jos\u{e9}", "Jose\u{301}"] {
            assert!(mentions("oi JOS\u{c9}!", name));
            assert!(mentions("oi JOSE\u{301}!", name));
            assert!(!mentions("oi jose!", name));
            assert!(!mentions("oi jose\u{301}e!", name));
        }
        assert!(!mentions("oi jose\u{301}!", "jose"));
        assert!(!mentions("oi", ""));
    }
}
