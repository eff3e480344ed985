//! Where one name lives.

use std::io::Write;

use super::client::Binder;
use super::error::QueryError;
use super::{list, table};

pub(super) async fn ask(
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
    table::write(output, list::HEAD, &rows)?;
    Ok(())
}
