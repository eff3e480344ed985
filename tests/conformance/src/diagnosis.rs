//! Known causes of odd answers, with the line to change in Python.

mod client;

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use protocol::endpoint::Endpoint;
use serde_json::Value as Json;

use crate::peer::Reply;
use crate::requirement::Diagnosis;
use crate::words::{Words, words};

pub(crate) use self::client::{asks_nothing, fetches_all, of_printed, unflushed};

/// The cause of a reply, if it is a known one.
pub(crate) fn of_reply(reply: &Reply) -> Option<Diagnosis> {
    let text = match reply {
        Reply::Fault { text, .. } => text.as_str(),
        Reply::TimedOut => return Some(too_slow()),
        Reply::Interrupted(_) => return Some(broken_off()),
        Reply::NotHttp(_) => return Some(not_http()),
        Reply::NotXmlRpc(reason) if reason.contains("more than") => return Some(too_large()),
        Reply::NotXmlRpc(_) => return Some(not_xml_rpc()),
        Reply::Status(404) => return Some(wrong_path()),
        Reply::Value(_) | Reply::Status(_) | Reply::Unreachable(_) => return None,
    };
    if text.contains("cannot marshal None") {
        Some(diagnosis(
            "a method returns None, which XML-RPC has no value for; the method itself was carried out",
            "um método devolve None, que não existe no XML-RPC; o método em si foi executado",
            "SimpleXMLRPCServer(..., allow_none=True), or return True at the end of the method",
            "SimpleXMLRPCServer(..., allow_none=True), ou return True no fim do método",
        ))
    } else if text.contains("cannot marshal") {
        Some(diagnosis(
            "a method returns an object that XML-RPC has no type for, such as a set or a datetime in a class",
            "um método devolve um objeto sem tipo no XML-RPC, como um set ou um objeto de uma classe",
            "return plain values: list(users), str(moment), {'users': ..., 'messages': ...}",
            "devolva valores simples: list(users), str(momento), {'users': ..., 'messages': ...}",
        ))
    } else if text.contains("KeyError") {
        Some(diagnosis(
            "a dictionary is read with a key that it does not have",
            "um dicionário é lido com uma chave que não existe nele",
            "use d.get(name) and answer for the missing one, in place of d[name]",
            "use d.get(nome) e responda pelo que falta, em vez de d[nome]",
        ))
    } else if text.contains("positional argument") || text.contains("unexpected keyword") {
        Some(diagnosis(
            "the method takes other parameters than the sheet gives it",
            "o método tem outros parâmetros do que o enunciado",
            "def join_room(self, username, room_name), def send_message(self, username, room_name, message, recipient=None)",
            "def join_room(self, username, room_name), def send_message(self, username, room_name, message, recipient=None)",
        ))
    } else if text.contains("is not supported") {
        Some(diagnosis(
            "no method of this name is registered in the server",
            "nenhum método com esse nome está registrado no servidor",
            "server.register_function(create_room, 'create_room'), or server.register_instance(chat)",
            "server.register_function(create_room, 'create_room'), ou server.register_instance(chat)",
        ))
    } else if text.contains("not well-formed") || text.contains("ExpatError") {
        Some(diagnosis(
            "a text with a character that XML cannot carry was sent or stored",
            "foi enviado ou guardado um texto com um caractere que o XML não permite",
            "refuse control characters when a name or a message comes in",
            "recuse caracteres de controle na entrada de nomes e mensagens",
        ))
    } else if text.contains("codec can't encode") {
        Some(diagnosis(
            "a text is printed or encoded in a character set without its accents, such as ASCII",
            "um texto é impresso ou codificado em um conjunto de caracteres sem os seus acentos, como ASCII",
            "sys.stdout.reconfigure(encoding='utf-8') at the start, and encode('utf-8') in place of encode('ascii')",
            "sys.stdout.reconfigure(encoding='utf-8') no início, e encode('utf-8') em vez de encode('ascii')",
        ))
    } else {
        None
    }
}

