//! Where one name lives.

use std::io::Write;

use super::{AskError, Binder, list, table};

pub(super) async fn ask(
    binder: &Binder,
    name: &str,
    output: &mut impl Write,
) -> Result<(), AskError> {
    let endpoint = binder
        .lookup(name)
        .await?
        .ok_or_else(|| AskError::Unknown {
            binder: binder.caller.server().to_owned(),
            name: name.to_owned(),
        })?;
    let listed = binder.list().await?.unwrap_or_default();
    let listed = listed.iter().find(|listed| listed.name == name);
    table::write(output, list::HEAD, &[table::row(name, &endpoint, listed)])?;
    Ok(())
}
