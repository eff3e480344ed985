//! Conversations with real servers in this process.

#[path = "accounts_tests.rs"]
mod accounts;

use super::super::test_support::{self, Terminal, ana_in_geral, settings};
use super::*;
use crate::network::support::Servers;
use crate::network::{Dialect, Identity};

const COMMAND: &str = "Use um comando (create, join, send, list, users, exit): ";

/// Shows that the name is free, by taking it.
async fn assert_free(servers: &Servers, name: &str) {
    let (chat, _) = servers.signed_in(Dialect::Classic, "quem pergunta").await;
    chat.sign_out().await.unwrap();
    chat.sign_in(Identity::guest(name)).await.unwrap();
}

/// A transcript without its prompts for commands and without its timestamps.
fn bare(transcript: &str) -> String {
    let mut bare = String::new();
    let mut rest = transcript;
    while let Some((before, after)) = rest.split_once("[2") {
        bare.push_str(before);
        bare.push_str("[...]");
        rest = after.split_once(']').unwrap().1;
    }
    bare.push_str(rest);
    bare.replace(COMMAND, "> ")
}

#[tokio::test]
async fn a_script_from_name_to_exit_gives_the_originals_transcript() {
    let servers = Servers::start().await;
    let _bia = servers.signed_in(Dialect::Classic, "bia").await;
    let terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    let script = [
        "bia", "ana", "send", "users", "create", "geral", "CREATE", "geral", "join", "nada",
        "Join", "geral", "users", "list", "send", "oi", "", "", "jion", "exit",
    ];
    terminal.type_lines(&script).await;
    let transcript = terminal.transcript().await;
    assert_eq!(
        bare(&transcript),
        "Digite seu username: Erro: O nome de usuário já está em uso. Escolha outro.\n\
         Por favor, escolha outro username.\n\
         Digite seu username: Usuário registrado com sucesso.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Nome da sala: Sala 'geral' criada.\n\
         > Nome da sala: Sala já existe.\n\
         > Nome da sala: Sala não existe.\n\
         > Nome da sala: Voce entrou na sala 'geral'.\n\
         Ultimas mensagens:\n\
         > Usuarios na sala: 'geral':\n\
         ['ana']\n\
         > Salas existentes:\n\
         ['geral']\n\
         > Mensagem: Usuario(se quiser mensagem privada): Você está sozinho na sala\n\
         > Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n\
         > Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n\
         > Desconectando o Cliente...\n"
    );
    assert_free(&servers, "ana").await;
}

#[tokio::test]
async fn what_is_not_utf8_is_asked_for_again_or_not_done_and_never_sent_as_something_else() {
    let servers = Servers::start().await;
    let bia = servers.user_in("bia", "geral").await;
    let terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    let broken = || Line::NotUtf8("Jos\\xe9".into());
    terminal.type_(broken()).await;
    terminal.type_line("ana").await;
    terminal.type_(broken()).await;
    for command in ["create", "join"] {
        terminal.type_line(command).await;
        terminal.type_(broken()).await;
    }
    terminal.type_lines(&["join", "geral", "send"]).await;
    // The text and the recipient, each once; a script's next line is a command again.
    terminal.type_(broken()).await;
    terminal.type_line("").await;
    terminal.type_lines(&["send", "oi"]).await;
    terminal.type_(broken()).await;
    terminal.type_lines(&["  list  ", "list", "exit"]).await;
    let transcript = terminal.transcript().await;
    assert_eq!(
        bare(&transcript),
        "Digite seu username: Erro: isto nao e UTF-8: Jos\\xe9.\n\
         Por favor, escolha outro username.\n\
         Digite seu username: Usuário registrado com sucesso.\n\
         > Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n\
         > Nome da sala: Erro: isto nao e UTF-8: Jos\\xe9.\n\
         > Nome da sala: Erro: isto nao e UTF-8: Jos\\xe9.\n\
         > Nome da sala: Voce entrou na sala 'geral'.\n\
         Ultimas mensagens:\n\
         > Mensagem: Usuario(se quiser mensagem privada): Erro: isto nao e UTF-8: Jos\\xe9. \
         A mensagem nao foi enviada.\n\
         > Mensagem: Usuario(se quiser mensagem privada): Erro: isto nao e UTF-8: Jos\\xe9. \
         A mensagem nao foi enviada.\n\
         > Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n\
         > Salas existentes:\n\
         ['geral']\n\
         > Desconectando o Cliente...\n"
    );
    drop(bia);
}

