//! `wait_messages`, which both dialects have and word differently.

use std::sync::Arc;
use std::time::Duration;

use rpc::{Answer, Arguments};

use super::MESSAGES_AT_MOST;
use super::refusal::{Refusal, room_name, username};
use crate::chat::{Caller, Cursor, Kind, Message, Username};
use crate::service::{ChatService, WaitRefusal};

/// The longest wait in milliseconds: well below the time after which a silent user's name may be taken over.
const LONGEST_WAIT: i64 = 30_000;

/// How a dialect puts what is waited for.
pub(super) struct Wording {
    pub(super) kind: Kind,
    pub(super) encoded: fn(Vec<Arc<Message>>) -> Answer,
    /// Why a user cannot wait in a room.
    pub(super) refused: fn(WaitRefusal, &Username, &str) -> Refusal,
}

/// Waits for messages after the cursor in the call.
pub(super) async fn wait(
    service: &ChatService,
    arguments: &Arguments,
    wording: &Wording,
) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    let room = room_name(arguments.text(1)?)?;
    let cursor = match arguments.text(2)? {
        "" => None,
        text => Some(read_cursor(service, text).ok_or_else(|| {
            arguments.refuse(
                2,
                "a cursor that this server gave, or an empty one",
                "another text",
            )
        })?),
    };
    let milliseconds = arguments.integer(3)?;
    let timeout = u64::try_from(milliseconds.min(LONGEST_WAIT))
        .map(Duration::from_millis)
        .map_err(|_| arguments.refuse(3, "milliseconds", &milliseconds.to_string()))?;
    let caller = Caller {
        name: user.clone(),
        kind: wording.kind,
    };
    let page = service
        .wait_for_messages(
            &caller,
            &room,
            cursor,
            timeout,
            MESSAGES_AT_MOST,
            Some(arguments.connection()),
        )
        .await
        .map_err(|refusal| (wording.refused)(refusal, &user, room.as_str()))?;
    Ok(Answer::members([
        ("messages", (wording.encoded)(page.messages)),
        (
            "cursor",
            Answer::text(format!("{}-{}", chat_id(service), page.cursor)),
        ),
    ])?)
}

/// The place that a cursor means. In the cursor of another chat, such as one that was in memory alone, it
/// is the beginning: nothing that is kept here was seen then.
fn read_cursor(service: &ChatService, text: &str) -> Option<Cursor> {
    let (id, place) = text.rsplit_once('-')?;
    let place = Cursor::parse(place)?;
    Some(if id == chat_id(service) {
        place
    } else {
        Cursor::START
    })
}

fn chat_id(service: &ChatService) -> String {
    service.id().map(|id| id.0.to_string()).unwrap_or_default()
}
