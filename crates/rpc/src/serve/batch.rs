//! `system.multicall`: many calls in one request.

use std::pin::Pin;
use std::time::Duration;

use dxr::{Fault, Value};
use protocol::fault;
use protocol::procedure::MULTICALL;
use protocol::reading::{array, member, members, string, type_name};
use tokio::time::Instant;

use super::answer::{ARRAY_END, ARRAY_START};
use super::budget::{self, Budget, Exhausted};
use super::{Answer, Arguments};
use crate::xml::write::AnswerBody;

/// Calls in one batch. A body has room for a hundred thousand, and the answer to each is larger than the
/// call.
const MOST_CALLS: usize = 1_000;

/// Bytes of answers after which the remaining calls of a batch are refused. One call can be answered with a
/// whole history, and a body has room for thousands of those.
const MOST_BYTES: usize = 16 << 20;

/// Time after which the remaining calls of a batch are refused. A long poll takes up to half a minute, and
/// a thousand of those would occupy a connection for a day.
const LONGEST_BATCH: Duration = Duration::from_secs(30);

/// The answer to one call of a batch.
pub(super) type Dispatched<'a> =
    Pin<Box<dyn Future<Output = Result<AnswerBody, Fault>> + Send + 'a>>;

/// Makes one call of a batch, given its method name and parameters.
type Dispatch<'a> = dyn Fn(String, Vec<Value>) -> Dispatched<'a> + Sync + 'a;

/// Makes the calls of a batch one after the other, as Python's server does. A call that fails has its fault
/// in its place. The whole batch is refused with -32602 when it has too many calls, and with -32300 when
/// the budget for answers is exhausted.
pub(super) async fn multicall(
    arguments: &Arguments,
    answers: &Budget,
    dispatch: &Dispatch<'_>,
) -> Result<Answer, Fault> {
    let calls = arguments.array(0)?;
    if calls.len() > MOST_CALLS {
        let expected = format!("at most {MOST_CALLS} calls");
        return Err(arguments.refuse(0, &expected, &calls.len().to_string()));
    }
    let began = Instant::now();
    let mut body = AnswerBody::with_capacity(0);
    // Released at the end: the complete answer is charged when it is sent.
    let mut reservation = answers.reservation(arguments.connection().peer());
    body.push(ARRAY_START);
    for call in calls {
        let answer = if body.value().len() > MOST_BYTES {
            Err(not_called(&format!("are larger than {MOST_BYTES} bytes")))
        } else if began.elapsed() > LONGEST_BATCH {
            Err(not_called(&format!("took longer than {LONGEST_BATCH:?}")))
        } else {
            one_of_many(call, dispatch).await
        };
        match answer {
            Ok(answer) => {
                body.push(ARRAY_START);
                body.push(answer.value());
                body.push(ARRAY_END);
            }
            Err(fault) => {
                let members = [
                    ("faultCode".to_owned(), Value::Integer(fault.code())),
                    (
                        "faultString".to_owned(),
                        Value::String(fault.string().to_owned()),
                    ),
                ];
                let value = Value::Struct(members.into());
                body.push(Answer::Value(value).encode()?.value());
            }
        }
        reservation
            .resize(body.value().len())
            .map_err(|Exhausted| budget::no_budget_for_answer())?;
        // Yields to other calls, so that a batch does not block its thread. What it has gathered so far is
        // reserved; otherwise batches on many connections could each hold an uncounted answer.
        tokio::task::yield_now().await;
    }
    body.push(ARRAY_END);
    Ok(Answer::Encoded(body))
}

fn not_called(why: &str) -> Fault {
    let text = format!("not called: the answers before {why}");
    Fault::new(fault::TRANSPORT, text)
}

async fn one_of_many(call: &Value, dispatch: &Dispatch<'_>) -> Result<AnswerBody, Fault> {
    let malformed = || {
        fault::invalid_parameter(
            "calls",
            "structs with methodName (string) and params (array)",
            type_name(call),
        )
    };
    let mut members = members(call.clone()).map_err(|_| malformed())?;
    let name = member(&mut members, "methodName")
        .and_then(string)
        .map_err(|_| malformed())?;
    let parameters = member(&mut members, "params")
        .and_then(array)
        .map_err(|_| malformed())?;
    if name == MULTICALL {
        return Err(Fault::new(
            fault::NOT_A_CALL,
            "a system.multicall cannot hold another one".into(),
        ));
    }
    dispatch(name, parameters).await
}

#[cfg(test)]
mod tests {
    use protocol::procedure::{LIST_METHODS, Parameter, Procedure, STRING};

    use super::*;
    use crate::serve::{Connection, Methods};

    const LIST_ROOMS: Procedure = Procedure {
        name: "list_rooms",
        ..LIST_METHODS
    };

    const SEND_MESSAGE: Procedure = Procedure {
        name: "send_message",
        parameters: &[Parameter::required("text", STRING); 3],
        ..LIST_METHODS
    };

