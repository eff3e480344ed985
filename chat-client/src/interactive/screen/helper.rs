//! What rustyline asks back while a line is being typed.

use std::borrow::Cow;

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, GraphemeClusterMode};

use super::display::Display;
use super::question::{Answer, Question};
use crate::interactive::completion::{self, Known};
use crate::interactive::rendering::Palette;

/// The question that is being answered, and what is needed to help with it.
pub(super) struct Helper {
    pub(super) question: Question,
    display: Display,
    known: Known,
    palette: Palette,
    mode: GraphemeClusterMode,
}

impl Helper {
    pub(super) fn new(
        display: Display,
        known: Known,
        palette: Palette,
        mode: GraphemeClusterMode,
    ) -> Self {
        Self {
            question: Question {
                prompt: String::new(),
                answer: Answer::Word,
            },
            display,
            known,
            palette,
            mode,
        }
    }
}

impl rustyline::Helper for Helper {}

impl Highlighter for Helper {
    fn highlight<'line>(&self, line: &'line str, _position: usize) -> Cow<'line, str> {
        match self.question.answer {
            // As wide as what is typed, which rustyline relies on.
            Answer::Secret => "*".repeat(usize::from(self.mode.width(line))).into(),
            Answer::Command | Answer::Word => line.into(),
        }
    }

    /// Draws the prompt, and above it what waits to be shown: rustyline has cleared the rows of the
    /// old prompt and line by now, and reckons from where the line ends.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        default: bool,
    ) -> Cow<'b, str> {
        let news = self.display.take_while_reading();
        // Another prompt is rustyline's own, while it searches the history.
        if default {
            (news + &self.palette.prompt(prompt)).into()
        } else {
            (news + prompt).into()
        }
    }

    /// Draws the whole line at each key: what is secret must not be written as it is typed.
    fn highlight_char(&self, _line: &str, _position: usize, _kind: CmdKind) -> bool {
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
        Ok(match self.question.answer {
            Answer::Command => completion::complete(typed, &self.known),
            Answer::Word | Answer::Secret => (position, Vec::new()),
        })
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Validator for Helper {}
