//! Clients that talk, and clients while something dies.

use std::time::Duration;

use super::{REACTION, System};
use crate::chat::Profile;
use crate::client::{Program, last_lines, wait};
use crate::diagnosis;
use crate::requirement::{Outcome, Shortfall};
use crate::scene::name_part;
use crate::words::{Words, words};

/// How long is waited for a sign that a client has entered a room.
const ENTERING: Duration = Duration::from_secs(5);

/// How long a client may take to end.
const END: Duration = Duration::from_secs(45);

impl System<'_> {
    fn client(&self, user: &str) -> Result<Program, Shortfall> {
        let mut program = self.start_program(&self.commands.client)?;
        let mut lines = vec![user];
        if self.profile == Profile::Accounts {
            lines.push("senha");
        }
        program.type_lines(&lines);
        Ok(program)
    }

    /// A client in a room that it creates.
    fn client_in(&self, user: &str, room: &str) -> Result<Program, Shortfall> {
        let mut client = self.client(user)?;
        client.type_lines(&["create", room, "join", room]);
        // Some print the room, some its users. One that prints neither is in it soon all the same.
        let has_entered = || {
            let printed = client.printed();
            (printed.contains(room) || printed.contains(user)).then_some(())
        };
        let _ = wait(ENTERING, has_entered);
        Ok(client)
    }

    pub(super) fn clients_talk(&mut self) -> Outcome {
        let outcome = self.talk_in(&format!("sala-{}", name_part()));
        self.clients_have_talked = outcome.is_ok();
        outcome
    }

    /// Whether clients that have talked before still do.
    pub(super) fn clients_talk_again(&mut self) -> Outcome {
        self.needs_talk()?;
        self.talk_in(&format!("sala-{}", name_part()))
    }

    fn needs_talk(&self) -> Outcome {
        if self.clients_have_talked {
            return Ok(());
        }
        Err(Shortfall::Blocked(Words::new(
            "not checked: two clients do not read each other even while everything runs",
            "não verificado: dois clientes não leem um ao outro nem com tudo no ar",
        )))
    }

    fn talk_in(&self, room: &str) -> Outcome {
        let run = name_part();
        let text = format!("de-ana-{run}");
        let mut reader = self.client_in(&format!("bia-{run}"), room)?;
        let mut writer = self.client(&format!("ana-{run}"))?;
        writer.type_lines(&["join", room, "send", &text, ""]);
        let shown = wait(REACTION, || reader.printed().contains(&text).then_some(()));
        let outcome = if shown.is_some() {
            Ok(())
        } else {
            Err(came(
                "the message at the other client",
                "a mensagem no outro cliente",
                &reader,
            ))
        };
        let was_silent = reader.is_silent();
        for client in [&mut writer, &mut reader] {
            client.type_lines(&["exit"]);
            client.end_input();
        }
        for client in [&mut writer, &mut reader] {
            let _ = client.wait_for_end(END);
        }
        if !was_silent {
            return outcome;
        }
        outcome.map_err(|shortfall| {
            shortfall.because((!reader.is_silent()).then(diagnosis::unflushed))
        })
    }

    /// Kills a client in a room, then lets two others talk in the same room.
    pub(super) fn others_talk_on(&mut self) -> Outcome {
        self.needs_talk()?;
        let run = name_part();
        let room = format!("sala-{run}");
        self.client_in(&format!("duda-{run}"), &room)?.kill();
        self.talk_in(&room).map_err(|shortfall| {
            shortfall.provoked_by(words!(
                "a client was killed in {room}; then two others joined it, and one sent",
                "um cliente foi morto em {room}; depois outros dois entraram, e um enviou"
            ))
        })
    }

    /// Has a program killed while a client is in a room.
    pub(super) fn client_survives(&mut self, kill: impl FnOnce(&mut Self)) -> Outcome {
        let run = name_part();
        let mut client = self.client_in(&format!("caio-{run}"), &format!("sala-{run}"))?;
        let was_running = client.is_running();
        kill(self);
        if !was_running {
            let printed = last_lines(&client.printed());
            return Err(Shortfall::Blocked(words!(
                "not checked: the client had ended before anything was killed; it had printed: {printed}",
                "não verificado: o cliente terminou antes que algo fosse morto; tinha imprimido: {printed}"
            )));
        }
        client.type_lines(&["send", "alguém aí?", "", "exit"]);
        client.end_input();
        let has_ended = client.wait_for_end(END).is_some();
        if has_ended && !client.printed().contains("Traceback") {
            return Ok(());
        }
        let typed = client.typed();
        Err(came(
            "an end without a traceback",
            "um fim sem traceback",
            &client,
        )
        .provoked_by(words!(
            "the program was killed while the client was in a room, before it sent; typed: {typed}",
            "o programa foi morto com o cliente em uma sala, antes do envio; digitado: {typed}"
        )))
    }
}

/// A finding from what a client printed.
fn came(expected: &str, esperado: &str, client: &Program) -> Shortfall {
    let (printed, typed) = (client.printed(), client.typed());
    let shown = last_lines(&printed);
    Shortfall::failed(
        Words::new(expected, esperado),
        words!("it printed: {shown}", "imprimiu: {shown}"),
    )
    .provoked_by(words!("typed: {typed}", "digitado: {typed}"))
    .because(diagnosis::of_printed(&printed))
}
