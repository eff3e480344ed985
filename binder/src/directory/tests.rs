use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const LEASE: Option<&Lease> = Some(&Lease {
    time: Duration::from_secs(30),
    group: None,
    held: Duration::ZERO,
    behind: None,
});

/// A lease of a server of this group that says it has held the names for so many seconds.
fn lease(group: &str, held: u64) -> Lease {
    Lease {
        time: Duration::from_secs(30),
        group: Some(group.to_owned()).filter(|group| !group.is_empty()),
        held: Duration::from_secs(held),
        behind: None,
    }
}

fn at(port: u16) -> Endpoint {
    Endpoint {
        address: "localhost".into(),
        port,
    }
}

#[test]
fn without_a_lease_the_last_registration_counts_permanently() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    assert_eq!(
        directory.register(now, "a", &at(1), None, HERE),
        Ok(Registered::New)
    );
    assert_eq!(
        directory.register(now, "a", &at(2), None, HERE),
        Ok(Registered::InPlaceOf(at(1)))
    );
    let next_year = now + Duration::from_secs(365 * 86_400);
    assert_eq!(directory.lookup(next_year, "a", 0), Some(&at(2)));
    // The first one registers again: it is the last one now.
    directory.register(now, "a", &at(1), None, HERE).unwrap();
    assert_eq!(directory.lookup(now, "a", 0), Some(&at(1)));
    assert_eq!(directory.lookup(now, "b", 0), None);
}

#[test]
fn a_lease_ends_unless_it_is_renewed() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    let later = |seconds| now + Duration::from_secs(seconds);
    directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
    assert_eq!(
        directory.register(later(20), "a", &at(1), LEASE, HERE),
        Ok(Registered::Renewed)
    );
    assert_eq!(directory.lookup(later(49), "a", 0), Some(&at(1)));
    assert_eq!(directory.list(later(49), None)[0].lease, Some(1));
    assert_eq!(directory.list(later(49), None)[0].age, 49);
    assert_eq!(directory.lookup(later(50), "a", 0), None);
    assert!(directory.list(later(50), None).is_empty());
    assert_eq!(
        directory.remove_expired(later(50)),
        [("a".to_owned(), at(1))]
    );
    assert!(directory.remove_expired(later(50)).is_empty());
}

#[test]
fn of_two_chats_the_first_holds_the_name_and_the_other_waits_in_line() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    let later = |seconds| now + Duration::from_secs(seconds);
    directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
    for (second, expected) in [
        (5, Registered::Waits(at(1))),
        (6, Registered::StillWaits(at(1))),
    ] {
        assert_eq!(
            directory.register(later(second), "a", &at(2), LEASE, HERE),
            Ok(expected)
        );
    }
    assert_eq!(
        directory.register(later(20), "a", &at(1), LEASE, HERE),
        Ok(Registered::Renewed)
    );
    assert_eq!(directory.lookup(later(20), "a", 0), Some(&at(1)));
    let listed = directory.list(later(20), None);
    let states: Vec<_> = listed
        .iter()
        .map(|listed| (listed.endpoint.port, listed.displaced))
        .collect();
    assert_eq!(states, [(1, false), (2, true)]);
    assert_eq!(listed, directory.list(later(20), Some("a")));
    assert_eq!(directory.list(later(20), Some("b")), []);
    // The first is silent for the time of its lease: the other holds the name, and keeps it.
    directory
        .register(later(30), "a", &at(2), LEASE, HERE)
        .unwrap();
    assert_eq!(directory.lookup(later(50), "a", 0), Some(&at(2)));
    assert_eq!(
        directory.register(later(55), "a", &at(1), Some(&lease("", 50)), HERE),
        Ok(Registered::Waits(at(2)))
    );
    assert!(directory.unregister(later(56), "a", &at(2)));
    assert_eq!(directory.lookup(later(56), "a", 0), Some(&at(1)));
}

#[test]
fn after_a_restart_the_first_holder_gets_the_name_whichever_returns_first() {
    let now = Instant::now();
    let later = |seconds| now + Duration::from_secs(seconds);
    let (holder, waiting) = (lease("", 3_600), lease("", 0));
    for order in [[1, 2], [2, 1]] {
        let mut directory = Directory::new(10);
        for (second, port) in (1..).zip(order) {
            let lease = if port == 1 { &holder } else { &waiting };
            let _ = directory.register(later(second), "a", &at(port), Some(lease), HERE);
        }
        assert_eq!(directory.lookup(later(3), "a", 0), Some(&at(1)));
        assert_eq!(
            directory.register(later(4), "a", &at(2), Some(&waiting), HERE),
            Ok(Registered::StillWaits(at(1)))
        );
    }
}

