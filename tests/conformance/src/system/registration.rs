//! Where the server that was started is found.

use std::collections::BTreeSet;
use std::mem::take;
use std::time::{Duration, Instant};

use protocol::endpoint::Endpoint;
use protocol::{accounts, classic};
use serde_json::json;

use super::ports::{is_listened_at_by, is_reachable};
use super::{REACTION, System};
use crate::chat::{NO_SUCH_METHOD, offers};
use crate::checks::binder::endpoint;
use crate::client::{Program, how_it_ended, last_lines, wait};
use crate::diagnosis;
use crate::peer::Peer;
use crate::requirement::{Outcome, Shortfall};
use crate::run::CannotCheck;
use crate::scene::failed;
use crate::words::{Language, Words, words};

/// How long a server that listens may take to register, before a place that the binder has built in is taken for
/// its own.
const REGISTRATION: Duration = Duration::from_secs(2);

/// The name of a procedure that every chat server has.
const PROCEDURE: &str = "create_room";

/// Where a binder says that the chat server is: dialect classic's place, and else dialect accounts'.
pub(super) fn look_up_server(binder: &mut Peer) -> Option<Endpoint> {
    look_up(binder, PROCEDURE).or_else(|| {
        let service = look_up(binder, accounts::SERVICE)?;
        // One with both dialects may have registered between the two calls.
        Some(look_up(binder, PROCEDURE).unwrap_or(service))
    })
}

fn look_up(binder: &mut Peer, name: &str) -> Option<Endpoint> {
    endpoint(&binder.call("lookup_procedure", &[json!(name)]))
}

/// The procedures that the dialects name, and the sheet.
fn procedures() -> Vec<&'static str> {
    let classic = classic::procedures::ORIGINAL.iter();
    let names: BTreeSet<_> = classic
        .chain(&accounts::procedures::ORIGINAL)
        .map(|procedure| procedure.name)
        .collect();
    names.into_iter().collect()
}

/// Those of these procedures that a server offers.
fn offered(server: &mut Peer, mut names: Vec<&'static str>) -> Vec<&'static str> {
    let unknown = server.call(NO_SUCH_METHOD, &[]);
    // One that never answers the same does not show what it has.
    if offers(server, "conformance_no_such_method_either", &unknown) {
        return Vec::new();
    }
    names.retain(|name| offers(server, name, &unknown));
    names
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
        let reply = self.peer.call("lookup_procedure", &[json!(PROCEDURE)]);
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
        .because(diagnosis::of_place(&reply))
        .because(diagnosis::of_started(&self.server.printed())))
    }

    /// Those of these names that the binder does not know.
    fn unregistered(&mut self, mut names: Vec<&'static str>) -> Vec<&'static str> {
        names.retain(|name| look_up(&mut self.peer, name).is_none());
        names
    }

    fn has_service(&mut self) -> bool {
        let service = look_up(&mut self.peer, accounts::SERVICE);
        service.is_some() && service != self.built_in
    }

    /// Waits until the binder knows every name again that the server has registered at first: it may register them one
    /// after the other.
    pub(super) fn names_are_back(&mut self, within: Duration) -> bool {
        let mut names = self.names.clone();
        let all = wait(within, || {
            names = self.unregistered(take(&mut names));
            names.is_empty().then_some(())
        });
        all.is_some()
    }

    /// Whether the binder knows each procedure that the server offers. A server may have registered one name for all
    /// of them, as in dialect accounts.
    pub(super) fn procedures_are_registered(&mut self, server: &mut Peer) -> Outcome {
        if look_up(&mut self.peer, PROCEDURE).is_none() {
            self.names = vec![accounts::SERVICE];
            return Ok(());
        }
        let unregistered = self.unregistered(procedures());
        // What is registered is not called for this: without parameters, it may do something.
        let mut missing = offered(server, unregistered);
        let all = wait(REACTION, || {
            missing = self.unregistered(take(&mut missing));
            (missing.is_empty() || self.has_service()).then_some(())
        });
        let mut names = procedures();
        names.retain(|name| look_up(&mut self.peer, name).is_some());
        names.extend(self.has_service().then_some(accounts::SERVICE));
        self.names = names;
        if all.is_some() {
            return Ok(());
        }
        let missing = missing.join(", ");
        Err(Shortfall::failed(
            Words::new(
                "each procedure that the server offers, under its name",
                "cada procedimento que o servidor oferece, com o seu nome",
            ),
            words!("not registered: {missing}", "sem registro: {missing}"),
        )
        .because(Some(diagnosis::registers_some())))
    }
}
