//! The user's language, by the locale.

/// In order of precedence (POSIX, "Environment Variables"). An empty one is ignored.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// Whether the user's locale is Portuguese.
pub fn is_portuguese() -> bool {
    is_portuguese_in(|variable| std::env::var(variable).ok())
}

fn is_portuguese_in(value: impl Fn(&str) -> Option<String>) -> bool {
    LOCALE_VARIABLES
        .into_iter()
        .filter_map(value)
        .find(|locale| !locale.is_empty())
        .is_some_and(|locale| {
            // A locale is written as `pt_BR.UTF-8`.
            let language = locale.split(['_', '-', '.', '@']).next();
            language.is_some_and(|language| language.eq_ignore_ascii_case("pt"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_portuguese_with(variables: &[(&str, &str)]) -> bool {
        is_portuguese_in(|asked| {
            variables
                .iter()
                .find(|(variable, _)| *variable == asked)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn portuguese_is_for_portuguese_locales_only() {
        for portuguese in ["pt", "pt_BR", "pt_PT.UTF-8", "pt@euro", "pt-BR", "PT_br"] {
            assert!(is_portuguese_with(&[("LANG", portuguese)]), "{portuguese}");
        }
        for other in ["en_GB.UTF-8", "C", "C.UTF-8", "POSIX", "de_DE", "ptx", "?"] {
            assert!(!is_portuguese_with(&[("LANG", other)]), "{other}");
        }
        assert!(!is_portuguese_with(&[]));
    }

    #[test]
    fn the_more_important_variable_wins_unless_it_is_empty() {
        let set = |all, messages| {
            is_portuguese_with(&[
                ("LC_ALL", all),
                ("LC_MESSAGES", messages),
                ("LANG", "pt_BR"),
            ])
        };
        assert!(!set("en", "pt"));
        assert!(!set("", "en"));
        assert!(set("", ""));
        // Not one of ours, and the less important variables do not count.
        assert!(!set("fr", "pt"));
        assert!(!set("C", "pt"));
    }
}
