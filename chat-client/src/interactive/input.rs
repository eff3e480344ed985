//! What the user types.

use super::commands;
use super::conversation::Conversation;
use super::parse::{Missing, Names, Request, Typed, parse, recipient};
use super::prompt::{Offer, Prompt};
use super::room::Room;
use super::tasks::{Content, Task};
use super::texts::Text;
use crate::terminal::{Answer, Echo, Next, Reply};

/// Answers in either language are understood, whatever the language of the questions.
const YES: [&str; 4] = ["s", "sim", "y", "yes"];
const NO: [&str; 4] = ["n", "não", "nao", "no"];

/// A line as an answer to a yes-or-no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Yes,
    No,
    Neither,
    /// Not an answer, but a new line.
    NewLine,
}

impl Choice {
    fn of(line: &str) -> Self {
        let answer = line.trim().to_lowercase();
        match answer.as_str() {
            "" => Self::Neither,
            answer if YES.contains(&answer) => Self::Yes,
            answer if NO.contains(&answer) => Self::No,
            _ => Self::NewLine,
        }
    }
}

impl Conversation {
    /// Handles a line. `None` when the user leaves.
    pub(super) fn on_line(&mut self, line: String, answers: Answer) -> Option<Reply> {
        if !self.is_expected(answers) {
            if answers != Answer::Secret {
                self.trouble(&Text::NotSent { message: &line });
            }
            let mut reply = self.reply(false, Echo::Stays);
            reply.remember = (answers == Answer::YesOrNo).then_some(line);
            return Some(reply);
        }
        if self.prompt.is_for_signing_in() && self.has_not_utf8(&line) {
            self.trouble(match self.prompt {
                Prompt::Name => &Text::NameNotUtf8,
                _ => &Text::PasswordNotUtf8,
            });
            return Some(self.reply(true, Echo::Stays));
        }
        let expected = std::mem::replace(&mut self.prompt, Prompt::Command);
        let was_asking = self.awaits_outcome();
        let mut echo = Echo::Stays;
        match expected {
            Prompt::Name => self.on_name(line.trim()),
            Prompt::Password { user, account } => self.on_password(user, account, &line),
            Prompt::PasswordAgain { identity, account } => {
                self.on_password_again(identity, account, &line);
            }
            Prompt::Command => return self.on_command(line, answers),
            Prompt::RoomToCreate | Prompt::RoomToEnter | Prompt::Message
                if line.trim().is_empty() => {}
            Prompt::RoomToCreate => self.enqueue(Task::Create(line.trim().to_owned())),
            Prompt::RoomToEnter => self.enqueue(Task::Enter {
                room: line.trim().to_owned(),
                create: false,
            }),
            Prompt::Message => self.prompt = Prompt::Recipient { text: line },
            Prompt::Recipient { text } => {
                let to = recipient(&line, self.others()).map(str::to_owned);
                let remember = match &to {
                    Some(to) => format!("@{to} {text}"),
                    None => as_send_command(&text),
                };
                echo = self.send_or_enqueue(match to {
                    Some(to) => Content::Private { to, text },
                    None => Content::Public(text),
                });
                // When it is not sent, its beginning alone is shown.
                return Some(Reply {
                    remember: Some(remember),
                    ..self.reply(was_asking, echo)
                });
            }
            Prompt::Meaning {
                line: before,
                meant,
            } => match Choice::of(&line) {
                Choice::Yes => return self.on_command(meant, Answer::Command),
                Choice::No => echo = self.send_or_enqueue(Content::Public(before)),
                Choice::Neither => self.aside(&Text::PutAside { line: &before }),
                Choice::NewLine => {
                    return self.on_command_after(&Text::PutAside { line: &before }, line, answers);
                }
            },
            Prompt::Offer(offer) => match Choice::of(&line) {
                Choice::Yes => {
                    let create = matches!(offer, Offer::Create(_));
                    let (Offer::Create(room) | Offer::Enter(room)) = offer;
                    self.enqueue(Task::Enter { room, create });
                }
                Choice::No | Choice::Neither => {}
                Choice::NewLine => return self.on_command(line, answers),
            },
        }
        Some(self.reply(was_asking, echo))
    }