    async fn multicall(
        methods: &Methods,
        calls: Vec<Value>,
        budget: &Budget,
    ) -> Result<AnswerBody, Fault> {
        let parameters = vec![Value::Array(calls)];
        let answer = methods
            .dispatch(&Connection::closed(), MULTICALL, parameters, budget)
            .await;
        answer.and_then(Answer::encode)
    }

    /// How many calls of a batch were refused.
    fn refused(answer: &AnswerBody) -> usize {
        let text = String::from_utf8_lossy(answer.value());
        text.matches("<i4>-32300</i4>").count()
    }

    fn list_rooms(count: usize) -> Vec<Value> {
        vec![call("list_rooms", vec![]); count]
    }

    fn plenty() -> Budget {
        Budget::new(1 << 40, 0)
    }

    fn methods() -> Methods {
        Methods::new()
            .immediate(&LIST_ROOMS, |_| Ok(Answer::texts(["geral"])))
            .immediate(&SEND_MESSAGE, |_| panic!("a bug in a handler"))
    }

    fn call(name: &str, parameters: Vec<Value>) -> Value {
        Value::Struct(
            [
                ("methodName".to_owned(), Value::String(name.to_owned())),
                ("params".to_owned(), Value::Array(parameters)),
            ]
            .into(),
        )
    }

    #[tokio::test]
    async fn a_batch_answers_each_call_in_its_place() {
        let text = || Value::String("x".into());
        let batch = vec![
            call("list_rooms", vec![]),
            call("no_such_method", vec![]),
            call("list_rooms", vec![text()]),
            call("system.multicall", vec![Value::Array(vec![])]),
            call("send_message", vec![text(), text(), text()]),
            text(),
        ];
        let answer = multicall(&methods(), batch, &plenty()).await;
        let body = answer.unwrap().finish();
        let Ok(Ok(Value::Array(answers))) = crate::xml::read::answer(&body) else {
            panic!("not an array: {body:?}");
        };
        let geral = Value::Array(vec![Value::String("geral".into())]);
        assert_eq!(answers[0], Value::Array(vec![geral]));
        let codes: Vec<Value> = answers[1..]
            .iter()
            .map(|answer| members(answer.clone()).unwrap()["faultCode"].clone())
            .collect();
        assert_eq!(
            codes,
            [-32601, -32602, -32600, -32603, -32602].map(Value::Integer)
        );
    }

    #[tokio::test]
    async fn a_batch_has_bounds() {
        let methods = Methods::new().immediate(&LIST_ROOMS, |_| {
            Ok(Answer::text("x".repeat(MOST_BYTES / 3)))
        });
        let answer = multicall(&methods, list_rooms(6), &plenty()).await;
        assert_eq!(refused(&answer.unwrap()), 3, "three are made");
        let refusal = multicall(&methods, list_rooms(1_001), &plenty()).await;
        assert_eq!(refusal.unwrap_err().code(), fault::INVALID_PARAMETERS);
    }

    #[tokio::test]
    async fn batches_that_gather_at_the_same_time_share_a_budget() {
        let answer = Answer::text("x".repeat(100_000)).encode().unwrap();
        let methods =
            Methods::new().immediate(&LIST_ROOMS, |_| Ok(Answer::text("x".repeat(100_000))));
        let budget = Budget::new(2 * 5 * answer.value().len(), 16 << 10);
        let both = tokio::join!(
            multicall(&methods, list_rooms(5), &budget),
            multicall(&methods, list_rooms(5), &budget),
        );
        // They take turns. One finds the budget exhausted, and the other then gets everything.
        let codes = [both.0, both.1].map(|answer| answer.map_err(|refusal| refusal.code()).err());
        assert_eq!(codes, [None, Some(fault::TRANSPORT)]);
        // Both have released what they reserved.
        let alone = multicall(&methods, list_rooms(5), &budget).await;
        assert_eq!(alone.map(|_| ()), Ok(()));
        let address = Connection::closed().peer();
        let mut reservation = budget.reservation(address);
        assert!(reservation.resize(5 * answer.value().len()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_does_not_take_for_ever() {
        let methods = Methods::new().waiting(&LIST_ROOMS, |_| {
            Box::pin(async {
                // On the paused clock, three of these exceed the limit and two do not.
                tokio::time::sleep(Duration::from_secs(12)).await;
                Ok(Answer::text("x"))
            })
        });
        let began = Instant::now();
        let answer = multicall(&methods, list_rooms(1_000), &plenty()).await;
        assert!(began.elapsed() < 2 * LONGEST_BATCH);
        assert_eq!(refused(&answer.unwrap()), 997, "three are made");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_and_nothing_more() {
        let methods = methods();
        let parameters = vec![Value::String("x".into()); 3];
        let fault = methods
            .dispatch(&Connection::closed(), "send_message", parameters, &plenty())
            .await
            .unwrap_err();
        assert_eq!(fault.code(), fault::INTERNAL);
        assert!(
            methods
                .dispatch(&Connection::closed(), "list_rooms", vec![], &plenty())
                .await
                .is_ok()
        );
    }
}
