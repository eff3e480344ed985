//! Conversations in dialect accounts.

use super::*;

#[tokio::test]
async fn a_script_of_dialect_accounts_gives_its_originals_transcript() {
    let servers = Servers::start().await;
    let (owner, _) = servers.signed_in(Dialect::Accounts, "ana").await;
    owner.sign_out().await.unwrap();
    let terminal = Terminal::open(&servers, Dialect::Accounts, settings()).await;
    let script = [
        "ana", "errada", "ana", "senha", "send", "users", "leave", "create", "geral", "CREATE",
        "geral", "create", "jogos", "join", "nada", "Join", "geral", "join", "jogos", "users",
        "list", "send", "oi", "", "send", "psiu", "rui", "leave", "send", "join", "jogos", "jion",
        "exit",
    ];
    terminal.type_lines(&script).await;
    let transcript = terminal.transcript().await;
    let prompt = "Use um comando (create, join, send, list, users, leave, exit): ";
    let transcript = without_hours(&transcript.replace(prompt, "> "));
    assert_eq!(
        transcript,
        "Digite seu username: Digite sua senha: Erro: Senha incorreta.\n\
         Digite seu username: Digite sua senha: Login realizado com sucesso.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Nome da sala: Sala 'geral' criada.\n\
         > Nome da sala: Erro: Já existe uma sala com o nome 'geral'.\n\
         > Nome da sala: Sala 'jogos' criada.\n\
         > Nome da sala: Erro: A sala 'nada' não existe.\n\
         > Nome da sala: Voce entrou na sala 'geral'.\n\
         Usuarios: ['ana']\n\
         Ultimas mensagens:\n\
         > Nome da sala: Voce entrou na sala 'jogos'.\n\
         Usuarios: ['ana']\n\
         Ultimas mensagens:\n\
         > Usuarios na sala: 'jogos':\n\
         ['ana']\n\
         > Salas existentes:\n\
         ['geral', 'jogos']\n\
         > Mensagem: Usuario(se quiser mensagem privada): Mensagem enviada.\n\
         > Mensagem: Usuario(se quiser mensagem privada): \
         Erro: O usuário 'rui' não está na sala.\n\
         > Voce saiu da sala 'jogos'.\n\
         > Voce nao esta em nenhuma sala.\n\
         > Nome da sala: Voce entrou na sala 'jogos'.\n\
         Usuarios: ['ana']\n\
         Ultimas mensagens:\n\
         [..:..] ana: oi\n\
         > Comando desconhecido. \
         Use um dos seguintes: create, join, send, list, users, leave, exit.\n\
         > Desconectando o Cliente...\n"
    );
    // Both rooms are left.
    for room in ["geral", "jogos"] {
        assert!(owner.users(room).await.unwrap().is_empty());
    }
}

/// A transcript of dialect accounts without its timestamps.
fn without_hours(transcript: &str) -> String {
    let is_hour = |text: &str| {
        let text = text.as_bytes();
        text.len() == 5
            && text[2] == b':'
            && text.iter().filter(|c| c.is_ascii_digit()).count() == 4
    };
    let line = |line: &str| match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((hour, rest)) if is_hour(hour) => format!("[..:..]{rest}\n"),
        _ => format!("{line}\n"),
    };
    transcript.lines().map(line).collect()
}

#[tokio::test]
async fn a_name_given_beforehand_is_not_asked_for_again_because_of_its_password() {
    let servers = Servers::start().await;
    let _owner = servers.signed_in(Dialect::Accounts, "ana").await;
    let given = Settings {
        user: Some("ana".into()),
        ..settings()
    };
    let terminal = Terminal::open(&servers, Dialect::Accounts, given).await;
    terminal.type_lines(&["errada", "senha"]).await;
    let transcript = terminal.transcript().await;
    let begin = "Digite sua senha: Erro: Senha incorreta.\n\
                 Digite sua senha: Login realizado com sucesso.\n";
    assert!(transcript.starts_with(begin), "{transcript}");
}