    /// Ctrl-C cancels the question. `None` when that leaves the chat.
    pub(super) fn on_interrupt(&mut self, was_empty: bool) -> Option<Reply> {
        let after = match &self.prompt {
            Prompt::Name => {
                self.stop(None);
                return None;
            }
            Prompt::Password { .. } | Prompt::PasswordAgain { .. } => Prompt::Name,
            Prompt::Command if was_empty => {
                self.aside(&Text::HowToLeave);
                Prompt::Command
            }
            _ => Prompt::Command,
        };
        let mut reply = self.reply(true, Echo::Stays);
        if let Prompt::Recipient { text } = std::mem::replace(&mut self.prompt, after) {
            reply.remember = Some(as_send_command(&text));
        }
        Some(reply)
    }

    fn stop(&self, remember: Option<String>) {
        let reply = Reply {
            remember,
            next: Next::Stop,
            ..self.reply(true, Echo::Stays)
        };
        self.screen.reply(reply, self.question());
    }

    /// Cancels the question. A text that was to be sent is shown, because it is stored nowhere else.
    pub(super) fn drop_question(&mut self) {
        match std::mem::replace(&mut self.prompt, Prompt::Command) {
            Prompt::Recipient { text } => self.trouble(&Text::NotSent { message: &text }),
            Prompt::Meaning { line, .. } => self.aside(&Text::PutAside { line: &line }),
            _ => {}
        }
    }

    fn reply(&self, was_asking: bool, echo: Echo) -> Reply {
        let is_soon = echo == Echo::ReplacedSoon || (self.awaits_outcome() && !was_asking);
        let next = if self.is_checking_password() {
            Next::AskWhenSignedIn
        } else if is_soon {
            Next::AskSoon
        } else {
            Next::Ask
        };
        Reply {
            echo,
            remember: None,
            next,
        }
    }

    fn others(&self) -> &[String] {
        self.room.as_ref().map(Room::others).unwrap_or_default()
    }

    /// Whether there is a byte in it that is not UTF-8 and is shown as `\xe1`.
    fn has_not_utf8(&self, line: &str) -> bool {
        self.not_utf8.iter().any(|shown| line.contains(shown))
    }

    /// Handles a line as [`Self::on_command`] does, with an aside above its outcome. An own message
    /// takes the place of the typed line, above all that waits to be shown.
    fn on_command_after(
        &mut self,
        aside: &Text<'_>,
        line: String,
        answers: Answer,
    ) -> Option<Reply> {
        let before = self.screen.display().take();
        let mut reply = self.on_command(line, answers);
        let outcome = self.screen.display().take();
        let mut aside = self.rendering.aside(aside);
        let own = reply.as_mut().and_then(|reply| match &mut reply.echo {
            Echo::Replaced(own) => Some(own),
            _ => None,
        });
        let waiting = if let Some(own) = own {
            aside.push('\n');
            *own = aside + own;
            before + &outcome
        } else {
            before + &aside + "\n" + &outcome
        };
        if !waiting.is_empty() {
            self.screen.display().show(&waiting);
        }
        reply
    }

