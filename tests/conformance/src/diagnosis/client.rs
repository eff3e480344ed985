//! Known causes of what clients do, from what they print and call.

use super::diagnosis;
use crate::requirement::Diagnosis;
use crate::words::Words;

/// What Python says of a value that is not of the form that was expected.
const OTHER_FORM: [&str; 5] = [
    "values to unpack",
    "indices must be",
    "KeyError",
    "can only concatenate",
    "object is not subscriptable",
];

/// The cause of a client's end, from what it printed.
pub(crate) fn of_printed(printed: &str) -> Option<Diagnosis> {
    let (cause, causa, change, mudanca) = if printed.contains("Connection refused") {
        (
            "the client does not expect that a server is away, or calls a port of its own choice",
            "o cliente não espera que um servidor esteja fora, ou chama uma porta fixa",
            "except (ConnectionError, OSError) around the call; host, port = binder.lookup_procedure(...)",
            "except (ConnectionError, OSError) em volta da chamada; host, port = binder.lookup_procedure(...)",
        )
    } else if printed.contains("xmlrpc.client.Fault") {
        (
            "the client does not expect a fault",
            "o cliente não espera um fault",
            "except xmlrpc.client.Fault as fault: print(fault.faultString)",
            "except xmlrpc.client.Fault as fault: print(fault.faultString)",
        )
    } else if printed.contains("EOFError") {
        (
            "input() raises EOFError at the end of the input",
            "input() levanta EOFError no fim da entrada",
            "except EOFError: leave as with exit",
            "except EOFError: saia como no exit",
        )
    } else if printed.contains("NoneType") {
        (
            "the look-up answered None and was used as an address",
            "a busca respondeu None e foi usada como endereço",
            "if place is None: print('no server'); return",
            "if lugar is None: print('sem servidor'); return",
        )
    } else if OTHER_FORM.iter().any(|part| printed.contains(part)) {
        (
            "the client expects another form of an answer; a client is checked alone with answers of \
             dialect classic: join_room → {'users': [...], 'messages': [{'origin': ..., 'content': ..., ...}]}",
            "o cliente lê uma resposta que tem outra forma; sozinho, um cliente é verificado com respostas do \
             dialeto classic: join_room → {'users': [...], 'messages': [{'origin': ..., 'content': ..., ...}]}",
            "answer['messages'], message['origin']; or check it with its own server: chat-conformance system",
            "resposta['messages'], mensagem['origin']; ou verifique-o com o seu servidor: chat-conformance system",
        )
    } else if printed.contains("cannot marshal None") {
        (
            "the client sends None, which needs allow_none",
            "o cliente envia None, o que exige allow_none",
            "ServerProxy(url, allow_none=True), or leave the parameter out",
            "ServerProxy(url, allow_none=True), ou omita o parâmetro",
        )
    } else {
        return None;
    };
    Some(Diagnosis {
        cause: Words::new(cause, causa),
        change: Words::new(change, mudanca),
    })
}

/// A client that runs and does not show it.
pub(crate) fn does_nothing() -> Diagnosis {
    diagnosis(
        "the client printed nothing and called nothing: it waits for something else than lines that are typed",
        "o cliente não imprimiu nada e não chamou nada: ele espera outra coisa que linhas digitadas",
        "username = input('Nome: ') at the start, before any window or other program",
        "username = input('Nome: ') no início, antes de qualquer janela ou outro programa",
    )
}

/// A client whose output comes at its end only.
pub(crate) fn unflushed() -> Diagnosis {
    diagnosis(
        "the client made its calls and printed nothing until it ended: its output is held back where it is not shown in a \
         terminal",
        "o cliente fez as chamadas e não imprimiu nada até terminar: a saída dele fica retida quando não vai para um \
         terminal",
        "print(..., flush=True); in Perl $| = 1; in C setvbuf(stdout, NULL, _IOLBF, 0), or fflush(stdout) after each line",
        "print(..., flush=True); em Perl $| = 1; em C setvbuf(stdout, NULL, _IOLBF, 0), ou fflush(stdout) após cada linha",
    )
}

/// A client that calls a server without asking where it is.
pub(crate) fn built_in_address() -> Diagnosis {
    diagnosis(
        "the address of the binder or of the chat server is written in the client's code",
        "o endereço do binder ou do servidor de chat está escrito no código do cliente",
        "host, port = ServerProxy(f'http://{binder}').lookup_procedure('create_room')",
        "host, porta = ServerProxy(f'http://{binder}').lookup_procedure('create_room')",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn what_a_client_printed_has_a_known_cause() {
        for (printed, part) in [
            (
                "ValueError: too many values to unpack (expected 2)",
                "another form",
            ),
            ("TypeError: string indices must be integers", "another form"),
            (
                "TypeError: cannot unpack non-iterable NoneType object",
                "answered None",
            ),
            ("EOFError: EOF when reading a line", "end of the input"),
        ] {
            let cause = of_printed(printed).unwrap().cause;
            assert!(
                cause.of(Language::En).contains(part),
                "{printed}: {cause:?}"
            );
        }
        assert_eq!(of_printed("Tchau!"), None);
    }
}
