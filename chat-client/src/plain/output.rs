//! Prompts and lines, as the original client writes them.

use std::io::{self, Write};

use crate::terminal::escaping::visible;

/// Writes prompts and lines. Each is flushed, so that the reader of a pipe gets it at once.
#[derive(Debug)]
pub struct Output<W> {
    output: W,
}

impl<W: Write> Output<W> {
    pub const fn on(output: W) -> Self {
        Self { output }
    }

    pub fn ask(&mut self, prompt: &str) -> io::Result<()> {
        self.write(visible(prompt))
    }

    pub fn say(&mut self, line: &str) -> io::Result<()> {
        self.write(visible(line) + "\n")
    }

    /// Writes a line while a prompt may be open, below that prompt.
    pub fn interrupt(&mut self, line: &str) -> io::Result<()> {
        self.write(format!("\n{}\n", visible(line)))
    }

    /// One write for each text, so that it reaches a pipe in one piece.
    fn write(&mut self, text: String) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_stay_open_and_interruptions_begin_below_them() {
        let mut written = Vec::new();
        let mut output = Output::on(&mut written);
        output.ask("Mensagem: ").unwrap();
        output.interrupt("[10:00] bia: \u{1b}[2Joi").unwrap();
        output.say("Mensagem enviada.").unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "Mensagem: \n[10:00] bia: \\x1b[2Joi\nMensagem enviada.\n"
        );
    }
}
