//! Checks a binder, a chat server and a client together: started by their commands, used, killed, started
//! again.

mod clients;
mod ports;
mod registration;
mod required;
#[cfg(test)]
mod tests;

use std::time::Duration;

use protocol::endpoint::Endpoint;

use self::ports::{Listening, Port, is_reachable, wait_for_end_at, wait_for_port};
use self::registration::{look_up_server, refuse_own_place};
use self::required::{
    ALL, BINDER_DIES, BINDER_LEARNS, BINDER_RETURNS, CLIENT_DIES, REGISTERS, Required, SERVER_DIES,
    SERVER_RETURNS, TALK,
};
use crate::chat::Profile;
use crate::checks::requirements_of_chat;
use crate::client::{self, Command, Program, last_lines, wait};
use crate::peer::Peer;
use crate::report::{Report, Target};
use crate::requirement::{Checked, Outcome, Requirement, Shortfall};
use crate::run::{self, CannotCheck};
use crate::scene::Patience;
use crate::words::{Language, Words, words};

/// How long a program may take to start, to register, or to show a message.
const REACTION: Duration = Duration::from_secs(20);

/// The commands of the three programs.
#[derive(Clone, Debug)]
pub struct Commands {
    binder: Command,
    server: Command,
    client: Command,
}

impl Commands {
    /// The commands as they are typed in a shell.
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
    /// The same as in the binder's address.
    _binder_port: Port,
    server_port: Port,
    patience: Patience,
    profile: Profile,
    /// What the binder answered before there was a server: some have places built in.
    built_in: Option<Endpoint>,
    /// What listened before anything was started, such as a server that was left running.
    others: Listening,
    /// Where the server was found last.
    place: Option<Endpoint>,
    /// The names that it has registered.
    names: Vec<&'static str>,
    /// Whether two clients have read each other.
    clients_have_talked: bool,
    binder: Program,
    server: Program,
    /// Asks the binder.
    peer: Peer,
}

/// Checks all three, each by itself and together.
pub fn system(
    commands: &Commands,
    profile: Option<Profile>,
    patience: Patience,
    language: Language,
) -> Result<Report, CannotCheck> {
    let mut system = System::start(commands, profile, patience, language)?;
    let registers = system.registers(profile, language)?;
    let server = system.place.clone();
    let profile = system.profile;
    let mut checked = vec![registers];
    checked.extend(run::binder(&system.binder_address, profile, language)?.checked);
    checked.extend(match &server {
        Some(server) => run::server(server, Some(profile), patience, language)?.checked,
        None => blocked(requirements_of_chat(profile)),
    });
    checked.extend(system.together());
    let report = system.report(checked);
    // The client gets scripted servers, perhaps at the same ports.
    drop(system);
    let of_client = match profile {
        // They speak a dialect, and this client perhaps another one with its own server.
        Profile::Assignment => Vec::new(),
        Profile::Classic | Profile::Accounts => client::check(&commands.client, profile)?,
    };
    Ok(Report {
        checked: [report.checked, of_client].concat(),
        ..report
    })
}

/// Checks what is required of all three together, and nothing of each by itself.
pub fn together(
    commands: &Commands,
    profile: Option<Profile>,
    patience: Patience,
    language: Language,
) -> Result<Report, CannotCheck> {
    let mut system = System::start(commands, profile, patience, language)?;
    let mut checked = vec![system.registers(profile, language)?];
    checked.extend(system.together());
    Ok(system.report(checked))
}

/// What is required of all three together.
pub(crate) fn requirements() -> Vec<Requirement> {
    ALL.iter().map(|required| required.requirement()).collect()
}

/// Requirements that cannot be checked without a server.
fn blocked(requirements: Vec<Requirement>) -> Vec<Checked> {
    let blocked = |requirement| Checked {
        requirement,
        outcome: Err(Shortfall::Blocked(Words::new(
            "not checked: no server is registered in the binder",
            "não verificado: nenhum servidor está registrado no binder",
        ))),
        calls: Vec::new(),
    };
    requirements.into_iter().map(blocked).collect()
}

impl<'a> System<'a> {
    /// Starts the binder and the server.
    fn start(
        commands: &'a Commands,
        profile: Option<Profile>,
        patience: Patience,
        language: Language,
    ) -> Result<Self, CannotCheck> {
        let binder_port = Port::choose(
            commands.binder.has("{port}") || commands.binder.has("{binder}"),
            protocol::binder::PORT,
        )?;
        let binder_address = Endpoint {
            address: "localhost".to_owned(),
            port: binder_port.number,
        };
        let server_port = Port::choose(
            commands.server.has("{server_port}"),
            protocol::classic::PORT,
        )?;
        if is_reachable(&binder_address) {
            return Err(CannotCheck::PortTaken(binder_address));
        }
        // Before the binder, which may answer calls for the server.
        let others = Listening::now();
        let mut binder = Program::start(&commands.binder, &binder_address, server_port.number)?;
        if !wait_for_port(binder_address.port, &mut binder) {
            return Err(CannotCheck::Ended(last_lines(&binder.printed())));
        }
        let mut peer = run::reached(&binder_address, language)?;
        let built_in = look_up_server(&mut peer);
        refuse_own_place(&binder, built_in.as_ref())?;
        let server = Program::start(&commands.server, &binder_address, server_port.number)?;
        Ok(Self {
            commands,
            binder_address,
            _binder_port: binder_port,
            server_port,
            patience,
            profile: profile.unwrap_or(Profile::Assignment),
            built_in,
            others,
            place: None,
            names: Vec::new(),
            clients_have_talked: false,
            binder,
            server,
            peer,
        })
    }

