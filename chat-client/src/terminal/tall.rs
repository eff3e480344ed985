//! A draft that is taller than the screen, as after pasting a file.
//!
//! rustyline draws all rows of a line at each key and at each message. When there are more than the
//! screen has, a copy scrolls away each time, and what arrives above the line is never seen. So from
//! such a draft a window of some rows is drawn, at the bottom of the screen, with the cursor in it.
//!
//! rustyline does not know of this: it goes as far up as the whole draft is high, and clears each row
//! on its way. So the window is made the terminal's scroll region (DECSTBM), and there its movements end;
//! on the Linux console they do so in origin mode only (DECOM). The region begins
//! at the cursor's row when rows below the window are hidden: from its last row rustyline goes up more
//! rows than there are, and ends where the cursor belongs.

use std::sync::Arc;

use parking_lot::Mutex;
use unicode_segmentation::UnicodeSegmentation as _;

use super::display::write;
use super::layout::{Place, place_after, up};
use super::resizing::{Drawn, Size};

/// Ends origin mode and the scroll region. Both put the cursor to the screen's first row.
const NO_REGION: &str = "\x1b[?6l\x1b[r";

/// Keeps the cursor's place, and goes back to it (DECSC, DECRC).
const SAVE: &str = "\x1b7";
const RESTORE: &str = "\x1b8";

/// On a lower screen there is no room for a window and messages.
const LOWEST: u16 = 6;

/// The window that is on the screen, if there is one. A clone is the same.
#[derive(Clone, Debug)]
pub(super) struct Tall {
    needs_origin_mode: bool,
    window: Arc<Mutex<Option<Window>>>,
    ending: Arc<Mutex<Ending>>,
}

/// How far the end of a draft with a window has come.
#[derive(Clone, Copy, Debug, Default)]
struct Ending {
    /// Whether the Enter that ends it means Ctrl-C.
    is_interrupted: bool,
    /// Whether the window is cleared, and its place kept by the terminal.
    is_cleared: bool,
}

/// What became of a draft with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    Entered,
    Interrupted,
}

#[derive(Clone, Debug)]
struct Window {
    /// Its first row on the screen, counted from 1.
    top: u16,
    size: Size,
    /// The columns that each of its rows above the cursor's takes up.
    above_cursor: Vec<u16>,
    cursor_column: u16,
    /// Whether the terminal keeps its place, because it may be another one by now.
    is_saved: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    above: usize,
    shown: std::ops::Range<usize>,
    below: usize,
}

