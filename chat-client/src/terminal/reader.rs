//! The thread that reads lines.

use std::path::PathBuf;
use std::sync::mpsc as blocking;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor, ExternalPrinter};
use tokio::sync::mpsc;

use super::display::{Display, write};
use super::helper::Helper;
use super::layout::{WIDTHS, place_after};
use super::question::{Answer, Current, Echo, Input, Next, Question, Reply};
use super::tall::{Finished, Tall};

/// How many lines are remembered between two runs.
const REMEMBERED: usize = 1_000;

pub(super) struct Reader {
    editor: Editor<Helper, FileHistory>,
    display: Display,
    current: Current,
    memory: Option<PathBuf>,
    tall: Tall,
    /// Whether nothing is left on the screen of the last line, because it was too tall.
    is_cleared: bool,
}

impl Reader {
    pub(super) fn new(
        helper: Helper,
        display: Display,
        current: Current,
        memory: Option<PathBuf>,
        tall: Tall,
    ) -> Result<Self, ReadlineError> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)?
            .history_ignore_dups(true)?
            .completion_type(CompletionType::List)
            // Otherwise nothing is shown between the first Tab and the next key.
            .completion_show_all_if_ambiguous(true)
            // Beyond this many it asks first, in English.
            .completion_prompt_limit(usize::MAX)
            // It decides whether the helper is asked at all; colours are the palette's matter.
            .color_mode(ColorMode::Forced)
            .grapheme_cluster_mode(WIDTHS)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(helper));
        if let Some(path) = &memory
            && let Err(error) = editor.load_history(path)
        {
            // There is none at the first run.
            tracing::debug!(%error, "no lines are remembered");
        }
        Ok(Self {
            editor,
            display,
            current,
            memory,
            tall,
            is_cleared: false,
        })
    }

    pub(super) fn printer(
        &mut self,
    ) -> Result<impl ExternalPrinter + Send + 'static, ReadlineError> {
        self.editor.create_external_printer()
    }

    /// Asks and reads until there is nothing more to ask.
    pub(super) fn read(
        mut self,
        replied: &blocking::Receiver<Reply>,
        sender: &mpsc::UnboundedSender<Input>,
    ) {
        let (mut question, _) = self.current.get_soon();
        loop {
            write(&self.display.take());
            let input = self.ask(&question);
            let line = match &input {
                Input::Line { line, .. } => line.clone(),
                Input::Interrupted { .. } => String::new(),
                Input::NotUtf8(_) | Input::End => {
                    // The conversation may have ended.
                    let _ = sender.send(input);
                    return;
                }
            };
            if sender.send(input).is_err() {
                return;
            }
            let Ok(reply) = replied.recv() else { return };
            if let Some(line) = &reply.remember {
                self.remember(line);
            }
            let (next, is_new) = match reply.next {
                Next::Ask => (self.current.get(), false),
                Next::AskSoon | Next::AskWhenSignedIn => self.current.get_soon(),
                Next::Stop => return,
            };
            match reply.echo {
                Echo::Replaced(instead) => self.replace(&question, &line, &format!("{instead}\n")),
                Echo::ReplacedSoon if is_new => self.replace(&question, &line, ""),
                Echo::Cleared => self.clear(),
                Echo::Stays | Echo::ReplacedSoon => {}
            }
            question = next;
        }
    }

    fn clear(&mut self) {
        if let Err(error) = self.editor.clear_screen() {
            tracing::debug!(%error, "the screen is not cleared");
        }
    }

    fn ask(&mut self, question: &Question) -> Input {
        if let Some(helper) = self.editor.helper_mut() {
            helper.ask(question.clone());
        }
        let outcome = self.editor.readline(question.prompt.as_str());
        let finished = self.tall.finish();
        self.is_cleared = finished.is_some();
        // What comes now waits for the next prompt: nothing may come between the typed line and what
        // is shown in its place.
        self.display.stop_reading();
        match outcome {
            Ok(_) if finished == Some(Finished::Interrupted) => {
                Input::Interrupted { was_empty: false }
            }
            Ok(line) => {
                if question.answer == Answer::Command {
                    self.remember(&line);
                }
                let answers = question.answer;
                Input::Line { line, answers }
            }
            Err(ReadlineError::Interrupted) => Input::Interrupted {
                was_empty: self.editor.helper().is_none_or(Helper::is_empty),
            },
            Err(ReadlineError::Eof) => Input::End,
            Err(error) => {
                tracing::warn!(%error, "the terminal cannot be read; taken for its end");
                Input::End
            }
        }
    }

    fn remember(&mut self, line: &str) {
        let added = self.editor.add_history_entry(line).unwrap_or(false);
        let Some(path) = self.memory.as_ref().filter(|_| added) else {
            return;
        };
        // Appended at once: another client may remember its lines in the same file.
        if let Err(error) = self.editor.append_history(path) {
            tracing::debug!(%error, "the line is not remembered");
        }
    }

    /// Shows whole lines in the place of the prompt and the line that was typed at it.
    fn replace(&mut self, question: &Question, line: &str, instead: &str) {
        let Some((columns, height)) = self.editor.dimensions() else {
            return;
        };
        if self.is_cleared {
            write(instead);
            return;
        }
        let typed = format!("{}{line}", question.prompt);
        let rows = place_after(&typed, columns).row.saturating_add(1);
        // What has scrolled away cannot be replaced, and says the same.
        if rows < height {
            write(&format!("\x1b[{rows}A\r\x1b[J{instead}"));
        }
    }
}