    /// Checks that the server registers. Without a profile it is the one that its answers suggest.
    fn registers(
        &mut self,
        profile: Option<Profile>,
        language: Language,
    ) -> Result<Checked, CannotCheck> {
        let mut registers = self.check(&REGISTERS, Self::server_registers);
        // It is another server: only the programs named are checked.
        if let Some(place) = &self.place
            && self.others.still_has(place.port)
        {
            return Err(CannotCheck::ServerPortTaken(place.clone()));
        }
        refuse_own_place(&self.binder, self.place.as_ref())?;
        if let Some(place) = &self.place {
            let mut server = run::reached(place, language)?;
            if profile.is_none() {
                self.profile = run::guess(&mut server);
            }
            registers = self.check(&REGISTERS, |system| {
                system.procedures_are_registered(&mut server)
            });
        }
        Ok(registers)
    }

    /// Checks the rest.
    fn together(&mut self) -> Vec<Checked> {
        if self.place.is_none() {
            let others = ALL.iter().filter(|required| required.id != REGISTERS.id);
            return blocked(others.map(|required| required.requirement()).collect());
        }
        vec![
            self.check(&TALK, Self::clients_talk),
            self.check(&CLIENT_DIES, Self::others_talk_on),
            self.check(&BINDER_DIES, |system| {
                system.client_survives(|system| system.binder.kill())
            }),
            self.check(&BINDER_LEARNS, Self::binder_learns),
            self.check(&SERVER_DIES, |system| {
                system.client_survives(|system| system.server.kill())
            }),
            self.check(&SERVER_RETURNS, |system| {
                system.server_registers_again()?;
                system.clients_talk_again()
            }),
            self.check(&BINDER_RETURNS, Self::client_starts_after_the_binder),
        ]
    }

    fn check(&mut self, required: &Required, run: impl FnOnce(&mut Self) -> Outcome) -> Checked {
        let outcome = run(self);
        Checked {
            requirement: required.requirement(),
            outcome,
            calls: self.peer.take_recorded(),
        }
    }

    fn report(&self, checked: Vec<Checked>) -> Report {
        Report {
            target: Target::System,
            subject: format!(
                "{} · {} · {}",
                self.commands.binder, self.commands.server, self.commands.client
            ),
            profile: self.profile,
            checked,
        }
    }

    fn start_binder(&mut self) -> Outcome {
        wait_for_end_at(&self.binder_address);
        self.binder = self.start_program(&self.commands.binder)?;
        let _ = wait_for_port(self.binder_address.port, &mut self.binder);
        Ok(())
    }

    fn start_program(&self, command: &Command) -> Result<Program, Shortfall> {
        Program::start(command, &self.binder_address, self.server_port.number)
            .map_err(|error| Shortfall::Blocked(Words::same(error)))
    }

    /// Starts the binder again, and the server too where it does not register by itself.
    fn binder_learns(&mut self) -> Outcome {
        self.start_binder()?;
        let has_learned = || (look_up_server(&mut self.peer) == self.place).then_some(());
        if wait(self.patience.learning, has_learned).is_some() {
            // A client may look up any of them. Of names that do not return, the next clients show it.
            let _ = self.names_are_back(self.patience.learning);
            return Ok(());
        }
        let found = look_up_server(&mut self.peer);
        let former = self.place.clone();
        self.server_registers_again()?;
        match (found, former) {
            (Some(found), Some(place)) if Some(&found) != self.built_in.as_ref() => {
                Err(Shortfall::failed(
                    words!(
                        "{place}, where the server is",
                        "{place}, onde o servidor está"
                    ),
                    words!(
                        "the server registered {found}",
                        "o servidor registrou {found}"
                    ),
                )
                .provoked_by(Words::new(
                    "the binder was killed and started again",
                    "o binder foi morto e iniciado de novo",
                )))
            }
            _ => Err(Shortfall::NotOffered(Words::new(
                "the server registers at its start only: start it again after the binder",
                "o servidor só se registra ao iniciar: inicie-o de novo depois do binder",
            ))),
        }
    }

    fn server_registers_again(&mut self) -> Outcome {
        self.server.kill();
        if let Some(place) = &self.place {
            wait_for_end_at(place);
        }
        self.server = self.start_program(&self.commands.server)?;
        self.server_registers()?;
        let _ = self.names_are_back(REACTION);
        Ok(())
    }

    fn client_starts_after_the_binder(&mut self) -> Outcome {
        self.server.kill();
        self.binder.kill();
        self.start_binder()?;
        self.server_registers_again()?;
        self.clients_talk_again()
    }
}