#[tokio::test]
async fn messages_arrive_below_the_open_prompt_but_not_ones_own() {
    let servers = Servers::start().await;
    let bia = servers.user_in("bia", "geral").await;
    let _rui = servers.user_in("rui", "geral").await;
    bia.says("antes", None).await;
    bia.says("segredo", Some("rui")).await;
    let mut terminal = Terminal::open(&servers, Dialect::Classic, ana_in_geral()).await;
    terminal.wait_for(COMMAND).await;
    terminal.type_lines(&["send", "minha", ""]).await;
    terminal.wait_for("Mensagem enviada.\n").await;
    terminal.wait_for(COMMAND).await;
    terminal.type_line("send").await;
    terminal.wait_for(texts::ASK_MESSAGE).await;
    bia.says("para \u{202e}ti", Some("ana")).await;
    bia.says("depois", None).await;
    terminal.wait_for("depois\n").await;
    let transcript = terminal.transcript().await;
    assert_eq!(
        bare(&transcript),
        "Usuário registrado com sucesso.\n\
         Voce entrou na sala 'geral'.\n\
         Ultimas mensagens:\n\
         [...] bia -> antes\n\
         > Mensagem: Usuario(se quiser mensagem privada): Mensagem enviada.\n\
         > Mensagem: \n\
         [...] bia: para \\u202eti\n\
         \n\
         [...] bia: depois\n\
         Desconectando o Cliente...\n"
    );
}

#[tokio::test]
async fn a_room_given_beforehand_is_created_when_there_is_none() {
    let servers = Servers::start().await;
    let terminal = Terminal::open(&servers, Dialect::Classic, ana_in_geral()).await;
    let transcript = terminal.transcript().await;
    assert_eq!(
        bare(&transcript),
        "Usuário registrado com sucesso.\n\
         Sala 'geral' criada.\n\
         Voce entrou na sala 'geral'.\n\
         Ultimas mensagens:\n\
         > Desconectando o Cliente...\n"
    );
}

#[tokio::test]
async fn a_name_that_cannot_be_had_is_asked_for_on_the_prompt() {
    let servers = Servers::start().await;
    let terminal = Terminal::open(
        &servers,
        Dialect::Classic,
        Settings {
            user: Some("a\u{1}".into()),
            ..settings()
        },
    )
    .await;
    terminal.type_line("ana").await;
    let transcript = terminal.transcript().await;
    assert_eq!(
        bare(&transcript),
        "Erro: o caractere U+0001 nao pode ser enviado.\n\
         Por favor, escolha outro username.\n\
         Digite seu username: Usuário registrado com sucesso.\n\
         > Desconectando o Cliente...\n"
    );
}

#[tokio::test]
async fn a_session_that_is_stopped_leaves_the_prompt_and_the_name() {
    let servers = Servers::start().await;
    let mut terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    terminal.type_line("ana").await;
    terminal.wait_for(COMMAND).await;
    terminal.stop();
    let (transcript, outcome) = terminal.ended().await;
    outcome.unwrap();
    assert!(transcript.ends_with("exit): \nDesconectando o Cliente...\n"));
    assert_free(&servers, "ana").await;
}

