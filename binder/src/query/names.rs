//! What is registered: everything, or one name.

use std::io::Write;

use super::client::{Binder, names_of_chat_servers};
use super::error::QueryError;
use super::table;

const HEAD: [&str; 7] = ["NAME", "ADDRESS", "LEASE", "AGE", "GROUP", "STATE", "PROXY"];

pub(super) async fn list(binder: &Binder, output: &mut impl Write) -> Result<(), QueryError> {
    let mut rows = Vec::new();
    match binder.list().await? {
        Some(listed) => {
            if let Some(since) = listed.iter().find_map(|listed| listed.stale) {
                let since = table::duration(since);
                writeln!(
                    output,
                    "Stale: this binder has been cut off from etcd for {since}. It answers what it knew then."
                )?;
            }
            rows.extend(
                listed
                    .iter()
                    .map(|listed| table::row(&listed.name, &listed.endpoint, Some(listed))),
            );
        }
        None => {
            // It only answers questions about one name.
            for name in names_of_chat_servers() {
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

pub(super) async fn look_up(
    binder: &Binder,
    name: &str,
    output: &mut impl Write,
) -> Result<(), QueryError> {
    let endpoint = binder
        .lookup(name)
        .await?
        .ok_or_else(|| binder.unknown(name))?;
    let listed = binder.list().await?.unwrap_or_default();
    let mut rows: Vec<_> = listed
        .iter()
        .filter(|listed| listed.name == name)
        .map(|listed| table::row(name, &listed.endpoint, Some(listed)))
        .collect();
    if rows.is_empty() {
        rows.push(table::row(name, &endpoint, None));
    }
    table::write(output, HEAD, &rows)?;
    Ok(())
}