    /// Handles a line as a command or a message, whatever was asked.
    fn on_command(&mut self, line: String, answers: Answer) -> Option<Reply> {
        let was_asking = self.awaits_outcome();
        // What is typed at other questions is not remembered where it is read.
        let remember = (answers != Answer::Command).then(|| line.clone());
        let rooms = self.known.known_rooms();
        let names = Names {
            users: self.others(),
            rooms: &rooms,
        };
        let mut echo = Echo::Stays;
        match parse(&line, names) {
            Typed::Nothing => {}
            Typed::Request(Request::Exit) => {
                self.stop(remember);
                return None;
            }
            Typed::Request(request) => echo = self.run_request(request),
            Typed::Unfinished(missing) => self.ask_for(missing),
            Typed::Text(text) => echo = self.send_or_enqueue(Content::Public(text)),
            Typed::Nearly { line, meant } => self.prompt = Prompt::Meaning { line, meant },
            Typed::NoSuchCommand { word, nearest } => self.trouble(&Text::NoSuchCommand {
                word: &word,
                nearest: nearest.as_deref(),
            }),
            Typed::WrongArgument(command) => self.trouble(&Text::Usage(command)),
            Typed::NoText { to } => self.trouble(&Text::NoText { to: &to }),
            Typed::NoName => self.trouble(&Text::NoName),
        }
        Some(Reply {
            remember,
            ..self.reply(was_asking, echo)
        })
    }

    fn ask_for(&mut self, missing: Missing) {
        self.prompt = match missing {
            Missing::RoomToCreate => Prompt::RoomToCreate,
            Missing::RoomToEnter => Prompt::RoomToEnter,
            Missing::Message if self.room.is_none() && !self.is_changing_room() => {
                self.enqueue(Task::NeedRoom);
                return;
            }
            Missing::Message => Prompt::Message,
        };
    }

    fn run_request(&mut self, request: Request) -> Echo {
        let task = match request {
            Request::Say(text) => return self.send_or_enqueue(Content::Public(text)),
            Request::Whisper(addressed) => {
                return self.send_or_enqueue(Content::Addressed(addressed));
            }
            Request::Clear => return Echo::Cleared,
            Request::Help | Request::Exit => {
                self.show_help();
                return Echo::Stays;
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
        self.enqueue(task);
        Echo::Stays
    }

    /// Sends a message to the room in the prompt, or to the one that is being entered.
    fn send_or_enqueue(&mut self, content: Content) -> Echo {
        match &self.room {
            Some(room) if !self.is_changing_room() => {
                let room = room.name.clone();
                self.say(room, content)
                    .map_or(Echo::ReplacedSoon, Echo::Replaced)
            }
            _ => {
                self.enqueue(Task::Say(content));
                Echo::Stays
            }
        }
    }

    fn show_help(&self) {
        self.answer(&Text::HelpTitle);
        for command in commands::commands() {
            let (typed, help) = (Text::Typed(command), Text::Help(command));
            self.show(&self.rendering.help(&typed, &help));
        }
        self.answer(&Text::HelpMessages);
        self.answer(&Text::HelpMarks);
        self.answer(&Text::HelpKeys);
    }
}

/// The command that sends this text to the room.
fn as_send_command(text: &str) -> String {
    let at = if text.starts_with('@') { "@" } else { "" };
    format!("/send {at}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_yes_nor_no_is_a_new_line() {
        for (line, choice) in [
            ("s", Choice::Yes),
            (" Sim ", Choice::Yes),
            ("yes", Choice::Yes),
            ("N", Choice::No),
            ("NÃO", Choice::No),
            ("", Choice::Neither),
            ("  ", Choice::Neither),
            ("sim, claro", Choice::NewLine),
            ("no way", Choice::NewLine),
            ("/s", Choice::NewLine),
            ("@s oi", Choice::NewLine),
        ] {
            assert_eq!(Choice::of(line), choice, "{line:?}");
        }
    }

    #[test]
    fn a_text_that_was_not_sent_comes_back_as_the_command_that_sends_it() {
        let names = Names {
            users: &["bia".to_owned()],
            rooms: &[],
        };
        for text in ["oi", "@bia oi", "@@ oi", "/list", "send me the file"] {
            let typed = parse(&as_send_command(text), names);
            assert_eq!(typed, Typed::Request(Request::Say(text.to_owned())));
        }
    }
}
