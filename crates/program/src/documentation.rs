//! A program's completions and manual page. Both are made from the flags themselves, so that they cannot
//! say anything else.

use std::io;
use std::path::PathBuf;

use clap::{Command, Subcommand};
use clap_complete::Shell;

use crate::output;

/// What can be printed about a program instead of running it.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Documentation {
    /// Print a script by which a shell completes this program's flags. For bash, put it into the file
    /// of the program's name in ~/.local/share/bash-completion/completions.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page. `man -l` shows it when it is written to a file.
    Man {
        /// Write it into this directory, and a page for each command beside it. Packages do so.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
}

impl Documentation {
    /// Prints it on standard output.
    pub fn print(&self, mut program: Command) -> io::Result<()> {
        let mut output = Vec::new();
        match self {
            Self::Completions { shell } => {
                let name = program.get_name().to_owned();
                clap_complete::generate(*shell, &mut program, name, &mut output);
            }
            Self::Man {
                to: Some(directory),
            } => clap_mangen::generate_to(program, directory)?,
            Self::Man { to: None } => clap_mangen::Man::new(program).render(&mut output)?,
        }
        output::print(&output)
    }
}
