//! Failed calls, in one line each.
//!
//! A server's refusal is shown in its own words. For the rest the original has no texts: it ends with a
//! traceback.

use rpc::CallError;

use super::texts;
use crate::network::Failure;

/// One line that says what failed and, when that is not certain, what may have happened.
pub(super) fn line(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) if !refused.by_fault => refused.text.clone(),
        Failure::Refused(refused) => texts::error(&refused.text),
        Failure::Unanswered { error, .. } => texts::error(&reason(error)),
        Failure::NotOffered { server, method } => {
            texts::error(&format!("o servidor {server} nao tem {method}."))
        }
        Failure::SignedOut => texts::error("voce nao esta mais conectado."),
    }
}

/// The same for a message; it says whether the message was sent.
pub(super) fn line_about_message(failure: &Failure) -> String {
    let line = line(failure);
    if failure.is_unreachable() {
        format!("{line} {}", texts::NOT_SENT)
    } else {
        line
    }
}

fn reason(error: &CallError) -> String {
    match error {
        // As the server wrote it: the original prints an exception's class with it too.
        CallError::Fault(fault) => fault.string().to_owned(),
        CallError::Unreachable { server, reason } => {
            format!("nao ha conexao com {server} ({reason}).")
        }
        CallError::Interrupted { server, .. } => format!(
            "a conexao com {server} caiu antes da resposta; o comando pode ter sido executado ou nao."
        ),
        CallError::TimedOut { server, after } => format!(
            "{server} nao respondeu em {} segundos; o comando pode ter sido executado ou nao.",
            after.as_secs()
        ),
        CallError::Unexpected { server, reason } => {
            format!("{server} nao respondeu como esperado ({reason}).")
        }
        CallError::Status { server, status } => {
            format!("{server} nao respondeu como esperado (HTTP status {status}).")
        }
        CallError::Unsendable(character) => {
            format!(
                "o caractere U+{:04X} nao pode ser enviado.",
                u32::from(*character)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::classic::procedures::SEND_MESSAGE;
    use protocol::fault;
    use protocol::refusal::Refusal;

    use super::*;
    use crate::network::Refused;

    fn unanswered(error: CallError) -> Failure {
        Failure::Unanswered {
            procedure: &SEND_MESSAGE,
            error,
            search: None,
        }
    }

    #[test]
    fn each_failure_is_one_line_that_names_the_server() {
        let server = || "localhost:9000".to_owned();
        let rows = [
            (
                CallError::Fault(fault::application("<class 'Exception'>:Sala cheia")),
                "Erro: <class 'Exception'>:Sala cheia",
            ),
            (
                CallError::Unreachable {
                    server: server(),
                    reason: "Connection refused".into(),
                },
                "Erro: nao ha conexao com localhost:9000 (Connection refused).",
            ),
            (
                CallError::Interrupted {
                    server: server(),
                    reason: "connection closed".into(),
                },
                "Erro: a conexao com localhost:9000 caiu antes da resposta; \
                 o comando pode ter sido executado ou nao.",
            ),
            (
                CallError::TimedOut {
                    server: server(),
                    after: Duration::from_secs(10),
                },
                "Erro: localhost:9000 nao respondeu em 10 segundos; \
                 o comando pode ter sido executado ou nao.",
            ),
            (
                CallError::Unexpected {
                    server: server(),
                    reason: "HTTP status 404".into(),
                },
                "Erro: localhost:9000 nao respondeu como esperado (HTTP status 404).",
            ),
            (
                CallError::Unsendable('\u{1b}'),
                "Erro: o caractere U+001B nao pode ser enviado.",
            ),
        ];
        for (error, expected) in rows {
            assert_eq!(line(&unanswered(error)), expected);
        }
    }

    #[test]
    fn what_a_server_says_is_left_as_it_is() {
        let refused = |by_fault| {
            Failure::Refused(Refused {
                why: Refusal::Other,
                text: "<class 'Exception'>:Sala cheia".into(),
                by_fault,
            })
        };
        assert_eq!(line(&refused(false)), "<class 'Exception'>:Sala cheia");
        assert_eq!(line(&refused(true)), "Erro: <class 'Exception'>:Sala cheia");
    }

    #[test]
    fn whether_a_message_was_sent_is_said() {
        let unreachable = unanswered(CallError::Unreachable {
            server: "localhost:9000".into(),
            reason: "Connection refused".into(),
        });
        assert_eq!(
            line_about_message(&unreachable),
            "Erro: nao ha conexao com localhost:9000 (Connection refused). \
             A mensagem nao foi enviada."
        );
    }
}
