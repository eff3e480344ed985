//! From the binder to the chat server, saying which of the two does not answer.

use dxr::Value;
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use protocol::classic::procedures::CREATE_ROOM;
use rpc::{CallError, Caller, Observers};
use thiserror::Error;

use super::PATIENCE;
use super::classic::ChatServer;

/// Why there is no chat server to talk to. The texts say what to start.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// Nothing that answers as a binder.
    #[error(
        "no binder at {binder}: {reason}; start `binder`, or name the one to ask with --binder HOST:PORT"
    )]
    BinderSilent {
        /// Who was asked.
        binder: Endpoint,
        /// Why there is no answer.
        reason: CallError,
    },
    /// The binder answers, but no chat server has registered.
    #[error("the binder at {binder} knows no chat server; start `chat-server --binder {binder}`")]
    NoChatServer {
        /// Who was asked.
        binder: Endpoint,
    },
    /// The binder names a chat server, and that one does not answer.
    #[error(
        "the chat server does not answer at {chat_server}, where the binder at {binder} says it is: \
         {reason}; start `chat-server --binder {binder}` again"
    )]
    ChatServerSilent {
        /// Who was asked.
        binder: Endpoint,
        /// What the binder answered.
        chat_server: Endpoint,
        /// Why there is no answer.
        reason: CallError,
    },
}

/// Finds the chat server that the binder knows, and makes sure that it answers.
///
/// # Errors
/// Which of the steps failed.
pub async fn find(binder: &Endpoint, observers: Observers) -> Result<ChatServer, DiscoveryError> {
    let chat_server = look_up(binder, observers.clone())
        .await
        .map_err(|reason| DiscoveryError::BinderSilent {
            binder: binder.clone(),
            reason,
        })?
        .ok_or_else(|| DiscoveryError::NoChatServer {
            binder: binder.clone(),
        })?;
    reach(&chat_server, observers)
        .await
        .map_err(|reason| DiscoveryError::ChatServerSilent {
            binder: binder.clone(),
            chat_server,
            reason,
        })
}

/// Where the binder says that the chat server is.
async fn look_up(binder: &Endpoint, observers: Observers) -> Result<Option<Endpoint>, CallError> {
    let caller = Caller::new(binder, PATIENCE, observers)?;
    let name = Value::String(CREATE_ROOM.name.to_owned());
    let answer = caller.call(LOOKUP_PROCEDURE.name, vec![name]).await?;
    Endpoint::from_lookup(answer).map_err(|error| CallError::unexpected(caller.server(), &error))
}

/// The chat server at `endpoint`, which has answered.
async fn reach(endpoint: &Endpoint, observers: Observers) -> Result<ChatServer, CallError> {
    let server = ChatServer::at(endpoint, observers)?;
    // A name that a dead server left in the binder is noticed now, not when the user has typed
    // theirs. Listing changes nothing, and every chat server can do it.
    server.list_rooms().await?;
    Ok(server)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn listener() -> (TcpListener, Endpoint) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = "127.0.0.1".to_owned();
        (listener, Endpoint { address, port })
    }

    async fn run_binder() -> Endpoint {
        let (listener, endpoint) = listener().await;
        let never = std::future::pending();
        tokio::spawn(binder::run(listener, binder::Settings::default(), never));
        endpoint
    }

    async fn silent() -> Endpoint {
        // The port was ours a moment ago and is nobody's now.
        listener().await.1
    }

    async fn failure(binder: &Endpoint) -> String {
        find(binder, Observers::none())
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn each_of_the_three_that_can_be_missing_is_named_with_what_to_start() {
        let nobody = silent().await;
        assert_eq!(
            failure(&nobody).await,
            format!(
                "no binder at {nobody}: cannot connect to {nobody}: Connection refused; \
                 start `binder`, or name the one to ask with --binder HOST:PORT"
            )
        );

        let binder = run_binder().await;
        assert_eq!(
            failure(&binder).await,
            format!(
                "the binder at {binder} knows no chat server; \
                 start `chat-server --binder {binder}`"
            )
        );

        let gone = silent().await;
        let registration = vec![
            Value::String(CREATE_ROOM.name.to_owned()),
            Value::String(gone.address.clone()),
            Value::Integer(i32::from(gone.port)),
        ];
        Caller::new(&binder, PATIENCE, Observers::none())
            .unwrap()
            .call(protocol::binder::REGISTER_PROCEDURE.name, registration)
            .await
            .unwrap();
        assert_eq!(
            failure(&binder).await,
            format!(
                "the chat server does not answer at {gone}, where the binder at {binder} says it \
                 is: cannot connect to {gone}: Connection refused; \
                 start `chat-server --binder {binder}` again"
            )
        );
    }

    #[tokio::test]
    async fn a_server_that_is_no_binder_is_not_taken_for_one() {
        let (listener, endpoint) = listener().await;
        let service = rpc::Service::new(rpc::Methods::new());
        tokio::spawn(rpc::serve(listener, service, std::future::pending()));
        let failure = failure(&endpoint).await;
        assert!(
            failure.starts_with(&format!("no binder at {endpoint}: ")),
            "{failure}"
        );
    }
}