#[test]
fn servers_of_one_chat_share_the_name_and_each_caller_keeps_its_own() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    let later = |seconds| now + Duration::from_secs(seconds);
    let (one, other) = (lease("one", 0), lease("other", 0));
    directory
        .register(now, "a", &at(1), Some(&one), HERE)
        .unwrap();
    assert_eq!(
        directory.register(later(1), "a", &at(9), Some(&other), HERE),
        Ok(Registered::Waits(at(1)))
    );
    for port in 2..4 {
        assert_eq!(
            directory.register(later(2), "a", &at(port), Some(&one), HERE),
            Ok(Registered::New)
        );
    }
    let chosen = |directory: &Directory, caller| {
        let endpoint = directory.lookup(later(3), "a", caller).unwrap();
        endpoint.port
    };
    let mut counts = [0; 10];
    let before: Vec<u16> = (0..300).map(|caller| chosen(&directory, caller)).collect();
    before
        .iter()
        .for_each(|port| counts[usize::from(*port)] += 1);
    assert!(counts[1..4].iter().all(|count| *count > 50), "{counts:?}");
    assert_eq!(counts[9], 0);
    // The first goes. Its callers are spread over the others, and no other caller moves.
    assert!(directory.unregister(later(3), "a", &at(1)));
    for (caller, before) in (0..).zip(before) {
        let after = chosen(&directory, caller);
        assert!(after == before || before == 1, "{before} to {after}");
        assert!([2, 3].contains(&after));
    }
}

#[test]
fn a_server_without_leases_displaces_one_that_renews() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
    directory.register(now, "a", &at(2), None, HERE).unwrap();
    assert_eq!(
        directory.register(now, "a", &at(1), LEASE, HERE),
        Ok(Registered::StillWaits(at(2)))
    );
    assert!(!directory.unregister(now, "a", &at(3)));
    assert!(directory.unregister(now, "a", &at(1)));
    assert!(directory.unregister(now, "a", &at(2)));
    assert_eq!(directory.lookup(now, "a", 0), None);
}

#[test]
fn a_full_directory_refuses_new_names_and_keeps_serving_the_old() {
    let (mut directory, now) = (Directory::new(2), Instant::now());
    directory.register(now, "a", &at(1), None, HERE).unwrap();
    directory.register(now, "b", &at(1), LEASE, HERE).unwrap();
    assert_eq!(
        directory.register(now, "c", &at(1), None, HERE),
        Err(Full::Directory)
    );
    assert!(directory.register(now, "a", &at(2), None, HERE).is_ok());
    assert_eq!(directory.make_room(now, ["a", "b"], HERE), Ok(()));
    assert_eq!(
        directory.make_room(now, ["b", "c"], HERE),
        Err(Full::Directory)
    );
    // What has expired makes room.
    let later = now + Duration::from_secs(31);
    assert_eq!(directory.make_room(later, ["a", "c"], HERE), Ok(()));
    assert_eq!(
        directory.register(later, "c", &at(1), None, HERE),
        Ok(Registered::New)
    );
}

#[test]
fn half_of_the_names_are_for_other_addresses() {
    let (mut directory, now) = (Directory::new(4).shared_by_addresses(), Instant::now());
    let elsewhere = IpAddr::from([192, 0, 2, 1]);
    let mut register = |name, from| directory.register(now, name, &at(1), LEASE, from);
    for name in ["a", "b"] {
        assert_eq!(register(name, HERE), Ok(Registered::New));
    }
    assert_eq!(register("c", HERE), Err(Full::Share));
    assert_eq!(register("a", HERE), Ok(Registered::Renewed));
    for name in ["c", "d"] {
        assert_eq!(register(name, elsewhere), Ok(Registered::New));
    }
    assert_eq!(register("e", elsewhere), Err(Full::Directory));
    assert!(directory.unregister(now, "a", &at(1)));
    assert_eq!(directory.make_room(now, ["e"], HERE), Ok(()));
    assert_eq!(directory.make_room(now, ["e"], elsewhere), Err(Full::Share));
    let later = now + Duration::from_secs(31);
    assert_eq!(directory.remove_expired(later).len(), 3);
    assert!(directory.taken.is_empty());
}

