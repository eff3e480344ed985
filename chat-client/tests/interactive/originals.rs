//! At Python servers, beside Python clients.

use crate::fixtures::{open, original_binder, original_client, original_server};
use support::{Server, Terminal};

fn client(binder: &Server, flags: &[&str]) -> Terminal {
    open(&binder.address, &[&["--user", "ana"], flags].concat(), &[])
}

/// Answers the questions of a Python client.
fn answer(terminal: &Terminal, answers: &[(&str, &str)]) {
    for (question, answer) in answers {
        terminal.wait_for_end(&[question]);
        terminal.type_line(answer);
    }
}

#[test]
fn dialect_classic() {
    const COMMAND: &str = "Use um comando (create, join, send, list, users, exit):";
    let binder = original_binder();
    let _server = original_server("classic_server.py", &binder);
    let ana = client(&binder, &["--room", "geral"]);
    ana.wait_for("geral> ");
    let caio = original_client("classic_client.py", &binder, &[]);
    answer(
        &caio,
        &[
            ("Digite seu username:", "caio"),
            (COMMAND, "join"),
            ("Nome da sala:", "geral"),
        ],
    );
    ana.wait_for("→ caio entrou");
    ana.press("meia linh");
    answer(
        &caio,
        &[
            (COMMAND, "send"),
            ("Mensagem:", "oi, ana"),
            ("Usuario(se quiser mensagem privada):", ""),
        ],
    );
    ana.wait_for("» caio: oi, ana");
    ana.wait_for("geral> meia linh");
    ana.press("a\r");
    caio.wait_for("ana: meia linha");
    // The other way: of two messages in one second a Python client shows one.
    caio.type_line("send");
    answer(
        &caio,
        &[
            ("Mensagem:", "segredo"),
            ("Usuario(se quiser mensagem privada):", "ana"),
        ],
    );
    ana.wait_for("caio (privado): segredo");
    ana.type_line("exit");
    assert!(ana.wait_for_exit().success());
}

#[test]
fn dialect_accounts() {
    const COMMAND: &str = "Use um comando (create, join, send, list, users, leave, exit):";
    let binder = original_binder();
    let _server = original_server("accounts_server.py", &binder);
    let ana = client(&binder, &["--accounts", "--room", "geral"]);
    ana.wait_for("Senha de ana: ");
    // Twice, since there is no room to ask about.
    ana.press("senha\rsenha\r");
    ana.wait_for("geral> ");
    let flags = ["--user", "caio", "--password", "outra"];
    let caio = original_client("accounts_client.py", &binder, &flags);
    caio.wait_for(COMMAND);
    caio.enter("join", "Nome da sala: ");
    caio.type_line("geral");
    ana.wait_for("→ caio entrou");
    ana.press("meia linh");
    caio.enter("send", "Mensagem: ");
    caio.enter("oi, ana", "Usuario(se quiser mensagem privada): ");
    caio.type_line("");
    ana.wait_for("» caio: oi, ana");
    ana.wait_for("geral> meia linh");
    ana.press("a\r");
    caio.wait_for("ana: meia linha");
    ana.type_line("@caio segredo");
    caio.wait_for("ana -> caio: segredo");
    ana.enter("/leave", "Você saiu de geral.");
    ana.type_line("exit");
    assert!(ana.wait_for_exit().success());
}

#[test]
fn an_account_in_several_rooms_of_an_original_server_sees_what_is_new_in_the_others() {
    let binder = original_binder();
    let _server = original_server("accounts_server.py", &binder);
    let ana = client(&binder, &["--accounts", "--room", "um"]);
    ana.wait_for("Senha de ana: ");
    ana.enter("senha", "A mesma senha de novo: ");
    ana.type_line("senha");
    ana.wait_for_end(&["um>"]);
    ana.type_line("create dois");
    ana.type_line("join dois");
    ana.wait_for_end(&["dois>"]);
    let flags = ["--user", "caio", "--password", "outra"];
    let caio = original_client("accounts_client.py", &binder, &flags);
    for (question, answer) in [
        ("Use um comando", "join"),
        ("Nome da sala: ", "um"),
        ("Ultimas mensagens:", "send"),
        ("Mensagem: ", "oi"),
        ("Usuario(se quiser mensagem privada): ", ""),
    ] {
        caio.wait_for(question);
        caio.type_line(answer);
    }
    ana.wait_for("um: 1 nova");
}

/// It keeps a name until its holder gives it back, so nothing else is promised.
#[test]
fn an_original_server_does_not_free_a_taken_name() {
    let binder = original_binder();
    let _server = original_server("classic_server.py", &binder);
    let first = client(&binder, &["--room", "geral"]);
    first.wait_for("geral> ");
    let second = client(&binder, &[]);
    second.wait_for("Esse nome já está em uso");
    second.wait_for_end(&["Seu nome:"]);
    assert!(!second.written().contains("60 s"));
}

/// Its server has one thread, and could not answer other clients while it waits.
#[test]
fn an_original_server_is_never_asked_to_wait() {
    for (script, flags, polled) in [
        ("classic_server.py", &[][..], "receive_new_messages"),
        ("accounts_server.py", &["--accounts"], "receive_messages"),
    ] {
        let binder = original_binder();
        let _server = original_server(script, &binder);
        let flags = [flags, &["--room", "geral", "--wire"]].concat();
        let ana = client(&binder, &flags);
        if script == "accounts_server.py" {
            ana.wait_for("Senha de ana: ");
            ana.press("senha\rsenha\r");
        }
        let poll = format!("<methodName>{polled}</methodName>");
        ana.wait_for_written(&poll);
        assert!(!ana.written().contains("<methodName>wait_messages"));
    }
}

/// It takes calls and answers none: nothing is refused, nothing breaks.
#[test]
fn a_server_that_falls_silent_is_noticed_and_typing_goes_on() {
    let binder = original_binder();
    let server = original_server("classic_server.py", &binder);
    let ana = client(&binder, &["--room", "geral", "--color", "never"]);
    ana.wait_for("geral> ");
    server.program.pause();
    ana.press("meia linh");
    ana.wait_for("geral> meia linh");
    let port = server.address.rsplit(':').next().unwrap();
    ana.wait_for(&format!(
        "Sem conexão. O servidor de chat em localhost:{port} não respondeu em 10 s."
    ));
    ana.press("a");
    ana.wait_for_end(&["geral> meia linha"]);
    server.program.resume();
    ana.wait_for("Conectado de novo.");
    ana.wait_for_end(&["geral> meia linha"]);
}
