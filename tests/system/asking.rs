//! A table asked in every way: from Rust and from Python, of our server and of the original.

use crate::table::{Row, check};
use support::InProcess;
use support::{Caller, Language, Server};

/// Which dialect of the chat a table is about.
#[derive(Clone, Copy)]
pub(crate) enum Dialect {
    Classic,
    Accounts,
}

/// Checks the rows against our chat server, asked from Rust and from Python, each time a fresh one.
#[track_caller]
pub(crate) fn check_ours(dialect: Dialect, rows: Vec<Row>) {
    for asking in Language::ALL {
        let server = InProcess::chat();
        let address = match dialect {
            Dialect::Classic => &server.address,
            Dialect::Accounts => &server.accounts,
        };
        let seen_by = format!("our server, asked from {asking}");
        check(
            &rows,
            &mut caller(asking, address),
            Language::Rust,
            &seen_by,
        );
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
