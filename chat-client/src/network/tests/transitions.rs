//! The transitions of a message that is being sent.

use super::*;

fn sending(attempt: Attempt, doubt: Option<&'static str>) -> State<&'static str> {
    State::Sending { attempt, doubt }
}

fn failed(failure: &'static str) -> State<&'static str> {
    State::Finished(Err(failure))
}

/// What follows a recovery after the failure `last`.
fn recovered(
    cause: &Cause,
    doubt: Option<&'static str>,
    recovered: Recovered<&'static str>,
) -> State<&'static str> {
    after_recovery(cause.clone(), "last", doubt, recovered)
}

const DOUBTS: [Option<&str>; 2] = [None, Some("lost")];

fn forgotten() -> Cause {
    Cause::Forgotten(Forgotten::User)
}

#[test]
fn every_transition_of_an_attempt() {
    for doubt in DOUBTS {
        for (attempted, state) in [
            (Attempted::Sent, State::Finished(Ok(()))),
            (Attempted::Rejected("last"), failed("last")),
            (
                Attempted::NotWritten("last"),
                failed(doubt.unwrap_or("last")),
            ),
            (
                Attempted::OthersMissing,
                sending(Attempt::FreshAfterPause, doubt),
            ),
        ] {
            let row = format!("{doubt:?} {attempted:?}");
            assert_eq!(after_attempt(doubt, attempted), state, "{row}");
        }
        for cause in [
            forgotten(),
            Cause::Unreachable,
            Cause::Lost,
            Cause::CannotWrite,
        ] {
            let state = State::Recovering {
                cause: cause.clone(),
                failure: "last",
                doubt,
            };
            let attempted = Attempted::Failed(cause, "last");
            assert_eq!(after_attempt(doubt, attempted), state);
        }
    }
}

#[test]
fn every_transition_of_a_recovery() {
    use Attempt::{AgainAfterPause, Fresh};
    let checking = |doubt| State::Checking { doubt };
    #[rustfmt::skip]
    let rows = [
        (forgotten(), None, sending(Fresh, None), failed("last"), None),
        (forgotten(), Some("lost"), checking("lost"), failed("lost"), Some("lost")),
        (Cause::Unreachable, None, sending(Fresh, None), sending(AgainAfterPause, None), None),
        (Cause::Unreachable, Some("lost"), checking("lost"), sending(AgainAfterPause, Some("lost")), Some("lost")),
        (Cause::Lost, None, checking("last"), sending(AgainAfterPause, Some("last")), Some("last")),
        (Cause::Lost, Some("lost"), checking("last"), sending(AgainAfterPause, Some("last")), Some("last")),
    ];
    for (cause, doubt, anew, unchanged, retried) in rows {
        let given_up = doubt.unwrap_or("last");
        for (result, state) in [
            (Recovered::Anew, anew),
            (Recovered::Unchanged { expired: false }, unchanged),
            (Recovered::Unchanged { expired: true }, failed(given_up)),
            (
                Recovered::Failed { expired: false },
                sending(AgainAfterPause, retried),
            ),
            (Recovered::Failed { expired: true }, failed(given_up)),
            (Recovered::SignedOut("out"), failed(doubt.unwrap_or("out"))),
        ] {
            let row = format!("{cause:?} {doubt:?} {result:?}");
            assert_eq!(recovered(&cause, doubt, result), state, "{row}");
        }
    }
}

#[test]
fn in_a_chat_that_goes_on_a_message_keeps_its_identifier() {
    use Attempt::{Again, Fresh};
    for doubt in DOUBTS {
        for (cause, state) in [
            (Cause::Unreachable, sending(Again, doubt)),
            (Cause::CannotWrite, sending(Again, doubt)),
            (Cause::Lost, sending(Again, Some("last"))),
            // By the first rules the chat remembers it as refused.
            (forgotten(), sending(Fresh, None)),
            // The identifier was not looked for.
            (Cause::Forgotten(Forgotten::Login), sending(Again, doubt)),
        ] {
            let row = format!("{cause:?} {doubt:?}");
            assert_eq!(
                recovered(&cause, doubt, Recovered::Continued),
                state,
                "{row}"
            );
        }
    }
}

#[test]
fn every_transition_of_a_check() {
    assert_eq!(after_check("lost", true), sending(Attempt::Fresh, None));
    assert_eq!(after_check("lost", false), failed("lost"));
}