impl Tall {
    /// No window yet, on the terminal that these environment variables describe.
    pub(super) fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            needs_origin_mode: variable("TERM").is_some_and(|kind| kind == "linux"),
            window: Arc::default(),
            ending: Arc::default(),
        }
    }

    /// Makes the next Enter discard the draft. False when there is no window.
    ///
    /// rustyline writes a line feed when it is interrupted, and gives no opportunity to end the scroll
    /// region before that. Then a row of the window scrolls away, which some terminals keep.
    #[cfg(unix)]
    pub(super) fn interrupt(&self) -> bool {
        let is_shown = self.window.lock().is_some();
        if is_shown {
            self.ending.lock().is_interrupted = true;
        }
        is_shown
    }

    /// What to write in place of a draft that is being ended, before the line feed. `None` when there is
    /// no window.
    pub(super) fn end(&self) -> Option<String> {
        let cleared = self.clear();
        if cleared.is_empty() {
            return None;
        }
        self.ending.lock().is_cleared = true;
        Some(cleared + SAVE)
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ending.lock().is_cleared
    }

    /// Draws a window of the draft, in place of the prompt that was drawn last. `None` when the whole
    /// draft has room. `hint` paints the marks of hidden rows, `prompt` the prompt.
    pub(super) fn draw(
        &self,
        drawn: &Drawn,
        size: Size,
        prompt: impl Fn(&str) -> String,
        hint: impl Fn(&str) -> String,
    ) -> Option<String> {
        let rows = rows(&drawn.text, size.columns);
        let before = drawn.text.get(..drawn.before_cursor)?;
        let cursor_place = place_after(before, size.columns);
        let cursor = usize::from(cursor_place.row);
        let view = view(rows.len(), cursor, size.rows)?;
        let label = drawn.text.get(..drawn.line_begins)?;
        let label_place = place_after(label, size.columns);

        let mut lines = Vec::new();
        let mut widths = Vec::new();
        let mut add = |painted: String, plain: &str| {
            lines.push(painted);
            widths.push(place_after(plain, u16::MAX).column);
        };
        if view.above > 0 {
            // The prompt says where the draft will go. It is shown if it takes less than half of a row.
            let label = if label_place.row == 0 && label_place.column < size.columns / 2 {
                label
            } else {
                ""
            };
            let hidden = format!("↑ {}", view.above);
            add(prompt(label) + &hint(&hidden), &format!("{label}{hidden}"));
        }
        for (number, row) in rows.get(view.shown.clone())?.iter().enumerate() {
            let painted = match row.strip_prefix(label) {
                Some(rest) if number == 0 && view.above == 0 => prompt(label) + rest,
                _ => (*row).to_owned(),
            };
            add(painted, row);
        }
        if view.below > 0 {
            let hidden = format!("↓ {}", view.below);
            add(hint(&hidden), &hidden);
        }

        let height = u16::try_from(lines.len()).ok()?;
        let bottom = size.rows;
        let top = (bottom + 1).checked_sub(height)?;
        let index = cursor - view.shown.start + usize::from(view.above > 0);
        let cursor_row = top + u16::try_from(index).ok()?;
        widths.truncate(index);
        let region = if view.below > 0 { cursor_row } else { top };
        // Behind a full row rustyline goes on to the next one by itself.
        let end = place_after(&drawn.text, size.columns);
        let goes_on = end.column == 0 && end.row > 0 && !drawn.text.ends_with('\n');
        let confined = self.confine(region, bottom, bottom - u16::from(goes_on));

        let up = up(label_place.row);
        let room = "\n".repeat(usize::from(height - 1));
        let text = lines.join("\r\n");
        *self.window.lock() = Some(Window {
            top,
            size,
            above_cursor: widths,
            cursor_column: cursor_place.column,
            is_saved: false,
        });
        Some(format!("\r{up}\x1b[J{room}\x1b[{top};1H{text}{confined}"))
    }

    /// What to write before anything is drawn in place of the window. Empty when there is none.
    pub(super) fn clear(&self) -> String {
        match self.window.lock().take() {
            Some(Window { is_saved: true, .. }) => format!("{NO_REGION}{RESTORE}\x1b[J"),
            Some(Window { top, .. }) => format!("{NO_REGION}\x1b[{top};1H\x1b[J"),
            None => String::new(),
        }
    }

    /// What to write before rustyline clears the rows of the draft, on a screen of this size by now.
    /// `None` when there is no window.
    ///
    /// When it has become larger or smaller, the region is gone on most terminals, and the window may be
    /// anywhere. It is cleared from the cursor, and its place is kept; what rustyline clears are two
    /// empty rows below that.
    pub(super) fn prepare_clearing(&self, size: Size, rewraps: bool) -> Option<String> {
        let mut window = self.window.lock();
        let window = window.as_mut()?;
        if window.size == size {
            return Some(String::new());
        }
        let columns = if rewraps {
            size.columns.max(1)
        } else {
            u16::MAX
        };
        let rows = |width: &u16| width.saturating_sub(1) / columns + 1;
        let above: u16 = window.above_cursor.iter().map(rows).sum();
        let above = up(above + window.cursor_column / columns);
        window.size = size;
        window.is_saved = true;
        let bottom = size.rows;
        let empty = self.confine(bottom.saturating_sub(1).max(1), bottom, bottom);
        Some(format!(
            "{SAVE}{NO_REGION}{RESTORE}\r{above}\x1b[J{SAVE}{empty}"
        ))
    }

    /// Keeps movements between the rows `first` and `last`, and puts the cursor to one of them.
    fn confine(&self, first: u16, last: u16, row: u16) -> String {
        if self.needs_origin_mode {
            // Rows are counted from the region's first one then.
            let row = row - first + 1;
            format!("\x1b[{first};{last}r\x1b[?6h\x1b[{row};1H")
        } else {
            format!("\x1b[{first};{last}r\x1b[{row};1H")
        }
    }

    /// Puts the cursor to where the window began, when a draft is finished. `None` when it had none.
    pub(super) fn finish(&self) -> Option<Finished> {
        let ending = std::mem::take(&mut *self.ending.lock());
        let place = if ending.is_cleared {
            format!("{RESTORE}\x1b[J")
        } else {
            self.clear()
        };
        if place.is_empty() {
            return None;
        }
        write(&place);
        Some(if ending.is_interrupted {
            Finished::Interrupted
        } else {
            Finished::Entered
        })
    }

    /// Gives the whole screen back in the middle of a draft, and leaves the part that is shown.
    pub(super) fn abandon(&self) {
        if let Some(window) = self.window.lock().take() {
            write(&format!("{NO_REGION}\x1b[{};1H", window.size.rows));
        }
    }
}

