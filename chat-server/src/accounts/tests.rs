//! Accounts that are created, refused and found again.

use std::time::Duration;

use futures_util::FutureExt as _;

use super::*;
use crate::chat::Policy;
use crate::presence::Patience;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn an_account_that_cannot_be_kept_goes_also_when_nobody_waits_for_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
    let file = directory.path().join("accounts");
    let accounts = Arc::new(Accounts::in_file(Arc::clone(&service), &file).unwrap());
    // From now on nothing can be written there.
    drop(directory);
    let exists = |name: &Username| service.query(|chat| chat.holder(name.as_str())).is_some();
    // The refusal may come in the moment in which the account does. Then nobody could hang up
    // between the two, and another one tries.
    let mut hung_up_on = None;
    for number in 0..100 {
        let name = Username::parse(&format!("ana {number}")).unwrap();
        let mut registering = Box::pin(accounts.register(&name, "senha"));
        let answer = loop {
            let answer = (&mut registering).now_or_never();
            if answer.is_some() || exists(&name) {
                break answer;
            }
            tokio::task::yield_now().await;
        };
        drop(registering);
        match answer {
            Some(answer) => assert_eq!(answer, Err(AccountError::NotKept)),
            None => {
                hung_up_on = Some(name);
                break;
            }
        }
    }
    let name = hung_up_on.unwrap();
    let gone = async {
        while exists(&name) {
            // Nothing tells when; it is looked at until the deadline below.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .unwrap();
    assert!(accounts.ledger.lock().hashes.is_empty());
}

#[tokio::test]
async fn nobody_is_logged_in_to_an_account_that_may_yet_be_refused() {
    let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
    let accounts = Arc::new(Accounts::in_memory(service));
    let ana = Username::parse("ana").unwrap();
    accounts.register(&ana, "senha").await.unwrap();
    // As while it is written.
    accounts.ledger.lock().unsettled.insert(ana.clone());
    let mut logging_in = Box::pin(accounts.login(&ana, "senha", HERE));
    assert_eq!((&mut logging_in).now_or_never(), None);
    // It is refused, and the login creates another one.
    accounts.remove(&ana);
    accounts.settled.send_replace(());
    let logged_in = tokio::time::timeout(Duration::from_secs(10), logging_in).await;
    assert_eq!(logged_in, Ok(Ok(())));
    assert!(accounts.ledger.lock().hashes.contains_key(&ana));
}

#[tokio::test]
async fn an_account_that_finds_no_place_in_the_chat_cannot_log_in() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("accounts");
    let opened = |users| {
        let policy = Policy {
            users,
            ..Policy::default()
        };
        let service = Arc::new(ChatService::new(policy, Patience::default()));
        Arc::new(Accounts::in_file(service, &file).unwrap())
    };
    let [ana, bia] = ["ana", "bia"].map(|name| Username::parse(name).unwrap());
    let accounts = opened(2);
    for name in [&ana, &bia] {
        accounts.register(name, "senha").await.unwrap();
    }
    drop(accounts);
    let accounts = opened(1);
    assert_eq!(accounts.login(&ana, "senha", HERE).await, Ok(()));
    assert_eq!(
        accounts.login(&bia, "senha", HERE).await,
        Err(AccountError::TooManyUsers)
    );
}
