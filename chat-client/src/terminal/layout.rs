//! Where on the screen a prompt and the line behind it end, computed as rustyline does when it draws
//! them.
//!
//! Terminals agree on how wide a character is. On emoji of several characters they do not: some draw a
//! family as one picture, others as three, and no variable says which. So rustyline counts the
//! single characters, and `drawing` draws them.

use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

/// What takes up how many columns: each character for itself.
pub(super) const WIDTHS: GraphemeClusterMode = GraphemeClusterMode::WcWidth;

pub(crate) fn width(text: &str) -> u16 {
    WIDTHS.width(text)
}

/// rustyline's default.
const TAB_STOP: u16 = 8;

/// A place, counted from where the prompt begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) row: u16,
    pub(super) column: u16,
}

impl Place {
    /// The place behind one more cluster of characters, on a screen of so many columns.
    pub(super) fn after(self, cluster: &str, columns: u16) -> Self {
        if cluster == "\n" {
            return self.in_next_row(0);
        }
        let width = if cluster == "\t" {
            TAB_STOP - self.column % TAB_STOP
        } else {
            WIDTHS.width(cluster)
        };
        let column = self.column.saturating_add(width);
        if column > columns {
            self.in_next_row(width)
        } else {
            Self { column, ..self }
        }
    }

    const fn in_next_row(self, column: u16) -> Self {
        let row = self.row.saturating_add(1);
        Self { row, column }
    }
}

/// The place behind the text on a screen of so many columns. Behind a full row that is the next one.
pub(super) fn place_after(text: &str, columns: u16) -> Place {
    let place = text
        .graphemes(true)
        .fold(Place::default(), |place, cluster| {
            place.after(cluster, columns)
        });
    if place.column == columns {
        place.in_next_row(0)
    } else {
        place
    }
}

/// Moves the cursor up. A movement by zero rows would be one by one.
pub(super) fn up(rows: u16) -> String {
    if rows == 0 {
        String::new()
    } else {
        format!("\x1b[{rows}A")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(line: &str) -> (u16, u16) {
        let text = format!("> {line}");
        let place = place_after(&text, 10);
        (place.row, place.column)
    }

    #[test]
    fn lines_wrap_where_the_screen_ends_and_wide_characters_are_not_cut() {
        assert_eq!(after(""), (0, 2));
        assert_eq!(after("1234567"), (0, 9));
        assert_eq!(after("12345678"), (1, 0));
        assert_eq!(after("123456789"), (1, 1));
        assert_eq!(after("日本語"), (0, 8));
        assert_eq!(after("日本語日"), (1, 0));
        assert_eq!(after("1日本語日"), (1, 2));
        assert_eq!(after("a\nb"), (1, 1));
    }
}
