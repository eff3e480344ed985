//! Where the server that was started is found.

use std::time::{Duration, Instant};

use protocol::endpoint::Endpoint;
use serde_json::json;

use super::ports::{is_listened_at_by, is_reachable};
use super::{REACTION, System};
use crate::checks::binder::endpoint;
use crate::client::{Program, how_it_ended, last_lines, wait};
use crate::diagnosis;
use crate::peer::Peer;
use crate::requirement::Outcome;
use crate::run::CannotCheck;
use crate::scene::failed;
use crate::words::{Language, Words, words};

/// How long a server that listens may take to register, before a place that the binder has built in is taken for
/// its own.
const REGISTRATION: Duration = Duration::from_secs(2);

/// The names under which a chat server is looked up: dialect classic's, then dialect accounts'.
const SERVER_NAMES: [&str; 2] = ["create_room", protocol::accounts::SERVICE];

/// Where a binder says that the chat server is.
pub(super) fn look_up_server(binder: &mut Peer) -> Option<Endpoint> {
    SERVER_NAMES
        .iter()
        .find_map(|name| endpoint(&binder.call("lookup_procedure", &[json!(name)])))
}

/// Refuses a binder that answers a port of its own for the server's. What is behind it may be any server.
pub(super) fn refuse_own_place(
    binder: &Program,
    place: Option<&Endpoint>,
) -> Result<(), CannotCheck> {
    match place {
        Some(place) if is_listened_at_by(&binder.processes(), place.port) => {
            Err(CannotCheck::BehindProxy(place.clone()))
        }
        _ => Ok(()),
    }
}

impl System<'_> {
    /// Waits until the binder says where the server is that was started.
    pub(super) fn server_registers(&mut self) -> Outcome {
        let mut built_in_since = None;
        let found = wait(REACTION, || {
            let has_failed = self.server.has_failed();
            match look_up_server(&mut self.peer) {
                // What listened there before is a stranger, and a server that has just begun to listen may be about to
                // register another place.
                Some(place) if Some(&place) == self.built_in.as_ref() => {
                    if self.others.still_has(place.port) || !is_reachable(&place) {
                        return has_failed.then_some(None);
                    }
                    let since = built_in_since.get_or_insert_with(Instant::now);
                    (since.elapsed() >= REGISTRATION).then_some(Some(place))
                }
                Some(place) if is_reachable(&place) => Some(Some(place)),
                _ => has_failed.then_some(None),
            }
        })
        .flatten();
        if found.is_some() {
            self.place = found;
            return Ok(());
        }
        let reply = self.peer.call("lookup_procedure", &[json!("create_room")]);
        let printed = last_lines(&self.server.printed());
        let provoked = match self.server.ended() {
            Some(status) => {
                let how = how_it_ended(status);
                let (english, portuguese) = (how.of(Language::En), how.of(Language::Pt));
                Words::new(
                    format!("the server ended {english}; it had printed: {printed}"),
                    format!("o servidor terminou {portuguese}; tinha imprimido: {printed}"),
                )
            }
            None => words!(
                "the server printed: {printed}",
                "o servidor imprimiu: {printed}"
            ),
        };
        Err(failed(
            Words::new(
                "[address, port] of a server that answers",
                "[endereço, porta] de um servidor que responde",
            ),
            &reply,
        )
        .provoked_by(provoked)
        .because(diagnosis::of_started(&self.server.printed())))
    }
}
