//! A table asked in every way: from Rust and from Python, of our server and of the original.

use std::fmt::Write as _;

use contract::Row;
use serde_json::Value as Json;
use support::{Caller, InProcess, Language, Server, dialect::Dialect};

/// Makes the calls of all rows in turn against a server in the language `server`.
///
/// # Panics
/// With every row that was answered otherwise; `seen_by` names the caller and the server.
#[track_caller]
pub(crate) fn check(rows: &[Row], caller: &mut Caller, server: Language, seen_by: &str) {
    let mut wrong = String::new();
    for row in rows {
        let seen = caller.call(&row.method, &row.parameters);
        if let Some(expected) = row.difference(&seen, server.faults()) {
            let [name, _] = &row.name;
            let _ = write!(
                wrong,
                "\n  {name}\n    {}{}\n    expected: {expected:?}\n    answered: {seen:?}",
                row.method,
                Json::Array(row.parameters.clone()),
            );
        }
    }
    assert!(wrong.is_empty(), "{seen_by}:{wrong}");
}

/// Checks the rows against our chat server, asked by every implementation of a caller, each time a fresh one.
#[track_caller]
pub(crate) fn check_ours(dialect: Dialect, rows: &[Row]) {
    type Open = fn(&str) -> Caller;
    let callers: [(&str, Open); 3] = [
        ("Rust", Caller::rust),
        ("dxr_client", Caller::dxr),
        ("Python", Caller::python),
    ];
    for (name, open) in callers {
        let server = InProcess::chat();
        let address = match dialect {
            Dialect::Classic => &server.address,
            Dialect::Accounts => &server.accounts,
        };
        let seen_by = format!("our server, asked from {name}");
        check(rows, &mut open(address), Language::Rust, &seen_by);
    }
}

/// The same against the original.
#[track_caller]
pub(crate) fn check_original(dialect: Dialect, rows: &[Row]) {
    let binder = Server::binder(Language::Python);
    for asking in Language::ALL {
        let server = match dialect {
            Dialect::Classic => Server::chat(Language::Python, &binder.address),
            Dialect::Accounts => Server::accounts_chat(Language::Python, &binder.address),
        };
        let mut caller = caller(asking, &server.address);
        let seen_by = format!("the original, asked from {asking}");
        check(rows, &mut caller, Language::Python, &seen_by);
    }
}

fn caller(asking: Language, address: &str) -> Caller {
    match asking {
        Language::Rust => Caller::rust(address),
        Language::Python => Caller::python(address),
    }
}
