//! The `User-Agent` of our programs. A comment in it names the caller, which nothing else in a call does.
//!
//! | comment | what it names | read by |
//! | --- | --- | --- |
//! | `(client ID)` | the process that calls, the same on all its connections | the binder, the board's page |
//! | `(server HOST:PORT)` | the server that calls | the board's page |
//! | `(asking for ID, ID)` | the binders for which a binder asks another, the first of them first | the binder |
//!
//! The page's reader is in `binder/board/model/events.js`.

use crate::endpoint::Endpoint;

/// The version of all programs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

const CLIENT: &str = "(client ";
const ASKING: &str = "(asking for ";

/// The agent of a client's process.
pub fn of_client(id: &str) -> String {
    format!("distributed-chat-client/{VERSION} {CLIENT}{id})")
}

/// The agent of the chat server at this address.
pub fn of_server(at: &Endpoint) -> String {
    format!("distributed-chat-server/{VERSION} (server {at})")
}

/// The agent of a binder that asks another one for these binders, itself the last of them. To the other binder it is a
/// client.
pub fn of_binder(id: &str, askers: &[&str]) -> String {
    let askers = askers.join(", ");
    format!("distributed-chat-binder/{VERSION} {CLIENT}{id}) {ASKING}{askers})")
}

/// Whether the agent says which process it is.
pub fn names_client(agent: &str) -> bool {
    agent.contains(CLIENT)
}

/// The binders for which the call is made; none if it is a client's. Anyone may have written it: there may be any
/// number.
pub fn askers(agent: &str) -> impl Iterator<Item = &str> {
    let named = agent.split_once(ASKING);
    let named = named.and_then(|(_, named)| named.split_once(')'));
    named.into_iter().flat_map(|(named, _)| named.split(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let endpoint = Endpoint {
            address: "::1".to_owned(),
            port: 9000,
        };
        let [client, server] = [of_client("4711-9f3c"), of_server(&endpoint)];
        let binder = of_binder("12-ab", &["11-cd", "12-ab"]);
        assert_eq!(
            [&client, &server, &binder].map(|agent| names_client(agent)),
            [true, false, true]
        );
        assert_eq!(askers(&binder).collect::<Vec<_>>(), ["11-cd", "12-ab"]);
        for agent in [&*client, &*server, "Python-xmlrpc/3.11", "(asking for "] {
            assert_eq!(askers(agent).count(), 0, "{agent}");
        }
    }

    #[test]
    fn agents_are_those_of_the_documents() {
        assert_eq!(
            of_client("4711-9f3c"),
            format!("distributed-chat-client/{VERSION} (client 4711-9f3c)")
        );
        let endpoint = Endpoint {
            address: "localhost".to_owned(),
            port: 9000,
        };
        assert_eq!(
            of_server(&endpoint),
            format!("distributed-chat-server/{VERSION} (server localhost:9000)")
        );
        assert_eq!(
            of_binder("2-b", &["1-a", "2-b"]),
            format!("distributed-chat-binder/{VERSION} (client 2-b) (asking for 1-a, 2-b)")
        );
    }
}
