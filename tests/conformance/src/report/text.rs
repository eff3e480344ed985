//! The report for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use board::indented_xml;

use super::Report;
use crate::requirement::{Checked, Shortfall};
use crate::words::{Language, Words, words};

/// How many characters are shown of a line of XML. A message may be of many thousands.
const LINE: usize = 400;

/// The width to which the id is filled.
const ID: usize = 24;

impl Report {
    /// The report as text; with `wire`, the calls of each finding as XML.
    pub fn text(&self, language: Language, wire: bool) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write(&mut text, language, wire);
        text
    }

    fn write(&self, text: &mut String, language: Language, wire: bool) -> fmt::Result {
        let say = |words: Words| words.of(language).to_owned();
        let profile = format!("{:?}", self.profile).to_lowercase();
        let subject = &self.subject;
        writeln!(
            text,
            "{}\n",
            say(words!(
                "{subject}, profile {profile}",
                "{subject}, perfil {profile}"
            ))
        )?;
        let mut groups: BTreeMap<_, Vec<&Checked>> = BTreeMap::new();
        for checked in &self.checked {
            groups
                .entry(checked.requirement.group)
                .or_default()
                .push(checked);
        }
        for (group, all) in groups {
            let met = all.iter().filter(|checked| checked.outcome.is_ok()).count();
            writeln!(text, "{} ({met}/{})", say(group.heading()), all.len())?;
            for checked in all {
                requirement(text, checked, language, wire)?;
            }
            writeln!(text)?;
        }
        let counts = self.counts();
        let (met, failed, blocked, absent, percentage) = (
            counts.met,
            counts.failed,
            counts.blocked,
            counts.not_offered,
            counts.percentage(),
        );
        writeln!(
            text,
            "{}",
            say(words!(
                "{percentage} %: {met} met, {failed} not met, {blocked} not checked, {absent} not offered",
                "{percentage} %: {met} cumpridos, {failed} não cumpridos, {blocked} não verificados, {absent} não oferecidos"
            ))
        )?;
        if let Some(first) = self.first_to_mend() {
            let id = &first.requirement.id;
            writeln!(
                text,
                "{}",
                say(words!("First to fix: {id}", "Primeiro a consertar: {id}"))
            )?;
            writeln!(text, "  {}", first.requirement.sentence.of(language))?;
            for line in explanation(first, language) {
                writeln!(text, "      {line}")?;
            }
        }
        Ok(())
    }
}

fn requirement(
    text: &mut String,
    checked: &Checked,
    language: Language,
    wire: bool,
) -> fmt::Result {
    let required = &checked.requirement;
    let mark = match &checked.outcome {
        Ok(()) => "✓",
        Err(Shortfall::Failed(_)) => "✗",
        Err(Shortfall::NotOffered(_) | Shortfall::Blocked(_)) => "–",
    };
    writeln!(
        text,
        "  {mark} {:ID$} {}",
        required.id,
        required.sentence.of(language)
    )?;
    for line in explanation(checked, language) {
        writeln!(text, "      {line}")?;
    }
    if let Err(Shortfall::Failed(finding)) = &checked.outcome {
        if !checked.calls.is_empty() && finding.provoked.is_none() {
            let label = Words::new("provoked by the calls:", "provocado pelas chamadas:");
            writeln!(text, "      {}", label.of(language))?;
        }
        calls(text, checked, language, wire)?;
    }
    Ok(())
}

/// Why a requirement is not met: each line with what it is. Nothing where it is met.
pub(super) fn explanation(checked: &Checked, language: Language) -> Vec<String> {
    let finding = match &checked.outcome {
        Ok(()) => return Vec::new(),
        Err(Shortfall::NotOffered(reason) | Shortfall::Blocked(reason)) => {
            return vec![reason.of(language).to_owned()];
        }
        Err(Shortfall::Failed(finding)) => finding,
    };
    let diagnosis = finding.diagnosis.as_ref();
    let lines = [
        (["why:", "por quê:"], Some(&checked.requirement.why)),
        (
            ["provoked by:", "provocado por:"],
            finding.provoked.as_ref(),
        ),
        (["expected:", "esperado:"], Some(&finding.expected)),
        (["came:", "veio:"], Some(&finding.came)),
        (["cause:", "causa:"], diagnosis.map(|known| &known.cause)),
        (
            ["in Python:", "em Python:"],
            diagnosis.map(|known| &known.change),
        ),
    ];
    lines
        .into_iter()
        .filter_map(|([english, portuguese], words)| {
            let label = Words::new(english, portuguese);
            Some(format!("{} {}", label.of(language), words?.of(language)))
        })
        .collect()
}

fn calls(text: &mut String, checked: &Checked, language: Language, wire: bool) -> fmt::Result {
    for call in &checked.calls {
        writeln!(text, "      · {}", call.line(language))?;
        if wire {
            let (request, answer) = &call.documents;
            for document in [request, answer].map(|document| indented_xml(document)) {
                for line in document.lines() {
                    let shown: String = line.chars().take(LINE).collect();
                    writeln!(text, "          {shown}")?;
                }
            }
        }
    }
    Ok(())
}
