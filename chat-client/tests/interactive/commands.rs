//! What is typed does what was meant, and nothing is lost.

use crate::fixtures::{Servers, ana, ana_and, client, open, original_binder, original_server};

#[test]
fn a_new_line_instead_of_an_answer_is_sent_and_both_lines_come_back() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.enter("jion jogos", "Era «join jogos»?");
    terminal.type_line("bom dia, gente");
    assert_eq!(bia.hears().text, "bom dia, gente");
    terminal.wait_for("Nada foi feito com «jion jogos»; a seta para cima traz a linha de volta.");
    terminal.wait_for_end(&["geral>"]);
    terminal.press("\x1b[A");
    terminal.wait_for_end(&["geral> bom dia, gente"]);
    terminal.press("\x1b[A");
    terminal.wait_for_end(&["geral> jion jogos"]);
}

#[test]
fn a_new_line_instead_of_an_answer_may_be_a_command_or_be_asked_about_itself() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.enter("lista", "Era «list»?");
    terminal.enter("useres", "Era «users»?");
    terminal.type_line("@bia segredo");
    assert_eq!(bia.hears_alone(), "segredo");
    terminal.enter("exti", "Era «exit»?");
    terminal.type_line("/quit");
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn help_and_quit_need_no_slash_and_other_words_are_asked_about() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.wait_for("→ bia entrou");
    terminal.enter("names", "Era «/names»?");
    terminal.enter("s", "Em geral: ana, bia");
    terminal.type_line("/names");
    terminal.enter("msg bia um segredo", "Era «/msg bia um segredo»?");
    terminal.type_line("s");
    assert_eq!(bia.hears_alone(), "um segredo");
    terminal.type_line("/msg bia outro");
    assert_eq!(bia.hears().recipient.as_deref(), Some("bia"));
    terminal.type_line("/clear");
    terminal.wait_until("an empty screen", |rows| rows == ["geral>"]);
    terminal.enter("help", "  /clear ");
    terminal.enter("/part", "Você saiu de geral.");
    terminal.enter("/j geral", "Você entrou em geral, com bia.");
    terminal.type_line("quit");
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn a_message_typed_at_such_a_question_is_below_what_became_of_the_line_before() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.enter("useres", "Era «users»?");
    terminal.type_line("bom dia");
    assert_eq!(bia.hears().text, "bom dia");
    terminal.wait_for("Nada foi feito com «useres»");
    terminal.wait_for("ana: bom dia");
    terminal.wait_for_end(&["geral>"]);
    let rows = terminal.rows();
    let row = |wanted: &str| rows.iter().position(|row| row.contains(wanted));
    let (aside, own) = (row("Nada foi feito com «useres»"), row("ana: bom dia"));
    assert!(aside.is_some() && aside < own, "{rows:#?}");
    assert_eq!(terminal.written().matches("Nada foi feito").count(), 1);
    // What comes of a command is below it, too.
    terminal.enter("useres", "Era «users»?");
    terminal.enter("/dance", "Comando desconhecido: /dance.");
    let rows = terminal.rows();
    let last = |wanted: &str| rows.iter().rposition(|row| row.contains(wanted));
    let (aside, outcome) = (last("Nada foi feito"), last("Comando desconhecido"));
    assert!(aside > own && aside < outcome, "{rows:#?}");
}

#[test]
fn a_long_message_that_is_not_sent_is_named_by_its_beginning() {
    let (_servers, terminal, _bia) = ana_and("bia", &["--color", "never"]);
    let text = format!("{}fim", "longo ".repeat(60));
    terminal.type_line(&format!("/msg rui {text}"));
    terminal.wait_for("…»");
    terminal.wait_for_end(&["geral>"]);
    let rows = terminal.rows();
    let said = rows
        .iter()
        .position(|row| row.contains("Não foi enviado"))
        .unwrap();
    let rest = rows[said..].iter().filter(|row| row.contains("longo"));
    assert!(rest.count() <= 2, "{rows:#?}");
    terminal.press("\x1b[A");
    terminal.wait_until("all of it", |rows| {
        rows.last().is_some_and(|row| row.ends_with("fim"))
    });
}

#[test]
fn commands_with_more_words_than_they_take_are_asked_about() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--lang", "en"]);
    terminal.enter("send me the file", "Did you mean \"/send me the file\"?");
    terminal.type_line("n");
    assert_eq!(bia.hears().text, "send me the file");
    terminal.type_line("send me the file");
    terminal.type_line("y");
    assert_eq!(bia.hears().text, "me the file");
    terminal.enter(
        "create a room please",
        "Did you mean \"/create a room please\"?",
    );
    terminal.type_line("");
    terminal.enter("list of things", "Did you mean \"list\"?");
    terminal.enter("y", "Rooms: geral (you are here)");
    terminal.enter("/list of things", "Use it like this: list");
    terminal.enter("/dance", "Unknown command: /dance.");
    // A room that is known by such a name is meant.
    terminal.enter("/create sala de aula", "Room sala de aula created.");
    terminal.enter("join sala de aula", "You are in sala de aula.");
}

#[test]
fn a_private_message_goes_to_the_longest_name_of_those_who_are_there_by_then() {
    let (servers, terminal, mut joana) = ana_and("joana", &["--color", "never"]);
    terminal.wait_for("→ joana entrou");
    // The client looks who is there every three seconds: this one came a moment ago.
    let mut joana_lima = servers.other_user("joana lima", "geral");
    terminal.type_line("@joana lima segredo");
    assert_eq!(joana_lima.hears_alone(), "segredo");
    terminal.wait_for("você → joana lima (privado): segredo");
    // She left a moment ago: the message is not for joana then.
    joana_lima.leave();
    terminal.enter(
        "@joana lima outro segredo",
        "Não foi enviado: «outro segredo».",
    );
    terminal.type_line("@joana oi");
    let heard = joana.hears();
    assert_eq!(heard.text, "oi");
}

