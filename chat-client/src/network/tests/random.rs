//! Whatever happens in a room, in whatever order.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Send {
        destination: Option<&'static str>,
        content: &'static str,
        times: usize,
    },
    Pass(u8),
    Poll,
}

fn sends(
    destination: impl Strategy<Value = Option<&'static str>>,
    times: impl Strategy<Value = usize>,
) -> impl Strategy<Value = Step> {
    let content = prop_oneof![Just("oi"), Just("ok")];
    (destination, content, times).prop_map(|(destination, content, times)| Step::Send {
        destination,
        content,
        times,
    })
}

fn anybody() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(ME)), 1 => Just(Some("rui"))]
}

/// The user may read it.
fn the_user() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![Just(None), Just(Some(ME))]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => sends(anybody(), 1..4_usize),
        1 => sends(anybody(), 995..1_010_usize),
        3 => (0..3_u8).prop_map(Step::Pass),
        5 => Just(Step::Poll),
    ];
    prop::collection::vec(step, 0..40)
}

fn before_joining() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => sends(anybody(), 1..4_usize),
        // An original's history of a join may be filled with private messages of others. Had they all
        // come in one second, nothing would tell which messages of that second are older.
        1 => sends(the_user(), 40..70_usize),
        2 => (0..2_u8).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..8)
}

proptest! {
    #[test]
    fn each_message_is_shown_exactly_once_and_in_order(
        kind in prop_oneof![Just(Kind::Original), Just(Kind::Ours)],
        before in before_joining(),
        after in steps(),
    ) {
        let mut room = Room::new(kind);
        let sent = before.iter().map(|step| match step {
            Step::Send { times, .. } => *times,
            Step::Pass(_) | Step::Poll => 0,
        });
        // When the history of a join cannot hold them all, they must differ: of identical messages no
        // test could say which ones it has.
        let differ = sent.sum::<usize>() > HISTORY;
        for step in before {
            match step {
                Step::Send { destination, content, times } => for _ in 0..times {
                    let content = if differ {
                        format!("{content} {}", room.messages.len())
                    } else {
                        content.to_owned()
                    };
                    room.send(destination, &content);
                },
                Step::Pass(seconds) => room.pass(seconds),
                Step::Poll => {}
            }
        }
        let mut seen = Dedup::after(room.join());
        let old = room.visible().count();
        let mut shown = Vec::new();
        for step in after {
            match step {
                Step::Send { destination, content, times } => for _ in 0..times {
                    room.send(destination, content);
                },
                Step::Pass(seconds) => room.pass(seconds),
                Step::Poll => poll(&mut seen, &room, &mut shown),
            }
        }
        poll(&mut seen, &room, &mut shown);
        let expected: Vec<Message> = room.visible().skip(old).cloned().collect();
        prop_assert_eq!(shown, expected);
    }
}
