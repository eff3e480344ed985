//! Draws a picture of a session: the client at a real pseudo-terminal, with others in the room, as a
//! terminal emulator sees it.
//!
//! `docs/recording/make` runs it.

#[path = "../tests/interactive/servers.rs"]
#[expect(dead_code, reason = "the tests do more with servers and people")]
#[expect(
    clippy::unwrap_used,
    reason = "as in the tests, a failure is to be loud"
)]
mod servers;

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use servers::Servers;
use support::Terminal;
use vt100::{Cell, Color, Screen};

/// A cell's size in pixels: what a monospaced font of `FONT_SIZE` takes up.
const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 19.0;
const FONT_SIZE: f32 = 14.0;
const MARGIN: f32 = 16.0;

const BACKGROUND: &str = "#1c1f26";
const FOREGROUND: &str = "#d6dae2";

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
    std::fs::write(&picture, draw(&ana.screen()))?;
    Ok(())
}

/// The screen as the text of an SVG file, which every browser shows without any font of its own.
fn draw(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let last = (0..rows.get())
        .rev()
        .find(|&row| cells(screen, row, columns.get()).any(Cell::has_contents))
        .unwrap_or_default();
    let width = f32::from(columns.get()) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(last + 1) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" font-size=\"{FONT_SIZE}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..=last {
        draw_row(&mut svg, screen, row, columns.get());
    }
    draw_cursor(&mut svg, screen);
    svg.push_str("</svg>\n");
    svg
}

fn cells(screen: &Screen, row: u16, columns: u16) -> impl Iterator<Item = &Cell> {
    (0..columns).filter_map(move |column| screen.cell(row, column))
}

/// One text for each run of cells that look alike.
fn draw_row(svg: &mut String, screen: &Screen, row: u16, columns: u16) {
    let mut start = 0;
    while start < columns {
        let Some(first) = screen.cell(row, start) else {
            return;
        };
        let (mut end, mut text) = (start, String::new());
        while let Some(cell) = screen.cell(row, end)
            && look(cell) == look(first)
        {
            if !cell.is_wide_continuation() {
                text.push_str(if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                });
            }
            end += 1;
        }
        draw_run(svg, first, (row, start, end), &text);
        start = end;
    }
}

fn draw_run(svg: &mut String, look: &Cell, (row, start, end): (u16, u16, u16), text: &str) {
    let (x, width) = (left(start), f32::from(end - start) * CELL_WIDTH);
    if look.inverse() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{}\"/>",
            top(row),
            colour(look.fgcolor())
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let fill = if look.inverse() {
        BACKGROUND.to_owned()
    } else {
        colour(look.fgcolor())
    };
    let weight = if look.bold() {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let slant = if look.italic() {
        " font-style=\"italic\""
    } else {
        ""
    };
    let dim = if look.dim() { " opacity=\"0.6\"" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\" fill=\"{fill}\"{weight}{slant}{dim}>{}</text>",
        top(row) + CELL_HEIGHT * 0.75,
        escaped(text)
    );
}

fn draw_cursor(svg: &mut String, screen: &Screen) {
    let (row, column) = screen.cursor_position();
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{CELL_WIDTH}\" height=\"{CELL_HEIGHT}\" \
         fill=\"{FOREGROUND}\" opacity=\"0.7\"/>",
        left(column),
        top(row)
    );
}

fn left(column: u16) -> f32 {
    MARGIN + f32::from(column) * CELL_WIDTH
}

fn top(row: u16) -> f32 {
    MARGIN + f32::from(row) * CELL_HEIGHT
}

fn look(cell: &Cell) -> (Color, bool, bool, bool, bool) {
    let style = (cell.bold(), cell.dim(), cell.italic(), cell.inverse());
    (cell.fgcolor(), style.0, style.1, style.2, style.3)
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Default => FOREGROUND.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Idx(index @ 16..=231) => {
            // The cube of six levels each, as xterm has it.
            let level = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
            let index = index - 16;
            let (red, green, blue) = (index / 36, index / 6 % 6, index % 6);
            format!("#{:02x}{:02x}{:02x}", level(red), level(green), level(blue))
        }
        // The client uses no others.
        Color::Idx(_) => FOREGROUND.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
