//! Checks a binder, a chat server and a client together: started by their commands, used, killed, started
//! again.

mod required;

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use protocol::endpoint::Endpoint;
use serde_json::json;

use self::required::{
    BINDER_DIES, BINDER_LEARNS, BINDER_RETURNS, CLIENT_DIES, REGISTERS, Required, SERVER_DIES,
    SERVER_RETURNS, TALK,
};
use crate::chat::Profile;
use crate::checks::binder::endpoint;
use crate::client::{Command, Program, wait};
use crate::peer::Peer;
use crate::report::{Report, Target};
use crate::requirement::{Checked, Outcome, Requirement, Shortfall};
use crate::run::{self, CannotCheck};
use crate::scene::{Patience, failed};
use crate::words::{Language, Words, words};

/// How long a program may take to start, to register, or to show a message.
const REACTION: Duration = Duration::from_secs(20);

/// How long a server may take to register again in a binder that has forgotten it: a lease of ours is renewed
/// every 10 s.
const LEARNING: Duration = Duration::from_secs(15);

/// How long is waited for a sign that a client has entered a room.
const ENTERING: Duration = Duration::from_secs(5);

/// How long a client may take to end.
const END: Duration = Duration::from_secs(45);

/// The commands of the three programs.
#[derive(Clone, Debug)]
pub struct Commands {
    binder: Command,
    server: Command,
    client: Command,
}

impl Commands {
    /// The commands as they are typed in a shell, without quotes.
    pub fn new(binder: &str, server: &str, client: &str) -> Self {
        let command = |line: &str| Command::new(&[line.to_owned()]);
        Self {
            binder: command(binder),
            server: command(server),
            client: command(client),
        }
    }
}

/// The programs while they run.
struct System<'a> {
    commands: &'a Commands,
    binder_address: Endpoint,
    server_port: u16,
    /// Where the server was found last.
    place: Option<Endpoint>,
    binder: Program,
    server: Program,
    /// Asks the binder.
    peer: Peer,
}

/// The names under which a chat server is looked up: dialect classic's, then dialect accounts'.
const SERVER_NAMES: [&str; 2] = ["create_room", protocol::accounts::SERVICE];

/// Checks all three, each by itself and together.
pub fn system(
    commands: &Commands,
    profile: Option<Profile>,
    patience: Patience,
    language: Language,
) -> Result<Report, CannotCheck> {
    check(commands, profile, Some(patience), language)
}

/// Checks what is required of all three together, and nothing of each by itself.
pub fn together(
    commands: &Commands,
    profile: Option<Profile>,
    language: Language,
) -> Result<Report, CannotCheck> {
    check(commands, profile, None, language)
}

/// With `patience` binder and server are also checked by themselves.
fn check(
    commands: &Commands,
    profile: Option<Profile>,
    patience: Option<Patience>,
    language: Language,
) -> Result<Report, CannotCheck> {
    let binder_address = Endpoint {
        address: "localhost".to_owned(),
        port: port_for(
            commands.binder.has("{port}") || commands.binder.has("{binder}"),
            protocol::binder::PORT,
        )?,
    };
    let server_port = port_for(
        commands.server.has("{server_port}"),
        protocol::classic::PORT,
    )?;
    let binder = Program::start(&commands.binder, &binder_address, server_port)?;
    wait_for_port(binder_address.port);
    let peer = run::reached(&binder_address, language)?;
    let server = Program::start(&commands.server, &binder_address, server_port)?;
    let mut system = System {
        commands,
        binder_address,
        server_port,
        place: None,
        binder,
        server,
        peer,
    };
    let mut checked = vec![system.check(&REGISTERS, System::server_registers)];
    let Some(server) = system.server_address() else {
        return Ok(system.report(profile, checked));
    };
    let profile = match profile {
        Some(profile) => profile,
        None => run::guess(&mut run::reached(&server, language)?),
    };
    if let Some(patience) = patience {
        checked.extend(run::binder(&system.binder_address, profile, language)?.checked);
        checked.extend(run::server(&server, Some(profile), patience, language)?.checked);
    }
    let profile = Some(profile);
    checked.push(system.check(&TALK, |system| system.clients_talk(profile)));
    checked.push(system.check(&CLIENT_DIES, |system| system.others_talk_on(profile)));
    checked.push(system.check(&BINDER_DIES, |system| {
        system.client_survives(profile, |system| system.binder.kill())
    }));
    checked.push(system.check(&BINDER_LEARNS, System::binder_learns));
    checked.push(system.check(&SERVER_DIES, |system| {
        system.client_survives(profile, |system| system.server.kill())
    }));
    checked.push(system.check(&SERVER_RETURNS, |system| {
        system.server_registers_again()?;
        system.clients_talk(profile)
    }));
    checked.push(system.check(&BINDER_RETURNS, |system| {
        system.client_starts_after_the_binder(profile)
    }));
    Ok(system.report(profile, checked))
}

