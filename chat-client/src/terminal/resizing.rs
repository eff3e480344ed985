//! A line that is being typed, on a terminal that becomes narrower or wider.
//!
//! Most terminals rewrap their content when their width changes, and move the cursor accordingly.
//! rustyline does not expect that: it clears the rows that its line took up at the old width, going up
//! from the cursor. On a narrower terminal some of the line's rows stay behind, and on a wider one it
//! clears what stood above the line. So before it does, the line is cleared here, and the cursor is put
//! to where rustyline believes it to be.

use super::layout::{place_after, up};

/// The prompt and the line as they were drawn last.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    /// Both of them, as wide as they were drawn.
    pub(super) text: String,
    /// Where in the text, in bytes, the line begins.
    pub(super) line_begins: usize,
    /// How much of the text, in bytes, is before the cursor.
    pub(super) before_cursor: usize,
    pub(super) columns: u16,
}

impl Drawn {
    pub(super) fn line(&self) -> &str {
        self.text.get(self.line_begins..).unwrap_or_default()
    }

    /// What to write when the terminal is so wide by now, before rustyline clears the rows of the line.
    /// `None` when its own way will do.
    pub(super) fn prepare_clearing(&self, columns: u16) -> Option<String> {
        if columns == self.columns {
            return None;
        }
        let before = self.text.get(..self.before_cursor)?;
        let believed_end = place_after(&self.text, self.columns);
        let believed = place_after(before, self.columns);
        let mut text = before.to_owned();
        let is_at_end = before.len() == self.text.len();
        if is_at_end && believed_end.column == 0 && !text.ends_with('\n') {
            // Behind a full row rustyline goes on to the next by itself, and there the terminal ends
            // the line permanently.
            text.push('\n');
        }
        let mut real = place_after(&text, columns);
        if is_at_end && real.column == 0 && !text.ends_with('\n') {
            // A cursor that was behind the text stays in the row that the text fills by now.
            real.row = real.row.saturating_sub(1);
        }
        let back = believed_end.row.saturating_sub(believed.row);
        // Not by a movement, which ends at the last row of the screen.
        let down = "\n".repeat(usize::from(believed_end.row));
        Some(format!("\r{}\x1b[J{down}{}", up(real.row), up(back)))
    }
}

/// Whether this terminal rewraps lines. Of those that are left, these cut lines off, which is what
/// rustyline expects: the Linux console, GNU screen and xterm. xterm can be distinguished from others
/// that call themselves so only on its own machine; over SSH it is taken for one of those.
pub(super) fn is_rewrapping(variable: impl Fn(&str) -> Option<String>) -> bool {
    if variable("TMUX").is_some() {
        return true;
    }
    let is_linux_console = variable("TERM").is_some_and(|kind| kind == "linux");
    !is_linux_console && variable("STY").is_none() && variable("XTERM_VERSION").is_none()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// How large the terminal is now. One that does not say is as large as rustyline takes it for.
#[cfg(unix)]
pub(crate) fn size() -> Option<Size> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    let or = |told, usual| if told == 0 { usual } else { told };
    Some(Size {
        rows: or(size.ws_row, 24),
        columns: or(size.ws_col, 80),
    })
}

/// Not asked for: rustyline draws on a Windows console in another way.
#[cfg(not(unix))]
pub(crate) fn size() -> Option<Size> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str, before_cursor: usize, from: u16, to: u16) -> Option<String> {
        let drawn = Drawn {
            text: text.to_owned(),
            line_begins: 0,
            before_cursor,
            columns: from,
        };
        drawn.prepare_clearing(to)
    }

    #[test]
    fn the_line_is_cleared_as_it_is_wrapped_now_and_the_cursor_put_where_it_was_before() {
        let text = "> 3456789012345678901234";
        assert_eq!(prepared(text, 24, 10, 10), None);
        assert_eq!(prepared(text, 24, 10, 5).unwrap(), "\r\x1b[4A\x1b[J\n\n");
        assert_eq!(prepared(text, 24, 10, 40).unwrap(), "\r\x1b[J\n\n");
        // In the middle of the line.
        assert_eq!(
            prepared(text, 12, 10, 5).unwrap(),
            "\r\x1b[2A\x1b[J\n\n\x1b[1A"
        );
    }

    #[test]
    fn a_full_row_ended_the_line() {
        let text = "> 34567890";
        assert_eq!(prepared(text, 10, 10, 5).unwrap(), "\r\x1b[2A\x1b[J\n");
        assert_eq!(prepared(text, 10, 10, 40).unwrap(), "\r\x1b[1A\x1b[J\n");
        let text = "> 34567";
        assert_eq!(prepared(text, 7, 10, 7).unwrap(), "\r\x1b[J");
        assert_eq!(prepared(text, 7, 5, 7).unwrap(), "\r\x1b[J\n");
    }

    #[test]
    fn terminals_that_cut_lines_off_are_known() {
        let terminal = |variables: &'static [(&str, &str)]| {
            is_rewrapping(|wanted| {
                let found = variables.iter().find(|(variable, _)| *variable == wanted);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(terminal(&[("TERM", "xterm-256color")]));
        assert!(terminal(&[("TERM", "screen"), ("TMUX", "/tmp/tmux,1,0")]));
        assert!(!terminal(&[("TERM", "linux")]));
        assert!(!terminal(&[("TERM", "screen"), ("STY", "1.pts-0")]));
        assert!(!terminal(&[
            ("TERM", "xterm"),
            ("XTERM_VERSION", "XTerm(390)")
        ]));
    }
}
