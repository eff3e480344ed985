//! Names registered and unregistered by hand, and built-in ones.

use protocol::accounts;
use protocol::classic::procedures::CREATE_ROOM;

use super::changes::parse_endpoint;
use super::tests::{
    list, listener, lookup, ping, register, register_by_hand, run_binder, run_binder_with,
    run_chat_server, run_original, unregister_by_hand, words,
};

#[tokio::test]
async fn a_built_in_name_is_listed_as_such_and_need_not_lead_anywhere() {
    let (_, nowhere) = listener().await;
    let binder = run_binder_with(vec![(accounts::SERVICE.into(), nowhere.clone())]).await;
    let at = nowhere.to_string();
    let rows = list(&binder).await.unwrap();
    assert_eq!(words(&rows)[1], ["chat_server", &at, "built", "in", "0s"]);
    // Without any other service, that this one is missing is worth reporting.
    let error = ping(&binder, None).await.unwrap_err();
    assert!(error.starts_with(&at), "{error}");
    register(&binder, CREATE_ROOM.name, &run_chat_server().await).await;
    let rows = ping(&binder, None).await.unwrap();
    assert!(rows.ends_with("no answer (built in)\n"), "{rows}");

    assert_eq!(
        unregister_by_hand(&binder, "chat_server", None)
            .await
            .unwrap_err(),
        format!(
            "chat_server is not registered in the binder at {binder}, which has {at} built in for \
             it; `binder register chat_server HOST:PORT` puts another server in its place"
        )
    );
    assert_eq!(
        register_by_hand(&binder, "chat_server", "localhost:9").await,
        Ok(format!(
            "chat_server is registered at localhost:9 in the binder at {binder}, in place of the \
             built-in {at}.\n"
        ))
    );
    assert_eq!(
        unregister_by_hand(&binder, "chat_server", None).await,
        Ok(format!(
            "chat_server is not registered at localhost:9 in the binder at {binder} any more; {at}, \
             which is built in, is found instead.\n"
        ))
    );
}

#[tokio::test]
async fn names_are_registered_and_unregistered_by_hand() {
    let binder = run_binder().await;
    let registered = |at, more| {
        Ok(format!(
            "nome is registered at {at} in the binder at {binder}{more}.\n"
        ))
    };
    assert_eq!(
        register_by_hand(&binder, "nome", "localhost:1").await,
        registered("localhost:1", "")
    );
    assert_eq!(
        register_by_hand(&binder, "nome", "localhost:1").await,
        Ok(format!(
            "nome was registered at localhost:1 in the binder at {binder} already.\n"
        ))
    );
    assert_eq!(
        register_by_hand(&binder, "nome", "localhost:2").await,
        registered("localhost:2", ", in place of localhost:1")
    );
    assert_eq!(
        unregister_by_hand(&binder, "nome", Some("localhost:1")).await,
        Err(format!(
            "the binder at {binder} does not have nome at localhost:1, but at localhost:2"
        ))
    );
    assert_eq!(
        unregister_by_hand(&binder, "nome", None).await,
        Ok(format!(
            "nome is not registered at localhost:2 in the binder at {binder} any more.\n"
        ))
    );
    let error = unregister_by_hand(&binder, "nome", None).await.unwrap_err();
    assert!(error.contains("does not know nome"), "{error}");
    // What a binder refuses is not done.
    let name = "n".repeat(256);
    let error = register_by_hand(&binder, &name, "localhost:1")
        .await
        .unwrap_err();
    assert!(
        error.contains("did not register") && error.contains("255"),
        "{error}"
    );
    assert!(parse_endpoint("localhost:0").is_err());
}

#[tokio::test]
async fn an_original_binder_registers_by_hand_and_cannot_unregister() {
    for with_nil in [true, false] {
        let binder = run_original(with_nil).await;
        for at in ["localhost:1", "localhost:2"] {
            let said = register_by_hand(&binder, "nome", at).await.unwrap();
            assert!(
                said.starts_with(&format!("nome is registered at {at} ")),
                "{said}"
            );
            let found = lookup(&binder, "nome").await.unwrap();
            assert_eq!(words(&found)[1], ["nome", at, "?", "?"]);
        }
        assert_eq!(
            unregister_by_hand(&binder, "nome", None).await.unwrap_err(),
            format!(
                "the binder at {binder} cannot unregister names, as the originals cannot; `binder \
                 register nome HOST:PORT` puts another server in place of localhost:2"
            )
        );
        let error = unregister_by_hand(&binder, "nada", None).await.unwrap_err();
        assert!(error.contains("does not know nada"), "{error}");
    }
}
