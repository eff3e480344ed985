//! What is a refusal: the sheet leaves open how a server says no.

use serde_json::{Value as Json, json};

use crate::peer::Reply;
use crate::requirement::{Outcome, Shortfall};
use crate::scene::failed;
use crate::words::{Words, words};

/// Whether an answer can only be a refusal: a fault, `False`, or a struct or array that says so.
pub(crate) fn is_refusal(reply: &Reply) -> bool {
    match reply {
        Reply::Value(Json::Bool(done)) => !done,
        Reply::Value(Json::Array(parts)) => parts.first() == Some(&json!(false)),
        Reply::Value(Json::Object(members)) => members.iter().any(|(name, value)| {
            matches!(name.as_str(), "success" | "sucesso" | "ok" | "status")
                && *value == json!(false)
                || matches!(name.as_str(), "error" | "erro") && !value.is_null()
        }),
        Reply::Value(_) => false,
        _ => true,
    }
}

/// A reply together with the name that was asked for.
type Named<'a> = (&'a str, &'a Reply);

/// Whether two replies are the same when each one's name is left out.
fn equal_apart_from_names((name, reply): Named<'_>, (other_name, other): Named<'_>) -> bool {
    reply.to_string().replace(name, "") == other.to_string().replace(other_name, "")
}

/// Whether two replies say the same about two names.
pub(crate) fn same_apart_from_names(one: Named<'_>, other: Named<'_>) -> bool {
    let outline = |(name, reply): Named<'_>| match reply {
        Reply::Value(value) => outline(name, value),
        reply => reply.to_string(),
    };
    outline(one) == outline(other)
}

/// What a value says, whichever name it is about and however many there are.
fn outline(name: &str, value: &Json) -> String {
    match value {
        // Who or what is there differs from call to call.
        Json::Array(_) => "an array".to_owned(),
        Json::Object(members) => members
            .iter()
            .map(|(member, value)| format!("{member}: {}, ", outline(name, value)))
            .collect(),
        // An identifier, or a code: those of errors are often negative or 0.
        Json::Number(number) => match number.as_f64().unwrap_or_default() {
            0.0 => "zero".to_owned(),
            negative if negative < 0.0 => "a negative number".to_owned(),
            _ => "a number".to_owned(),
        },
        // A number in a sentence may count the users or the rooms.
        other => other
            .to_string()
            .replace(name, "")
            .replace(|character: char| character.is_ascii_digit(), ""),
    }
}

/// What a server answers to a name, to the same name again, and to another one that is free. The answers may have
/// any form, so what is refused shows by the difference only.
pub(crate) struct TakenName<'a> {
    /// Granted.
    pub(crate) first: Named<'a>,
    /// The same name again.
    pub(crate) again: &'a Reply,
    /// Another name.
    pub(crate) free: Named<'a>,
}

impl TakenName<'_> {
    /// That the taken name is refused. A server that refuses everything, or answers differently each time, refuses
    /// nothing.
    pub(crate) fn must_be_refused(&self) -> Outcome {
        let Self { first, again, free } = *self;
        let granted = || {
            Err(failed(
                Words::new(
                    "a fault, or another answer than to a free name",
                    "um fault, ou outra resposta que a de um nome livre",
                ),
                again,
            ))
        };
        if !again.is_answer() || equal_apart_from_names(first, (first.0, again)) {
            return granted();
        }
        let differs = is_refusal(again)
            || equal_apart_from_names(first, free)
            || !same_apart_from_names(first, (first.0, again));
        if !differs {
            return granted();
        }
        let free_is_granted =
            !is_refusal(free.1) && (is_refusal(again) || same_apart_from_names(first, free));
        if free_is_granted {
            return Ok(());
        }
        let reply = free.1;
        Err(Shortfall::Blocked(words!(
            "not checked: a free name is not taken as the first one was; the answer is {reply}",
            "não verificado: um nome livre não é aceito como o primeiro foi; a resposta é {reply}"
        )))
    }

    /// Whether a reply about another name is a refusal, where the taken name was refused.
    pub(crate) fn is_refused(&self, reply: Named<'_>) -> bool {
        let again = (self.first.0, self.again);
        is_refusal(reply.1)
            || equal_apart_from_names(reply, again)
            || same_apart_from_names(reply, again) && !same_apart_from_names(reply, self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(first: Json, again: Reply, free: Json) -> Option<bool> {
        let (first, free) = (Reply::Value(first), Reply::Value(free));
        let taken = TakenName {
            first: ("ana", &first),
            again: &again,
            free: ("bia", &free),
        };
        match taken.must_be_refused() {
            Ok(()) => Some(true),
            Err(Shortfall::Failed(_)) => Some(false),
            Err(_) => None,
        }
    }

    fn text(text: &str) -> Reply {
        Reply::Value(json!(text))
    }

    fn fault() -> Reply {
        Reply::Fault {
            code: 1,
            text: "taken".to_owned(),
        }
    }

    #[test]
    fn a_refusal_may_have_any_form() {
        for (first, again, free) in [
            (json!(true), fault(), json!(true)),
            (
                json!("Oi, ana (1)!"),
                text("Em uso."),
                json!("Oi, bia (2)!"),
            ),
            (json!(["ana"]), text("Em uso."), json!(["ana", "bia"])),
            (json!(1), Reply::Value(json!(0)), json!(1)),
            (json!(0), Reply::Value(json!(409)), json!(0)),
            (json!(1), Reply::Value(json!(-1)), json!(2)),
            (json!("ok"), Reply::Value(Json::Null), json!("ok")),
            (Json::Null, text("Em uso."), Json::Null),
            (json!("id-5f2"), fault(), json!("id-a07")),
            (
                json!({"status": "ok", "user": "ana"}),
                Reply::Value(json!({"status": "error", "message": "Em uso."})),
                json!({"status": "ok", "user": "bia"}),
            ),
        ] {
            let what = format!("{first} {again} {free}");
            assert_eq!(judged(first, again, free), Some(true), "{what}");
        }
    }

    #[test]
    fn a_name_that_is_granted_twice_is_not_refused() {
        for (first, again, free) in [
            (json!(true), json!(true), json!(true)),
            (json!("Oi, ana!"), json!("Oi, ana!"), json!("Oi, bia!")),
            (
                json!("Oi, ana (1)!"),
                json!("Oi, ana (2)!"),
                json!("Oi, bia (3)!"),
            ),
            (json!(1), json!(2), json!(3)),
        ] {
            let what = format!("{first} {again} {free}");
            let judged = judged(first, Reply::Value(again), free);
            assert_eq!(judged, Some(false), "{what}");
        }
    }

    #[test]
    fn a_refusal_counts_only_beside_a_success() {
        assert_eq!(judged(json!(true), fault(), json!(false)), None);
        let refuses_all = judged(json!("Oi!"), text("Em uso."), json!("Em uso."));
        assert_eq!(refuses_all, None);
        let nonsense = judged(json!("xkcd"), text("qwer"), json!("zxcv"));
        assert_eq!(nonsense, None);
    }

    #[test]
    fn of_many_replies_the_refusals_are_known() {
        let (first, again, free) = (text("Oi, ana (1)!"), text("Em uso."), text("Oi, bia (2)!"));
        let taken = TakenName {
            first: ("ana", &first),
            again: &again,
            free: ("bia", &free),
        };
        assert!(taken.is_refused(("caio", &text("Em uso."))));
        assert!(taken.is_refused(("caio", &fault())));
        assert!(!taken.is_refused(("caio", &text("Oi, caio (3)!"))));
    }
}
