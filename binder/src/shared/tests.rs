use etcd::{Config, Event};

use super::*;

/// How many names there may be; half of them are for one address.
const CAPACITY: usize = 6;

const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

const LEASE: Lease = Lease {
    time: Duration::from_secs(30),
    group: None,
    held: Duration::ZERO,
    behind: None,
};

/// A binder that cannot reach etcd: it has only the events that the test passes to it.
fn binder() -> Arc<SharedNames> {
    // Nothing listens on port 1.
    let config = Config::new(vec!["http://127.0.0.1:1".to_owned()]);
    let etcd = Etcd {
        client: Client::new(config).unwrap(),
        prefix: "chat".to_owned(),
    };
    let copy = Directory::new(CAPACITY).shared_by_addresses();
    SharedNames::new(etcd, &Arc::new(Mutex::new(copy)))
}

fn at(port: u16) -> Endpoint {
    Endpoint {
        address: "localhost".to_owned(),
        port,
    }
}

/// The event that another binder gets when this one puts a registration into etcd.
fn put(by: &SharedNames, name: &str, port: u16, from: IpAddr, revision: i64) -> Event {
    let (key, value) = by.entry(name, &at(port), Some(&LEASE), from).unwrap();
    Event::Put(KeyValue {
        key,
        value,
        mod_revision: revision,
        create_revision: revision,
        lease: None,
    })
}

async fn refusal(by: &SharedNames, names: &[&str], from: IpAddr) -> NotRegistered {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let registered = by.register(&names, &at(1), Some(&LEASE), from).await;
    registered.expect_err("there is no etcd")
}

#[tokio::test]
async fn names_that_one_binder_took_count_for_their_address_in_the_others() {
    let (first, second) = (binder(), binder());
    let names = ["a", "b"].iter().zip(1..);
    let events = names.map(|(name, revision)| put(&first, name, 1, ONE, revision));
    second.apply(events.collect());
    // Two more would be four of the three that one address may have.
    let refused = refusal(&second, &["c", "d"], ONE).await;
    assert!(
        matches!(refused, NotRegistered::Full(Full::Share)),
        "{refused:?}"
    );
    // One more, those that it has already, and the names of others are for etcd to take.
    for (names, from) in [(&["a", "b", "c"][..], ONE), (&["c", "d", "e"], OTHER)] {
        let refused = refusal(&second, names, from).await;
        assert!(matches!(refused, NotRegistered::CutOff(_)), "{refused:?}");
    }
    // What etcd did not take is not counted any more: twice the same comes to the same.
    let refused = refusal(&second, &["c"], ONE).await;
    assert!(matches!(refused, NotRegistered::CutOff(_)), "{refused:?}");

    // What ends gives its place back, also after everything was read again.
    second.start_again(Vec::new(), 3);
    let refused = refusal(&second, &["c", "d", "e"], ONE).await;
    assert!(matches!(refused, NotRegistered::CutOff(_)), "{refused:?}");
    second.apply(vec![put(&first, "a", 1, ONE, 4)]);
    let key = first.key("a", &at(1));
    second.apply(vec![Event::Deleted { key, revision: 5 }]);
    let refused = refusal(&second, &["c", "d", "e"], ONE).await;
    assert!(matches!(refused, NotRegistered::CutOff(_)), "{refused:?}");
}

#[test]
fn a_name_that_an_earlier_version_registered_is_read_and_counts_for_no_address() {
    let binder = binder();
    let value =
        r#"{"name":"a","address":"localhost","port":1,"group":null,"lease":30,"rank":null}"#;
    let pair = KeyValue {
        key: binder.key("a", &at(1)),
        value: value.into(),
        mod_revision: 1,
        create_revision: 1,
        lease: None,
    };
    binder.start_again(vec![pair], 1);
    let mut copy = binder.copy.lock();
    assert_eq!(copy.lookup(Instant::now(), "a", 0), Some(&at(1)));
    assert_eq!(copy.make_room(Instant::now(), ["b", "c", "d"], ONE), Ok(()));
}
