//! Calls without an answer, in the client's words.
//!
//! The original ends with a traceback wherever one of these comes up, so it has no texts for them.

use rpc::CallError;

use crate::screen::texts;

/// One line that says what failed and, when that is not certain, what may have happened.
#[must_use]
pub fn line(error: &CallError) -> String {
    texts::error(&reason(error))
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

    use protocol::fault;

    use super::*;

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
            assert_eq!(line(&error), expected);
        }
    }
}
