//! A user at a server that is killed, restarted, replaced, or made to forget the user.

mod addresses;
mod breaker;
mod losing;
mod sending;

use protocol::refusal::Refusal;
use rpc::Observers;

use super::*;
use crate::invocation::{Program, command};
use crate::network::chat_server::ChatServer;
use crate::network::support::{self, Servers, identity, next_text, nowhere, soon};
use crate::network::{Event, Receiving, Restored};

const DIALECTS: [Dialect; 2] = [Dialect::Classic, Dialect::Accounts];

const OFTEN: Receiving = Receiving::Every(Duration::from_millis(10));

const WAYS: [(Dialect, Receiving); 4] = [
    (Dialect::Classic, Receiving::AtOnce),
    (Dialect::Classic, OFTEN),
    (Dialect::Accounts, Receiving::AtOnce),
    (Dialect::Accounts, OFTEN),
];

/// Ana, in the room `geral`, which is created if need be.
async fn ana(servers: &Servers, dialect: Dialect, receiving: Receiving) -> (Chat, Arrivals) {
    let (chat, mut arrivals) = servers.signed_in(dialect, "ana").await;
    // Another user may have been first.
    let _ = chat.create_room("geral").await;
    let joined = chat.join_room("geral", receiving).await.unwrap();
    arrivals.listen(joined.feed);
    (chat, arrivals)
}

