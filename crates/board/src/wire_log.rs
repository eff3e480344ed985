//! The wire log: every exchange as indented XML, to learn what a remote call is.

use std::io::Write as _;

use std::sync::Arc;

use rpc::Observers;
use rpc::observe::{Call, Exchange, Observer, Outcome, Peer};

use crate::secrets::PrivateTexts;
use crate::{pretty, secrets};

/// Prints each exchange: method, peer, duration, request and answer.
pub struct WireLog {
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl WireLog {
    /// Prints to standard error, because standard output is for the program's own output: the line that a
    /// server is ready, or the conversation.
    pub fn to_standard_error() -> Self {
        // There is no place to report that standard error is closed.
        Self::written_by(|text| drop(std::io::stderr().write_all(text.as_bytes())))
    }

    /// The log on standard error if `is_enabled`, and otherwise no observers.
    pub fn observers(is_enabled: bool) -> Observers {
        if is_enabled {
            Observers::none().and(Arc::new(Self::to_standard_error()))
        } else {
            Observers::none()
        }
    }

    /// Passes each exchange to `write` as one text, so that exchanges do not mix.
    pub fn written_by(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            write: Box::new(write),
        }
    }

    fn render(exchange: &Exchange) -> String {
        let method = exchange.method.as_deref().map(secrets::visible_method);
        let milliseconds = exchange.duration.as_secs_f64() * 1_000.0;
        let (direction, peer) = match &exchange.peer {
            Peer::Caller(address) => ("◀ answered", address.to_string()),
            Peer::Server(address) => ("▶ called", address.to_string()),
        };
        let (request, answer) = if exchange.method.is_none() {
            // Secrets in an unreadable request cannot be found, and the fault quotes it.
            let code = match &exchange.outcome {
                Outcome::Fault(fault) => fault.code(),
                _ => 0,
            };
            (
                format!("({} bytes, not shown)\n", exchange.request.len()),
                format!("(fault {code}, not shown: it quotes the request)\n"),
            )
        } else {
            let document = |body| pretty::document(body, PrivateTexts::Shown, exchange.procedure);
            let answer = if exchange.answer.is_empty() {
                "(no answer)\n".to_owned()
            } else if method.as_deref() != exchange.method.as_deref() {
                format!(
                    "({} bytes, not shown: they quote the method)\n",
                    exchange.answer.len()
                )
            } else {
                document(&exchange.answer)
            };
            (document(&exchange.request), answer)
        };
        let effect = exchange
            .effect
            .map(|effect| format!(" · lab: {effect}"))
            .unwrap_or_default();
        format!(
            "── {direction} {} · {peer} · {milliseconds:.2} ms{effect}\n{}── answer\n{answer}\n",
            method
                .as_deref()
                .unwrap_or("(unreadable call)")
                .escape_debug(),
            request,
        )
    }
}

impl Observer for WireLog {
    fn is_watching(&self) -> bool {
        true
    }

    fn began(&self, _: &Call<'_>) {
        // Request and answer are printed together at the end.
    }

    fn ended(&self, exchange: &Arc<Exchange>) {
        (self.write)(&Self::render(exchange));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::contract_tests::exchange;

    #[test]
    fn an_exchange_names_method_peer_and_duration() {
        let answer = "<methodResponse><params/></methodResponse>";
        let shown = WireLog::render(&Exchange {
            peer: Peer::Server("localhost:5000".into()),
            duration: Duration::from_micros(1_234),
            ..exchange(1, Some("lookup_procedure"), answer, Outcome::Answered)
        });
        assert!(
            shown.starts_with("── ▶ called lookup_procedure · localhost:5000 · 1.23 ms\n"),
            "{shown}"
        );
        assert!(shown.contains("\n── answer\n<methodResponse>\n"), "{shown}");
    }

    #[test]
    fn a_method_with_a_password_in_its_name_is_shown_without_it() {
        let method = "login_user(ana,s3gredo)";
        let answer = format!(
            "<methodResponse><fault><value>no method '{method}'</value></fault></methodResponse>"
        );
        let shown = WireLog::render(&Exchange {
            request: format!("<methodCall><methodName>{method}</methodName></methodCall>").into(),
            ..exchange(1, Some(method), &answer, Outcome::Nothing)
        });
        assert!(
            shown.contains("login_user…") && !shown.contains("s3gredo"),
            "{shown}"
        );
    }

    #[test]
    fn nothing_of_a_request_that_cannot_be_read_is_shown() {
        let password = "<methodCall><methodName>login_user</methodName><params><param>\
                        <value>ana</value></param><param><value><int>s3gredo</int></value>";
        let error = rpc::xml::read::call(password.as_bytes()).unwrap_err();
        let shown = WireLog::render(&Exchange {
            request: password.into(),
            answer: rpc::xml::write::fault(&error.fault()),
            ..exchange(1, None, "", Outcome::Fault(error.fault()))
        });
        assert!(!shown.contains("s3gredo"), "{shown}");
        assert!(shown.contains("-32700"), "{shown}");
    }
}
