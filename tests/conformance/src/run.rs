//! Runs the checks of a binder and of a chat server.

use std::sync::Arc;

use protocol::endpoint::Endpoint;
use rpc::CallError;
use thiserror::Error;
use tokio::runtime::Runtime;

use crate::chat::{Chat, NO_SUCH_METHOD, Profile, offers};
use crate::checks::{self, letter};
use crate::diagnosis;
use crate::peer::{Peer, Reply};
use crate::report::{Report, Target};
use crate::requirement::Checked;
use crate::scene::{Patience, Scene, name_part};
use crate::words::Language;

/// Why a program could not be checked.
#[derive(Debug, Error)]
pub enum CannotCheck {
    /// It does not answer.
    #[error("{address} does not answer: {reason}{advice}")]
    NoAnswer {
        /// Where it was looked for.
        address: Endpoint,
        /// What came in place of an answer.
        reason: Box<Reply>,
        /// The cause and what to change, if that is known.
        advice: String,
    },
    /// Something else listens at the port that the binder takes.
    #[error("{0} is taken: stop what listens there, or put {{port}} into the binder's command")]
    PortTaken(Endpoint),
    /// Something else listens where the server was registered.
    #[error(
        "{0} was taken before the server was started: stop what listens there, or put {{server_port}} into the server's command"
    )]
    ServerPortTaken(Endpoint),
    /// The binder answers a place of its own for the server's.
    #[error(
        "{0}, where the binder says that the chat server is, is a port of the binder itself, such as that of a proxy: put a binder without --proxy into the binder's command"
    )]
    BehindProxy(Endpoint),
    /// The binder ended when it was started.
    #[error("the binder ended; it printed: {0}")]
    Ended(String),
    /// It cannot be called at all.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The system gives no threads or no processes.
    #[error("cannot start")]
    System(#[from] std::io::Error),
}

/// The runtime of the callers.
fn runtime() -> std::io::Result<Arc<Runtime>> {
    Ok(Arc::new(
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?,
    ))
}

/// A peer that answers.
pub(crate) fn reached(address: &Endpoint, language: Language) -> Result<Peer, CannotCheck> {
    let mut peer = Peer::new(address, &runtime()?)?;
    match peer.call(NO_SUCH_METHOD, &[]) {
        reason @ (Reply::Unreachable(_)
        | Reply::TimedOut
        | Reply::NotHttp(_)
        | Reply::NotXmlRpc(_)) => {
            let known = match &reason {
                Reply::Unreachable(_) => diagnosis::of_unreachable(address),
                other => diagnosis::of_reply(other),
            };
            let advice = known.map_or_else(String::new, |known| {
                format!(
                    "; {}: {}",
                    known.cause.of(language),
                    known.change.of(language)
                )
            });
            Err(CannotCheck::NoAnswer {
                address: address.clone(),
                reason: Box::new(reason),
                advice,
            })
        }
        _ => {
            peer.take_recorded();
            Ok(peer)
        }
    }
}

/// Checks a binder.
pub fn binder(
    address: &Endpoint,
    profile: Profile,
    language: Language,
) -> Result<Report, CannotCheck> {
    let mut peer = reached(address, language)?;
    let run = name_part();
    let mut checked = Vec::new();
    for check in checks::binder::CHECKS {
        let outcome = (check.run)(&mut peer, &run);
        checked.push(Checked {
            requirement: check.requirement(),
            outcome,
            calls: peer.take_recorded(),
        });
    }
    checks::binder::clean_up(&mut peer, &run);
    if profile != Profile::Assignment {
        checked.extend(letter::of_binder(&mut peer, &run, &[]));
    }
    Ok(Report {
        target: Target::Binder,
        subject: format!("binder {address}"),
        profile,
        checked,
    })
}

/// Checks a chat server. Without a profile it is the one that the server's answers suggest.
pub fn server(
    address: &Endpoint,
    profile: Option<Profile>,
    patience: Patience,
    language: Language,
) -> Result<Report, CannotCheck> {
    let mut peer = reached(address, language)?;
    let profile = profile.unwrap_or_else(|| guess(&mut peer));
    let mut scene = Scene::new(Chat::of(peer, profile), profile, patience);
    // The tables first: some rows are about a server without rooms. What they find comes last, because the
    // other checks are about what the tables rest on.
    let to_the_letter = letter::of_chat(&mut scene, &[]);
    scene.clean_up();
    let mut checked = Vec::new();
    for check in checks::of_chat() {
        let outcome = (check.run)(&mut scene);
        checked.push(Checked {
            requirement: check.requirement(),
            outcome,
            calls: scene.chat.peer.take_recorded(),
        });
        scene.clean_up();
    }
    checked.extend(to_the_letter);
    Ok(Report {
        target: Target::Server,
        subject: format!("server {address}"),
        profile,
        checked,
    })
}

/// Checks a binder or a chat server against the tables of a protocol only, without those `left_out`.
pub fn to_the_letter(
    target: Target,
    address: &Endpoint,
    profile: Profile,
    left_out: &[&str],
    language: Language,
) -> Result<Report, CannotCheck> {
    let mut peer = reached(address, language)?;
    let checked = if target == Target::Binder {
        letter::of_binder(&mut peer, &name_part(), left_out)
    } else {
        let mut scene = Scene::new(Chat::of(peer, profile), profile, Patience::default());
        letter::of_chat(&mut scene, left_out)
    };
    Ok(Report {
        target,
        subject: address.to_string(),
        profile,
        checked,
    })
}

/// The protocol that a server speaks, by the methods that only one of them has. Everything else is judged by
/// the sheet.
pub(crate) fn guess(peer: &mut Peer) -> Profile {
    let unknown = peer.call(NO_SUCH_METHOD, &[]);
    let profile =
        if offers(peer, "is_user_in_room", &unknown) && offers(peer, "login_user", &unknown) {
            Profile::Accounts
        } else if offers(peer, "receive_new_messages", &unknown)
            && offers(peer, "unregister_user", &unknown)
        {
            Profile::Classic
        } else {
            Profile::Assignment
        };
    peer.take_recorded();
    profile
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_program_that_does_not_speak_http_has_not_died() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"hello there\r\n");
            }
        });
        let refused = reached(&address, Language::En).err().unwrap().to_string();
        assert!(refused.contains("not in HTTP"), "{refused}");
    }
}