/// The cause of a server's end at its start, from what it printed.
pub(crate) fn of_started(printed: &str) -> Option<Diagnosis> {
    printed.contains("Address already in use").then(|| {
        diagnosis(
            "another program has the port, such as one of an earlier run that was left running",
            "outro programa está com a porta, como um de uma execução anterior que ficou aberto",
            "end it (on Linux, ss -ltnp says what listens), or take the port from the command line: int(sys.argv[1])",
            "encerre-o (no Linux, ss -ltnp diz quem escuta), ou receba a porta na linha de comando: int(sys.argv[1])",
        )
    })
}

/// A server with one thread that a connection holds.
pub(crate) fn single_thread() -> Diagnosis {
    diagnosis(
        "the server has a single thread, and one connection or one slow call holds it",
        "o servidor tem uma única thread, presa por uma conexão ou por uma chamada demorada",
        "class Server(ThreadingMixIn, SimpleXMLRPCServer): daemon_threads = True",
        "class Server(ThreadingMixIn, SimpleXMLRPCServer): daemon_threads = True",
    )
}

/// A method with the first two of its parameters in the other order.
fn swapped(method: &str, parameters: &str) -> Diagnosis {
    Diagnosis {
        cause: words!(
            "{method} takes the room first and the user second; the sheet has them in the other order",
            "{method} recebe primeiro a sala e depois o usuário; o enunciado os tem na outra ordem"
        ),
        change: Words::same(format!("def {method}(self, {parameters})")),
    }
}

/// `join_room` with its parameters in the other order.
pub(crate) fn swapped_join() -> Diagnosis {
    swapped("join_room", "username, room_name")
}

/// `send_message` with its first two parameters in the other order.
pub(crate) fn swapped_send() -> Diagnosis {
    let parameters = "username, room_name, message, recipient=None";
    swapped("send_message", parameters)
}

/// Rooms that are not separate.
pub(crate) fn shared_by_rooms() -> Diagnosis {
    diagnosis(
        "rooms share one list, such as one of the server, of the class or of a default value, or a user has one for all rooms",
        "as salas usam uma só lista, como uma do servidor, da classe ou de um valor padrão, ou um usuário tem uma para todas",
        "self.users = [] and self.messages = [] in the __init__ of each room, not messages=[] in its def; or inbox[username, room_name]",
        "self.usuarios = [] e self.mensagens = [] no __init__ de cada sala, não mensagens=[] no seu def; ou caixa[username, room_name]",
    )
}

/// Messages that only one of several readers gets.
pub(crate) fn one_mark_for_all() -> Diagnosis {
    diagnosis(
        "the last fetch is kept for all users together, or what one user has fetched is removed for all",
        "a última busca é guardada para todos os usuários juntos, ou o que um buscou é removido para todos",
        "self.last[username] = len(messages), one for each user of a room, and no pop() or clear() of the room's messages",
        "self.ultima[username] = len(mensagens), uma para cada usuário da sala, e sem pop() nem clear() das mensagens da sala",
    )
}

/// A recipient who is not in the room and is left out.
pub(crate) fn recipient_taken_for_none() -> Diagnosis {
    diagnosis(
        "a recipient who is not in the room is taken for none, and a message without a recipient is public",
        "um destinatário que não está na sala é tratado como nenhum, e mensagem sem destinatário é pública",
        "if recipient and recipient not in room.users: refuse the message, before it is stored",
        "if recipient and recipient not in sala.usuarios: recuse a mensagem, antes de guardá-la",
    )
}

/// A history from which private messages are left out too late.
pub(crate) fn limits_then_filters() -> Diagnosis {
    diagnosis(
        "the last 50 messages are taken before the private ones among them are left out",
        "as últimas 50 mensagens são tomadas antes de retirar as privadas que estão entre elas",
        "[m for m in messages if m['type'] == 'broadcast'][-50:], in place of messages[-50:] inside the brackets",
        "[m for m in mensagens if m['tipo'] == 'broadcast'][-50:], em vez de mensagens[-50:] dentro dos colchetes",
    )
}

/// A binder that answers the right place in another form.
pub(crate) fn place_in_another_form() -> Diagnosis {
    diagnosis(
        "the place is answered in another form than [address, port], which clients take apart",
        "o lugar é respondido em outra forma que [endereço, porta], que os clientes separam",
        "self.places[procedure_name] = [address, port] and return self.places.get(procedure_name)",
        "self.lugares[procedure_name] = [address, port] e return self.lugares.get(procedure_name)",
    )
}

