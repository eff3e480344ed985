//! What the keys of a chat or a binder in etcd begin with, as a flag.

/// What stands after a prefix where a program reads and deletes all keys: those of a chat's log, of its snapshots, and of
/// a binder's names.
const OWN_PARTS: [&str; 3] = ["log", "snapshot", "names"];

/// Reads a prefix. Keys that begin with it are never among those that are read or deleted for another prefix.
pub fn etcd_prefix(text: &str) -> Result<String, String> {
    let prefix = text.trim_end_matches('/');
    let mut before = String::new();
    for (index, part) in prefix.split('/').enumerate() {
        if index > 0 && OWN_PARTS.contains(&part) {
            let other = prefix.replace('/', "-");
            return Err(format!(
                "below {before}/{part}/ are keys of the chat or the binder with the prefix {before}, and both would be \
                 mixed; choose a prefix without the part {part}, such as {other}"
            ));
        }
        if index > 0 {
            before.push('/');
        }
        before.push_str(part);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_among_the_keys_of_another_is_refused() {
        for prefix in [
            "chat/log",
            "chat/log/",
            "chat/log/x",
            "a/b/snapshot/00",
            "binder/names/a",
            "/log",
        ] {
            let error = etcd_prefix(prefix).unwrap_err();
            assert!(error.contains("choose a prefix without"), "{error}");
        }
        for prefix in [
            "chat",
            "log",
            "names/",
            "turma/a",
            "chat/logs",
            "chat/snapshot-claim",
            "",
        ] {
            assert_eq!(etcd_prefix(prefix).as_deref(), Ok(prefix));
        }
    }
}
