//! The same script, the same transcript, in dialect accounts: our client in plain mode says what the
//! original says, against either server.
//!
//! The original shows its whole room again at each poll. Here it never comes to the first one, so that
//! what is left is the conversation.

use crate::transcripts::{end_with_a_farewell, play_twice, transcript};
use support::{Language, Server, TerminalClient, python};

/// Everything that can be typed, what is refused included. Another client has the account bia, and has
/// sent a message to the room geral. No user joins after the private message: the original server would
/// send it to that user, and the original client would show it.
const WHOLE_SESSION: &str = "\
bia
errada
ana
senha de ana
send
users
leave
dance
list
create
geral
CREATE
jogos
join
nada
Join
geral
users
send
bom dia, <você> & cia.

leave
users
join
jogos
join
geral
send
psiu
bia
list
exit
";

#[test]
fn a_whole_session_reads_the_same() {
    for server in Language::ALL {
        let transcript = play_twice(WHOLE_SESSION, server, play);
        for text in [
            "Digite seu username: Digite sua senha: Erro: ",
            "Senha incorreta.\nDigite seu username: Digite sua senha: Login realizado com sucesso.\n",
            "leave, exit): Voce nao esta em nenhuma sala.\n",
            "leave, exit): Comando desconhecido. Use um dos seguintes: create, join, send, list, \
             users, leave, exit.\n",
            "Nome da sala: Erro: ",
            "Já existe uma sala com o nome 'geral'.\n",
            "Nome da sala: Sala 'jogos' criada.\n",
            "A sala 'nada' não existe.\n",
            "Voce entrou na sala 'geral'.\nUsuarios: ['bia', 'ana']\nUltimas mensagens:\n\
             [HH:MM] bia: olá\n",
            "Usuarios na sala: 'geral':\n['bia', 'ana']\n",
            "Mensagem: Usuario(se quiser mensagem privada): Mensagem enviada.\n",
            "Voce saiu da sala 'geral'.\n",
            "Usuarios: ['ana']\n",
            "[HH:MM] ana: bom dia, <você> & cia.\n",
            "Salas existentes:\n['geral', 'jogos']\n",
        ] {
            assert!(
                transcript.contains(text),
                "{text:?} is not in\n{transcript}"
            );
        }
    }
}

#[test]
fn the_end_of_input_counts_as_exit_at_every_prompt() {
    let scripts = [
        "",
        "ana\n",
        "ana\nsenha\n",
        "ana\nsenha\ncreate\n",
        "ana\nsenha\njoin\ngeral\nsend\n",
        "ana\nsenha\njoin\ngeral\nsend\noi\n",
        "ana\nsenha\nlist",
    ];
    end_with_a_farewell(&scripts, play);
}

/// Plays a script with a client against a fresh server; gives the transcript without timestamps.
fn play(script: &str, client: Language, server: Language) -> String {
    let binder = Server::binder(Language::Rust);
    let server = Server::accounts_chat(server, &binder.address);
    let mut bia = server.accounts_caller();
    bia.answer("register_user", &["bia", "senha de bia"]);
    bia.answer("create_room", &["geral"]);
    bia.answer("join_room", &["bia", "geral"]);
    bia.answer("send_message", &["bia", "geral", "olá"]);

    let binder = ["--binder", &binder.address];
    let mut client = match client {
        Language::Python => {
            let flags = [&binder[..], &["--poll-seconds", "3600"]].concat();
            let program = python::start("accounts_client.py", &flags);
            TerminalClient { program }
        }
        Language::Rust => TerminalClient::ours(&[&["--accounts"], &binder[..]].concat()),
    };
    client.program.type_text(script);
    let ended = client.program.finish();
    let is_timestamp = |text: &str| text.len() == "HH:MM".len() && text.contains(':');
    transcript(&ended, is_timestamp, "HH:MM")
}
