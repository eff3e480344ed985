//! The report for graders: JSON, JUnit's XML, and Gradescope's JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::text::explanation;
use super::{Counts, Report, Target};
use crate::chat::Profile;
use crate::requirement::{Checked, Group, Shortfall};
use crate::words::Language;

/// The form of the JSON report. It changes when a reader of the former one would misread it.
const VERSION: u32 = 1;

/// How a document of XML begins.
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    target: Target,
    subject: &'a str,
    profile: Profile,
    counts: Counts,
    percentage: usize,
    first_to_mend: Option<&'a str>,
    requirements: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    group: Group,
    sentence: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provoked: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    came: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'a str>,
    calls: Vec<String>,
}

impl<'a> Row<'a> {
    fn of(checked: &'a Checked, language: Language) -> Self {
        let required = &checked.requirement;
        let mut row = Self {
            id: &required.id,
            group: required.group,
            sentence: required.sentence.of(language),
            outcome: "met",
            reason: None,
            provoked: None,
            expected: None,
            came: None,
            cause: None,
            change: None,
            calls: checked
                .calls
                .iter()
                .map(|call| call.line(language))
                .collect(),
        };
        match &checked.outcome {
            Ok(()) => {}
            Err(Shortfall::NotOffered(reason)) => {
                row.outcome = "not_offered";
                row.reason = Some(reason.of(language));
            }
            Err(Shortfall::Blocked(reason)) => {
                row.outcome = "blocked";
                row.reason = Some(reason.of(language));
            }
            Err(Shortfall::Failed(finding)) => {
                row.outcome = "failed";
                row.provoked = finding.provoked.as_ref().map(|words| words.of(language));
                row.expected = Some(finding.expected.of(language));
                row.came = Some(finding.came.of(language));
                let diagnosis = finding.diagnosis.as_ref();
                row.cause = diagnosis.map(|known| known.cause.of(language));
                row.change = diagnosis.map(|known| known.change.of(language));
            }
        }
        row
    }
}

/// The three documents of a report, for JSON, JUnit and Gradescope, where nothing could be checked, and why. Without
/// them the files of an earlier run would be read as the result of this one, and Gradescope would say that the
/// autograder failed.
pub fn not_checked(reason: &str) -> [String; 3] {
    let counts = Counts::default();
    let json = json!({
        "version": VERSION,
        "error": reason,
        "counts": counts,
        "percentage": counts.percentage(),
        "first_to_mend": null,
        "requirements": [],
    });
    let shown = escaped(reason);
    let junit = format!(
        "{XML}<testsuite name=\"chat-conformance\" tests=\"1\" failures=\"0\" errors=\"1\">\n  \
         <testcase classname=\"check\" name=\"check\"><error message=\"{shown}\"/></testcase>\n</testsuite>\n"
    );
    let gradescope = json!({ "score": 0, "output": reason, "tests": [] });
    [json.to_string(), junit, gradescope.to_string()]
}

/// What a grader shows for a requirement that is not met.
fn shown(checked: &Checked, language: Language) -> String {
    let mut lines = explanation(checked, language);
    if matches!(checked.outcome, Err(Shortfall::Failed(_))) {
        lines.extend(checked.calls.iter().map(|call| call.line(language)));
    }
    lines.join("\n")
}

impl Report {
    fn rows(&self, language: Language) -> Vec<Row<'_>> {
        self.checked
            .iter()
            .map(|checked| Row::of(checked, language))
            .collect()
    }

    /// The report for JSON, JUnit and Gradescope.
    pub fn documents(&self, language: Language) -> serde_json::Result<[String; 3]> {
        Ok([
            self.json(language)?,
            self.junit(language),
            self.gradescope(language)?,
        ])
    }

    /// The report as JSON.
    fn json(&self, language: Language) -> serde_json::Result<String> {
        let counts = self.counts();
        serde_json::to_string_pretty(&Document {
            version: VERSION,
            target: self.target,
            subject: &self.subject,
            profile: self.profile,
            counts,
            percentage: counts.percentage(),
            first_to_mend: self
                .first_to_mend()
                .map(|checked| checked.requirement.id.as_str()),
            requirements: self.rows(language),
        })
    }

    /// The report as Gradescope's autograder reads it: a point for each requirement.
    fn gradescope(&self, language: Language) -> serde_json::Result<String> {
        let tests: Vec<Json> = self
            .checked
            .iter()
            .filter(|checked| !matches!(checked.outcome, Err(Shortfall::NotOffered(_))))
            .map(|checked| {
                let score = u8::from(checked.outcome.is_ok());
                let required = &checked.requirement;
                json!({
                    "name": format!("{}: {}", required.id, required.sentence.of(language)),
                    "score": score,
                    "max_score": 1,
                    "status": if score == 1 { "passed" } else { "failed" },
                    "output": shown(checked, language),
                })
            })
            .collect();
        serde_json::to_string_pretty(&json!({ "tests": tests }))
    }

    /// The report as JUnit's XML, which most systems for continuous integration show.
    fn junit(&self, language: Language) -> String {
        let counts = self.counts();
        let mut xml = String::from(XML);
        // Writing into a string cannot fail.
        let _ = writeln!(
            xml,
            "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            escaped(&self.subject),
            self.checked.len(),
            counts.failed,
            counts.not_offered + counts.blocked,
        );
        for checked in &self.checked {
            let required = &checked.requirement;
            let (id, sentence) = (
                escaped(&required.id),
                escaped(required.sentence.of(language)),
            );
            let _ = write!(xml, "  <testcase classname=\"{id}\" name=\"{sentence}\"");
            let shown = escaped(&shown(checked, language));
            let _ = match &checked.outcome {
                Ok(()) => writeln!(xml, "/>"),
                Err(Shortfall::Failed(finding)) => {
                    let came = escaped(finding.came.of(language));
                    writeln!(
                        xml,
                        "><failure message=\"{came}\">{shown}</failure></testcase>"
                    )
                }
                Err(Shortfall::NotOffered(_) | Shortfall::Blocked(_)) => {
                    writeln!(xml, "><skipped>{shown}</skipped></testcase>")
                }
            };
        }
        xml.push_str("</testsuite>\n");
        xml
    }
}

