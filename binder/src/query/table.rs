//! Answers as tables.

use std::io::{self, Write};
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};
use unicode_width::UnicodeWidthStr as _;

/// What a binder that cannot tell is not asked.
const NOT_TOLD: &str = "?";

pub(super) fn duration(seconds: u32) -> String {
    humantime::format_duration(Duration::from_secs(u64::from(seconds))).to_string()
}

/// A name with its details, as a row.
pub(super) fn row(name: &str, endpoint: &Endpoint, listed: Option<&Listed>) -> [String; 7] {
    let (lease, age) = match listed {
        None => (NOT_TOLD.to_owned(), NOT_TOLD.to_owned()),
        Some(listed) if listed.built_in => ("built in".to_owned(), duration(listed.age)),
        Some(listed) => (
            listed
                .lease
                .map_or_else(|| "permanent".to_owned(), |left| duration(left) + " left"),
            duration(listed.age),
        ),
    };
    let group = listed.and_then(|listed| listed.group.clone());
    let state = match listed {
        Some(listed) if listed.displaced => "displaced".to_owned(),
        Some(Listed {
            behind: Some(since),
            ..
        }) => format!("stale for {}", duration(*since)),
        _ => String::new(),
    };
    [
        name.to_owned(),
        endpoint.to_string(),
        lease,
        age,
        group.unwrap_or_default(),
        state,
        listed
            .and_then(|listed| listed.proxied_at.as_ref())
            .map_or_else(String::new, ToString::to_string),
    ]
}

/// Writes rows under a head, each column as wide as it has to be; a column without a cell is left out. What
/// strangers registered may be in them as it is.
pub(super) fn write<const COLUMNS: usize>(
    output: &mut impl Write,
    head: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> io::Result<()> {
    let rows: Vec<[String; COLUMNS]> = std::iter::once(head.map(visible))
        .chain(
            rows.iter()
                .map(|row| row.each_ref().map(|cell| visible(cell))),
        )
        .collect();
    let (mut widths, mut is_used) = ([0; COLUMNS], [false; COLUMNS]);
    for (number, row) in rows.iter().enumerate() {
        for ((width, is_used), cell) in widths.iter_mut().zip(&mut is_used).zip(row) {
            *width = (*width).max(cell.width());
            *is_used |= number > 0 && !cell.is_empty();
        }
    }
    for row in &rows {
        let cells: Vec<String> = widths
            .iter()
            .zip(is_used)
            .zip(row)
            .filter(|((_, is_used), _)| *is_used)
            .map(|((width, _), cell)| cell.clone() + &" ".repeat(width - cell.width()))
            .collect();
        writeln!(output, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// What strangers registered or answered, without what would act on a terminal.
pub fn visible(text: &str) -> String {
    let harmless = |character| match character {
        deceptive if protocol::characters::is_deceptive(deceptive) => char::REPLACEMENT_CHARACTER,
        character => character,
    };
    text.chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut written = Vec::new();
        let rows = [
            ["a".to_owned(), "x".to_owned()],
            ["açaí".to_owned(), "y".to_owned()],
            ["日本".to_owned(), "z\u{9b}\u{202e}".to_owned()],
        ];
        write(&mut written, ["N", "ADDRESS"], &rows).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "N     ADDRESS\na     x\naçaí  y\n日本  z\u{fffd}\u{fffd}\n"
        );
    }

    #[test]
    fn a_row_says_how_long_it_is_kept_where_the_binder_knows() {
        let endpoint: Endpoint = "localhost:9000".parse().unwrap();
        let listed = |lease| Listed {
            name: "a".into(),
            endpoint: endpoint.clone(),
            age: 3_661,
            lease,
            built_in: false,
            group: None,
            displaced: false,
            stale: None,
            behind: None,
            proxied_at: None,
        };
        let row = |listed: Option<&Listed>| super::row("a", &endpoint, listed);
        assert_eq!(
            row(Some(&listed(Some(29)))),
            ["a", "localhost:9000", "29s left", "1h 1m 1s", "", "", ""]
        );
        assert_eq!(row(Some(&listed(None)))[2], "permanent");
        let built_in = Listed {
            built_in: true,
            ..listed(None)
        };
        assert_eq!(row(Some(&built_in))[2], "built in");
        let displaced = Listed {
            group: Some("4f2a".into()),
            displaced: true,
            ..listed(None)
        };
        assert_eq!(row(Some(&displaced))[4..], ["4f2a", "displaced", ""]);
        let behind = Listed {
            group: Some("4f2a".into()),
            behind: Some(75),
            ..listed(Some(4))
        };
        assert_eq!(row(Some(&behind))[4..], ["4f2a", "stale for 1m 15s", ""]);
        assert_eq!(row(None)[2..], ["?", "?", "", "", ""]);
    }
}
