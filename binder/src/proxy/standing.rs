//! How a server stands among those of its chat: whether calls are still passed on to it.
//!
//! It is looked up at intervals, and not for each call: a call that is passed on asks neither the directory nor another
//! binder.

use std::sync::atomic::Ordering;
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};
use rpc::serve::forward::{Standing, TIMEOUT};

use super::route::Route;
use super::source::called_at;

/// How often the own directory is looked through.
const EVERY: Duration = Duration::from_secs(1);

/// How often another binder is asked about a server that is one of several.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How often another binder is asked about a server that is the only one of its chat.
const ASK_ALONE_EVERY: Duration = Duration::from_secs(10);

/// A server as a binder listed it last. Binders that pass calls on each have another port for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    endpoint: Endpoint,
    /// Its chat.
    group: String,
}

/// How the server that is called at `target` stands by a list of the servers that have its names; `None` if the list does
/// not say it. Only a server of the same chat may take its place.
fn standing(listed: &[Listed], target: &Endpoint, known: &mut Option<Known>) -> Option<Standing> {
    let is_known = |entry: &Listed| {
        let endpoint = known.as_ref().map(|known| &known.endpoint);
        called_at(entry) == target || endpoint == Some(&entry.endpoint)
    };
    let (own, others): (Vec<&Listed>, Vec<&Listed>) =
        listed.iter().partition(|entry| is_known(entry));
    let own = own.first();
    if let Some(own) = own {
        *known = own.group.clone().map(|group| Known {
            endpoint: own.endpoint.clone(),
            group,
        });
    }
    let Some(Known { group, .. }) = known else {
        return own.map(|_| Standing::Alone);
    };
    let shares = |other: &&&Listed| !other.displaced && other.group.as_ref() == Some(group);
    let mut others = others.iter().filter(shares).peekable();
    let has_others = others.peek().is_some();
    match own {
        Some(own) if own.behind.is_some() && others.any(|other| other.behind.is_none()) => {
            Some(Standing::Behind)
        }
        Some(_) if has_others => Some(Standing::OneOfSeveral),
        Some(_) => Some(Standing::Alone),
        None => has_others.then_some(Standing::Gone),
    }
}

impl Route {
    /// Looks up how the server stands now.
    async fn note_standing(&self) {
        let names = self.names.lock().clone();
        let listed = self.source.list(&names).await;
        let before = *self.standing.borrow();
        let now = match standing(&listed, &self.target.endpoint, &mut self.known.lock()) {
            Some(now) => now,
            None if before == Standing::Unknown => Standing::Alone,
            None => return,
        };
        if now == before {
            return;
        }
        self.standing.send_replace(now);
        let server = &self.target.endpoint;
        match now {
            Standing::Gone | Standing::Behind if !before.is_left() => {
                tracing::info!(%server, "calls go to another server of the chat");
            }
            Standing::Alone | Standing::OneOfSeveral if before.is_left() => {
                tracing::info!(%server, "calls are passed on again");
            }
            _ => {}
        }
    }

    /// Looks up how the server stands, in an endless loop, while it is used.
    pub(super) async fn follow_standing(&self) {
        let asks_elsewhere = self.source.upstream.is_some();
        loop {
            // A call may wait for as long.
            let is_used = self.unused_for() < TIMEOUT + ASK_ALONE_EVERY;
            // Another binder may not list groups at all: it is asked again when a client has looked the server up.
            let may_share = !asks_elsewhere
                || self.was_looked_up.swap(false, Ordering::Relaxed)
                || self.known.lock().is_some();
            if is_used && may_share {
                self.note_standing().await;
            }
            let pause = match *self.standing.borrow() {
                _ if !asks_elsewhere => EVERY,
                Standing::Unknown | Standing::Alone => ASK_ALONE_EVERY,
                Standing::OneOfSeveral | Standing::Behind | Standing::Gone => ASK_EVERY,
            };
            // No binder says by itself that a list has changed.
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> Endpoint {
        Endpoint {
            address: "host".to_owned(),
            port,
        }
    }

    fn listed(port: u16, group: Option<&str>) -> Listed {
        Listed {
            name: "a".to_owned(),
            endpoint: at(port),
            age: 0,
            lease: Some(5),
            built_in: false,
            group: group.map(str::to_owned),
            displaced: false,
            stale: None,
            behind: None,
            proxied_at: None,
        }
    }

    #[test]
    fn a_server_is_left_when_another_of_its_chat_is_listed_and_current() {
        let chat = |port| listed(port, Some("x"));
        let behind = |port| Listed {
            behind: Some(3),
            ..chat(port)
        };
        let of_another = listed(3, Some("y"));
        let displaced = Listed {
            displaced: true,
            ..chat(2)
        };
        let mut known = None;
        let mut stands = |listed: &[Listed]| standing(listed, &at(1), &mut known);
        // Of what is not listed it is not known whose chat it is.
        assert_eq!(stands(&[chat(2)]), None);
        let of_none = [listed(1, None), chat(2)];
        assert_eq!(stands(&of_none), Some(Standing::Alone));
        assert_eq!(stands(&[chat(2)]), None);
        for (listed, expected) in [
            (vec![chat(1)], Some(Standing::Alone)),
            (vec![chat(1), of_another.clone()], Some(Standing::Alone)),
            (vec![chat(1), displaced.clone()], Some(Standing::Alone)),
            (vec![chat(2), chat(1)], Some(Standing::OneOfSeveral)),
            (vec![chat(2), behind(1)], Some(Standing::Behind)),
            (vec![behind(2), behind(1)], Some(Standing::OneOfSeveral)),
            (vec![behind(1)], Some(Standing::Alone)),
            (vec![chat(2)], Some(Standing::Gone)),
            (vec![behind(2)], Some(Standing::Gone)),
            (vec![displaced, of_another], None),
            (vec![], None),
            (of_none.to_vec(), Some(Standing::Alone)),
        ] {
            assert_eq!(stands(&listed), expected, "{listed:?}");
        }
    }

    #[test]
    fn a_server_that_another_binder_passes_calls_on_to_is_the_same_one_at_each_binder() {
        let through = |port, by| Listed {
            proxied_at: Some(at(by)),
            ..listed(port, Some("x"))
        };
        let mut known = None;
        let mut stands = |listed: &[Listed]| standing(listed, &at(10), &mut known);
        let first = [through(1, 10), listed(2, Some("x"))];
        assert_eq!(stands(&first), Some(Standing::OneOfSeveral));
        let second = [through(1, 20), through(2, 21)];
        assert_eq!(stands(&second), Some(Standing::OneOfSeveral));
        assert_eq!(stands(&second[1..]), Some(Standing::Gone));
    }
}