#[test]
fn a_private_message_to_a_name_that_is_the_whole_line_says_that_the_text_is_missing() {
    let (servers, terminal, mut joana) = ana_and("joana", &["--color", "never"]);
    terminal.wait_for("→ joana entrou");
    let _joana_lima = servers.other_user("joana lima", "geral");
    terminal.enter("@joana lima", "Falta o texto: «@joana lima oi»");
    // A colon ends the name.
    terminal.type_line("@joana: lima é uma fruta");
    assert_eq!(joana.hears().text, "lima é uma fruta");
}

#[test]
fn private_and_other_messages_keep_their_order() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.press("um\r@bia dois\r@bia três\rquatro\r");
    let heard: Vec<_> = (0..4).map(|_| bia.hears().text).collect();
    assert_eq!(heard, ["um", "dois", "três", "quatro"]);
}

#[test]
fn a_room_that_is_not_there_is_offered() {
    let servers = Servers::start();
    let terminal = client(&servers, &["--user", "ana"]);
    terminal.wait_for("Ainda não há salas: crie uma com «create NOME».");
    // Nothing to enter: the hint is to create one.
    terminal.enter(
        "oi",
        "Nada foi enviado: você não está em nenhuma sala. Ainda não há salas",
    );
    terminal.enter("join geral", "A sala geral não existe. Criar e entrar?");
    terminal.type_line("n");
    terminal.type_line("list");
    terminal.wait_for_end(&["Ainda não há salas: crie uma com «create NOME».", ">"]);
    terminal.press("\x0c");
    terminal.enter("join geral", "A sala geral não existe. Criar e entrar?");
    terminal.enter("s", "Você entrou em geral. Não há mais ninguém aqui.");
    terminal.wait_for_end(&["geral>"]);
    // A new line is no answer.
    terminal.enter("join jogos", "A sala jogos não existe.");
    terminal.enter("users", "Em geral: ana");
    terminal.wait_for_end(&["geral>"]);
    terminal.press("\x1b[A");
    terminal.wait_for_end(&["geral> users"]);
}

#[test]
fn a_room_that_was_created_is_offered_to_a_user_who_is_in_none() {
    let servers = Servers::start();
    let terminal = client(&servers, &["--user", "ana", "--lang", "en"]);
    terminal.wait_for("There are no rooms yet");
    terminal.enter("create geral", "Room geral created.");
    terminal.wait_for("Enter geral now? (y: yes, Enter: no)");
    terminal.enter("y", "You are in geral. Nobody else is here.");
    terminal.wait_for_end(&["geral>"]);
    // In a room, it is only said how.
    terminal.enter(
        "create jogos",
        "Room jogos created. Enter it with \"join jogos\".",
    );
    terminal.wait_for_end(&["geral>"]);
}

#[test]
fn a_message_whose_recipient_was_asked_for_comes_back_after_ctrl_c() {
    let servers = Servers::start();
    let terminal = ana(&servers, &[]);
    terminal.type_line("send");
    terminal.wait_for_end(&["Mensagem:"]);
    terminal.type_line("@ nós");
    terminal.wait_for_end(&["Para quem (Enter: para todos):"]);
    terminal.press("\x03");
    terminal.wait_for_end(&["geral>"]);
    terminal.press("\x1b[A");
    terminal.wait_for_end(&["geral> /send @@ nós"]);
}

#[test]
fn a_private_message_is_kept_while_there_is_no_server() {
    let (mut servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.wait_for("→ bia entrou");
    servers.stop();
    terminal.wait_for("Sem conexão.");
    terminal.type_line("@bia segredo");
    servers.start_again();
    assert_eq!(bia.hears_alone(), "segredo");
    terminal.wait_for("você → bia (privado): segredo");
}

#[test]
fn at_the_originals_rooms_are_offered_and_private_messages_go_to_the_longest_name() {
    for (script, flags) in [
        ("classic_server.py", &[][..]),
        ("accounts_server.py", &["--accounts"]),
    ] {
        let binder = original_binder();
        let _server = original_server(script, &binder);
        let client = |user: &str| {
            let common = ["--color", "never", "--user", user];
            let terminal = open(&binder.address, &[&common[..], flags].concat(), &[]);
            if script == "accounts_server.py" {
                terminal.wait_for(&format!("Senha de {user}: "));
                // All of them are new.
                terminal.press("senha\rsenha\r");
            }
            terminal.wait_for(&format!("Olá, {user}."));
            terminal
        };
        let ana = client("ana");
        ana.enter("oi", "Ainda não há salas: crie uma com «create NOME».");
        ana.enter("join geral", "A sala geral não existe. Criar e entrar?");
        ana.enter("s", "Você entrou em geral.");
        let joana = client("joana");
        joana.type_line("join geral");
        ana.wait_for("→ joana entrou");
        let joana_lima = client("joana lima");
        joana_lima.enter("join geral", "Você entrou em geral");
        ana.type_line("@joana lima segredo");
        joana_lima.wait_for("ana (privado): segredo");
        ana.wait_for("você → joana lima (privado): segredo");
        ana.type_line("oi, gente");
        joana.wait_for("ana: oi, gente");
        assert!(!joana.rows().concat().contains("segredo"), "{script}");
    }
}