/// A text in XML. What XML cannot carry, and a program under test may have answered, is replaced.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            other if rpc::xml::write::is_allowed(other) => other.to_string(),
            _ => char::REPLACEMENT_CHARACTER.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::Requirement;
    use crate::words::Words;

    fn report() -> Report {
        let checked = |id: &str, outcome| Checked {
            requirement: Requirement {
                id: id.to_owned(),
                group: Group::Users,
                sentence: Words::new("a < b", "a < c"),
                why: Words::same(""),
            },
            outcome,
            calls: Vec::new(),
        };
        Report {
            target: Target::Server,
            subject: "python3 \"servidor.py\"".to_owned(),
            profile: Profile::Assignment,
            checked: vec![
                checked("one", Ok(())),
                checked(
                    "two",
                    Err(Shortfall::failed(Words::same("x"), Words::same("y\u{1}"))),
                ),
                checked("three", Err(Shortfall::NotOffered(Words::same("not here")))),
                checked("four", Err(Shortfall::Blocked(Words::same("needs two")))),
            ],
        }
    }

    #[test]
    fn every_form_counts_the_same() {
        let report = report();
        assert_eq!(report.counts().percentage(), 33);
        let json: Json = serde_json::from_str(&report.json(Language::En).unwrap()).unwrap();
        assert_eq!(json["first_to_mend"], "two");
        assert_eq!(json["counts"]["blocked"], 1);
        let graded: Json = serde_json::from_str(&report.gradescope(Language::Pt).unwrap()).unwrap();
        let scores: Vec<_> = graded["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|test| &test["score"])
            .collect();
        assert_eq!(scores, [1, 0, 0]);
        let output = graded["tests"][1]["output"].as_str().unwrap();
        assert!(output.contains("esperado: x\nveio: y"), "{output}");
        let junit = report.junit(Language::Pt);
        let document = roxmltree::Document::parse(&junit).unwrap();
        let suite = document.root_element();
        assert_eq!(
            (suite.attribute("failures"), suite.attribute("skipped")),
            (Some("1"), Some("2"))
        );
    }

    #[test]
    fn every_form_says_that_nothing_could_be_checked() {
        let [json, junit, gradescope] = not_checked("no \"binder\" < here");
        let json: Json = serde_json::from_str(&json).unwrap();
        assert_eq!(json["error"], "no \"binder\" < here");
        assert_eq!(
            (&json["percentage"], &json["requirements"]),
            (&json!(0), &json!([]))
        );
        let junit = roxmltree::Document::parse(&junit).unwrap();
        let error = junit.descendants().find(|node| node.has_tag_name("error"));
        assert_eq!(
            error.unwrap().attribute("message"),
            Some("no \"binder\" < here")
        );
        let graded: Json = serde_json::from_str(&gradescope).unwrap();
        assert_eq!(graded["score"], 0);
    }

    #[test]
    fn what_is_not_checked_is_mended_when_nothing_else_is_to_be() {
        let mut report = report();
        report.checked.retain(|one| one.requirement.id != "two");
        assert_eq!(report.counts().failed, 0);
        let first = report.first_to_mend().unwrap();
        assert_eq!(first.requirement.id, "four");
    }

    #[test]
    fn people_read_what_to_mend_first() {
        let text = report().text(Language::En, false);
        assert!(
            text.contains("33 %: 1 met, 1 not met, 1 not checked, 1 not offered"),
            "{text}"
        );
        assert!(text.contains("First to fix: two"), "{text}");
    }
}
