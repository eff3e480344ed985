//! From flags to a conversation, and from its end to the end of the program.

use std::future::Future;
use std::io::{self, Write as _};
use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::Observers;
use tokio::sync::watch;

use crate::embedded::{Embedded, Ports};
use crate::failure::Failure;
use crate::flags::Flags;
use crate::network::discovery;
use crate::screen::input::Lines;
use crate::screen::output::Screen;
use crate::session::{self, LONGEST_FAREWELL, Session};

/// How often a room is polled: as often as the original client does it.
const POLL_EVERY: Duration = Duration::from_secs(2);

/// Runs the client until the user leaves or `shutdown` ends.
///
/// # Errors
/// When there is nobody to talk to, or the conversation cannot go on.
pub async fn run(flags: Flags, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
    tokio::pin!(shutdown);
    let observers = Observers::wire_log(flags.wire);
    let embedded = if flags.embedded {
        let ports = Ports {
            binder: flags.embedded_binder_port,
            chat_server: flags.embedded_chat_port,
        };
        let embedded = Embedded::start(ports, observers.clone()).await?;
        announce(&embedded);
        Some(embedded)
    } else {
        None
    };
    let binder = embedded.as_ref().map_or(&flags.binder, Embedded::binder);
    let settings = session::Settings {
        user: flags.user.clone(),
        room: flags.room.clone(),
        poll_every: POLL_EVERY,
    };
    let outcome = converse(binder, observers, settings, shutdown).await;
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    outcome
}

/// Says where the embedded servers are: on standard error, so that standard output has nothing but
/// the conversation.
fn announce(embedded: &Embedded) {
    let (binder, chat_server) = (embedded.binder(), embedded.chat_server());
    let join = if binder.port == protocol::binder::PORT {
        "chat-client".to_owned()
    } else {
        format!("chat-client --binder {binder}")
    };
    // That nobody reads it is no reason to stop.
    let _ = writeln!(
        io::stderr(),
        "binder on {binder} and chat server on {chat_server}, both inside this process; \
         join from another terminal with `{join}`"
    );
}

async fn converse(
    binder: &Endpoint,
    observers: Observers,
    settings: session::Settings,
    mut shutdown: impl Future<Output = ()> + Unpin,
) -> Result<(), Failure> {
    let server = tokio::select! {
        found = discovery::find(binder, observers) => found?,
        // Nothing is left behind yet.
        () = &mut shutdown => return Ok(()),
    };
    let (tell, told) = watch::channel(false);
    let lines = Lines::of_standard_input()?;
    let session = Session::new(server, lines, Screen::on(io::stdout()), told, settings);
    // A task of its own, because writing to a terminal that is held (Ctrl-S) or to a pipe that nobody
    // reads blocks, and must not block the signal that ends the program.
    let mut session = tokio::spawn(session.run());
    let ended = tokio::select! {
        ended = &mut session => ended,
        () = &mut shutdown => {
            // It may have ended by itself in this moment.
            let _ = tell.send(true);
            match tokio::time::timeout(LONGEST_FAREWELL, session).await {
                Ok(ended) => ended,
                Err(_) => return Ok(()),
            }
        }
    };
    Ok(ended.map_err(|_| Failure::Panicked)??)
}