#[tokio::test]
async fn in_dialect_accounts_what_is_new_in_the_current_room_is_shown_once() {
    let servers = Servers::start().await;
    let bia = servers.user_in("bia", "geral").await;
    let given = ana_in_geral();
    let mut terminal = Terminal::open(&servers, Dialect::Accounts, given).await;
    terminal.type_line("senha").await;
    terminal.wait_for("Ultimas mensagens:\n").await;
    terminal.type_lines(&["send", "minha", ""]).await;
    terminal.wait_for("Mensagem enviada.\n").await;
    for text in ["oi", "oi"] {
        bia.says(text, None).await;
        terminal.wait_for("] bia: oi\n").await;
    }
    bia.says("psiu", Some("ana")).await;
    terminal.wait_for("] bia -> ana: psiu\n").await;
    let transcript = terminal.transcript().await;
    assert_eq!(transcript.matches("bia: oi").count(), 2);
    assert!(!transcript.contains("minha"), "{transcript}");
}

#[tokio::test]
async fn joining_a_room_again_neither_hides_nor_repeats_a_private_message() {
    const ROUNDS: usize = 10;
    let servers = Servers::start().await;
    let bia = servers.user_in("bia", "geral").await;
    let given = Settings {
        user: Some("ana".into()),
        room: Some("geral".into()),
        // After the poll of the join there is none in time.
        receiving: Receiving::Every(Duration::from_secs(3_600)),
    };
    let mut terminal = Terminal::open(&servers, Dialect::Classic, given).await;
    terminal.wait_for(COMMAND).await;
    for round in 0..ROUNDS {
        bia.says(&format!("segredo {round}."), Some("ana")).await;
        terminal.type_line("join").await;
        terminal.type_line("geral").await;
        terminal.wait_for("Ultimas mensagens:\n").await;
        terminal.wait_for(COMMAND).await;
    }
    let transcript = terminal.transcript().await;
    for round in 0..ROUNDS {
        let line = format!("] bia: segredo {round}.\n");
        assert_eq!(transcript.matches(&line).count(), 1, "{transcript}");
    }
}

#[tokio::test]
async fn a_password_that_is_not_utf8_is_asked_for_again_and_not_shown() {
    let servers = Servers::start().await;
    let terminal = Terminal::open(&servers, Dialect::Accounts, settings()).await;
    terminal.type_(Line::NotUtf8("Jos\\xe9".into())).await;
    terminal.type_line("ana").await;
    terminal.type_(Line::NotUtf8("senh\\xe3".into())).await;
    terminal.type_lines(&["ana", "senha"]).await;
    let transcript = terminal.transcript().await;
    let begin = "Digite seu username: Erro: isto nao e UTF-8: Jos\\xe9.\n\
                 Digite seu username: Digite sua senha: Erro: a senha nao e UTF-8.\n\
                 Digite seu username: Digite sua senha: Login realizado com sucesso.\n";
    assert!(transcript.starts_with(begin), "{transcript}");
}

#[cfg(unix)]
mod at_a_terminal {
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;

    use rpc::Observers;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;
    use crate::network::Chat;
    use crate::plain::input::Lines;
    use crate::terminal::hidden_typing;

    /// The keyboard and the other end of a terminal that belongs to the test.
    fn terminal() -> (File, File) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let end = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap());
        (keyboard.into(), end.unwrap())
    }

    fn shows_typing(end: &File) -> bool {
        let modes = tcgetattr(end).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    #[tokio::test]
    async fn a_password_is_hidden_at_the_terminal_that_the_lines_come_from() {
        let servers = Servers::start().await;
        let (mut keyboard, end) = terminal();
        let lines = Lines::read_from(
            end.try_clone().unwrap(),
            hidden_typing::Terminal::behind(&end),
        );
        let found = Chat::find(Dialect::Accounts, servers.binder(), Observers::none()).await;
        let mut terminal = Terminal::with_lines(lines.unwrap(), found.unwrap(), settings());
        terminal.wait_for("Digite seu username: ").await;
        assert!(shows_typing(&end));
        keyboard.write_all(b"ana\n").unwrap();
        terminal.wait_for("Digite sua senha: ").await;
        assert!(!shows_typing(&end));
        keyboard.write_all(b"senha\n").unwrap();
        // Below the prompt, since the end of the line was not shown.
        terminal.wait_for("\nLogin realizado com sucesso.\n").await;
        assert!(shows_typing(&end));
        keyboard.write_all(b"exit\n").unwrap();
        let (_, outcome) = terminal.ended().await;
        outcome.unwrap();
    }
}
