//! The transitions of a message that is being sent.

use super::*;

type Row = (State<&'static str>, Event<&'static str>);

fn sending(attempt: Attempt, doubt: Option<&'static str>) -> State<&'static str> {
    State::Sending { attempt, doubt }
}

fn recovering(cause: Cause, doubt: Option<&'static str>) -> State<&'static str> {
    State::Recovering {
        cause,
        failure: "last",
        doubt,
    }
}

fn failed(failure: &'static str) -> State<&'static str> {
    State::Finished(Err(failure))
}

fn assert_steps(rows: impl IntoIterator<Item = (Row, State<&'static str>)>) {
    for ((state, event), expected) in rows {
        let row = format!("{state:?} {event:?}");
        assert_eq!(step(state, event), expected, "{row}");
    }
}

const DOUBTS: [Option<&str>; 2] = [None, Some("lost")];

fn forgotten() -> Cause {
    Cause::Forgotten(Forgotten::User)
}

#[test]
fn every_transition_of_an_attempt() {
    use Attempt::{Again, Elsewhere, First, Fresh, FreshAfterPause};
    for doubt in DOUBTS {
        for attempt in [First, Again, Elsewhere, Fresh, FreshAfterPause] {
            let of = |event| (sending(attempt, doubt), event);
            assert_steps([
                (of(Event::Sent), State::Finished(Ok(()))),
                (of(Event::Rejected("last")), failed("last")),
                (
                    of(Event::NotWritten("last")),
                    failed(doubt.unwrap_or("last")),
                ),
                (of(Event::OthersMissing), sending(FreshAfterPause, doubt)),
            ]);
            for cause in [
                forgotten(),
                Cause::Unreachable,
                Cause::Lost,
                Cause::CannotWrite,
            ] {
                let event = Event::Failed(cause.clone(), "last");
                assert_steps([(of(event), recovering(cause, doubt))]);
            }
        }
    }
}

#[test]
fn every_transition_of_a_recovery() {
    use Attempt::{Again, Fresh};
    let checking = |doubt| State::Checking { doubt };
    #[rustfmt::skip]
    let rows = [
        (forgotten(), None, sending(Fresh, None), failed("last"), None),
        (forgotten(), Some("lost"), checking("lost"), failed("last"), Some("lost")),
        (Cause::Unreachable, None, sending(Fresh, None), sending(Again, None), None),
        (Cause::Unreachable, Some("lost"), checking("lost"), sending(Again, Some("lost")), Some("lost")),
        (Cause::Lost, None, checking("last"), sending(Again, Some("last")), Some("last")),
        (Cause::Lost, Some("lost"), checking("last"), sending(Again, Some("last")), Some("last")),
    ];
    for (cause, doubt, recovered, unchanged, retried) in rows {
        let of = |event| (recovering(cause.clone(), doubt), event);
        let given_up = failed(match cause {
            Cause::Forgotten(_) => "last",
            _ => doubt.unwrap_or("last"),
        });
        assert_steps([
            (of(Event::Recovered), recovered),
            (of(Event::Unchanged { expired: false }), unchanged),
            (of(Event::Unchanged { expired: true }), given_up),
            (
                of(Event::NotRecovered { expired: false }),
                sending(Again, retried),
            ),
            (
                of(Event::NotRecovered { expired: true }),
                failed(doubt.unwrap_or("last")),
            ),
            (of(Event::SignedOut("out")), failed(doubt.unwrap_or("out"))),
        ]);
    }
}

#[test]
fn at_another_server_of_the_chat_a_message_keeps_its_identifier() {
    use Attempt::{Elsewhere, Fresh};
    for doubt in DOUBTS {
        for (cause, doubt_after) in [
            (Cause::Unreachable, doubt),
            (Cause::CannotWrite, doubt),
            (Cause::Lost, Some("last")),
        ] {
            assert_steps([(
                (recovering(cause, doubt), Event::Moved),
                sending(Elsewhere, doubt_after),
            )]);
        }
        // Its identifier is remembered as refused.
        assert_steps([(
            (recovering(forgotten(), doubt), Event::Moved),
            sending(Fresh, None),
        )]);
    }
}

#[test]
fn every_transition_of_a_check() {
    let of = |event| (State::Checking { doubt: "lost" }, event);
    assert_steps([
        (of(Event::Absent), sending(Attempt::Fresh, None)),
        (of(Event::PerhapsPresent), failed("lost")),
    ]);
    // Nothing leaves the end.
    assert_steps([((failed("last"), Event::Recovered), failed("last"))]);
}
