//! From flags to a conversation, and from its end to the end of the program.

use std::future::Future;
use std::io::{self, Write as _};

use board::WireLog;
use chat_server::{Data, Keep};
use tokio_util::sync::CancellationToken;

use crate::embedded::{Embedded, Ports};
use crate::failure::Failure;
use crate::flags::Flags;
use crate::interactive::{self, Language, Text};
use crate::invocation::{Program, command};
use crate::network::{Arrivals, Binders, Chat, Dialect, Receiving};
use crate::plain::input::Lines;
use crate::plain::output::Output;
use crate::plain::{self, LONGEST_FAREWELL, Session};
use crate::terminal::{self, WireOutput};

/// Runs the client until the user leaves or `shutdown` ends.
pub async fn run(flags: Flags, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
    tokio::pin!(shutdown);
    let language = flags.language();
    let wire = WireOutput::default();
    let observers = match language {
        Some(_) => wire.log(flags.wire),
        None => WireLog::observers(flags.wire),
    };
    if let Some(disregarded) = flags.disregarded {
        say(&disregarded);
    }
    let embedded = if flags.embedded {
        let port = |named: Option<u16>, usual| named.unwrap_or(flags.ports.of(usual));
        let ports = Ports {
            binder: port(flags.embedded_binder_port, protocol::binder::PORT),
            chat_server: port(flags.embedded_chat_port, protocol::classic::PORT),
            accounts: port(flags.embedded_accounts_port, protocol::accounts::PORT),
        };
        let named = flags.embedded_data.as_deref();
        let data = Data::of_server(named, ports.chat_server, Keep::default())?;
        let is_kept = data != Data::Memory;
        let embedded = Embedded::start(ports, data, observers.clone()).await?;
        announce(&embedded, is_kept, language);
        Some(embedded)
    } else {
        None
    };
    let binders = match &embedded {
        Some(embedded) => Binders::from(embedded.binder()),
        None => Binders::from(flags.ports.binders(&flags.binder)).directly(flags.direct),
    };
    let dialect = if flags.accounts {
        Dialect::Accounts
    } else {
        Dialect::Classic
    };
    let chat = tokio::select! {
        found = Chat::find(dialect, binders, observers) => found.map(Some).map_err(Failure::from),
        // Nothing is left behind yet.
        () = &mut shutdown => Ok(None),
    };
    let outcome = match (chat, language) {
        (Ok(Some(chat)), Some(language)) => {
            let settings = interactive::Settings {
                user: flags.user.clone(),
                room: flags.room.clone(),
                language,
                color: flags.color,
                wire,
                hosts: embedded.is_some(),
            };
            let stop = interactive::ended_from_outside();
            interactive::converse(chat, settings, stop)
                .await
                .map_err(Failure::from)
        }
        (Ok(Some(chat)), None) => {
            let settings = plain::Settings {
                user: flags.user.clone(),
                room: flags.room.clone(),
                receiving: Receiving::Every(dialect.polls_every()),
            };
            converse(chat, settings, shutdown).await
        }
        (Ok(None), _) => Ok(()),
        (Err(failure), _) => Err(failure),
    };
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    outcome
}

fn announce(embedded: &Embedded, is_kept: bool, language: Option<Language>) {
    let (binder, chat_server) = (embedded.binder(), embedded.chat_server());
    let arguments = if binder.port == protocol::binder::PORT {
        String::new()
    } else {
        format!("--binder {binder}")
    };
    let join = command(Program::ChatClient, &arguments);
    let accounts = embedded.accounts();
    let board = &embedded.board();
    if let Some(language) = language {
        let text = Text::Embedded {
            binder,
            chat_server,
            accounts,
            board,
            join: &join,
        };
        let mut text = language.say(&text);
        if is_kept {
            text = format!("{text} {}", language.say(&Text::EmbeddedIsKept));
        }
        for line in text.lines() {
            say(&terminal::wrapped(line));
        }
        return;
    }
    let kept = if is_kept {
        ", and goes on the next time"
    } else {
        ""
    };
    say(&format_args!(
        "binder on {binder} and chat server on {chat_server} (accounts on {accounts}), all inside this \
         process; watch the calls at {board}; when this client leaves, the chat ends for everybody{kept}; \
         join from another terminal with `{join}`"
    ));
}

/// Says something on standard error, so that standard output has nothing but the conversation.
fn say(line: &dyn std::fmt::Display) {
    // A closed standard error is not a reason to stop.
    let _ = writeln!(io::stderr(), "{line}");
}

async fn converse(
    chat: (Chat, Arrivals),
    settings: plain::Settings,
    mut shutdown: impl Future<Output = ()> + Unpin,
) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let lines = Lines::of_standard_input()?;
    let session = Session::new(
        chat,
        lines,
        Output::on(io::stdout()),
        stop.clone(),
        settings,
    );
    // A task of its own, because writing to a terminal that is held (Ctrl-S) or to a full pipe blocks,
    // and must not block the signal that ends the program.
    let mut session = tokio::spawn(session.run());
    let ended = tokio::select! {
        ended = &mut session => ended,
        () = &mut shutdown => {
            stop.cancel();
            match tokio::time::timeout(LONGEST_FAREWELL, session).await {
                Ok(ended) => ended,
                Err(_) => return Ok(()),
            }
        }
    };
    Ok(ended.map_err(|_| Failure::Panicked)??)
}
