//! Where on the screen a prompt and the line behind it end, reckoned as rustyline does when it draws
//! them.

use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

/// rustyline's own, as long as it is not told another.
const TAB_STOP: u16 = 8;

/// A place, counted from where the prompt begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) row: u16,
    pub(super) column: u16,
}

/// The place behind the text on a screen of so many columns. Behind a full row that is the next one.
pub(super) fn place_after(text: &str, columns: u16, mode: GraphemeClusterMode) -> Place {
    let mut place = Place::default();
    for cluster in text.graphemes(true) {
        if cluster == "\n" {
            place.row = place.row.saturating_add(1);
            place.column = 0;
            continue;
        }
        let width = if cluster == "\t" {
            TAB_STOP - place.column % TAB_STOP
        } else {
            mode.width(cluster)
        };
        place.column = place.column.saturating_add(width);
        if place.column > columns {
            place.row = place.row.saturating_add(1);
            place.column = width;
        }
    }
    if place.column == columns {
        place.row = place.row.saturating_add(1);
        place.column = 0;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(line: &str) -> (u16, u16) {
        let text = format!("> {line}");
        let place = place_after(&text, 10, GraphemeClusterMode::WcWidth);
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
