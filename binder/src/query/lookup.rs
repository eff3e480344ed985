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
    let listed = binder.listed(name).await?;
    let row = table::row(name, &endpoint, listed.as_ref());
    table::write(output, list::HEAD, &[row])?;
    Ok(())
}