#[tokio::test]
async fn a_name_that_is_given_after_the_stop_is_given_back() {
    let (register, chat) = test_support::slow_registration().await;
    let terminal = Terminal::in_chat(chat, settings());
    terminal.type_line("ana").await;
    register.asked().await;
    // First stopped, then answered: a session looks at the one before it looks at the other.
    terminal.stop();
    register.answer();
    register.given_back().await;
    terminal.ended().await.1.unwrap();
}

#[tokio::test]
async fn a_call_without_an_answer_is_one_line_and_the_conversation_goes_on() {
    let mut servers = Servers::start().await;
    let mut terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    terminal.type_line("ana").await;
    terminal.wait_for(COMMAND).await;
    servers.kill_server().await;
    let address = servers.place(Dialect::Classic);
    terminal.type_line("list").await;
    terminal.wait_for("Salas existentes:\n").await;
    terminal
        .wait_for(&format!(
            "Erro: nao ha conexao com {address} (Connection refused).\n{COMMAND}"
        ))
        .await;
    terminal.transcript().await;
}

#[tokio::test]
async fn that_the_server_is_gone_at_the_registration_is_said() {
    let mut servers = Servers::start().await;
    let terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    servers.kill_server().await;
    terminal.type_line("ana").await;
    let (_, outcome) = terminal.closed().await;
    assert!(matches!(outcome, Err(SessionError::ServerGone(_))));
}

#[tokio::test]
async fn when_the_output_is_closed_the_name_is_given_back() {
    let servers = Servers::start().await;
    let mut terminal = Terminal::open(&servers, Dialect::Classic, settings()).await;
    terminal.type_line("ana").await;
    terminal.wait_for(COMMAND).await;
    terminal.break_output();
    terminal.type_line("list").await;
    let (_, outcome) = terminal.closed().await;
    assert!(matches!(outcome, Err(SessionError::OutputGone(_))));
    assert_free(&servers, "ana").await;
}

#[tokio::test]
async fn that_the_server_came_back_empty_is_said_in_one_line() {
    let mut servers = Servers::start().await;
    let given = ana_in_geral();
    let mut terminal = Terminal::open(&servers, Dialect::Classic, given).await;
    terminal.wait_for(COMMAND).await;
    servers.kill_server().await;
    servers.start_server().await;
    let line = "\nO servidor voltou a responder; nome registrado de novo; \
                sala 'geral' criada de novo.\n";
    terminal.wait_for(line).await;
    let bia = servers.user_in("bia", "geral").await;
    bia.says("oi", None).await;
    terminal.wait_for("] bia: oi\n").await;
    terminal.transcript().await;
    assert_free(&servers, "ana").await;
}

#[tokio::test]
async fn a_user_with_a_lost_name_chooses_another_at_the_next_command() {
    let mut servers = Servers::start().await;
    let given = Settings {
        user: Some("ana".into()),
        room: Some("geral".into()),
        // So that the thief comes before the next poll.
        receiving: Receiving::Every(Duration::from_secs(3_600)),
    };
    let mut terminal = Terminal::open(&servers, Dialect::Classic, given).await;
    terminal.wait_for(COMMAND).await;
    servers.kill_server().await;
    servers.start_server().await;
    let _thief = servers.user_in("ana", "outra").await;
    terminal.type_lines(&["users", "users", "ana 2"]).await;
    let transcript = terminal.transcript().await;
    let end = transcript.split_once(COMMAND).unwrap().1;
    assert_eq!(
        bare(end),
        "Usuarios na sala: 'geral':\n\
         \n\
         Erro: seu nome nao pode ser registrado de novo: \
         O nome de usuário já está em uso. Escolha outro.\n\
         Erro: voce nao esta mais conectado.\n\
         > Digite seu username: Usuário registrado com sucesso.\n\
         Sala 'geral' criada.\n\
         Voce entrou na sala 'geral'.\n\
         Ultimas mensagens:\n\
         Usuarios na sala: 'geral':\n\
         ['ana 2']\n\
         > Desconectando o Cliente...\n"
    );
}
