//! What can be done in a conversation.

use crate::fixtures::{Servers, ana, ana_after, ana_and, client};

#[test]
fn the_six_commands_work_as_bare_words_that_ask() {
    let servers = Servers::start();
    let mut bia = servers.other_user("bia", "jogos");
    let terminal = client(&servers, &[]);
    terminal.wait_for("Seu nome: ");
    terminal.enter("ana", "Olá, ana. Salas: jogos.");
    terminal.type_line("create");
    terminal.wait_for_end(&["Nome da sala:"]);
    terminal.enter("geral", "Sala geral criada");
    terminal.enter("list", "Salas: jogos, geral");
    terminal.type_line("JOIN");
    terminal.enter("jogos", "Você entrou em jogos, com bia.");
    terminal.wait_for("jogos> ");
    terminal.enter("users", "Em jogos: bia, ana");
    terminal.type_line("send");
    terminal.wait_for_end(&["Mensagem:"]);
    terminal.type_line("olá");
    terminal.wait_for_end(&["Para quem (Enter: para todos):"]);
    terminal.type_line("");
    assert_eq!(bia.hears().text, "olá");
    terminal.type_line("send");
    terminal.type_line("só para você");
    terminal.type_line("bia");
    assert_eq!(bia.hears_alone(), "só para você");
    terminal.type_line("exit");
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn a_note_to_oneself_is_shown_once() {
    let (_servers, terminal, mut bia) = ana_after("bia");
    terminal.type_line("@ana leite");
    terminal.type_line("comprei");
    // What is typed is sent in its order, so the note is in the room by then.
    assert_eq!(bia.hears().text, "comprei");
    bia.say("e o pão?");
    terminal.wait_for("bia: e o pão?");
    let rows = terminal.rows();
    let shown = rows.iter().filter(|row| row.ends_with(": leite")).count();
    assert_eq!(shown, 1, "{rows:#?}");
}

#[test]
fn what_is_nearly_a_command_is_asked_about() {
    let (servers, terminal, mut bia) = ana_and("bia", &[]);
    let zoe = servers.other_user("zoe", "geral");
    let _rui = servers.other_user("rui", "jogos");
    terminal.enter("lista", "Nada foi enviado. Era «list»?");
    terminal.type_line("n");
    assert_eq!(bia.hears().text, "lista");
    terminal.enter("jion jogos", "Era «join jogos»?");
    terminal.enter("", "Nada foi feito com «jion jogos»");
    // It comes back with the up arrow.
    terminal.wait_for_end(&["geral>"]);
    terminal.press("\x1b[A");
    terminal.wait_for_end(&["geral> jion jogos"]);
    terminal.press("\r");
    terminal.enter("s", "Você entrou em jogos, com rui.");
    // Nothing reached the room.
    zoe.say("fim");
    assert_eq!(bia.hears().text, "fim");
}

#[test]
fn slashes_help_history_who_and_leave() {
    let servers = Servers::start();
    let _rui = servers.other_user("rui", "geral");
    let bia = servers.other_user("bia", "geral");
    bia.say("primeira");
    bia.say("segunda");
    let terminal = ana(&servers, &[]);
    terminal.wait_for("bia: segunda");
    terminal.press("\x0c");
    terminal.type_line("/history 1");
    terminal.wait_until("the last message alone", |rows| {
        let rows = rows.concat();
        rows.contains("bia: segunda") && !rows.contains("bia: primeira")
    });
    terminal.enter("/who", "Em geral: rui, bia, ana");
    terminal.type_line("/help");
    for typed in [
        "create [SALA]",
        "join, /j [SALA]",
        "/msg NOME TEXTO",
        "users, /who, /names",
        "/leave, /part",
        "/history [N]",
        "exit, /quit",
    ] {
        terminal.wait_for(&format!("  {typed} "));
    }
    terminal.wait_for("«»» e o sinal sonoro: uma mensagem só para você, ou com o seu nome.");
    terminal.wait_for("Cinza: as suas mensagens");
    terminal.enter("/dance", "Comando desconhecido: /dance.");
    terminal.enter(
        "@ bia segredo",
        "Nada foi enviado: depois de @ falta o nome",
    );
    terminal.enter("/leave", "Você saiu de geral.");
    terminal.wait_for_end(&[">"]);
    terminal.enter(
        "oi",
        "você não está em nenhuma sala. Entre em uma com «join NOME»",
    );
    terminal.type_line("/quit");
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn who_comes_and_goes_is_shown() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    terminal.wait_for("→ bia entrou");
    bia.leave();
    terminal.wait_for("← bia saiu");
}

#[test]
fn who_speaks_has_come_in_before() {
    let servers = Servers::start();
    let terminal = ana(&servers, &["--color", "never"]);
    servers.other_user("bia", "geral").say("oi");
    terminal.wait_for("bia: oi");
    terminal.wait_until("bia once, above what she says", |rows| {
        let rows: Vec<_> = rows.iter().filter(|row| row.contains("bia")).collect();
        rows[0] == "→ bia entrou" && rows[1].ends_with(" bia: oi") && rows.len() == 2
    });
}

#[test]
fn a_marker_shows_where_one_was_when_one_comes_back_to_a_room() {
    let (servers, terminal, bia) = ana_and("bia", &["--color", "never"]);
    let _caio = servers.other_user("caio", "geral");
    let _rui = servers.other_user("rui", "jogos");
    bia.say("antes");
    terminal.wait_for("bia: antes");
    terminal.enter("join jogos", "jogos> ");
    bia.say("depois");
    terminal.press("\x0c");
    terminal.type_line("join geral");
    terminal.wait_until("a marker between the two messages", |rows| {
        let place = |text: &str| rows.iter().position(|row| row.ends_with(text));
        let before = place("bia: antes");
        before.is_some()
            && place("─── enquanto você não estava ───") == before.map(|row| row + 1)
            && place("bia: depois") == before.map(|row| row + 2)
    });
}

#[test]
fn an_account_in_several_rooms_sees_how_much_is_new_in_the_others() {
    let servers = Servers::start();
    let bia = servers.other_user("bia", "um");
    let caio = servers.other_user("caio", "dois");
    let flags = ["--accounts", "--user", "ana", "--color", "never"];
    let terminal = client(&servers, &flags);
    terminal.wait_for("Senha de ana: ");
    terminal.enter("senha", "A mesma senha de novo: ");
    terminal.enter("senha", "Olá, ana.");
    terminal.type_line("join um");
    terminal.wait_for_end(&["um>"]);
    terminal.type_line("join dois");
    terminal.wait_for_end(&["dois>"]);
    for number in 1..=3 {
        bia.say(&format!("mensagem {number}"));
    }
    // The line may come before the third message, and then another one is not said at once.
    terminal.wait_until("a line about um", |rows| {
        rows.iter()
            .any(|row| row.starts_with("um: ") && row.contains(" nova"))
    });
    assert!(!terminal.written().contains('\x07'));
    bia.whisper("ana", "segredo");
    terminal.wait_for("» um: 4 novas");
    assert_eq!(terminal.written().matches('\x07').count(), 1);
    caio.say("aqui");
    terminal.wait_for("caio: aqui");
    assert!(!terminal.screen().contents().contains("bia: mensagem"));
    // They are shown on return, and dois is the other room then.
    terminal.enter("join um", "» bia (privado): segredo");
    caio.say("ana, vem!");
    terminal.wait_for("» dois: 1 nova");
    let rows = terminal.rows();
    assert!(!rows.iter().any(|row| row.contains("vem!")), "{rows:#?}");
}