/// A place that no client can connect to, of which it is seen why.
pub(crate) fn of_place(reply: &Reply) -> Option<Diagnosis> {
    let Reply::Value(Json::Array(parts)) = reply else {
        return None;
    };
    match parts.as_slice() {
        [Json::Number(_), Json::String(_)] => Some(diagnosis(
            "the port comes before the address: register_procedure was called with the two swapped, or keeps them so",
            "a porta vem antes do endereço: register_procedure foi chamado com os dois trocados, ou os guarda assim",
            "binder.register_procedure(name, address, port); in the binder return [address, port]",
            "binder.register_procedure(nome, endereco, porta); no binder return [endereco, porta]",
        )),
        [Json::String(_), Json::String(port)] if port.parse::<u16>().is_ok() => Some(diagnosis(
            "the port is a text and not a number",
            "a porta é um texto e não um número",
            "binder.register_procedure(name, address, int(port)); in the binder keep the port as it came",
            "binder.register_procedure(nome, endereco, int(porta)); no binder guarde a porta como ela veio",
        )),
        _ => None,
    }
}

/// A server of which clients that look another procedure up find nothing.
pub(crate) fn registers_some() -> Diagnosis {
    diagnosis(
        "the server registers some of its procedures only, and a client may look up any of them",
        "o servidor registra só alguns dos seus procedimentos, e um cliente pode procurar qualquer um",
        "for name in ('register_user', 'create_room', ...): binder.register_procedure(name, address, port)",
        "for nome in ('register_user', 'create_room', ...): binder.register_procedure(nome, endereco, porta)",
    )
}

/// State that several threads change at once.
pub(crate) fn without_lock() -> Diagnosis {
    diagnosis(
        "several threads read and change the same list or dictionary at once",
        "várias threads leem e alteram a mesma lista ou dicionário ao mesmo tempo",
        "lock = threading.Lock() once, and `with lock:` around what looks and then changes",
        "lock = threading.Lock() uma vez, e `with lock:` em volta do que consulta e depois altera",
    )
}

/// A list that forgets its oldest messages, fetched or not.
pub(crate) fn limited_list(limit: usize) -> Diagnosis {
    Diagnosis {
        cause: words!(
            "a list of limited length, here of {limit} messages, drops what was not fetched yet",
            "uma lista de tamanho limitado, aqui de {limit} mensagens, descarta o que ainda não foi buscado"
        ),
        change: Words::new(
            "deque() without maxlen for what a user has not fetched; the last 50 are for join_room only: messages[-50:]",
            "deque() sem maxlen para o que um usuário não buscou; as últimas 50 são só para join_room: mensagens[-50:]",
        ),
    }
}

/// A list of messages that begins with the newest one.
pub(crate) fn newest_first() -> Diagnosis {
    diagnosis(
        "the newest message comes first: the list is reversed, or new messages are put at its beginning",
        "a mensagem mais nova vem primeiro: a lista é invertida, ou as novas são postas no começo",
        "messages.append(message) in place of insert(0, message), and no reversed(), [::-1] or ORDER BY ... DESC",
        "mensagens.append(mensagem) em vez de insert(0, mensagem), e sem reversed(), [::-1] ou ORDER BY ... DESC",
    )
}

/// Messages of one writer, each sent after the answer to the one before, in another order.
pub(crate) fn other_order() -> Diagnosis {
    diagnosis(
        "messages are given in another order than that of their arrival, such as that of a set or of a sort",
        "as mensagens saem em outra ordem que a da chegada, como a de um set ou de uma ordenação",
        "keep them in one list with append, and answer them in its order, without sorted() or set()",
        "guarde-as em uma lista com append, e responda nessa ordem, sem sorted() nem set()",
    )
}

/// A recipient that is searched for, and not compared.
pub(crate) fn compares_part_of_name() -> Diagnosis {
    diagnosis(
        "the recipient is compared with a part of a name, or without regard to capitals",
        "o destinatário é comparado com parte de um nome, ou sem distinguir maiúsculas",
        "message['recipient'] == username, in place of in, startswith, lower or LIKE",
        "mensagem['destinatario'] == username, em vez de in, startswith, lower ou LIKE",
    )
}

