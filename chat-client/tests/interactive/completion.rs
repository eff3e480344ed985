//! Tab.

use crate::fixtures::{Servers, ana, ana_and};

#[test]
fn commands_rooms_and_users_are_completed() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.wait_for("→ bia entrou");
    terminal.press("cr\t");
    terminal.wait_for_end(&["geral> create"]);
    terminal.press("jogos\r");
    terminal.wait_for("Sala jogos criada");
    terminal.press("/jo\tj\t");
    terminal.wait_for_end(&["geral> /join jogos"]);
    terminal.press("\x15@b\tsegredo\r");
    assert_eq!(bia.hears_alone(), "segredo");
}

#[test]
fn rooms_that_another_user_created_a_moment_ago_are_completed() {
    let servers = Servers::start();
    let terminal = ana(&servers, &[]);
    let _rui = servers.other_user("rui", "novidades");
    terminal.press("join n\t");
    terminal.wait_for_end(&["geral> join novidades"]);
}

#[test]
fn several_candidates_are_listed_and_a_message_meanwhile_is_shown() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    terminal.press("/h\t");
    terminal.wait_for("history  help");
    terminal.wait_for_end(&["geral> /h"]);
    bia.say("oi");
    terminal.wait_until("the message above the half line", |rows| {
        rows[rows.len() - 1] == "geral> /h" && rows[rows.len() - 2].ends_with("bia: oi")
    });
}

#[test]
fn answers_to_questions_are_completed_as_well() {
    let (servers, terminal, mut bia) = ana_and("bia", &[]);
    let _rui = servers.other_user("rui", "novidades");
    terminal.wait_for("→ bia entrou");
    terminal.type_line("send");
    terminal.type_line("segredo");
    terminal.wait_for_end(&["Para quem (Enter: para todos):"]);
    terminal.press("@b\t\r");
    assert_eq!(bia.hears_alone(), "segredo");
    terminal.type_line("join");
    terminal.wait_for_end(&["Nome da sala:"]);
    terminal.press("no\t\r");
    terminal.wait_for("Você entrou em novidades, com rui.");
}
