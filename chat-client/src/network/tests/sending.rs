//! Each message is stored once, or its sender knows that it is not certain.

use protocol::classic::procedures::EXTENSIONS;
use protocol::procedure::Procedure;
use tokio::task::JoinHandle;

use super::breaker::Scene;
use super::*;

/// Ana and bia in a room, with a wire that can be cut between ana and the server.
async fn scene(extensions: &[Procedure]) -> Scene {
    let scene = Scene::set(Dialect::Classic, extensions).await;
    scene.chat.sign_in(Identity::guest("ana")).await.unwrap();
    scene.chat.join_room("geral", OFTEN).await.unwrap();
    scene
}

/// Sends a message, to bia alone if it is private, and gives it when the server has taken it.
async fn send(scene: &Scene, is_private: bool) -> JoinHandle<Result<(), Failure>> {
    scene.breaker.arm();
    let chat = scene.chat.clone();
    let recipient = is_private.then_some("bia");
    let sending = tokio::spawn(async move { chat.send("geral", "uma vez", recipient).await });
    scene.breaker.taken().await;
    sending
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_the_message_is_there_once() {
    for is_private in [false, true] {
        let scene = scene(&EXTENSIONS).await;
        let sending = send(&scene, is_private).await;
        scene.breaker.cut();
        soon(sending).await.unwrap().unwrap();
        assert_eq!(scene.bia.reads().await, ["ana: uma vez"]);
    }
}

#[tokio::test]
async fn with_an_original_server_a_lost_answer_is_reported_and_nothing_is_repeated() {
    let scene = scene(&[]).await;
    let sending = send(&scene, false).await;
    scene.breaker.cut();
    let failure = soon(sending).await.unwrap().unwrap_err();
    assert!(failure.may_have_been_done(), "{failure}");
    assert_eq!(scene.bia.reads().await, ["ana: uma vez"]);
}

#[tokio::test]
async fn a_message_that_was_lost_with_its_server_is_sent_again() {
    let mut scene = scene(&EXTENSIONS).await;
    let sending = send(&scene, false).await;
    scene.servers.kill_server().await;
    scene.servers.start_server().await;
    // Alone in the room it would be refused.
    let bia = scene.servers.user_in("bia", "geral").await;
    scene.breaker.cut();
    soon(sending).await.unwrap().unwrap();
    assert_eq!(bia.reads().await, ["ana: uma vez"]);
}

#[tokio::test]
async fn a_message_that_may_be_there_is_not_sent_again_when_the_server_cannot_tell() {
    for is_private in [false, true] {
        let scene = scene(&EXTENSIONS).await;
        let sending = send(&scene, is_private).await;
        // With the user, the server forgets what it was sent under which identifier.
        scene.bia.server.unregister("ana").await.unwrap();
        scene.breaker.cut();
        let failure = soon(sending).await.unwrap().unwrap_err();
        assert!(failure.may_have_been_done(), "{failure}");
        assert_eq!(scene.bia.reads().await, ["ana: uma vez"]);
        assert_eq!(scene.chat.users("geral").await.unwrap(), ["bia", "ana"]);
    }
}

#[tokio::test]
async fn what_is_typed_while_there_is_no_server_is_sent_in_its_order_when_there_is_one() {
    for (dialect, receiving) in WAYS {
        let mut servers = Servers::start().await;
        let (chat, _arrivals) = ana(&servers, dialect, receiving).await;
        servers.kill_server().await;
        let sending = {
            let chat = chat.clone();
            tokio::spawn(async move {
                let (one, two) = tokio::join!(
                    chat.send("geral", "um", None),
                    chat.send("geral", "dois", None)
                );
                one.and(two)
            })
        };
        servers.start_server().await;
        // The other users of the room come back as well, perhaps later.
        let bia = servers.user_in("bia", "geral").await;
        soon(sending).await.unwrap().unwrap();
        assert_eq!(bia.reads().await, ["ana: um", "ana: dois"], "{dialect:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_the_answer_and_nothing_is_kept_for_later() {
    let servers = Servers::start().await;
    let (chat, _arrivals) = ana(&servers, Dialect::Classic, OFTEN).await;
    let alone = chat.send("geral", "alguem?", None).await.unwrap_err();
    assert_eq!(alone.refusal(), Some(&Refusal::AloneInRoom));
    let bia = servers.user_in("bia", "geral").await;
    let nobody = chat.send("geral", "psiu", Some("rui")).await.unwrap_err();
    let rui = Refusal::RecipientNotInRoom { name: "rui".into() };
    assert_eq!(nobody.refusal(), Some(&rui));
    assert!(bia.reads().await.is_empty());
}

#[tokio::test]
async fn when_no_server_comes_back_the_sender_learns_that_nothing_was_sent() {
    let mut servers = Servers::start().await;
    let (chat, _arrivals) = ana(&servers, Dialect::Classic, OFTEN).await;
    chat.keep_messages_for(Duration::from_millis(100));
    servers.kill_server().await;
    let failure = chat.send("geral", "tarde demais", None).await.unwrap_err();
    assert!(failure.is_unreachable(), "{failure}");
}