/// Timestamps that are the same for two messages.
pub(crate) fn whole_seconds() -> Diagnosis {
    diagnosis(
        "timestamps have whole seconds, so the second message of a second is not later than the first",
        "os timestamps têm segundos inteiros, e a segunda mensagem do segundo não é posterior à primeira",
        "in place of datetime.now().strftime('%Y-%m-%d %H:%M:%S'): last = max(datetime.now(), last + \
         timedelta(microseconds=1)), then str(last), which has the fraction; compare timestamps as texts",
        "em vez de datetime.now().strftime('%Y-%m-%d %H:%M:%S'): ultimo = max(datetime.now(), ultimo + \
         timedelta(microseconds=1)), depois str(ultimo), que tem a fração; compare os timestamps como textos",
    )
}

fn broken_off() -> Diagnosis {
    diagnosis(
        "the connection ended without an answer: the program died, or its handler did",
        "a conexão terminou sem resposta: o programa ou o seu tratador morreu",
        "look at what the program printed; catch the exception where it is raised",
        "veja o que o programa imprimiu; trate a exceção onde ela acontece",
    )
}

fn too_slow() -> Diagnosis {
    diagnosis(
        "no whole answer in 5 seconds: the method waits or does not end, or another connection holds a server of one thread",
        "nenhuma resposta inteira em 5 segundos: o método espera ou não termina, ou outra conexão prende um servidor de uma thread",
        "no sleep(), input() or endless loop in a method; class Server(ThreadingMixIn, SimpleXMLRPCServer)",
        "sem sleep(), input() ou laço sem fim em um método; class Server(ThreadingMixIn, SimpleXMLRPCServer)",
    )
}

fn too_large() -> Diagnosis {
    diagnosis(
        "the answer is larger than any history, or has no end",
        "a resposta é maior que qualquer histórico, ou não tem fim",
        "return self.messages[-50:], and set Content-Length to the length of the body",
        "return self.mensagens[-50:], e Content-Length com o tamanho do corpo",
    )
}

fn not_http() -> Diagnosis {
    diagnosis(
        "the program answers, but not in HTTP, which carries XML-RPC",
        "o programa responde, mas não em HTTP, que transporta o XML-RPC",
        "serve with xmlrpc.server in place of a socket of your own, and print nothing into the connection",
        "sirva com xmlrpc.server em vez de um socket próprio, e não escreva nada na conexão",
    )
}

fn not_xml_rpc() -> Diagnosis {
    diagnosis(
        "what came is not an XML-RPC answer",
        "o que veio não é uma resposta XML-RPC",
        "serve with xmlrpc.server, and print nothing into the connection",
        "sirva com xmlrpc.server, e não escreva nada na conexão",
    )
}

fn wrong_path() -> Diagnosis {
    diagnosis(
        "the server does not serve the path /RPC2, to which Python's clients post",
        "o servidor não atende o caminho /RPC2, que os clientes Python usam",
        "rpc_paths = ('/', '/RPC2') in the request handler",
        "rpc_paths = ('/', '/RPC2') no request handler",
    )
}

/// A message that nothing else has said: `localhost` is two addresses on many machines.
pub(crate) fn of_unreachable(endpoint: &Endpoint) -> Option<Diagnosis> {
    let addresses: Vec<_> = (endpoint.address.as_str(), endpoint.port)
        .to_socket_addrs()
        .ok()?
        .collect();
    let answers = |is_v6: bool| {
        addresses
            .iter()
            .filter(|address| address.is_ipv6() == is_v6)
            .any(|address| TcpStream::connect_timeout(address, Duration::from_secs(1)).is_ok())
    };
    (addresses.iter().any(std::net::SocketAddr::is_ipv6) && answers(true) != answers(false)).then(
        || {
            diagnosis(
                "`localhost` is ::1 and 127.0.0.1 here, and the server listens on one of them",
                "`localhost` é ::1 e 127.0.0.1 aqui, e o servidor escuta em um só",
                "name 127.0.0.1 on both sides, or listen on ''",
                "use 127.0.0.1 dos dois lados, ou escute em ''",
            )
        },
    )
}

fn diagnosis(
    cause: &'static str,
    causa: &'static str,
    change: &'static str,
    mudanca: &'static str,
) -> Diagnosis {
    Diagnosis {
        cause: Words::new(cause, causa),
        change: Words::new(change, mudanca),
    }
}
