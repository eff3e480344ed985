//! A table asked in every way: from Rust and from Python, of our server and of the original.

use crate::table::{Row, check};
use support::{Caller, InProcess, Language, Server, dialect::Dialect};

/// Checks the rows against our chat server, asked by every implementation of a caller, each time a fresh one.
#[track_caller]
pub(crate) fn check_ours(dialect: Dialect, rows: Vec<Row>) {
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
        check(&rows, &mut open(address), Language::Rust, &seen_by);
    }
}

/// The same against the original.
#[track_caller]
pub(crate) fn check_original(dialect: Dialect, rows: Vec<Row>) {
    let binder = Server::binder(Language::Python);
    for asking in Language::ALL {
        let server = match dialect {
            Dialect::Classic => Server::chat(Language::Python, &binder.address),
            Dialect::Accounts => Server::accounts_chat(Language::Python, &binder.address),
        };
        let mut caller = caller(asking, &server.address);
        let seen_by = format!("the original, asked from {asking}");
        check(&rows, &mut caller, Language::Python, &seen_by);
    }
}

fn caller(asking: Language, address: &str) -> Caller {
    match asking {
        Language::Rust => Caller::rust(address),
        Language::Python => Caller::python(address),
    }
}