/// What had to be done to be back; that the server was silent may be said before.
async fn restored(arrivals: &mut Arrivals) -> Restored {
    loop {
        match soon(arrivals.next()).await {
            Event::Lost { .. } => {}
            Event::Restored(restored) => return restored,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn after_a_restart_of_the_server_the_user_is_back_in_the_room() {
    for (dialect, receiving) in WAYS {
        let mut servers = Servers::start().await;
        let (chat, mut arrivals) = ana(&servers, dialect, receiving).await;
        servers.kill_server().await;
        servers.start_server().await;
        let place = servers.place(dialect).to_string();
        let expected = Restored {
            server: place,
            moved: false,
            registered: true,
            created: vec!["geral".into()],
            joined: vec!["geral".into()],
        };
        assert_eq!(restored(&mut arrivals).await, expected);
        let bia = servers.user_in("bia", "geral").await;
        assert_eq!(chat.users("geral").await.unwrap(), ["ana", "bia"]);
        bia.says("oi", None).await;
        assert_eq!(next_text(&mut arrivals).await, "oi");
        chat.send("geral", "de volta", None).await.unwrap();
        assert_eq!(next_text(&mut arrivals).await, "de volta");
        assert_eq!(bia.reads().await, ["bia: oi", "ana: de volta"]);
    }
}

#[tokio::test]
async fn a_server_that_is_started_elsewhere_is_found_with_what_was_said_there_meanwhile() {
    for (dialect, receiving) in WAYS {
        let mut servers = Servers::start().await;
        let (_chat, mut arrivals) = ana(&servers, dialect, receiving).await;
        let before = servers.user_in("bia", "geral").await;
        before.says("antes", None).await;
        assert_eq!(next_text(&mut arrivals).await, "antes");
        servers.kill_server().await;
        // The binder still names the place where the server was.
        let lost = soon(arrivals.next()).await;
        assert!(matches!(lost, Event::Lost { .. }), "{lost:?}");
        servers.move_server();
        let binder = servers.binder().clone();
        servers.kill_binder().await;
        servers.start_server_unknown().await;
        let bia = servers.user_in("bia", "geral").await;
        let _rui = servers.user_in("rui", "geral").await;
        bia.says("antes de ti", None).await;
        assert_eq!(servers.binder(), &binder);
        servers.start_binder().await;
        let place = servers.place(dialect).to_string();
        let expected = Restored {
            server: place,
            moved: true,
            registered: true,
            created: Vec::new(),
            joined: vec!["geral".into()],
        };
        assert_eq!(restored(&mut arrivals).await, expected);
        assert_eq!(next_text(&mut arrivals).await, "antes de ti");
        bia.says("depois", None).await;
        assert_eq!(next_text(&mut arrivals).await, "depois");
    }
}

#[tokio::test]
async fn in_dialect_accounts_all_rooms_are_joined_again() {
    let mut servers = Servers::start().await;
    let (chat, mut arrivals) = ana(&servers, Dialect::Accounts, Receiving::AtOnce).await;
    chat.create_room("jogos").await.unwrap();
    let joined = chat.join_room("jogos", Receiving::AtOnce).await.unwrap();
    arrivals.listen(joined.feed);
    servers.kill_server().await;
    servers.start_server().await;
    assert_eq!(restored(&mut arrivals).await.joined, ["geral", "jogos"]);
    for room in ["geral", "jogos"] {
        assert_eq!(chat.users(room).await.unwrap(), ["ana"]);
    }
}

#[tokio::test]
async fn a_binder_that_is_restarted_is_not_noticed() {
    for dialect in DIALECTS {
        let mut servers = Servers::start().await;
        let (chat, mut arrivals) = ana(&servers, dialect, Receiving::AtOnce).await;
        let bia = servers.user_in("bia", "geral").await;
        servers.kill_binder().await;
        bia.says("sem binder", None).await;
        assert_eq!(next_text(&mut arrivals).await, "sem binder");
        // Even when it would be needed: the server that is known answers still.
        forget(&chat).await;
        assert!(!restored(&mut arrivals).await.moved);
        assert_eq!(chat.users("geral").await.unwrap(), ["bia", "ana"]);
    }
}

/// Makes the server forget where the user is, as it does after a long silence.
async fn forget(chat: &Chat) {
    let server = chat.now().server;
    match server.dialect() {
        Dialect::Classic => server.unregister("ana").await.unwrap(),
        Dialect::Accounts => server.leave_room("ana", "geral").await.unwrap(),
    }
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_user_and_goes_on_answering_is_noticed() {
    for (dialect, receiving) in WAYS {
        let servers = Servers::start().await;
        let (chat, mut arrivals) = ana(&servers, dialect, receiving).await;
        let bia = servers.user_in("bia", "geral").await;
        bia.says("antes", None).await;
        assert_eq!(next_text(&mut arrivals).await, "antes");
        forget(&chat).await;
        let restored = restored(&mut arrivals).await;
        assert_eq!((restored.created.len(), restored.joined.len()), (0, 1));
        // Only in dialect classic the name itself was forgotten.
        assert_eq!(restored.registered, dialect == Dialect::Classic);
        bia.says("depois", None).await;
        // And nothing is shown again.
        assert_eq!(next_text(&mut arrivals).await, "depois");
    }
}

#[tokio::test]
async fn when_a_second_client_of_the_account_leaves_the_first_does_not_take_it_for_forgotten() {
    for receiving in [Receiving::AtOnce, OFTEN] {
        for exits in [false, true] {
            let servers = Servers::start().await;
            let (_first, mut arrivals) = ana(&servers, Dialect::Accounts, receiving).await;
            let (second, _) = servers.signed_in(Dialect::Accounts, "ana").await;
            second.join_room("geral", receiving).await.unwrap();
            if exits {
                second.sign_out().await.unwrap();
            } else {
                second.leave_room("geral").await.unwrap();
            }
            let restored = restored(&mut arrivals).await;
            assert!(restored.is_only_rejoined(), "{restored:?}");
            let bia = servers.user_in("bia", "geral").await;
            assert_eq!(bia.server.users("geral").await.unwrap(), ["ana", "bia"]);
            bia.says("oi", None).await;
            assert_eq!(next_text(&mut arrivals).await, "oi");
        }
    }
}

#[tokio::test]
async fn that_a_server_is_silent_is_not_said_of_one_that_was_left() {
    let mut servers = Servers::start().await;
    let (chat, mut arrivals) = ana(&servers, Dialect::Classic, Receiving::AtOnce).await;
    let silence = |server: &Endpoint, after| {
        Failure::unanswered(
            &protocol::classic::procedures::LIST_USERS,
            CallError::TimedOut {
                server: server.to_string(),
                after,
            },
        )
    };
    let before = servers.place(Dialect::Classic).clone();
    servers.kill_server().await;
    servers.move_server();
    servers.start_server().await;
    assert!(restored(&mut arrivals).await.moved);
    // A call to the server that is gone, and one to the present one before the user was back there.
    let now = chat.server();
    chat.notify_lost(silence(&before, Duration::ZERO));
    chat.notify_lost(silence(&now, Duration::from_secs(3_600)));
    assert!(arrivals.ready().is_none());
    chat.notify_lost(silence(&now, Duration::ZERO));
    let lost = arrivals.ready();
    assert!(matches!(lost, Some(Event::Lost { .. })), "{lost:?}");
    chat.notify_back();
    assert!(matches!(arrivals.ready(), Some(Event::Back)));
    chat.sign_out().await.unwrap();
    chat.notify_lost(silence(&now, Duration::ZERO));
    assert!(arrivals.ready().is_none());
}

#[tokio::test]
async fn a_chat_server_is_not_taken_for_a_binder() {
    let servers = Servers::start().await;
    for asked in DIALECTS {
        for place in DIALECTS.map(|dialect| servers.place(dialect)) {
            let error = Chat::find(asked, place, Observers::none())
                .await
                .unwrap_err();
            let expected = format!(
                "{place} is a chat server, not a binder; name the binder with --binder HOST:PORT \
                 (its usual port is 5000)"
            );
            assert_eq!(error.to_string(), expected);
        }
        // A binder that knows no chat server is one all the same.
        let binder = breaker::run_binder().await;
        let error = Chat::find(asked, &binder, Observers::none())
            .await
            .unwrap_err();
        assert!(
            matches!(error, DiscoveryError::NoChatServer { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn where_only_the_other_dialect_is_spoken_its_flag_is_named() {
    let server = support::lister().await;
    for (wanted, other, kinds, flag) in [
        (
            Dialect::Classic,
            Dialect::Accounts,
            "without accounts, but one with accounts",
            " --accounts",
        ),
        (
            Dialect::Accounts,
            Dialect::Classic,
            "with accounts, but one without",
            "",
        ),
    ] {
        let binder = breaker::run_binder().await;
        support::register(&binder, &[other.service()], &server).await;
        let error = Chat::find(wanted, &binder, Observers::none()).await;
        let start = command(Program::ChatClient, &format!("--binder {binder}{flag}"));
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("the binder at {binder} knows no chat server {kinds}; start `{start}`")
        );
    }
}

#[tokio::test]
async fn a_name_that_another_user_has_by_now_is_gone_and_another_can_be_taken() {
    for dialect in DIALECTS {
        let mut servers = Servers::start().await;
        let (chat, mut arrivals) = servers.signed_in(dialect, "ana").await;
        chat.create_room("geral").await.unwrap();
        // Without its feed it is noticed only at the next call.
        drop(chat.join_room("geral", OFTEN).await.unwrap().feed);
        servers.kill_server().await;
        servers.start_server().await;
        let _thief = servers.user_in("ana", "outra").await;
        let failure = chat.users("geral").await.unwrap_err();
        assert!(matches!(failure, Failure::SignedOut), "{failure:?}");
        match soon(arrivals.next()).await {
            Event::NameGone(refused) => assert_eq!(refused.why, Refusal::NameTaken),
            other => panic!("{other:?}"),
        }
        assert_eq!(chat.user(), None);
        chat.sign_in(identity(dialect, "ana 2")).await.unwrap();
        chat.create_room("geral").await.unwrap();
        chat.join_room("geral", OFTEN).await.unwrap();
        assert_eq!(chat.users("geral").await.unwrap(), ["ana 2"]);
    }
}

#[tokio::test]
async fn a_user_who_signs_out_is_not_brought_back() {
    for (dialect, receiving) in WAYS {
        let servers = Servers::start().await;
        let bia = servers.user_in("bia", "geral").await;
        let (chat, mut arrivals) = ana(&servers, dialect, receiving).await;
        bia.says("oi", None).await;
        assert_eq!(next_text(&mut arrivals).await, "oi");
        chat.sign_out().await.unwrap();
        assert_eq!(chat.user(), None);
        assert_eq!(bia.server.users("geral").await.unwrap(), ["bia"]);
    }
}

#[tokio::test]
async fn a_call_that_is_not_answered_says_at_which_hop() {
    let mut servers = Servers::start().await;
    let (chat, _arrivals) = servers.signed_in(Dialect::Classic, "ana").await;
    servers.kill_server().await;
    let (binder, place) = (
        servers.binder().clone(),
        servers.place(Dialect::Classic).clone(),
    );
    let said = chat.rooms().await.unwrap_err().to_string();
    assert_eq!(
        said,
        format!(
            "list_rooms: cannot connect to {place}: Connection refused; \
             the chat server does not answer at {place}, where the binder at {binder} says it is: \
             cannot connect to {place}: Connection refused; start `{}` again",
            command(Program::ChatServer, &format!("--binder {binder}"))
        )
    );
    servers.kill_binder().await;
    let said = chat.rooms().await.unwrap_err().to_string();
    assert!(
        said.contains(&format!("; no binder at {binder}: ")),
        "{said}"
    );
}

#[tokio::test]
async fn in_dialect_classic_an_original_server_cannot_be_asked_to_leave_a_room() {
    let servers = Servers::start().await;
    let place = servers.place(Dialect::Classic);
    let server = ChatServer::at(Dialect::Classic, place, Observers::none()).unwrap();
    let binder = nowhere().await;
    let finder = ServerFinder::new(Dialect::Classic, binder, Observers::none());
    let (chat, _arrivals) = Chat::with(finder, server);
    chat.sign_in(Identity::guest("ana")).await.unwrap();
    chat.create_room("geral").await.unwrap();
    chat.join_room("geral", OFTEN).await.unwrap();
    let failure = chat.leave_room("geral").await.unwrap_err();
    assert!(matches!(failure, Failure::NotOffered { .. }), "{failure:?}");
    assert_eq!(chat.users("geral").await.unwrap(), ["ana"]);
}
