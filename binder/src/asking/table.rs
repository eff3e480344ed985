//! Answers as tables.

use std::io::{self, Write};
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};

/// What a binder that cannot tell is not asked.
const NOT_TOLD: &str = "?";

/// A name with what is known of it, as a row.
pub(super) fn row(name: &str, endpoint: &Endpoint, listed: Option<&Listed>) -> [String; 4] {
    let seconds = |seconds: u32| {
        let duration = Duration::from_secs(u64::from(seconds));
        humantime::format_duration(duration).to_string()
    };
    let (lease, age) = match listed {
        None => (NOT_TOLD.to_owned(), NOT_TOLD.to_owned()),
        Some(listed) => (
            listed
                .lease
                .map_or_else(|| "for good".to_owned(), |left| seconds(left) + " left"),
            seconds(listed.age),
        ),
    };
    [visible(name), visible(&endpoint.to_string()), lease, age]
}

/// Writes rows under a head, each column as wide as it has to be.
pub(super) fn write<const COLUMNS: usize>(
    output: &mut impl Write,
    head: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> io::Result<()> {
    let head = head.map(str::to_owned);
    let mut widths = [0; COLUMNS];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&head).chain(rows) {
        let cells: Vec<String> = widths
            .iter()
            .zip(row)
            .map(|(width, cell)| format!("{cell:width$}"))
            .collect();
        writeln!(output, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// What a stranger registered, without what would act on a terminal.
fn visible(text: &str) -> String {
    text.chars()
        .map(|character| {
            if protocol::characters::is_deceptive(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut written = Vec::new();
        let rows = [
            ["a".to_owned(), "x".to_owned()],
            ["açaí".to_owned(), String::new()],
        ];
        write(&mut written, ["N", "ADDRESS"], &rows).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "N     ADDRESS\na     x\naçaí\n"
        );
    }

    #[test]
    fn a_row_says_how_long_it_is_kept_or_that_nobody_told() {
        let endpoint: Endpoint = "localhost:9000".parse().unwrap();
        let listed = |lease| Listed {
            name: "a\u{1b}[2J".into(),
            endpoint: endpoint.clone(),
            age: 3_661,
            lease,
        };
        let row = |listed: Option<&Listed>| super::row("a\u{1b}[2J", &endpoint, listed);
        assert_eq!(
            row(Some(&listed(Some(29)))),
            ["a\u{fffd}[2J", "localhost:9000", "29s left", "1h 1m 1s"]
        );
        assert_eq!(row(Some(&listed(None)))[2], "for good");
        assert_eq!(row(None)[2..], ["?", "?"]);
    }
}
