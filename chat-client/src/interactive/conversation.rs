//! The conversation of one user: typed lines become calls, events become text.
//!
//! One event loop, which never waits for a server: calls are made by tasks, and their results are further
//! events.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::completion::{Known, complete_answer};
use super::language::Language;
use super::other_rooms::OtherRooms;
use super::own_messages::OwnMessages;
use super::prompt::{Prompt, prompt_without_room};
use super::rendering::{Rendering, beginning};
use super::room::Room;
use super::signals::Continued;
use super::tasks::{Done, PendingMessage, Task};
use super::texts::Text;
use crate::network::{Arrivals, Chat, Message};
use crate::state_files::history_path;
use crate::terminal::{
    ColorChoice, Input, Next, Palette, Question, Screen, ScreenError, WireOutput,
};

/// How often the users of the room are polled. The protocol has no events for joining and leaving, and
/// this call costs a server next to nothing. It also detects a server that accepts calls without
/// answering, long before a wait for messages times out.
const CHECK_USERS_EVERY: Duration = Duration::from_secs(3);

/// How long leaving waits for messages in flight, and then for signing out.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Settings {
    pub user: Option<String>,
    /// The room to be in from the beginning; it is created if need be.
    pub room: Option<String>,
    pub language: Language,
    pub color: ColorChoice,
    /// Where the wire log is written, if there is one.
    pub wire: WireOutput,
    /// Whether the chat runs in this process and ends with it.
    pub hosts: bool,
}

#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) chat: Chat,
    pub(super) arrivals: Arrivals,
    pub(super) screen: Screen,
    pub(super) rendering: Rendering,
    pub(super) known: Known,
    pub(super) prompt: Prompt,
    /// The room we are in, as the user sees it.
    pub(super) room: Option<Room>,
    pub(super) first_room: Option<String>,
    /// The last message that was seen of each room that is not listened to.
    pub(super) last_seen: HashMap<String, Message>,
    pub(super) own_messages: OwnMessages,
    pub(super) other_rooms: OtherRooms,
    /// Tasks run one at a time; `is_busy` while the first is running.
    pub(super) queue: VecDeque<Task>,
    pub(super) is_busy: bool,
    /// Messages in flight, which nothing else waits for.
    pub(super) outgoing: VecDeque<PendingMessage>,
    pub(super) is_sending: bool,
    pub(super) is_checking_users: bool,
    pub(super) is_server_silent: bool,
    /// The bytes that are not UTF-8 and were typed, as they appear in lines: `\xe1`.
    pub(super) not_utf8: BTreeSet<String>,
    is_encoding_said: bool,
    pub(super) work: JoinSet<Done>,
    /// Until when arriving messages count as missed, if nothing has come yet.
    pub(super) missed_until: Option<Instant>,
}

/// Converses until the user leaves or `stop` ends. The terminal is then restored.
pub async fn converse(
    (chat, arrivals): (Chat, Arrivals),
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), ScreenError> {
    let known = Known::default();
    let palette = Palette::chosen(settings.color);
    let rendering = Rendering::new(settings.language, palette);
    let prompt = match &settings.user {
        Some(user) => Prompt::after_name(user, chat.dialect()),
        None => Prompt::Name,
    };
    let first = prompt.question(&rendering, None);
    let next = if prompt == Prompt::Name {
        Next::Ask
    } else {
        // As soon as the name is taken and perhaps the room entered, or it is known whether the account
        // is new.
        Next::AskSoon
    };
    let complete = Box::new({
        let known = known.clone();
        move |answer, typed: &str| complete_answer(answer, typed, &known)
    });
    let screen = Screen::open((first, next), complete, palette, history_path())?;
    settings.wire.show_on(Some(screen.display()));
    let mut conversation = Conversation {
        chat,
        arrivals,
        screen,
        rendering,
        known,
        prompt,
        room: None,
        first_room: settings.room,
        last_seen: HashMap::new(),
        own_messages: OwnMessages::default(),
        other_rooms: OtherRooms::default(),
        queue: VecDeque::new(),
        is_busy: false,
        outgoing: VecDeque::new(),
        is_sending: false,
        is_checking_users: false,
        is_server_silent: false,
        not_utf8: BTreeSet::new(),
        is_encoding_said: false,
        work: JoinSet::new(),
        missed_until: None,
    };
    if let Some(user) = settings.user {
        conversation.begin_as(&user);
    }
    conversation.run(stop).await;
    conversation.leave(settings.hosts).await;
    settings.wire.show_on(None);
    Ok(())
}

