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

/// What Python says of a connection that ended before the answer.
const BROKEN_OFF: [&str; 4] = [
    "RemoteDisconnected",
    "ConnectionResetError",
    "ConnectionAbortedError",
    "BrokenPipeError",
];

/// What Python says where a second call is begun on a connection before the first has its answer. The last one is what
/// it prints of `CannotSendRequest` without its name.
const TWO_AT_ONCE: [&str; 5] = [
    "CannotSendRequest",
    "CannotSendHeader",
    "ResponseNotReady",
    "BadStatusLine",
    "Request-sent",
];

/// What is in the words of programs that cannot connect, in either language.
const CANNOT_CONNECT: [&str; 4] = ["refused", "recusad", "connect", "conect"];

/// The cause of a client's end, from what it printed.
pub(crate) fn of_printed(printed: &str) -> Option<Diagnosis> {
    let (cause, causa, change, mudanca) = if TWO_AT_ONCE.iter().any(|part| printed.contains(part)) {
        (
            "two threads use one ServerProxy at the same time, and its connection carries one call at a time",
            "duas threads usam um só ServerProxy ao mesmo tempo, e a conexão dele leva uma chamada de cada vez",
            "a ServerProxy for each thread; or lock = threading.Lock() once, and `with lock:` around each call",
            "um ServerProxy por thread; ou lock = threading.Lock() uma vez, e `with lock:` em volta de cada chamada",
        )
    } else if printed.contains("Connection refused") {
        (
            "the client does not expect that a server is away, or calls a port of its own choice",
            "o cliente não espera que um servidor esteja fora, ou chama uma porta fixa",
            "except (ConnectionError, OSError) around the call; host, port = binder.lookup_procedure(...)",
            "except (ConnectionError, OSError) em volta da chamada; host, port = binder.lookup_procedure(...)",
        )
    } else if BROKEN_OFF.iter().any(|part| printed.contains(part)) {
        (
            "the client does not expect that a connection ends without an answer",
            "o cliente não espera que uma conexão termine sem resposta",
            "except OSError around the call, which RemoteDisconnected and BrokenPipeError are, and go on",
            "except OSError em volta da chamada, que RemoteDisconnected e BrokenPipeError também são, e continue",
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

/// Why a client that runs asks the binder nothing, from what it printed and whether it called the chat server.
pub(crate) fn asks_nothing(printed: &str, has_called: bool) -> Diagnosis {
    let lower = printed.to_lowercase();
    let cannot_connect = CANNOT_CONNECT.iter().any(|part| lower.contains(part));
    if has_called || cannot_connect {
        diagnosis(
            "the address of the binder or of the chat server is written in the client's code",
            "o endereço do binder ou do servidor de chat está escrito no código do cliente",
            "host, port = ServerProxy(f'http://{binder}').lookup_procedure('create_room')",
            "host, porta = ServerProxy(f'http://{binder}').lookup_procedure('create_room')",
        )
    } else if lower.trim().is_empty() {
        diagnosis(
            "the client printed nothing and called nothing: it waits for something else than lines that are typed",
            "o cliente não imprimiu nada e não chamou nada: ele espera outra coisa que linhas digitadas",
            "username = input('Nome: ') at the start, before any window or other program",
            "username = input('Nome: ') no início, antes de qualquer janela ou outro programa",
        )
    } else {
        diagnosis(
            "the client called nothing here: it waits for something else than a name, or calls an address in its code",
            "o cliente não chamou nada aqui: ele espera outra coisa que um nome, ou chama um endereço fixo no código",
            "username = input('Nome: ') at the start, then binder.lookup_procedure('create_room')",
            "username = input('Nome: ') no início, depois binder.lookup_procedure('create_room')",
        )
    }
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

/// A client that fetches and shows the whole history at each poll, in dialect classic.
pub(crate) fn fetches_all() -> Diagnosis {
    diagnosis(
        "receive_messages answers all messages of the room in dialect classic, at each call, and the client shows them all; \
         only on the assignment's sheet it answers the new ones",
        "receive_messages responde todas as mensagens da sala no dialeto classic, a cada chamada, e o cliente mostra todas; \
         só no enunciado ele responde as novas",
        "receive_new_messages(username, room_name, last_timestamp); or check a client of the sheet with --profile assignment",
        "receive_new_messages(username, room_name, last_timestamp); ou verifique um cliente do enunciado com \
         --profile assignment",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn what_a_client_printed_has_a_known_cause() {
        for (printed, part) in [
            ("http.client.CannotSendRequest: Request-sent", "two threads"),
            ("Falhou: Request-sent", "two threads"),
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
            (
                "http.client.RemoteDisconnected: Remote end closed connection without response",
                "ends without an answer",
            ),
            (
                "BrokenPipeError: [Errno 32] Broken pipe",
                "ends without an answer",
            ),
        ] {
            let cause = of_printed(printed).unwrap().cause;
            assert!(
                cause.of(Language::En).contains(part),
                "{printed}: {cause:?}"
            );
        }
        assert_eq!(of_printed("Tchau!"), None);
    }

    #[test]
    fn an_address_in_the_code_is_named_where_something_shows_it() {
        for (printed, has_called, part) in [
            ("Nome: ", true, "written in the client's code"),
            ("Falha ao conectar", false, "written in the client's code"),
            (" \n", false, "printed nothing"),
            ("\u{fffd}#q", false, "waits for something else than a name"),
        ] {
            let cause = asks_nothing(printed, has_called).cause;
            assert!(
                cause.of(Language::En).contains(part),
                "{printed}: {cause:?}"
            );
        }
    }
}
