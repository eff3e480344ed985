//! Reading a room in every way there is, against the list of what is to be seen.

use std::sync::Arc;

use crate::chat::{Chat, Cursor, Message, PersonId, Timestamp};

/// What a reader may see of the messages kept.
pub(super) fn visible(kept: &[Arc<Message>], reader: Option<PersonId>) -> Vec<Arc<Message>> {
    let may_see = |message: &&Arc<Message>| message.to.is_none() || message.to == reader;
    kept.iter().filter(may_see).cloned().collect()
}

/// However a room is read, what is to be seen is seen once and in order.
pub(super) fn check_reading(
    chat: &Chat,
    room: &str,
    reader: Option<PersonId>,
    expected: &[Arc<Message>],
) {
    const AT_MOST: usize = 2;

    let newest = |at_most| chat.newest_messages(room, reader, at_most).unwrap();
    assert_eq!(newest(usize::MAX), expected);
    let tail = expected.len().saturating_sub(AT_MOST);
    assert_eq!(newest(AT_MOST), expected[tail..]);

    let mut polled = Vec::new();
    let mut last = Timestamp::parse("0000-01-01 00:00:00").unwrap();
    // More than there is would go on for ever.
    while polled.len() <= expected.len() {
        let messages = chat
            .messages_after(room, reader, "", last, AT_MOST)
            .unwrap();
        assert!(messages.len() <= AT_MOST);
        let Some(message) = messages.last() else {
            break;
        };
        // The way a client of the wire hands it back.
        last = Timestamp::parse(&message.timestamp.to_string()).unwrap();
        polled.extend(messages);
    }
    assert_eq!(polled, expected);

    let mut polled = Vec::new();
    let mut cursor = Cursor::parse("0").unwrap();
    while polled.len() <= expected.len() {
        let page = chat.messages_since(room, reader, cursor, AT_MOST).unwrap();
        assert!(page.messages.len() <= AT_MOST);
        cursor = page.cursor;
        if page.messages.is_empty() {
            break;
        }
        polled.extend(page.messages);
    }
    assert_eq!(polled, expected);
    assert_eq!(Some(cursor), chat.latest_cursor(room));
}