#[test]
fn names_on_their_way_to_etcd_are_counted_until_they_are_there() {
    let (mut directory, now) = (Directory::new(4).shared_by_addresses(), Instant::now());
    let elsewhere = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(directory.reserve(now, ["a"], HERE), Ok(1));
    assert_eq!(directory.reserve(now, ["b", "c"], HERE), Err(Full::Share));
    assert_eq!(directory.reserve(now, ["b"], HERE), Ok(1));
    assert_eq!(directory.reserve(now, ["c", "d"], elsewhere), Ok(2));
    assert_eq!(
        directory.reserve(now, ["e"], elsewhere),
        Err(Full::Directory)
    );
    let claim = SharedClaim {
        endpoint: at(1),
        group: None,
        rank: 1,
        lease: Some(Duration::from_secs(30)),
        from: Some(HERE),
        behind_since: None,
    };
    directory.put(now, "a", claim);
    directory.release(1, HERE);
    // The other one did not come.
    directory.release(1, HERE);
    assert_eq!(directory.reserve(now, ["a"], HERE), Ok(0), "it is there");
    assert_eq!(
        directory.reserve(now, ["b", "c"], HERE),
        Err(Full::Directory)
    );
    directory.release(2, elsewhere);
    assert!(directory.reserved.is_empty());
    assert_eq!(directory.reserve(now, ["b", "c"], HERE), Err(Full::Share));
    assert!(directory.unregister(now, "a", &at(1)));
    assert!(directory.taken.is_empty());
}

#[test]
fn a_built_in_name_gives_way_to_every_registration_and_comes_back_after_it() {
    let now = Instant::now();
    let later = |seconds| now + Duration::from_secs(seconds);
    let mut directory = Directory::new(1).with_built_in(now, "b", at(8));
    // It is not one of the names that servers may register, and never expires.
    assert_eq!(
        directory.register(now, "a", &at(1), None, HERE),
        Ok(Registered::New)
    );
    assert!(directory.unregister(now, "a", &at(1)));
    assert_eq!(directory.lookup(later(86_400), "b", 0), Some(&at(8)));
    assert!(!directory.unregister(now, "b", &at(8)));
    assert!(directory.remove_expired(later(86_400)).is_empty());
    let listed = directory.list(later(3), None);
    assert_eq!((listed.len(), listed[0].age, listed[0].lease), (1, 3, None));
    assert!(listed[0].built_in);

    assert_eq!(
        directory.register(now, "b", &at(1), LEASE, HERE),
        Ok(Registered::New)
    );
    assert_eq!(directory.lookup(now, "b", 0), Some(&at(1)));
    let listed = directory.list(now, None);
    assert_eq!((listed.len(), listed[0].built_in), (1, false));
    assert_eq!(directory.lookup(later(31), "b", 0), Some(&at(8)));

    directory
        .register(later(40), "b", &at(8), None, HERE)
        .unwrap();
    assert!(!directory.list(later(40), None)[0].built_in);
    assert!(directory.unregister(later(40), "b", &at(8)));
    assert!(directory.list(later(40), None)[0].built_in);
}

#[test]
fn the_line_is_bounded() {
    let (mut directory, now) = (Directory::new(2), Instant::now());
    for port in 1..1_000 {
        directory
            .register(now, "a", &at(port), LEASE, HERE)
            .unwrap();
    }
    assert!(directory.list(now, None).len() < 100);
    assert_eq!(directory.lookup(now, "a", 0), Some(&at(1)));
}

#[test]
fn a_server_that_is_behind_is_found_only_while_no_other_of_its_chat_is_better() {
    let (mut directory, now) = (Directory::new(10), Instant::now());
    let behind = |seconds: Option<u64>| Lease {
        behind: seconds.map(Duration::from_secs),
        ..lease("chat", 0)
    };
    let found = |directory: &Directory| -> Vec<u16> {
        let callers = (0..50).filter_map(|caller| directory.lookup(now, "a", caller));
        let mut ports: Vec<u16> = callers.map(|endpoint| endpoint.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    };
    for port in [1, 2] {
        let registered = directory.register(now, "a", &at(port), Some(&behind(None)), HERE);
        assert_eq!(registered, Ok(Registered::New));
    }
    assert_eq!(found(&directory), [1, 2]);
    let renewed = directory.register(now, "a", &at(1), Some(&behind(Some(7))), HERE);
    assert_eq!(renewed, Ok(Registered::Renewed));
    assert_eq!(found(&directory), [2]);
    let listed: Vec<_> = directory
        .list(now, None)
        .iter()
        .map(|one| (one.endpoint.port, one.behind))
        .collect();
    assert_eq!(listed, [(2, None), (1, Some(7))]);
    // Readers are better off with old messages than with none, and another chat does not get the name.
    directory
        .register(now, "a", &at(2), Some(&behind(Some(1))), HERE)
        .unwrap();
    let other = directory.register(now, "a", &at(3), Some(&lease("other", 0)), HERE);
    assert!(matches!(other, Ok(Registered::Waits(_))), "{other:?}");
    assert_eq!(found(&directory), [1, 2]);
    directory
        .register(now, "a", &at(1), Some(&behind(None)), HERE)
        .unwrap();
    assert_eq!(found(&directory), [1]);
}
