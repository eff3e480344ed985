//! What the user types.

use super::expecting::Expecting;
use super::work::{Outgoing, Task};
use super::{Conversation, Room};
use crate::commands::parse::recipient;
use crate::commands::{Command, Request, Typed, parse, table};
use crate::interactive::screen::{Answer, Next, Reply};
use crate::language::Text;
use crate::network::{Dialect, Identity};

/// What means yes and no, in either language: whoever has the other one on their fingers is not
/// misunderstood.
const YES: [&str; 4] = ["s", "sim", "y", "yes"];
const NO: [&str; 4] = ["n", "não", "nao", "no"];

impl Conversation {
    /// Begins with a name that the user gave before.
    pub(super) fn begin_as(&mut self, user: &str) {
        if self.chat.dialect() == Dialect::Classic {
            self.set_about(Task::SignIn(Identity::guest(user)));
        }
    }

    /// Hears a line. `None` when the user leaves.
    pub(super) fn hear(&mut self, line: String, answers: Answer) -> Option<Reply> {
        if answers == Answer::Command && self.expecting != Expecting::Command {
            // Typed before our name was lost, or the taking of it failed: it is no name.
            self.trouble(&Text::NotSent { message: &line });
            return Some(self.reply(false, None));
        }
        let expected = std::mem::replace(&mut self.expecting, Expecting::Command);
        let was_moving = self.is_moving();
        let instead = match expected {
            Expecting::Name => self.hear_name(line.trim()),
            Expecting::Password { user } => {
                self.set_about(Task::SignIn(Identity::account(&user, &line)));
                None
            }
            Expecting::Command => return self.hear_command(line),
            Expecting::Room(command) => self.hear_room(command, line.trim()),
            Expecting::Message => {
                if !line.trim().is_empty() {
                    self.expecting = Expecting::Recipient { text: line };
                }
                None
            }
            Expecting::Recipient { text } => {
                let to = recipient(&line, self.others()).map(str::to_owned);
                self.say_or_queue(text, to)
            }
            Expecting::Meaning {
                line: before,
                meant,
            } => {
                return self.hear_meaning(&line, before, meant);
            }
        };
        Some(self.reply(was_moving, instead))
    }

    /// Ctrl-C: what was asked is not asked any more.
    pub(super) fn forget_question(&mut self) -> Reply {
        self.expecting = match &self.expecting {
            Expecting::Name | Expecting::Password { .. } => Expecting::Name,
            _ => Expecting::Command,
        };
        let is_moving = self.is_moving();
        self.reply(is_moving, None)
    }

    /// Says how it goes on.
    fn reply(&self, was_moving: bool, instead: Option<String>) -> Reply {
        let next = if self.is_moving() && !was_moving {
            Next::AskSoon
        } else {
            Next::Ask
        };
        Reply { instead, next }
    }

    fn hear_name(&mut self, user: &str) -> Option<String> {
        if user.is_empty() {
            self.expecting = Expecting::Name;
            return None;
        }
        self.expecting = Expecting::after_name(user, self.chat.dialect());
        self.begin_as(user);
        None
    }

    fn hear_room(&mut self, command: Command, room: &str) -> Option<String> {
        if !room.is_empty() {
            let room = room.to_owned();
            self.set_about(match command {
                Command::Create => Task::Create(room),
                _ => Task::Enter {
                    room,
                    create: false,
                },
            });
        }
        None
    }

    fn hear_meaning(&mut self, answer: &str, line: String, meant: String) -> Option<Reply> {
        let answer = answer.trim().to_lowercase();
        if YES.contains(&answer.as_str()) {
            return self.hear_command(meant);
        }
        let was_moving = self.is_moving();
        let instead = if NO.contains(&answer.as_str()) {
            self.say_or_queue(line, None)
        } else {
            self.aside(&Text::Dropped);
            None
        };
        Some(self.reply(was_moving, instead))
    }

    /// The others in the room, if we are in one.
    fn others(&self) -> &[String] {
        self.room.as_ref().map(Room::others).unwrap_or_default()
    }

    fn hear_command(&mut self, line: String) -> Option<Reply> {
        let was_moving = self.is_moving();
        let instead = match parse(&line, self.others()) {
            Typed::Nothing => None,
            Typed::Request(Request::Exit) => {
                let (instead, next) = (None, Next::Stop);
                self.screen.reply(Reply { instead, next }, self.question());
                return None;
            }
            Typed::Request(request) => self.obey(request),
            Typed::Unfinished(command) => {
                self.ask_for_argument(command);
                None
            }
            Typed::Text(text) => self.say_or_queue(text, None),
            Typed::Nearly { line, meant } => {
                self.expecting = Expecting::Meaning { line, meant };
                None
            }
            Typed::NoSuchCommand { word, nearest } => {
                let nearest = nearest.as_deref();
                self.trouble(&Text::NoSuchCommand {
                    word: &word,
                    nearest,
                });
                None
            }
            Typed::WrongArgument(command) => {
                self.trouble(&Text::Usage(command));
                None
            }
            Typed::NoText { to } => {
                self.trouble(&Text::NoText { to: &to });
                None
            }
            Typed::NoName => {
                self.trouble(&Text::NoName);
                None
            }
        };
        Some(self.reply(was_moving, instead))
    }

    fn ask_for_argument(&mut self, command: Command) {
        self.expecting = match command {
            Command::Send if self.room.is_none() && !self.is_moving() => {
                self.trouble(&Text::NotInARoom);
                return;
            }
            Command::Send => Expecting::Message,
            _ => Expecting::Room(command),
        };
    }

    /// Obeys, and gives what to show in the place of what was typed.
    fn obey(&mut self, request: Request) -> Option<String> {
        let task = match request {
            Request::Say(text) => return self.say_or_queue(text, None),
            Request::Whisper { to, text } => return self.say_or_queue(text, Some(to)),
            Request::Help | Request::Exit => {
                self.show_help();
                return None;
            }
            Request::Create(room) => Task::Create(room),
            Request::Join(room) => Task::Enter {
                room,
                create: false,
            },
            Request::List => Task::List,
            Request::Users => Task::Users,
            Request::Leave => Task::Leave,
            Request::History(count) => Task::History { count },
        };
        self.set_about(task);
        None
    }

    /// Sends a message to the room that the prompt shows, or to the one that is just being entered.
    fn say_or_queue(&mut self, text: String, to: Option<String>) -> Option<String> {
        match &self.room {
            Some(room) if !self.is_moving() => {
                let room = room.name.clone();
                Some(self.say(Outgoing { room, text, to }))
            }
            _ => {
                self.set_about(Task::Say { text, to });
                None
            }
        }
    }

    fn show_help(&self) {
        self.answer(&Text::HelpTitle);
        for command in table::commands() {
            let typed = self.rendering.plain(&Text::Typed(command));
            let help = self.rendering.plain(&Text::Help(command));
            self.show(&format!("  {typed:<21} {help}"));
        }
        self.answer(&Text::HelpMessages);
        self.answer(&Text::HelpKeys);
    }
}
