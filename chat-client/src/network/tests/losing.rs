//! Calls with lost answers: the user is where this client believes it to be.

use protocol::classic::procedures::EXTENSIONS;
use protocol::classic::texts::USER_REGISTERED;

use super::breaker::Scene;
use super::*;
use crate::network::support::until;

/// Answers that are lost while a call is repeated.
const A_FEW: usize = 3;

/// More answers than a call is repeated for.
const ALL: usize = usize::MAX;

async fn scene(dialect: Dialect) -> Scene {
    Scene::set(dialect, &EXTENSIONS).await
}

async fn signed_in(dialect: Dialect) -> Scene {
    let scene = scene(dialect).await;
    scene.chat.sign_in(identity(dialect, "ana")).await.unwrap();
    scene
}

/// Waits until the server has these users in the room.
async fn are_in(scene: &Scene, room: &str, users: &[&str]) {
    until(async || scene.users(room).await == users).await;
}

#[tokio::test]
async fn a_join_whose_answer_was_lost_is_finished() {
    for (dialect, receiving) in WAYS {
        let mut scene = signed_in(dialect).await;
        scene.breaker.lose("join_room", A_FEW);
        let joined = scene.chat.join_room("geral", receiving).await.unwrap();
        assert_eq!(joined.users, ["bia", "ana"]);
        scene.arrivals.listen(joined.feed);
        scene.bia.says("depois", None).await;
        assert_eq!(next_text(&mut scene.arrivals).await, "depois");
        assert_eq!(scene.users("geral").await, ["bia", "ana"]);
    }
}

#[tokio::test]
async fn a_join_that_is_given_up_leaves_no_ghost_in_the_room() {
    for dialect in DIALECTS {
        let scene = signed_in(dialect).await;
        scene.breaker.lose("join_room", ALL);
        let failure = scene.chat.join_room("geral", OFTEN).await.unwrap_err();
        assert!(failure.may_have_been_done(), "{failure:?}");
        assert_eq!(scene.users("geral").await, ["bia", "ana"], "it was done");
        are_in(&scene, "geral", &["bia"]).await;
        scene.breaker.lose("join_room", 0);
        scene.chat.join_room("geral", OFTEN).await.unwrap();
        assert_eq!(scene.users("geral").await, ["bia", "ana"]);
    }
}

#[tokio::test]
async fn after_a_join_that_is_given_up_the_user_is_in_the_room_before() {
    for (dialect, receiving) in WAYS {
        let mut scene = signed_in(dialect).await;
        let joined = scene.chat.join_room("geral", receiving).await.unwrap();
        scene.arrivals.listen(joined.feed);
        let _rui = scene.servers.user_in("rui", "jogos").await;
        scene.breaker.lose("join_room", ALL);
        scene.chat.join_room("jogos", receiving).await.unwrap_err();
        scene.breaker.lose("join_room", 0);
        are_in(&scene, "jogos", &["rui"]).await;
        are_in(&scene, "geral", &["bia", "ana"]).await;
        scene.bia.says("oi", None).await;
        loop {
            match soon(scene.arrivals.next()).await {
                Event::Message(message) => break assert_eq!(message.text, "oi"),
                // The feed may have been first to notice.
                Event::Restored(restored) => assert!(restored.is_only_rejoined(), "{restored:?}"),
                other => panic!("{other:?}"),
            }
        }
        assert!(scene.chat.is_in("geral") && !scene.chat.is_in("jogos"));
    }
}

#[tokio::test]
async fn a_leave_whose_answer_was_lost_is_finished() {
    for (dialect, receiving) in WAYS {
        let mut scene = signed_in(dialect).await;
        let joined = scene.chat.join_room("geral", receiving).await.unwrap();
        scene.arrivals.listen(joined.feed);
        scene.breaker.lose("leave_room", A_FEW);
        scene.chat.leave_room("geral").await.unwrap();
        assert!(!scene.chat.is_in("geral"));
        assert_eq!(scene.users("geral").await, ["bia"]);
        assert!(scene.arrivals.ready().is_none());
        // The name is still there, and works.
        scene.chat.join_room("geral", receiving).await.unwrap();
        scene.breaker.lose("leave_room", A_FEW);
        scene.breaker.lose("unregister_user", A_FEW);
        scene.chat.sign_out().await.unwrap();
        assert_eq!(scene.users("geral").await, ["bia"]);
    }
}

#[tokio::test]
async fn a_leave_that_is_given_up_leaves_the_user_in_the_room_on_both_sides() {
    for (dialect, receiving) in WAYS {
        let mut scene = signed_in(dialect).await;
        let joined = scene.chat.join_room("geral", receiving).await.unwrap();
        scene.arrivals.listen(joined.feed);
        scene.breaker.lose("leave_room", ALL);
        scene.chat.leave_room("geral").await.unwrap_err();
        let restored = restored(&mut scene.arrivals).await;
        assert!(restored.is_only_rejoined(), "{restored:?}");
        assert_eq!(scene.users("geral").await, ["bia", "ana"]);
        assert!(scene.chat.is_in("geral"));
    }
}

#[tokio::test]
async fn after_a_registration_without_an_answer_the_name_is_ours() {
    for dialect in DIALECTS {
        let scene = scene(dialect).await;
        let (method, welcome) = match dialect {
            Dialect::Classic => ("register_user", Some(USER_REGISTERED.to_owned())),
            Dialect::Accounts => ("login_user", None),
        };
        scene.breaker.lose(method, A_FEW);
        let signed_in = scene.chat.sign_in(identity(dialect, "ana")).await;
        assert_eq!(signed_in.unwrap(), welcome);
        scene.chat.join_room("geral", OFTEN).await.unwrap();
        assert_eq!(scene.users("geral").await, ["bia", "ana"]);
    }
}

#[tokio::test]
async fn a_name_that_is_seen_in_a_room_is_not_taken_for_the_own_one() {
    let scene = scene(Dialect::Classic).await;
    scene.breaker.lose("register_user", 1);
    let failure = scene
        .chat
        .sign_in(Identity::guest("bia"))
        .await
        .unwrap_err();
    assert_eq!(failure.refusal(), Some(&Refusal::NameTaken));
    assert_eq!(scene.chat.user(), None);
}
