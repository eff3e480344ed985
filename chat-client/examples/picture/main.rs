//! Draws a picture of a session: the client at a real pseudo-terminal, with others in the room, as a
//! terminal emulator sees it.
//!
//! `docs/recording/make` runs it.

#[path = "../../tests/interactive/fixtures/chat.rs"]
#[expect(dead_code, reason = "the tests do more with servers and people")]
#[expect(
    clippy::unwrap_used,
    reason = "as in the tests, a failure is to be loud"
)]
mod chat;
mod svg;

use std::error::Error;
use std::path::PathBuf;

use chat::Servers;
use support::Terminal;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(client), Some(picture), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("expected the client's program and the picture's file".into());
    };
    let servers = Servers::start();
    let caio = servers.other_user("caio", "geral");
    let bia = servers.other_user("bia", "geral");
    let _rui = servers.other_user("rui", "jogos");
    bia.say("alguém já fez o exercício 3?");
    caio.say("fiz, é só chamar lookup_procedure antes");

    // Programs at the pseudo-terminal are started elsewhere.
    let client = client.canonicalize()?;
    let client = client.to_str().ok_or("a path that is no text")?;
    let binder = servers.binder();
    let flags = ["--binder", &binder, "--lang", "pt", "--color", "always"];
    let ana = Terminal::open(client, &flags, &[]);
    // Wide enough for each line to be one row.
    ana.resize(20, 88);
    ana.wait_for("Seu nome: ");
    ana.type_line("ana");
    ana.wait_for("Olá, ana.");
    ana.type_line("join geral");
    ana.wait_for("geral> ");
    ana.type_line("oi! e o que ele devolve?");
    ana.wait_for("ana: oi!");
    bia.say("ana, devolve [endereço, porta]");
    ana.wait_for("» bia: ");
    caio.whisper("ana", "quer ver o meu?");
    ana.wait_for("caio (privado)");
    ana.type_line("@caio quero, obrigada");
    ana.wait_for("você → caio");
    let _leo = servers.other_user("leo", "geral");
    ana.wait_for("→ leo entrou");
    ana.type_line("jion jogos");
    ana.wait_for("Era «join jogos»?");
    ana.type_line("");
    ana.wait_for("Nada foi feito com «jion jogos»");
    ana.press("valeu, até am");
    ana.wait_for("geral> valeu, até am");
    bia.say("alguém tem o link?");
    ana.wait_for("bia: alguém tem o link?");
    ana.wait_for("geral> valeu, até am");
    std::fs::write(&picture, svg::draw(&ana.screen()))?;
    Ok(())
}