/// The rows that a text takes up, the last of them for a cursor behind it.
fn rows(text: &str, columns: u16) -> Vec<&str> {
    let (mut rows, mut start, mut place) = (Vec::new(), 0, Place::default());
    for (position, cluster) in text.grapheme_indices(true) {
        let next = place.after(cluster, columns);
        if next.row > place.row {
            rows.push(text.get(start..position).unwrap_or_default());
            start = if cluster == "\n" {
                position + 1
            } else {
                position
            };
        }
        place = next;
    }
    rows.push(text.get(start..).unwrap_or_default());
    if place.column == columns {
        rows.push("");
    }
    rows
}

/// Which of so many rows are shown, with the cursor in one of them. `None` for all.
fn view(rows: usize, cursor: usize, screen: u16) -> Option<View> {
    // A third of the screen is for messages.
    let most = usize::from(screen - screen / 3);
    if screen < LOWEST || rows <= most {
        return None;
    }
    let last = rows - (most - 1);
    let shown = if cursor >= last {
        last..rows
    } else {
        match cursor.saturating_sub((most - 2) / 2) {
            0 => 0..most - 1,
            first => first..first + most - 2,
        }
    };
    Some(View {
        above: shown.start,
        below: rows - shown.end,
        shown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_that_rustyline_counts() {
        assert_eq!(rows("", 10), [""]);
        assert_eq!(rows("> ab\ncd", 10), ["> ab", "cd"]);
        assert_eq!(rows("> ab\n\n", 10), ["> ab", "", ""]);
        assert_eq!(rows("0123456789", 10), ["0123456789", ""]);
        assert_eq!(rows("0123456789x", 10), ["0123456789", "x"]);
        assert_eq!(rows("012345678日本", 10), ["012345678", "日本"]);
        for text in ["> 日本語日本\na\tb\tc\n0123456789\n", "x\n\n0123456789"] {
            for columns in 4..20 {
                let end = place_after(text, columns);
                assert_eq!(
                    rows(text, columns).len(),
                    usize::from(end.row) + 1,
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn the_cursor_is_always_in_view_and_every_row_is_counted() {
        for screen in 0..60 {
            for rows in 1..80 {
                for cursor in 0..rows {
                    let Some(view) = view(rows, cursor, screen) else {
                        continue;
                    };
                    assert!(view.shown.contains(&cursor), "{view:?} {cursor}");
                    assert_eq!(view.above + view.shown.len() + view.below, rows);
                    let hints = usize::from(view.above > 0) + usize::from(view.below > 0);
                    let height = view.shown.len() + hints;
                    assert!(height < usize::from(screen) && height >= 2, "{view:?}");
                }
            }
        }
        assert_eq!(view(16, 15, 24), None);
        assert!(view(17, 16, 24).is_some());
    }
}
