use protocol::classic::procedures::{
    CREATE_ROOM, LEAVE_ROOM, LIST_ROOMS, SEND_MESSAGE_ONCE, WAIT_MESSAGES,
};
use rpc::{Answer, Methods};

use super::*;
use crate::network::stage::{self, Stage, nowhere};

fn directory(dialect: Dialect, binder: &Endpoint) -> Directory {
    Directory::new(dialect, binder.clone(), Observers::none())
}

async fn failure(binder: &Endpoint) -> String {
    let directory = directory(Dialect::Classic, binder);
    directory.find().await.unwrap_err().to_string()
}

/// A server that can do no more than every chat server.
async fn lister() -> Endpoint {
    let list = |_: &rpc::Arguments| Ok(Answer::texts(Vec::<String>::new()));
    stage::serve(Methods::new().immediate(&LIST_ROOMS, list)).await
}

#[tokio::test]
async fn each_of_the_three_that_can_be_missing_is_named_with_what_to_start() {
    let nobody = nowhere().await;
    assert_eq!(
        failure(&nobody).await,
        format!(
            "no binder at {nobody}: cannot connect to {nobody}: Connection refused; \
             start `binder`, or name the one to ask with --binder HOST:PORT"
        )
    );

    let mut stage = Stage::set().await;
    stage.kill_server().await;
    let binder = stage.binder().clone();
    let gone = stage.place(Dialect::Classic);
    assert_eq!(
        failure(&binder).await,
        format!(
            "the chat server does not answer at {gone}, where the binder at {binder} says it \
             is: cannot connect to {gone}: Connection refused; \
             start `chat-server --binder {binder}` again"
        )
    );

    stage.kill_binder().await;
    stage.start_binder().await;
    assert_eq!(
        failure(&binder).await,
        format!(
            "the binder at {binder} knows no chat server; \
             start `chat-server --binder {binder}`"
        )
    );
    let accounts = directory(Dialect::Accounts, &binder).find().await;
    let text = accounts.unwrap_err().to_string();
    assert!(
        text.contains("knows no chat server with accounts; start"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_is_no_binder_is_not_taken_for_one() {
    let endpoint = lister().await;
    let failure = failure(&endpoint).await;
    assert!(
        failure.starts_with(&format!("no binder at {endpoint}: ")),
        "{failure}"
    );
}

#[tokio::test]
async fn our_server_offers_everything_in_both_dialects() {
    let stage = Stage::set().await;
    for dialect in [Dialect::Classic, Dialect::Accounts] {
        let server = stage.directory(dialect).find().await.unwrap();
        let everything = Offers {
            leaving: true,
            sending_once: true,
            waiting: true,
        };
        assert_eq!(server.offers(), everything, "{dialect:?}");
    }
}

#[tokio::test]
async fn in_dialect_classic_a_name_that_leads_to_another_server_is_no_offer() {
    let stage = Stage::set().await;
    let (original, another) = (lister().await, nowhere().await);
    let binder = stage.binder();
    stage::register(binder, &[CREATE_ROOM.name, LEAVE_ROOM.name], &original).await;
    // Our server has left this one behind in the binder, and the third is its own still.
    stage::register(binder, &[SEND_MESSAGE_ONCE.name], &another).await;
    let server = directory(Dialect::Classic, binder).find().await.unwrap();
    assert_eq!(server.endpoint(), &original);
    let leaving = Offers {
        leaving: true,
        ..Offers::default()
    };
    assert_eq!(
        server.offers(),
        leaving,
        "nothing of {}",
        WAIT_MESSAGES.name
    );
}

#[tokio::test]
async fn in_dialect_accounts_a_server_without_introspection_offers_nothing() {
    // As Python's server refuses it.
    let refuse = |_: &rpc::Arguments| {
        let text = "<class 'Exception'>:method \"system.listMethods\" is not supported";
        Err(protocol::fault::application(text))
    };
    let list = |_: &rpc::Arguments| Ok(Answer::texts(Vec::<String>::new()));
    let methods = Methods::new()
        .immediate(&LIST_ROOMS, list)
        .immediate(&LIST_METHODS, refuse);
    let (stage, original) = (Stage::set().await, stage::serve(methods).await);
    stage::register(stage.binder(), &[protocol::accounts::SERVICE], &original).await;
    let server = stage.directory(Dialect::Accounts).find().await.unwrap();
    assert_eq!(server.endpoint(), &original);
    assert_eq!(server.offers(), Offers::default());
}
