//! Everything that is registered.

use std::io::Write;

use protocol::{accounts, classic};

use super::client::Binder;
use super::error::QueryError;
use super::table;

/// The head of a table of names.
pub(super) const HEAD: [&str; 4] = ["NAME", "ADDRESS", "LEASE", "AGE"];

/// The names under which chat servers register, for binders that only answer questions about one.
fn known_names() -> impl Iterator<Item = &'static str> {
    classic::procedures::ORIGINAL
        .into_iter()
        .chain(classic::procedures::EXTENSIONS)
        .map(|procedure| procedure.name)
        .chain([accounts::SERVICE])
}

pub(super) async fn ask(binder: &Binder, output: &mut impl Write) -> Result<(), QueryError> {
    let mut rows = Vec::new();
    match binder.list().await? {
        Some(listed) => {
            rows.extend(
                listed
                    .iter()
                    .map(|listed| table::row(&listed.name, &listed.endpoint, Some(listed))),
            );
        }
        None => {
            for name in known_names() {
                if let Some(endpoint) = binder.lookup(name).await? {
                    rows.push(table::row(name, &endpoint, None));
                }
            }
            writeln!(
                output,
                "This binder cannot list what it has; these are the names of chat servers that it knows."
            )?;
        }
    }
    if rows.is_empty() {
        writeln!(output, "Nothing is registered.")?;
        return Ok(());
    }
    table::write(output, HEAD, &rows)?;
    Ok(())
}
