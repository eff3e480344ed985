//! The picture of the board in the README: not a test, but made by the same means.

use std::path::Path;

use crate::class::{Class, REGISTERED};
use support::{Language, TerminalClient, terminal_client::prompt};

/// Wide enough for three clients, and readable when a README shows it smaller.
const WINDOW: (u32, u32) = (1280, 900);

/// `docs/board/make` runs this.
#[test]
#[ignore = "writes docs/board/board.png"]
fn draw_the_board() {
    let class = Class::in_window(&["--lab"], WINDOW);
    let page = &class.page;
    let mut ana = class.python_client("ana", "geral");
    let mut bia = TerminalClient::accounts(Language::Rust, &class.binder.address);
    bia.dialogue(&[(prompt::USERNAME, "bia"), (prompt::PASSWORD, "girassol-42")]);
    bia.program.wait_for("Login realizado com sucesso.");
    bia.dialogue(&[(prompt::ACCOUNTS_COMMAND, "join"), (prompt::ROOM, "geral")]);
    let mut caio = class.caller("caio", "geral");
    let waiting = class.long_poll("caio", "geral", 25_000);
    page.see("[data-bar=open]");
    ana.send("bom dia, turma!", "", "Mensagem enviada.\n");
    waiting.join().unwrap();
    caio.say("caio", "geral", "oi, ana", "ana");
    let mut taken = TerminalClient::start(Language::Python, &class.binder.address);
    taken.register("ana", "Erro: ");
    taken.register("duda", REGISTERED);
    let _waiting = class.long_poll("caio", "geral", 25_000);
    page.see("#rows [data-method=send_message][data-lane='user:caio']");
    page.open_call("#rows [data-method=send_message][data-lane='user:ana']");
    // The pointer goes where it marks nothing.
    page.click("h1");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/board/board.png");
    std::fs::write(path, page.screenshot()).unwrap();
}
