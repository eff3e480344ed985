//! Our own messages, which come back from the room like those of others.
//!
//! They are shown when they are typed. So those that come back are left out, once for each; what
//! comes back without having been typed here (the same account at another terminal) is shown.

use crate::network::take_one;

/// Messages that were shown and have not come back.
#[derive(Debug, Default)]
pub(super) struct OwnMessages {
    expected: Vec<String>,
}

/// Beyond this many something is wrong, and the oldest are not expected any more.
const MOST: usize = 100;

impl OwnMessages {
    /// Notes a message that was shown and is sent to the room.
    pub(super) fn expect(&mut self, text: &str) {
        if self.expected.len() == MOST {
            self.expected.remove(0);
        }
        self.expected.push(text.to_owned());
    }

    /// Notes that a message was not sent, or perhaps not: if it comes back, it must be shown.
    pub(super) fn give_up(&mut self, text: &str) {
        take_one(&mut self.expected, &text.to_owned());
    }

    /// Whether a message that comes back was shown already.
    pub(super) fn came_back(&mut self, text: &str) -> bool {
        take_one(&mut self.expected, &text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_left_out_once() {
        let mut own = OwnMessages::default();
        own.expect("oi");
        own.expect("oi");
        own.expect("não");
        own.give_up("não");
        assert!(own.came_back("oi"));
        assert!(own.came_back("oi"));
        assert!(!own.came_back("oi"));
        assert!(!own.came_back("não"));
    }
}
