//! How much room on the screen a typed line takes up.

use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

/// The rows that a prompt and the line behind it take up on a screen of so many columns, reckoned as
/// rustyline does when it draws them.
pub(super) fn rows(prompt: &str, line: &str, columns: u16, mode: GraphemeClusterMode) -> u16 {
    let (mut row, mut column) = (0_u16, 0_u16);
    for cluster in prompt.graphemes(true).chain(line.graphemes(true)) {
        if cluster == "\n" {
            row = row.saturating_add(1);
            column = 0;
            continue;
        }
        let width = if cluster == "\t" {
            TAB_STOP - column % TAB_STOP
        } else {
            mode.width(cluster)
        };
        column = column.saturating_add(width);
        if column > columns {
            row = row.saturating_add(1);
            column = width;
        }
    }
    if column == columns {
        // rustyline moves on to the next row by itself.
        row = row.saturating_add(1);
    }
    row.saturating_add(1)
}

/// rustyline's own, as long as it is not told another.
const TAB_STOP: u16 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> u16 {
        rows("> ", line, 10, GraphemeClusterMode::WcWidth)
    }

    #[test]
    fn lines_wrap_where_the_screen_ends_and_wide_characters_are_not_cut() {
        assert_eq!(of(""), 1);
        assert_eq!(of("1234567"), 1);
        assert_eq!(of("12345678"), 2);
        assert_eq!(of("123456789"), 2);
        assert_eq!(of("日本語"), 1);
        assert_eq!(of("日本語日"), 2);
        assert_eq!(of("1日本語日"), 2);
        assert_eq!(of("a\nb"), 2);
    }
}
