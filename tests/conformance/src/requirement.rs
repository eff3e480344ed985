//! What is required, and what came of checking it.

use serde::Serialize;

use crate::peer::RecordedCall;
use crate::words::Words;

/// What a requirement is about. The order is that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The binder.
    Names,
    /// Users and their names.
    Users,
    /// Rooms.
    Rooms,
    /// Messages.
    Messages,
    /// Several clients at the same time.
    Concurrency,
    /// Wrong and hostile input.
    Robustness,
    /// Parts that die and come back.
    Failures,
    /// The terminal client.
    Client,
    /// What goes beyond the originals; checked where it is offered.
    Extensions,
}

impl Group {
    /// The heading in the report.
    pub fn heading(self) -> Words {
        let (english, portuguese) = match self {
            Self::Names => ("Names", "Nomes"),
            Self::Users => ("Users", "Usuários"),
            Self::Rooms => ("Rooms", "Salas"),
            Self::Messages => ("Messages", "Mensagens"),
            Self::Concurrency => ("Several at once", "Vários ao mesmo tempo"),
            Self::Robustness => ("Wrong input", "Entrada errada"),
            Self::Failures => ("Failures", "Falhas"),
            Self::Client => ("Client", "Cliente"),
            Self::Extensions => ("Extensions", "Extensões"),
        };
        Words::new(english, portuguese)
    }
}

/// One thing that a program must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Stable, so that a grader can name it.
    pub id: String,
    /// What it is about.
    pub group: Group,
    /// The requirement as a sentence.
    pub sentence: Words,
    /// Why it is required, or where it is from.
    pub why: Words,
}

impl Requirement {
    /// A requirement with its sentence and its reason in English and in Portuguese.
    pub(crate) fn new(id: &str, group: Group, sentence: [&str; 2], why: [&str; 2]) -> Self {
        let both = |[english, portuguese]: [&str; 2]| Words::new(english, portuguese);
        Self {
            id: id.to_owned(),
            group,
            sentence: both(sentence),
            why: both(why),
        }
    }
}

/// Why a requirement is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it was provoked, where the calls do not show it.
    pub provoked: Option<Words>,
    /// What was expected.
    pub expected: Words,
    /// What came in its place.
    pub came: Words,
    /// The cause, where it is a known one.
    pub diagnosis: Option<Diagnosis>,
}

/// A known cause of odd answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The cause.
    pub cause: Words,
    /// What to change, in Python.
    pub change: Words,
}

/// Why a check ended without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The requirement is not met.
    Failed(Box<Finding>),
    /// The program does not offer this, and need not.
    NotOffered(Words),
    /// Something that the check needs does not work, which another requirement reports.
    Blocked(Words),
}

impl Shortfall {
    /// A finding without a known cause.
    pub fn failed(expected: Words, came: Words) -> Self {
        Self::Failed(Box::new(Finding {
            provoked: None,
            expected,
            came,
            diagnosis: None,
        }))
    }

    /// The same finding, and how it was provoked.
    #[must_use]
    pub fn provoked_by(mut self, how: Words) -> Self {
        if let Self::Failed(finding) = &mut self {
            finding.provoked = Some(how);
        }
        self
    }

    /// The same finding, and its cause if that is known.
    #[must_use]
    pub fn because(mut self, cause: Option<Diagnosis>) -> Self {
        if let Self::Failed(finding) = &mut self
            && cause.is_some()
        {
            finding.diagnosis = cause;
        }
        self
    }
}

/// The outcome of one check.
pub(crate) type Outcome = Result<(), Shortfall>;

/// A requirement with its outcome and the calls that show it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was required.
    pub requirement: Requirement,
    /// Its result.
    pub outcome: Outcome,
    /// The calls, in their order; not all of those made by many clients at once.
    pub calls: Vec<RecordedCall>,
}
