//! The same bytes read by Python's parser and by ours.
//!
//! What a Python client can really send must be read as Python reads it, and what Python refuses must
//! be refused. Where the two differ on purpose, the row says why.

/// The rows of a table: the name of each, what the module's `row` makes its document of, and how the readings
/// compare if they are not the same.
macro_rules! rows {
    ($($name:literal => $content:expr $(, $verdict:expr)?;)*) => {
        vec![$(row($name, $content, verdict!($($verdict)?))),*]
    };
}

macro_rules! verdict {
    () => {
        Verdict::Same
    };
    ($verdict:expr) => {
        $verdict
    };
}

mod documents;
mod python_parser;
mod values;

use std::fmt::Write as _;

pub(crate) use python_parser::{Reading, read_by_python};

/// How our reading of a document compares to Python's.
enum Verdict {
    /// Both read the same, or both refuse.
    Same,
    /// We read what Python refuses, because of this.
    OnlyOurs(&'static str),
    /// We refuse what Python reads, because of this.
    OnlyPythons(&'static str),
    /// Both read it, each in its own way, because of this.
    Otherwise(&'static str),
}

/// A document and how its two readings compare.
struct Row {
    name: &'static str,
    document: Vec<u8>,
    verdict: Verdict,
}

#[test]
fn we_read_what_python_reads() {
    let mut rows = documents::rows();
    rows.extend(values::rows());
    let documents: Vec<&[u8]> = rows.iter().map(|row| row.document.as_slice()).collect();
    let readings = read_by_python(&documents);
    let mut wrong = String::new();
    for (row, pythons) in rows.iter().zip(readings) {
        let ours = Reading::ours(&row.document);
        let holds = match (&row.verdict, &ours, &pythons) {
            (Verdict::Same, Reading::Refused(_), Reading::Refused(_))
            | (Verdict::OnlyOurs(_), Reading::Call { .. }, Reading::Refused(_))
            | (Verdict::OnlyPythons(_), Reading::Refused(_), Reading::Call { .. }) => true,
            (Verdict::Same, ours, pythons) => ours == pythons,
            (Verdict::Otherwise(_), Reading::Call { .. }, Reading::Call { .. }) => ours != pythons,
            _ => false,
        };
        let verdict_text = match row.verdict {
            Verdict::Same => "the same",
            Verdict::OnlyOurs(reason)
            | Verdict::OnlyPythons(reason)
            | Verdict::Otherwise(reason) => reason,
        };
        if !holds {
            let _ = write!(
                wrong,
                "\n  {} ({verdict_text})\n    Python: {pythons:?}\n    ours:   {ours:?}",
                row.name
            );
        }
    }
    assert!(rows.len() > 100, "{} rows", rows.len());
    assert!(wrong.is_empty(), "{wrong}");
}
