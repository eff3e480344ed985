//! What rustyline asks back while a line is being typed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use rustyline::Context;
use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;

use super::display::{Display, write};
use super::drawing::draw;
use super::layout::WIDTHS;
use super::palette::Palette;
use super::question::{Answer, Complete, Question};
use super::resizing::{Drawn, is_rewrapping, size};
use super::tall::Tall;

/// The question that is being answered, and what is needed to help with it.
pub(super) struct Helper {
    question: Question,
    display: Display,
    complete: Complete,
    palette: Palette,
    rewraps: bool,
    tall: Tall,
    prompt: RefCell<String>,
    drawn: RefCell<Option<Drawn>>,
    is_empty: Cell<bool>,
    /// Whether the next drawing is the last one of this line.
    is_last: Cell<bool>,
}

impl Helper {
    pub(super) fn new(display: Display, complete: Complete, palette: Palette, tall: Tall) -> Self {
        Self {
            question: Question {
                prompt: String::new(),
                answer: Answer::Word,
            },
            display,
            complete,
            palette,
            rewraps: is_rewrapping(|name| std::env::var(name).ok()),
            tall,
            prompt: RefCell::default(),
            drawn: RefCell::default(),
            is_empty: Cell::new(true),
            is_last: Cell::new(false),
        }
    }

    /// Helps with this question from now on.
    pub(super) fn ask(&mut self, question: Question) {
        self.question = question;
        self.drawn = RefCell::default();
        self.is_empty = Cell::new(true);
        self.is_last = Cell::new(false);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.is_empty.get()
    }

    fn prepare_clearing(&self) {
        let Some(size) = size() else { return };
        let keys = self.tall.prepare_clearing(size, self.rewraps).or_else(|| {
            let drawn = self.drawn.borrow();
            let drawn = drawn.as_ref().filter(|_| self.rewraps);
            drawn?.prepare_clearing(size.columns)
        });
        if let Some(keys) = keys {
            write(&keys);
        }
    }
}

impl rustyline::Helper for Helper {}

impl Highlighter for Helper {
    /// Draws the line, as the last part of all. What is shown is as wide as what is typed: rustyline
    /// relies on that.
    fn highlight<'line>(&self, line: &'line str, position: usize) -> Cow<'line, str> {
        if self.tall.is_ended() {
            return Cow::Borrowed("");
        }
        self.is_empty.set(line.is_empty());
        let size = size();
        let columns = size.map(|size| size.columns);
        let drawn = draw(&self.prompt.borrow(), line, position, columns);
        let shown = match self.question.answer {
            Answer::Secret => "*".repeat(usize::from(WIDTHS.width(line))),
            Answer::Command | Answer::YesOrNo | Answer::Room | Answer::User | Answer::Word => {
                let prompt = |text: &str| self.palette.prompt(text);
                let hint = |text: &str| self.palette.dim(text);
                size.and_then(|size| self.tall.draw(&drawn, size, prompt, hint))
                    .unwrap_or_else(|| drawn.line().to_owned())
            }
        };
        self.drawn.replace(columns.is_some().then_some(drawn));
        shown.into()
    }

    /// Draws the prompt, and above it what waits to be shown: rustyline has cleared the rows of the
    /// old prompt and line by now, and counts from where the line ends.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        default: bool,
    ) -> Cow<'b, str> {
        if self.is_last.get()
            && let Some(ended) = self.tall.end()
        {
            return ended.into();
        }
        // The name of a room may have emoji in it.
        let prompt = draw("", prompt, 0, size().map(|size| size.columns)).text;
        let news = self.tall.clear() + &self.display.take_while_reading();
        // Another prompt is rustyline's own, while it searches the history.
        let drawn = if default {
            news + &self.palette.prompt(&prompt)
        } else {
            news + &prompt
        };
        self.prompt.replace(prompt);
        drawn.into()
    }

    /// Draws the whole line at each key: what is secret must not be written as it is typed. It is the
    /// last that rustyline asks before it clears what was drawn.
    ///
    /// It forces this only when the line is entered, the last time with the cursor at its end.
    fn highlight_char(&self, line: &str, position: usize, kind: CmdKind) -> bool {
        let is_forced = matches!(kind, CmdKind::ForcedRefresh);
        self.is_last.set(is_forced && position == line.len());
        self.prepare_clearing();
        true
    }
}

impl Completer for Helper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..position).unwrap_or(line);
        Ok((self.complete)(self.question.answer, typed))
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Validator for Helper {}
