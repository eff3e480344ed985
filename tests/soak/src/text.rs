//! What the clients say: each message is unique and can be checked to be complete.

/// One message of a run: who sent it, and which of that sender's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) sender: u32,
    pub(crate) count: u32,
}

/// What is hard to carry: markup, white space that a reader may lose, characters of all lengths.
const HARD: [&str; 8] = [
    "oi",
    "olá, você & cia. <b>!</b>",
    "]]> &amp; \"'",
    " espaço  no fim \n\tlinha \r\n ",
    "日本語 עברית 😀👩‍💻",
    "\u{7f}\u{80}\u{9b}\u{202e}\u{feff}\u{fffd}",
    "%s {} \\0 $(id) <!-- --> <![CDATA[",
    "0000-00-00 00:00:00",
];

pub(crate) fn of(key: Key) -> String {
    let Key { sender, count } = key;
    let which = (sender as usize)
        .wrapping_mul(31)
        .wrapping_add(count as usize)
        % HARD.len();
    let hard = HARD.get(which).copied().unwrap_or_default();
    format!("{sender}:{count} {hard}")
}

/// Which message a text is, if it is one to the letter.
pub(crate) fn key(text: &str) -> Option<Key> {
    let (head, _) = text.split_once(' ')?;
    let (sender, count) = head.split_once(':')?;
    let key = Key {
        sender: sender.parse().ok()?,
        count: count.parse().ok()?,
    };
    (of(key) == text).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_own_message_to_the_letter() {
        for count in 0..20 {
            let one = Key { sender: 7, count };
            let text = of(one);
            assert_eq!(key(&text), Some(one));
            assert_eq!(key(&format!("{text} ")), None);
            let mut cut = text.clone();
            cut.pop();
            assert_eq!(key(&cut), None);
        }
        assert_eq!(key("oi"), None);
    }
}
