//! Streams of viewers who come, go and fall behind, and the end of all.

use bytes::Bytes;

use super::*;
use crate::events::Log as Position;
use crate::places::MOST_OF_ONE_ADDRESS;
use futures_util::FutureExt as _;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn event() -> Position {
    Position {
        position: 0,
        stale: None,
    }
}

fn feed() -> Arc<Feed> {
    Arc::new(Feed::new("one".to_owned()))
}

/// A feed that the first viewer has left without seeing anything.
fn watched_before() -> Arc<Feed> {
    let feed = feed();
    drop(feed.subscribe(None, HERE));
    feed
}

fn after(life: &str, id: u64) -> Option<After> {
    Some(format!("{life}-{id}").parse().unwrap())
}

fn ids(batch: &Batch) -> Vec<u64> {
    let id = |message: &Bytes| {
        let text = String::from_utf8(message.to_vec()).unwrap();
        let first = text.lines().next().unwrap();
        first.strip_prefix("id: one-").unwrap().parse().unwrap()
    };
    batch.events.iter().map(id).collect()
}

#[tokio::test]
async fn a_viewer_gets_what_happens_and_can_go_on_where_it_was() {
    let feed = watched_before();
    let mut viewer = feed.subscribe(None, HERE).unwrap();
    assert!(viewer.next().now_or_never().is_none());
    feed.publish(event());
    feed.publish(event());
    assert_eq!(ids(&viewer.next().await.unwrap()), [1, 2]);
    drop(viewer);
    feed.publish(event());
    let mut back = feed.subscribe(after("one", 2), HERE).unwrap();
    assert_eq!(ids(&back.next().await.unwrap()), [3]);
    // Its number says nothing of this life.
    let mut from_another_life = feed.subscribe(after("other", 2), HERE).unwrap();
    assert_eq!(ids(&from_another_life.next().await.unwrap()), [1, 2, 3]);
    assert_eq!("2".parse::<After>(), Err(()));
}

#[tokio::test(start_paused = true)]
async fn the_first_viewer_gets_what_happened_before_it_came() {
    let feed = feed();
    assert!(feed.is_collecting());
    for _ in 0..FIRST_EVENTS + 5 {
        feed.publish(event());
    }
    assert!(
        !feed.is_collecting(),
        "this costs a server without a viewer nothing for long"
    );
    let mut first = feed.subscribe(None, HERE).unwrap();
    assert_eq!(first.next().await.unwrap().events.len(), FIRST_EVENTS);
    let mut second = feed.subscribe(None, HERE).unwrap();
    assert!(second.next().now_or_never().is_none());

    let feed = self::feed();
    feed.publish(event());
    tokio::time::advance(FIRST_VIEWER_WITHIN + Duration::from_secs(1)).await;
    let mut late = feed.subscribe(None, HERE).unwrap();
    assert!(late.next().now_or_never().is_none());
    assert!(feed.is_collecting());
}

#[tokio::test(start_paused = true)]
async fn a_minute_after_the_last_viewer_nothing_is_collected_any_more() {
    let feed = watched_before();
    feed.publish(event());
    assert!(feed.is_collecting());
    tokio::time::advance(COLLECT_AFTER_LAST_VIEWER + Duration::from_secs(1)).await;
    feed.publish(event());
    assert!(!feed.is_collecting());
    assert!(feed.kept.lock().log.len() == 0);
}

#[tokio::test]
async fn viewers_are_bounded_and_end_when_the_server_stops() {
    let feed = feed();
    let mut viewers: Vec<Viewer> = (0..MOST_OF_ONE_ADDRESS)
        .map(|_| feed.subscribe(None, HERE).unwrap())
        .collect();
    assert!(feed.subscribe(None, HERE).is_none());
    assert!(feed.subscribe(None, [192, 0, 2, 1].into()).is_some());
    viewers.truncate(1);
    assert!(feed.subscribe(None, HERE).is_some());
    feed.publish(event());
    feed.end();
    assert_eq!(ids(&viewers[0].next().await.unwrap()), [1]);
    assert!(viewers[0].next().await.is_none());
}

#[tokio::test]
async fn streams_end_with_the_last_call_that_was_open() {
    let feed = watched_before();
    let mut viewer = feed.subscribe(None, HERE).unwrap();
    let [ended, open] = [CallId(1), CallId(2)];
    feed.call_began(ended);
    feed.call_began(open);
    feed.call_ended(ended);
    feed.end_after_open_calls();
    assert!(viewer.next().now_or_never().is_none());
    feed.publish(event());
    feed.call_ended(open);
    assert_eq!(ids(&viewer.next().await.unwrap()), [1]);
    assert!(viewer.next().await.is_none());

    // Of what was skipped, nothing is waited for, whether it was before the end or after it.
    for skips_first in [true, false] {
        let feed = watched_before();
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        feed.call_began(open);
        if skips_first {
            feed.skip(1);
            feed.end_after_open_calls();
        } else {
            feed.end_after_open_calls();
            feed.skip(1);
        }
        assert_eq!(viewer.next().await.unwrap().missed, 1);
        assert!(viewer.next().now_or_never().unwrap().is_none());
    }
}

#[tokio::test]
async fn calls_whose_ends_were_not_reported_are_not_waited_for() {
    let feed = feed();
    feed.call_began(CallId(1));
    // As many as are kept for the first viewer.
    while feed.is_collecting() {
        feed.publish(event());
    }
    let mut viewer = feed.subscribe(None, HERE).unwrap();
    viewer.next().await.unwrap();
    feed.end_after_open_calls();
    assert!(viewer.next().now_or_never().unwrap().is_none());
}