impl Conversation {
    /// Runs until the user leaves or `stop` ends.
    async fn run(&mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut continued = Continued::listen();
        let mut looks = interval(CHECK_USERS_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stop => return,
                input = self.screen.next_input() => match input {
                    Input::Line { line, answers } => {
                        let Some(reply) = self.on_line(line, answers) else { return };
                        self.screen.reply(reply, self.question());
                    }
                    Input::Interrupted { was_empty } => {
                        let Some(reply) = self.on_interrupt(was_empty) else { return };
                        self.screen.reply(reply, self.question());
                    }
                    Input::NotUtf8(byte) => {
                        let shown = byte.escape_ascii().to_string();
                        // Names and passwords with such bytes are refused when they are entered.
                        if !self.is_encoding_said && !self.prompt.is_for_signing_in() {
                            self.is_encoding_said = true;
                            self.aside(&Text::NotUtf8 { shown: &shown });
                        }
                        self.not_utf8.insert(shown);
                    }
                    Input::End => return,
                },
                event = self.arrivals.next() => self.show_event(event),
                Some(done) = self.work.join_next() => self.finish(done),
                () = self.known.rooms_wanted() => self.refresh_rooms(),
                () = continued.next() => self.screen.resume_after_stop(),
                (room, message) = self.other_rooms.next() => self.count_elsewhere(&room, &message),
                _ = looks.tick() => {
                    self.check_users();
                    self.show_news();
                }
            }
        }
    }

    async fn leave(mut self, hosts: bool) {
        self.screen.stop_reading();
        let deadline = Instant::now() + FAREWELL;
        while self.is_busy || self.is_sending {
            match tokio::time::timeout_at(deadline, self.work.join_next()).await {
                Ok(Some(done)) => self.finish(done),
                Ok(None) | Err(_) => break,
            }
        }
        self.work.abort_all();
        for PendingMessage { content, .. } in std::mem::take(&mut self.outgoing) {
            let message = &beginning(&content.words());
            self.trouble(&Text::NotSent { message });
        }
        match tokio::time::timeout(FAREWELL, self.chat.sign_out()).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::warn!(%failure, "the chat was not left properly"),
            Err(_) => tracing::warn!("the chat was not left in time"),
        }
        let last_words = if hosts {
            Text::GoodbyeOfHost
        } else {
            Text::Goodbye
        };
        let last_words = self.rendering.answer(&last_words);
        self.screen.close(&last_words);
    }

    pub(super) fn question(&self) -> Question {
        if self.prompt == Prompt::Command && self.is_changing_room() {
            return prompt_without_room();
        }
        let room = self.room.as_ref().map(|room| room.name.as_str());
        self.prompt.question(&self.rendering, room)
    }

    /// Replaces the question that is being asked.
    pub(super) fn ask(&self) {
        self.screen.ask(self.question());
    }

    pub(super) fn answer(&self, text: &Text<'_>) {
        self.screen.display().show(&self.rendering.answer(text));
    }

    pub(super) fn trouble(&self, text: &Text<'_>) {
        self.screen.display().show(&self.rendering.trouble(text));
    }

    pub(super) fn aside(&self, text: &Text<'_>) {
        self.screen.display().show(&self.rendering.aside(text));
    }

    pub(super) fn show(&self, lines: &str) {
        self.screen.display().show(lines);
    }
}