/// A port for a program that can be given one, and the well-known one for another.
fn port_for(is_free_choice: bool, well_known: u16) -> io::Result<u16> {
    if !is_free_choice {
        return Ok(well_known);
    }
    TcpListener::bind("127.0.0.1:0")?
        .local_addr()
        .map(|address| address.port())
}

/// Waits until something listens. That nothing does is found by the first call.
fn wait_for_port(port: u16) {
    let _ = wait(REACTION, || {
        std::net::TcpStream::connect(("localhost", port)).ok()
    });
}

impl System<'_> {
    fn check(&mut self, required: &Required, run: impl FnOnce(&mut Self) -> Outcome) -> Checked {
        let outcome = run(self);
        Checked {
            requirement: Requirement::new(
                required.id,
                required.group,
                required.sentence,
                required.why,
            ),
            outcome,
            calls: self.peer.take_recorded(),
        }
    }

    fn report(&self, profile: Option<Profile>, checked: Vec<Checked>) -> Report {
        Report {
            target: Target::System,
            subject: format!(
                "{} · {} · {}",
                self.commands.binder, self.commands.server, self.commands.client
            ),
            profile: profile.unwrap_or(Profile::Assignment),
            checked,
        }
    }

    /// Where the binder says that the server is.
    fn server_address(&mut self) -> Option<Endpoint> {
        SERVER_NAMES
            .iter()
            .find_map(|name| endpoint(&self.peer.call("lookup_procedure", &[json!(name)])))
    }

    fn server_registers(&mut self) -> Outcome {
        let found = wait(REACTION, || {
            let address = self.server_address()?;
            std::net::TcpStream::connect((address.address.as_str(), address.port)).ok()?;
            Some(address)
        });
        if found.is_some() {
            self.place = found;
            return Ok(());
        }
        let reply = self.peer.call("lookup_procedure", &[json!("create_room")]);
        let printed = self.server.printed();
        Err(failed(
            Words::new(
                "[address, port] of a server that answers",
                "[endereço, porta] de um servidor que responde",
            ),
            &reply,
        )
        .provoked_by(words!(
            "the server printed: {printed}",
            "o servidor imprimiu: {printed}"
        )))
    }

    fn client(&self, user: &str, profile: Option<Profile>) -> Result<Program, Shortfall> {
        let mut program = Program::start(
            &self.commands.client,
            &self.binder_address,
            self.server_port,
        )
        .map_err(|error| Shortfall::Blocked(Words::same(error)))?;
        let mut lines = vec![user];
        if profile == Some(Profile::Accounts) {
            lines.push("senha");
        }
        program.type_lines(&lines);
        Ok(program)
    }

    fn clients_talk(&mut self, profile: Option<Profile>) -> Outcome {
        let room = format!("sala-{:06x}", fastrand::u32(..) & 0xff_ffff);
        self.talk_in(&room, profile)
    }

    fn talk_in(&mut self, room: &str, profile: Option<Profile>) -> Outcome {
        let run = format!("{:06x}", fastrand::u32(..) & 0xff_ffff);
        let text = format!("de-ana-{run}");
        let name = format!("bia-{run}");
        let mut reader = self.client(&name, profile)?;
        reader.type_lines(&["create", room, "join", room]);
        // Some print the room, some its users. One that prints neither is in it soon all the same.
        let has_entered = || {
            let printed = reader.printed();
            (printed.contains(room) || printed.contains(&name)).then_some(())
        };
        let _ = wait(ENTERING, has_entered);
        let mut writer = self.client(&format!("ana-{run}"), profile)?;
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
        for client in [&mut writer, &mut reader] {
            client.type_lines(&["exit"]);
            client.end_input();
            let _ = client.wait_for_end(END);
        }
        outcome
    }

    /// Kills a client in a room, then lets two others talk in the same room.
    fn others_talk_on(&mut self, profile: Option<Profile>) -> Outcome {
        let run = format!("{:06x}", fastrand::u32(..) & 0xff_ffff);
        let room = format!("sala-{run}");
        let mut client = self.client(&format!("duda-{run}"), profile)?;
        client.type_lines(&["create", &room, "join", &room]);
        let _ = wait(REACTION, || client.printed().contains(&room).then_some(()));
        client.kill();
        self.talk_in(&room, profile).map_err(|shortfall| {
            shortfall.provoked_by(words!(
                "a client was killed in {room}; then two others joined it, and one sent",
                "um cliente foi morto em {room}; depois outros dois entraram, e um enviou"
            ))
        })
    }

    /// Has a program killed while a client is in a room.
    fn client_survives(
        &mut self,
        profile: Option<Profile>,
        kill: impl FnOnce(&mut Self),
    ) -> Outcome {
        let run = format!("{:06x}", fastrand::u32(..) & 0xff_ffff);
        let room = format!("sala-{run}");
        let mut client = self.client(&format!("caio-{run}"), profile)?;
        client.type_lines(&["create", &room, "join", &room]);
        let _ = wait(REACTION, || client.printed().contains(&room).then_some(()));
        kill(self);
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

    /// Starts the binder again, and the server too where it does not register by itself.
    fn binder_learns(&mut self) -> Outcome {
        self.binder = Program::start(
            &self.commands.binder,
            &self.binder_address,
            self.server_port,
        )
        .map_err(|error| Shortfall::Blocked(Words::same(error)))?;
        wait_for_port(self.binder_address.port);
        // Binders have places built in, which are no news.
        let has_learned = || (self.server_address() == self.place).then_some(());
        if wait(LEARNING, has_learned).is_some() {
            return Ok(());
        }
        self.server_registers_again()?;
        Err(Shortfall::NotOffered(Words::new(
            "the server registers at its start only: start it again after the binder",
            "o servidor só se registra ao iniciar: inicie-o de novo depois do binder",
        )))
    }

    fn start_server(&mut self) -> Outcome {
        self.server = Program::start(
            &self.commands.server,
            &self.binder_address,
            self.server_port,
        )
        .map_err(|error| Shortfall::Blocked(Words::same(error)))?;
        Ok(())
    }

    fn server_registers_again(&mut self) -> Outcome {
        self.server.kill();
        self.start_server()?;
        self.server_registers()
    }

    fn client_starts_after_the_binder(&mut self, profile: Option<Profile>) -> Outcome {
        self.server.kill();
        self.binder.kill();
        self.binder = Program::start(
            &self.commands.binder,
            &self.binder_address,
            self.server_port,
        )
        .map_err(|error| Shortfall::Blocked(Words::same(error)))?;
        wait_for_port(self.binder_address.port);
        self.start_server()?;
        self.server_registers()?;
        self.clients_talk(profile)
    }
}

/// A finding from what a client printed.
fn came(expected: &str, esperado: &str, client: &Program) -> Shortfall {
    let (printed, typed) = (client.printed(), client.typed());
    let came = printed.lines().rev().take(4).collect::<Vec<_>>();
    let came = came.into_iter().rev().collect::<Vec<_>>().join(" / ");
    Shortfall::failed(
        Words::new(expected, esperado),
        words!("it printed: {came}", "imprimiu: {came}"),
    )
    .provoked_by(words!("typed: {typed}", "digitado: {typed}"))
}
