//! Making calls, again and again if need be, and what is no answer at all.

use std::time::Duration;

use dxr::{Fault, Value};
use rpc::CallError;
use tokio::time::Instant;

use super::{Client, Outcome};
use crate::failure::Failure;

/// How long a client tries for an answer. It is ample: only what is broken takes that long.
const RETRIED_FOR: Duration = Duration::from_secs(60);

/// An answer as it came: a value or the server's fault.
type Answer = Result<Value, Fault>;

impl Client {
    /// Makes a call until it is answered. Whatever is called here may be called twice.
    pub(super) async fn call(
        &mut self,
        method: &'static str,
        parameters: Vec<Value>,
    ) -> Outcome<Answer> {
        let began = Instant::now();
        loop {
            let sent = Instant::now();
            let error = match self.caller.call(method, parameters.clone()).await {
                Ok(value) => return Ok(self.answered(method, sent, Ok(value))),
                Err(CallError::Fault(fault)) => {
                    return Ok(self.answered(method, sent, Err(fault)));
                }
                Err(error) => error,
            };
            let may_go_over = matches!(
                error,
                CallError::Unreachable { .. }
                    | CallError::Interrupted { .. }
                    | CallError::TimedOut { .. }
            );
            if !may_go_over || began.elapsed() > RETRIED_FOR {
                return Err(self.failure(format!("{method}: {error}")));
            }
            self.measured.repeated += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn answered(&mut self, method: &'static str, sent: Instant, answer: Answer) -> Answer {
        self.measured.answered(method, sent.elapsed());
        self.progress.answered();
        answer
    }

    /// Makes a call that must be answered with a value.
    pub(super) async fn value(
        &mut self,
        method: &'static str,
        parameters: Vec<Value>,
    ) -> Outcome<Value> {
        let answer = self.call(method, parameters).await?;
        answer.map_err(|fault| self.failure(format!("{method}: {fault:?}")))
    }

    pub(super) fn expect<T>(&self, result: Result<T, String>) -> Outcome<T> {
        result.map_err(|reason| self.failure(reason))
    }

    pub(super) fn failure(&self, reason: String) -> Failure {
        Failure::Client {
            client: self.number,
            reason,
        }
    }
}
